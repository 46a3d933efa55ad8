"""What it is worth asking where it is read: of one sample, what decides first; of a neighbour, what makes it alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sharcs_core.structures import Answer, Asked, Explanation, Neighbour, Question

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


def choices(run: Run, explanation: Explanation) -> tuple[Asked, ...]:
    """The answer, then what the tree asks on the sample's way, then every other concept and agreement, each once.

    Nothing of inputs that are absent, and nothing of which a modality says nothing.
    """
    on_the_way = [step.question for step in explanation.path.steps]
    told = [question for question in run.questions if question.is_told]
    present = set(explanation.shared) - set(explanation.missing)
    asked = dict.fromkeys([*on_the_way, *told])
    return (Answer(), *(one for one in asked if set(one.modalities) <= present))


def alike_in(explanation: Explanation, neighbour: Neighbour) -> Question | None:
    """The concept that is on in a query and in its neighbour: one that decided, where there is; None without any."""
    decided = [concept for step in explanation.path.steps for concept in step.question.concepts]
    shared = neighbour.shared_concepts
    found = next((concept for concept in decided if concept in shared), None)
    if found is None and not shared:
        return None
    return Question((neighbour.modality,), (shared[0] if found is None else found,))
