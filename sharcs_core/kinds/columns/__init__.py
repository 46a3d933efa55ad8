"""A column of values: of a table, of the nodes of a graph, of its edges."""

from sharcs_core.kinds.columns.cells import natural
from sharcs_core.kinds.columns.column import Column, Real
from sharcs_core.kinds.columns.fitting import LEAST_SEEN, MOST_VALUES, fit_column
from sharcs_core.kinds.columns.preparing import Rows, cells_of, prepare_rows

__all__ = [
    "LEAST_SEEN",
    "MOST_VALUES",
    "Column",
    "Real",
    "Rows",
    "cells_of",
    "fit_column",
    "natural",
    "prepare_rows",
]
