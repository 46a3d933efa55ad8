"""The arrays in a file of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from sharcs_core import npz
from sharcs_core.checkpoints.layout import brief, damaged, unreadable


def read_arrays(path: Path, name: str, below: str = "") -> dict[str, NDArray[Any]]:
    """The arrays in the file ``name`` of the run at ``path``.

    Args:
        below: only those whose names begin so.

    Raises:
        RunError: for a file that cannot be read, or holds anything but arrays.
    """
    try:
        return npz.read_arrays(path / name, below)
    except OSError as error:
        raise unreadable(path, name, error) from None
    except ValueError as error:
        raise damaged(path, name, brief(error)) from None
