"""Small banks and tasks made by hand, for tests that need no model and no data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.readers.graphs.files import to_node_link
from sharcs_core.structures import Bank, BankSide, Inputs
from sharcs_core.tasks.card import Modality, Target, TaskCard
from sharcs_core.tasks.task import Task


def make_side(
    modality: str, shared: Any, semantics: Any = None, sources: Any = None, maps: Mapping[str, Any] | None = None
) -> BankSide:
    """A side from its shared concepts (n, T); keys are 0 and sources the rows unless given."""
    shared = np.asarray(shared)
    rows = np.arange(len(shared))
    return BankSide(
        ids=np.array([f"train/{row:05d}/{modality}" for row in rows], dtype=np.str_),
        inputs=Inputs("tabular", {"values": shared}),
        semantics=np.zeros_like(rows) if semantics is None else np.asarray(semantics),
        sources=rows if sources is None else np.asarray(sources),
        local=shared,
        shared=shared,
        maps={name: np.asarray(values) for name, values in (maps or {}).items()},
    )


def make_bank(*, labels: Any = None, **sides: Any) -> Bank:
    """A bank from ``modality=BankSide`` or ``modality=shared concepts``."""
    made = {name: side if isinstance(side, BankSide) else make_side(name, side) for name, side in sides.items()}
    n = len(next(iter(made.values())).ids)
    ids = np.array([f"train/{row:05d}" for row in range(n)], dtype=np.str_)
    return Bank(ids, np.zeros(n, dtype=np.int64) if labels is None else np.asarray(labels), made)


class ToyTask(Task):
    """Images and graphs that mean one of four letters."""

    card = TaskCard(
        name="toy",
        title="Toy",
        summary="",
        question="",
        target=Target(("no", "yes")),
        modalities=tuple(
            Modality(name, name.title(), TableForm((Column("value"),)), tuple(f"letter {letter}" for letter in "abcd"))
            for name in ("image", "graph")
        ),
    )


def graph_json(inputs: Inputs, row: int = 0) -> bytes:
    """A graph as people bring it, in node-link JSON."""
    return json.dumps(to_node_link(inputs, row), indent=1).encode()
