"""What is usual of each modality of a run, to the arrays of one file and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.kinds.kind import Form
from sharcs_core.model import Multimodal
from sharcs_core.structures import Bank
from sharcs_core.tasks.card import TaskCard
from sharcs_core.unusual import Usual, UsualFeatures, UsualRanges, has_fields, scores_in
from sharcs_core.unusual.features import BANK, BY_REFERENCES, WITHOUT_ORIGINALS, References, Spread

Arrays = Mapping[str, NDArray[Any]]


def usual_arrays(usual: Mapping[str, Usual]) -> dict[str, NDArray[Any]]:
    """Modality → what is usual of it, as arrays; reference points in half precision, to which they are rounded."""
    return {f"{name}/{key}": values for name, of in usual.items() for key, values in _arrays_of(of).items()}


def _arrays_of(usual: Usual) -> dict[str, NDArray[Any]]:
    if isinstance(usual, UsualRanges):
        return {part: np.asarray(getattr(usual, part)) for part in ("lowest", "highest", "known")}
    references = {name: {**vars(of), "points": of.points.astype(np.float16)} for name, of in usual.references.items()}
    return {
        **{f"spreads/{name}/{part}": values for name, of in usual.spreads.items() for part, values in vars(of).items()},
        **{f"references/{name}/{part}": values for name, of in references.items() for part, values in of.items()},
        **{f"limits/{measure}": np.array(limit) for measure, limit in usual.limits.items()},
    }


def usual_from_arrays(arrays: Arrays, card: TaskCard, model: Multimodal, bank: Bank) -> dict[str, Usual]:
    """The inverse of :func:`usual_arrays`, tried on an input of the bank where it keeps any.

    Raises:
        KeyError: for an array that is missing.
        ValueError: for arrays that do not fit together, or not the encoders of ``model``.
    """
    for key, values in arrays.items():
        if values.dtype.kind not in "fb" or not np.isfinite(values).all():
            raise ValueError(f"{key} must be finite numbers (got type {values.dtype})")
    by_references = BY_REFERENCES if card.redistribute else WITHOUT_ORIGINALS
    usual: dict[str, Usual] = {}
    for name, encoder in model.encoders.items():
        own = _below(arrays, name)
        usual[name] = _features(own, by_references) if has_fields(encoder) else _ranges(own, card.modality(name).form)
        tried = bank.sides[name].inputs.take(slice(1))
        if not tried.is_kept:
            continue
        scores = scores_in(usual[name], model, name, tried, bank)
        if not np.isfinite(scores).all():
            raise ValueError(f"what is usual of {name!r} does not measure an input of the bank")
    return usual


def _below(arrays: Arrays, folder: str) -> dict[str, NDArray[Any]]:
    start = f"{folder}/"
    return {key.removeprefix(start): values for key, values in arrays.items() if key.startswith(start)}


def _ranges(arrays: Arrays, form: Form) -> UsualRanges:
    lowest, highest, known = arrays["lowest"], arrays["highest"], arrays["known"]
    if lowest.ndim != 1 or lowest.shape != highest.shape or not (lowest <= highest).all() or known.dtype != bool:
        raise ValueError("ranges must have a lowest and a highest value each")
    return UsualRanges(form, lowest, highest, known)


def _features(arrays: Arrays, by_references: Sequence[str]) -> UsualFeatures:
    names = sorted({key.split("/")[0] for key in _below(arrays, "spreads")})
    spreads = {name: _spread(_below(arrays, f"spreads/{name}")) for name in names}
    references = {name: _references(_below(arrays, f"references/{name}")) for name in by_references}
    limits = {measure: float(limit) for measure, limit in _below(arrays, "limits").items()}
    if set(limits) != {*names, *by_references, BANK} or min(limits.values()) <= 0:
        raise ValueError(f"limits must be above 0, one for each of {[*names, *by_references, BANK]} (got {limits})")
    return UsualFeatures(spreads, references, limits)


def _references(arrays: Arrays) -> References:
    references = References(**_single(arrays))
    if not len(references.points) or not (references.scale > 0).all():
        raise ValueError("references must be of some points, and their scale above 0")
    return references


def _spread(arrays: Arrays) -> Spread:
    spread = Spread(**_single(arrays))
    if not all((values > 0).all() for values in (spread.scale, spread.variances, spread.rest)):
        raise ValueError("scales and variances must be above 0")
    return spread


def _single(arrays: Arrays) -> dict[str, NDArray[np.float32]]:
    """The arrays in single precision, in which is measured."""
    return {part: np.asarray(values, dtype=np.float32) for part, values in arrays.items()}
