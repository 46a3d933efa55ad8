"""The weights of a run → its model, of any wiring.

Shapes: A anchors of a ``relative`` model, as many as it has shared values.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from sharcs_core.checkpoints.layout import CONFIG, WEIGHTS, RunError, brief
from sharcs_core.config import ModelConfig
from sharcs_core.encoders.own_code import CodeError
from sharcs_core.errors import is_out_of_memory
from sharcs_core.kinds import check_arrays
from sharcs_core.model import Multimodal
from sharcs_core.structures import Inputs
from sharcs_core.tensors import to_tensors


def load_model(path: Path, config: ModelConfig) -> Multimodal:
    """The model of the run at ``path``, ready to predict.

    Raises:
        RunError: for weights that are not those of such a model.
        CodeError: for an encoder of one's own that is not allowed, or cannot be had.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        weights = load_file(path / WEIGHTS)
        _check_finite(weights)
        anchors = _anchors(weights, config) if config.wiring == "relative" else None
        model = _filled(config, weights, anchors)
        if anchors is not None:
            _check_anchors(model, anchors, config.n_shared)
    except CodeError:
        raise
    except (RuntimeError, ValueError, TypeError, OverflowError, SafetensorError) as error:
        if is_out_of_memory(error):
            raise
        raise RunError(
            f"{WEIGHTS} of the run {path.name!r} does not fit its {CONFIG} ({brief(error)}); copy the run again"
        ) from None
    return model


def _filled(config: ModelConfig, weights: Mapping[str, Tensor], anchors: Mapping[str, Inputs] | None) -> Multimodal:
    from sharcs_core.baselines import build_model

    if not config.modules:  # somebody else's code may need more than shapes
        with torch.device("meta"):  # shapes alone: what does not fit is told before it takes room
            build_model(config, anchors=anchors).load_state_dict(weights, assign=True)
    model = build_model(config, anchors=anchors)
    model.load_state_dict(weights)
    return model.eval()


def _check_finite(weights: Mapping[str, Tensor]) -> None:
    for name, values in weights.items():
        if values.is_floating_point() and not values.isfinite().all():
            raise ValueError(f"{name} holds values that are not finite")


def _anchors(weights: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Inputs]:
    """The inputs that everything is compared with, a modality each, as :class:`~sharcs_core.baselines.Relative`
    keeps them with its weights."""
    arrays: dict[str, dict[str, Tensor]] = {name: {} for name in config.modalities}
    for key, values in weights.items():
        of = [name for name in config.modalities if key.startswith(f"anchors_{name}_")]
        if of:
            name = max(of, key=len)  # the name of one modality may begin with that of another
            arrays[name][key.removeprefix(f"anchors_{name}_")] = values
    without = [name for name, fields in arrays.items() if not fields]
    if without:
        raise ValueError(f"there are no anchors of {without[0]!r}")
    anchors = {
        name: Inputs(config.encoders[name].kind, {field: values.numpy() for field, values in fields.items()})
        for name, fields in arrays.items()
    }
    for name, inputs in anchors.items():
        check_arrays(inputs)
        if len(inputs) != config.n_shared:
            raise ValueError(f"{config.n_shared} anchors of {name!r} were expected (got {len(inputs)})")
    return anchors


def _check_anchors(model: Multimodal, anchors: Mapping[str, Inputs], n_anchors: int) -> None:
    """Raise ValueError for anchors that the encoders do not take."""
    for name, inputs in anchors.items():
        try:
            with torch.inference_mode():
                found = model.share(model.encode({name: to_tensors(inputs)}))[name]
        except (RuntimeError, IndexError, ValueError, TypeError, KeyError) as error:
            if is_out_of_memory(error):
                raise
            raise ValueError(f"the anchors of {name!r} cannot be encoded: {brief(error)}") from None
        if found.shape != (n_anchors, n_anchors) or not found.isfinite().all():
            raise ValueError(f"the anchors of {name!r} cannot be compared with each other")
