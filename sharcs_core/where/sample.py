"""One sample as a model reads it, and what can be asked of it.

Shapes: K local and T shared concepts, C classes, k companions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from sharcs_core.config import HAS_CONCEPTS
from sharcs_core.errors import UserError
from sharcs_core.inference import N_COMPANIONS
from sharcs_core.kinds import check_inputs
from sharcs_core.retrieval import companions
from sharcs_core.structures import Answer, Asked, Floats, Inputs, Question
from sharcs_core.tensors import device_of, to_tensors
from sharcs_core.where.asked import LEAST, amount_of_class, amount_of_question
from sharcs_core.where.probe import Amount, Probe

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


@dataclass(frozen=True)
class Sample:
    """What is read of one sample.

    Attributes:
        inputs: present modality → one input.
        batches: the same as tensors.
        evidence: modality → log-odds (1, T) of its concepts, stand-ins included.
        absent: modality → (k, T) what its companions have there.
    """

    run: Run
    inputs: Mapping[str, Inputs]
    batches: Mapping[str, dict[str, Tensor]]
    evidence: Mapping[str, Tensor]
    absent: Mapping[str, Tensor]

    @classmethod
    def of(
        cls,
        run: Run,
        inputs: Mapping[str, Inputs],
        stand_ins: Mapping[str, Floats] | None = None,
        exclude: int | None = None,
    ) -> Sample:
        """The sample of inputs, one a modality; the arguments are those of :func:`~sharcs_core.where.where`."""
        modalities = run.model.config.modalities
        _check(run, inputs)
        device = device_of(run.model)
        ordered = {name: inputs[name] for name in modalities if name in inputs}
        batches = {name: to_tensors(one, device) for name, one in ordered.items()}
        with torch.no_grad():
            own = {name: run.model.evidence(name, run.model.encoders[name](batch)) for name, batch in batches.items()}
        given = {name: _as_evidence(values, device) for name, values in (stand_ins or {}).items() if name not in own}
        evidence = {**own, **given}
        absent = [name for name in modalities if name not in evidence]
        found = _of_companions(run, evidence, absent, exclude) if absent else {}
        return cls(run, ordered, batches, evidence, found)

    def told(self, asked: Asked) -> Asked:
        """What is asked, the class put in where none is named. Raises UserError for what cannot be told."""
        config = self.run.model.config
        if isinstance(asked, Answer):
            index = self._class() if asked.class_index is None else asked.class_index
            if not 0 <= index < config.n_classes:
                raise UserError(f"Classes are 0 to {config.n_classes - 1} (got {index}); choose one of them")
            return Answer(index)
        absent = [name for name in asked.modalities if name not in self.inputs]
        if absent:
            raise UserError(
                f"There is no input of {absent[0]!r}, so nothing is read in it; give one, or ask of another"
            )
        if not all(0 <= number < config.width for number in asked.concepts):
            raise UserError(f"Concepts are 0 to {config.width - 1} (got {list(asked.concepts)}); choose one of them")
        return asked

    def _class(self) -> int:
        totals = [self.total(self.amount(Answer(index))) for index in range(self.run.model.config.n_classes)]
        return int(np.argmax(totals))

    @torch.no_grad()
    def total(self, amount: Amount, without: str | None = None) -> float:
        """How much is said of the sample as it is, or if all concepts of a modality might as well be on as off."""
        nothing = {} if without is None else {without: torch.zeros_like(self.evidence[without])}
        return float(amount({**self.evidence, **nothing}))

    def amount(self, asked: Asked) -> Amount:
        """How much the model says what is asked."""
        if isinstance(asked, Question):
            return amount_of_question(asked)
        assert asked.class_index is not None
        return amount_of_class(self.run.model, asked.class_index, self.absent)

    def probe(self, modality: str, amount: Amount) -> Probe:
        """What an explainer of one input needs."""
        return Probe(
            modality,
            self.inputs[modality],
            self.run.card.modality(modality).form,
            self.batches[modality],
            _usual(self.run, modality),
            self.run.model,
            {name: values for name, values in self.evidence.items() if name != modality},
            amount,
        )


def _check(run: Run, inputs: Mapping[str, Inputs]) -> None:
    """Raises UserError for what cannot be explained."""
    config = run.model.config
    if config.wiring not in HAS_CONCEPTS:
        raise UserError(
            f"The run {run.name!r} is of a model without concepts, so nothing is read anywhere; take another"
        )
    if not inputs:
        raise UserError(f"Give at least one input of {list(config.modalities)} (got none)")
    counts = {name: len(one) for name, one in inputs.items()}
    if set(counts.values()) != {1}:
        raise UserError(f"Give one input of each modality (got {counts})")
    for name, one in inputs.items():
        check_inputs(config, name, one)


def _as_evidence(shared: Floats, device: torch.device) -> Tensor:
    """Shared concepts (T,) as log-odds (1, T)."""
    return torch.logit(torch.as_tensor(np.asarray(shared, dtype=np.float32), device=device), eps=LEAST).unsqueeze(0)


def _of_companions(
    run: Run, evidence: Mapping[str, Tensor], absent: list[str], exclude: int | None
) -> dict[str, Tensor]:
    """Absent modality → what companions of a sample have there, (k, T)."""
    shared = {name: torch.sigmoid(values).cpu().numpy() for name, values in evidence.items()}
    rows = companions(shared, run.bank, N_COMPANIONS, exclude=None if exclude is None else [exclude])[0]
    device = device_of(run.model)
    return {
        name: torch.as_tensor(np.asarray(run.bank.sides[name].shared[rows], dtype=np.float32), device=device)
        for name in absent
    }


def _usual(run: Run, modality: str) -> dict[str, Tensor]:
    """What is usual in the arrays of numbers of training inputs, the mean of each, as far as they are kept."""
    kept = run.bank.sides[modality].inputs
    if not kept.is_kept or "values" not in kept.arrays:
        return {}
    return {"values": torch.as_tensor(kept.arrays["values"].mean(0))}
