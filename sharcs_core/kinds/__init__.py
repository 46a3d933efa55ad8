"""The kinds of modality, by name: a module or a folder a kind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from sharcs_core.errors import UserError
from sharcs_core.kinds.graph import GRAPH
from sharcs_core.kinds.image import IMAGE
from sharcs_core.kinds.kind import Form, Kind
from sharcs_core.kinds.tabular import TABULAR
from sharcs_core.kinds.text import TEXT
from sharcs_core.structures import Inputs

if TYPE_CHECKING:
    from torch import nn

    from sharcs_core.config import EncoderConfig, ModelConfig

KINDS: Mapping[str, Kind[Any]] = {kind.name: kind for kind in (TABULAR, IMAGE, GRAPH, TEXT)}


def form_from_json(values: Mapping[str, Any]) -> Form:
    """The inverse of :func:`~sharcs_core.kinds.kind.form_values`.

    Raises:
        UserError: that names what is wrong.
    """
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise UserError(f"Unknown kind of modality {kind!r}; choose one of {sorted(KINDS)}")
    fields = {name: value for name, value in values.items() if name != "kind"}
    try:
        form: Form = TypeAdapter(KINDS[kind].form).validate_json(json.dumps(fields))
        return form
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise UserError(f"The form of a modality of kind {kind!r} is wrong at {place!r}: {fault['msg']}") from None


def kind_of(raw: Sequence[Any]) -> str:
    """The kind of raw inputs, by what the first of them is.

    Raises:
        UserError: for what no kind takes.
    """
    first = raw[0]
    for kind in KINDS.values():
        if kind.takes(first):
            return kind.name
    raise UserError(
        f"Inputs of type {type(first).__name__} are of no known kind; bring NumPy or PIL pictures, networkx or PyG "
        "graphs, rows of a table, or sentences"
    )


def build_encoder(config: EncoderConfig, n_local: int) -> nn.Module:
    """The encoder that ``config`` asks for, with ``n_local`` raw scores an input.

    Raises:
        UserError: for an unknown kind, or for an encoder of one's own where such code is not allowed, or cannot be had.
    """
    kind = known_kind(config.kind)
    if config.module is None:
        return kind.encoder(config, n_local)
    from sharcs_core.encoders.own_encoder import OwnEncoder

    return OwnEncoder(config, n_local)


def known_kind(name: str) -> Kind[Any]:
    """The kind of that name. Raises UserError for an unknown one."""
    if name not in KINDS:
        raise UserError(f"Unknown kind of modality {name!r}; choose one of {sorted(KINDS)}")
    return KINDS[name]


def check_inputs(config: ModelConfig, modality: str, inputs: Inputs) -> None:
    """Raise UserError for inputs that a model's encoder of that modality cannot read, or for one that it lacks."""
    if modality not in config.encoders:
        raise UserError(f"The model reads no {modality!r}; give it inputs of {list(config.modalities)}")
    encoder = config.encoders[modality]
    check_arrays(inputs)
    if inputs.kind == encoder.kind:
        fault = next(KINDS[encoder.kind].faults(encoder, inputs), None)
    else:
        fault = f"inputs of kind {encoder.kind!r}", repr(inputs.kind)
    if fault is not None:
        expected, got = fault
        raise UserError(f"{modality!r} expects {expected} (got {got}); give it inputs such as the model was trained on")


def check_arrays(inputs: Inputs) -> None:
    """Raise UserError for inputs of an unknown kind, that are withheld, or that lack an array of it."""
    if not inputs.is_kept:
        raise UserError(
            "The originals of these inputs are not kept with the run (redistribute = false); bring the files themselves"
        )
    missing = [name for name in known_kind(inputs.kind).arrays if name not in inputs.arrays]
    if missing:
        raise UserError(f"Inputs of kind {inputs.kind!r} need {list(KINDS[inputs.kind].arrays)} (missing {missing})")
