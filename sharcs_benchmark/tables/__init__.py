"""Tables made of cells, as plain values: Markdown, CSV and pages are written from the same ones."""

from sharcs_benchmark.tables.comparison import comparison
from sharcs_benchmark.tables.loading import load_cells, to_json
from sharcs_benchmark.tables.seeds import Group, Value, group_cells, select
from sharcs_benchmark.tables.table import Column, Entry, Row, Table, to_csv, to_markdown
from sharcs_benchmark.tables.writing import write_results

__all__ = [
    "Column",
    "Entry",
    "Group",
    "Row",
    "Table",
    "Value",
    "comparison",
    "group_cells",
    "load_cells",
    "select",
    "to_csv",
    "to_json",
    "to_markdown",
    "write_results",
]
