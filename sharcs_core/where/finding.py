"""Where something is read that a model says of a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.structures import Answer, Asked, Floats, Inputs, Question, Where, as_shares, read_only
from sharcs_core.where.asked import certainty_of, opposite
from sharcs_core.where.explainers import explain, explainer_of, of_nothing
from sharcs_core.where.probe import Amount
from sharcs_core.where.sample import Sample

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


def where(
    run: Run,
    inputs: Mapping[str, Inputs],
    asked: Asked | None = None,
    explainer: str | Mapping[str, str] | None = None,
    *,
    stand_ins: Mapping[str, Floats] | None = None,
    exclude: int | None = None,
) -> Where:
    """From which parts of the inputs of one sample comes what the model says.

    Args:
        inputs: present modality → one input of it; see :func:`inputs_of` for a sample of the run.
        asked: a concept or an agreement, see :mod:`sharcs_core.where.asked`, or an answer; None is the answer.
        explainer: the name of one for every input, or by modality; the default of its kind elsewhere.
        stand_ins: absent modality → the shared concepts (T,) that stand in for it. An answer without them is an
            average over what companions have there, as predictions are.
        exclude: row of the bank that is no companion, as it is the sample itself.

    Raises:
        UserError: for nothing that is given, what the run does not read, inputs of which nothing is kept, a modality
            that is asked about and absent, an unknown explainer, or a model without concepts.
    """
    sample = Sample.of(run, inputs, stand_ins or {}, exclude)
    asked = sample.told(asked or Answer())
    amount = sample.amount(asked)
    total = sample.total(amount)
    says = total > 0 or isinstance(asked, Answer)
    if not says:
        amount = opposite(amount)
    decide = [name for name in sample.inputs if name in run.model.config.deciding]
    names = asked.modalities if isinstance(asked, Question) else (decide or tuple(sample.inputs))
    parts, explainers, nothing = {}, {}, {}
    for name in dict.fromkeys(names):
        probe = sample.probe(name, amount)
        explainers[name] = explainer_of(probe, _chosen(explainer, name))
        parts[name] = explain(probe, explainers[name])
        if isinstance(asked, Question) and not len(parts[name].flat()):
            raise UserError(f"The {name!r} has nothing in it that is known, so nothing is read there; bring another")
        nothing[name] = certainty_of(of_nothing(probe, parts[name]))
    weights = _weights(sample, amount, tuple(parts))
    sure = certainty_of(total if says else -total)
    return read_only(Where(asked, says, sure, parts, weights, nothing, explainers))


def inputs_of(run: Run, sample_id: str, missing: Iterable[str] = ()) -> dict[str, Inputs]:
    """Modality → the input of a sample of the run, without those missing. Raises KeyError for an unknown id."""
    bank, row = run.find(sample_id)
    return {name: side.inputs.take([row]) for name, side in bank.sides.items() if name not in set(missing)}


def _chosen(explainer: str | Mapping[str, str] | None, modality: str) -> str | None:
    return explainer.get(modality) if isinstance(explainer, Mapping) else explainer


def _weights(sample: Sample, amount: Amount, names: tuple[str, ...]) -> dict[str, float]:
    """What share of the evidence each modality has: what is lost where all of its concepts may as well be on as off."""
    if len(names) == 1:
        return {names[0]: 1.0}
    total = sample.total(amount)
    lost = np.array([total - sample.total(amount, without=name) for name in names])
    return dict(zip(names, as_shares(lost).tolist(), strict=True))
