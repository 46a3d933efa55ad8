"""Which rows are nearest: exactly, by looking at all of them, or by an engine that somebody chose."""

from sharcs_core.neighbours.choosing import chosen_engine, index_for
from sharcs_core.neighbours.many import nearest_distances
from sharcs_core.neighbours.scan import (
    NO_ROW,
    PAIRS_AT_ONCE,
    Rows,
    checked_points,
    distances_in_chunks,
    nearest_rows,
    smallest,
)

__all__ = [
    "NO_ROW",
    "PAIRS_AT_ONCE",
    "Rows",
    "checked_points",
    "chosen_engine",
    "distances_in_chunks",
    "index_for",
    "nearest_distances",
    "nearest_rows",
    "smallest",
]
