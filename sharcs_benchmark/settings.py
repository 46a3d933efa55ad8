"""Which settings of a cell its figures depend on; two cells of equal ones are the same model in two measurements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sharcs_benchmark.nested import leaves
from sharcs_core.config import HAS_SHARED_SPACE

LATER = {"model.agreements": False, "training.polish_epochs": 0}
"""Settings that the first cells lack, with what stood for them then; the others that came later are idle there."""


def flat_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Nested settings under dotted names.

    >>> flat_settings({"training": {"epochs": 3}, "task": "clevr"})
    {'training.epochs': 3, 'task': 'clevr'}
    """
    return {".".join(path): value for path, value in leaves(settings)}


def counting_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a :class:`~sharcs_core.config.RunConfig` as JSON, under dotted names, without those that idle.

    A setting idles where nothing reads it: the temperature of a model that aligns nothing, the number of shared
    concepts of one that shares none. So a cell that was measured before a setting came to be is the same as one of
    today that does without it.

    >>> counting_settings({"training": {"alignment": "none", "temperature": 0.3}})
    {'model.agreements': False, 'training.polish_epochs': 0, 'training.alignment': 'none'}
    """
    flat = {**LATER, **flat_settings(settings)}
    idle = _idle(flat)
    return {name: value for name, value in flat.items() if name not in idle}


def _idle(flat: Mapping[str, Any]) -> set[str]:
    idle = {"test_size"}  # how many test samples a run keeps to be looked at; a cell keeps none
    if not flat["training.polish_epochs"]:
        idle |= {"training.polish_rate", "training.tolerance"}
    if not any(name.startswith("model.named.") for name in flat):
        idle |= {"training.naming_weight"}
    alignment = flat.get("training.alignment")
    if alignment != "contrastive":
        idle |= {"training.temperature"}
    if alignment != "triplet":
        idle |= {"training.margin"}
    if alignment == "none":
        idle |= {"training.alignment_weight"}
    if flat.get("model.wiring", "sharcs") not in HAS_SHARED_SPACE:
        idle |= {"model.n_shared", "model.projection_hidden"}
    return idle
