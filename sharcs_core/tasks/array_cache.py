"""Arrays that take long to make, kept in the cache folder and made again only where they cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.npz import read_arrays
from sharcs_core.storage import StorageError, cache_dir, replacing


def cached_arrays(
    name: str, fields: Collection[str], n: int, build: Callable[[], Mapping[str, NDArray[Any]]]
) -> dict[str, NDArray[Any]]:
    """Arrays of ``n`` rows each, read from the cache if they were made before, else made by ``build`` and kept.

    Args:
        name: of the file, without suffix; it must say everything that the arrays depend on.
        fields: the arrays that there must be. A file without them, of another length or damaged is made anew.
    """
    path = cache_dir() / f"{name}.npz"
    found = _read(path, fields, n)
    if found is None:
        found = dict(build())
        _keep(path, found)
    return found


def _read(path: Path, fields: Collection[str], n: int) -> dict[str, NDArray[Any]] | None:
    """The arrays kept at ``path``; None where there are none or the file is damaged."""
    try:
        arrays = read_arrays(path)
    except (OSError, ValueError):
        return None
    is_whole = set(arrays) == set(fields) and all(values.shape[:1] == (n,) for values in arrays.values())
    return arrays if is_whole else None


def _keep(path: Path, arrays: dict[str, Any]) -> None:
    """A cache that cannot be written costs time, nothing else."""
    with suppress(StorageError), replacing(path) as stream:
        np.savez(stream, **arrays)
