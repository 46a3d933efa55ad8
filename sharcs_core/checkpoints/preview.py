"""One input of a run, without loading the run: what a list of runs shows of each."""

from __future__ import annotations

from pathlib import Path

from sharcs_core.checkpoints.arrays import read_arrays
from sharcs_core.checkpoints.layout import BANK, RunError
from sharcs_core.checkpoints.pictures import unpacked
from sharcs_core.structures import Inputs


def first_input(path: Path, modality: str, kind: str) -> Inputs:
    """The first unseen input of a modality that a run keeps, as :class:`Inputs` of length 1.

    Raises:
        RunError: where the run keeps none, or its file cannot be read.
    """
    start = f"test/{modality}/inputs/"
    arrays = read_arrays(path, BANK, start)
    try:
        own = {name.removeprefix(start): values for name, values in arrays.items()}
        return Inputs(kind, unpacked(own)).take([0])
    except (ValueError, IndexError, TypeError) as error:
        raise RunError(f"The run {path.name!r} shows no {modality}; copy the whole folder again") from error
