"""Neighbours by LanceDB, embedded in the process: vectors in cells of an inverted file, on disk in the cache.

The engine says which rows may be near, and may miss some; how far each is, and in which order they come, is computed
from the rows themselves. Shapes: n points, m rows, T shared concepts, k neighbours, c candidates.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from sharcs_core.neighbours.scan import NO_ROW, checked_points, nearest_rows
from sharcs_core.storage import cache_dir, locked, replacing_folder, write_text
from sharcs_core.structures import Floats, Found

FOLDER = "neighbours"
"""In the cache; below it a folder for the rows of one side of a bank, named by their digest."""
WHOLE = "whole"
"""A file that is there once the rows and their cells are."""
TABLE, VECTOR, ROW = "rows", "vector", "row"

ROWS_AT_ONCE = 100_000
POINTS_AT_ONCE = 50
CELLS_PER_SQUARE_ROOT = 1.0
"""Cells are as many as the square root of the rows, so that finding the cell costs as much as looking through it."""
SHARE_OF_CELLS = 0.05
FEWEST_CELLS = 20
"""A twentieth of the cells is looked through, so many at least."""
MARGIN = 2
"""Times as many candidates as neighbours are asked for, so that ties in single precision lose no nearer row."""
WAIT = 3600.0
"""Seconds that a process waits for another that is writing the same rows."""


class LanceIndex:
    """Finds rows near to points among the shared concepts (m, T) of one side of a bank.

    What it searches is written to the cache when it is first asked, and found there from then on.

    Raises:
        StorageError: from :meth:`nearest`, where the cache cannot be written.
    """

    def __init__(self, shared: Floats) -> None:
        self._shared = shared

    def nearest(self, points: Floats, k: int) -> Found:
        """The ``k`` rows that the engine finds nearest to each of the points (n, T), equal distances by lower row."""
        points = checked_points(points, "points")
        rows, distances = np.full((len(points), k), NO_ROW, dtype=np.int64), np.full((len(points), k), np.inf)
        for start in range(0, len(points), POINTS_AT_ONCE):
            part = slice(start, start + POINTS_AT_ONCE)
            for place, candidates in enumerate(self._candidates(points[part], k), start):
                rows[place], distances[place] = self._ordered(points[place], candidates, k)
        return rows, distances

    def _ordered(self, point: Floats, candidates: NDArray[np.int64], k: int) -> Found:
        """The nearest ``k`` of rows (c,) that may be near, (k,) each; of all where the engine had too few."""
        if len(candidates) < k:
            found = nearest_rows(point[None], self._shared, k)
            return found[0][0], found[1][0]
        apart = cdist(point[None], checked_points(self._shared[candidates], "rows"))[0]
        order = np.lexsort((candidates, apart))[:k]
        return candidates[order], apart[order]

    def _candidates(self, points: Floats, k: int) -> Iterator[NDArray[np.int64]]:
        """Of each point the rows that may be near, (c,)."""
        n_cells = max(FEWEST_CELLS, round(SHARE_OF_CELLS * _n_cells(len(self._shared))))
        asked = self._table.search(list(points.astype(np.float32)), vector_column_name=VECTOR)
        found = asked.distance_type("l2").nprobes(n_cells).limit(MARGIN * k).select([ROW, "_distance"]).to_arrow()
        rows = found[ROW].to_numpy()
        if len(points) == 1:
            yield rows
            return
        of_point = found["query_index"].to_numpy()
        for place in range(len(points)):
            yield rows[of_point == place]

    @cached_property
    def _table(self) -> Any:
        """The table of the rows, written where it is not there yet."""
        home = cache_dir() / FOLDER / _digest(self._shared)
        with locked(home, wait=WAIT):
            if not (home / WHOLE).is_file():
                with replacing_folder(home) as aside:
                    _write(aside, self._shared)
                    write_text(aside / WHOLE, f"{len(self._shared)} rows\n")
        return _lancedb().connect(home).open_table(TABLE)


def _write(folder: Path, shared: Floats) -> None:
    """A table of the rows in a folder, and the cells that they lie in."""
    import pyarrow as pa
    from lancedb.index import IvfFlat

    width = shared.shape[1]
    schema = pa.schema([(ROW, pa.int64()), (VECTOR, pa.list_(pa.float32(), width))])

    def batches() -> Iterator[Any]:
        for start in range(0, len(shared), ROWS_AT_ONCE):
            part = np.ascontiguousarray(shared[start : start + ROWS_AT_ONCE], dtype=np.float32)
            vectors = pa.FixedSizeListArray.from_arrays(pa.array(part.ravel()), width)
            yield pa.record_batch([pa.array(np.arange(start, start + len(part))), vectors], schema=schema)

    table = _lancedb().connect(folder).create_table(TABLE, data=batches(), schema=schema)
    table.create_index(VECTOR, config=IvfFlat(distance_type="l2", num_partitions=_n_cells(len(shared))))


def _n_cells(n_rows: int) -> int:
    return max(1, round(CELLS_PER_SQUARE_ROOT * math.sqrt(n_rows)))


def _digest(shared: Floats) -> str:
    """What stands for the rows and for how they are kept."""
    said = f"{_lancedb().__version__} {shared.shape} {shared.dtype} {CELLS_PER_SQUARE_ROOT}"
    digest = hashlib.sha256(said.encode())
    for start in range(0, len(shared), ROWS_AT_ONCE):
        digest.update(np.ascontiguousarray(shared[start : start + ROWS_AT_ONCE]).data)
    return digest.hexdigest()[:32]


def _lancedb() -> Any:
    os.environ.setdefault("LANCEDB_LOG", "error")  # it warns on the terminal of equal rows, which are usual here
    import lancedb

    return lancedb
