"""What it is worth asking where it is read: of one sample, what decides first; of a neighbour, what makes it alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sharcs_core.structures import Answer, Asked, Explanation, Inputs, Neighbour, Question
from sharcs_core.where.deciding import deciding
from sharcs_core.where.sample import Sample

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


def choices(run: Run, explanation: Explanation, inputs: Mapping[str, Inputs]) -> tuple[Asked, ...]:
    """What can be asked of a sample, each thing once.

    First the answer; of a model that compares its modalities what decides it, since an answer that follows from a
    difference comes from neither of the two by itself. Then what else decides, what the tree asks on the sample's way,
    and all other concepts and agreements. Nothing of inputs that are absent, and nothing of which a modality says
    nothing.

    Args:
        inputs: present modality → the one input of the sample.
    """
    config = run.model.config
    decisive = [one.question for one in deciding(Sample.of(run, inputs, {}, None))]
    on_the_way = [step.question for step in explanation.path.steps]
    told = [question for question in run.questions if question.is_told or question.modalities[0] in config.explaining]
    first = decisive[:1] if config.agreements else []
    asked: dict[Asked, None] = dict.fromkeys([*first, Answer(), *decisive, *on_the_way, *told])
    return tuple(one for one in asked if isinstance(one, Answer) or set(one.modalities) <= set(inputs))


def alike_in(explanation: Explanation, neighbour: Neighbour) -> Question | None:
    """The concept that is on in a query and in its neighbour: one that decided, where there is; None without any."""
    decided = [concept for step in explanation.path.steps for concept in step.question.concepts]
    shared = neighbour.shared_concepts
    found = next((concept for concept in decided if concept in shared), None)
    if found is None and not shared:
        return None
    return Question((neighbour.modality,), (shared[0] if found is None else found,))
