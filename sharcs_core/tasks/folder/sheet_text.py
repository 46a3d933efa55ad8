"""Rows of cells → the content of a metadata.csv that is read back as they were."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from sharcs_core.tasks.folder.csv_table import read_table
from sharcs_core.tasks.folder.faults import FolderError
from sharcs_core.tasks.folder.sheet import FILES

SHEET = FILES[0]
_DECLARED = "sep=,\n"

Row = Sequence[str | None]


def sheet_bytes(header: Sequence[str], rows: Iterable[Row]) -> bytes:
    """A sheet in CSV and UTF-8; None as an empty cell.

    Cells are quoted where they need it; all of them, and what separates them declared, where the reader would take
    something in them for the separator.

    >>> sheet_bytes(["id", "text"], [["1", "a, b"], ["2", None]])
    b'id,text\\n1,"a, b"\\n2,\\n'
    """
    wanted = [["" if cell is None else cell for cell in row] for row in rows]
    text = ""
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
        text = _text(header, wanted, quoting)
        if _reads_back(text, header, wanted):
            return text.encode()
    return f"{_DECLARED}{text}".encode()


def _text(header: Sequence[str], rows: Iterable[Sequence[str]], quoting: int) -> str:
    content = io.StringIO(newline="")
    writer = csv.writer(content, lineterminator="\n", quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(header)
    writer.writerows(rows)
    return content.getvalue()


def _reads_back(text: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    try:
        table = read_table(SHEET, text)
    except FolderError:
        return False
    return table.header == list(header) and [list(row) for row in zip(*table.columns, strict=True)] == rows
