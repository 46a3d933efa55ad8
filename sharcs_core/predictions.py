"""Many samples of one's own → a table: what a model says of each, how sure it is, what it reads, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sharcs_core.brought import Brought
from sharcs_core.explanations import explain_inputs
from sharcs_core.naming import reading
from sharcs_core.structures import Explanation
from sharcs_core.why import Why, why

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

N_NEIGHBOURS = 8


@dataclass(frozen=True)
class Prediction:
    """What a model says of a sample; ``explanation`` and ``why`` are None where no input can be read."""

    sample: Brought
    explanation: Explanation | None
    why: Why | None


def predict(run: Run, samples: Iterable[Brought]) -> Iterator[Prediction]:
    """What a run says of each sample, in their order, one after the other."""
    for sample in samples:
        if not sample.inputs:
            yield Prediction(sample, None, None)
            continue
        explanation = explain_inputs(run, sample.inputs, k=N_NEIGHBOURS)
        yield Prediction(sample, explanation, why(run, explanation))


def columns_of(run: Run) -> tuple[str, ...]:
    """What stands above the columns of a run's table of predictions."""
    card = run.card
    read = [f"{name}: {factor}" for name, factor in _taught(run)]
    unusual = [f"{modality.name}: unusual" for modality in card.modalities]
    return ("id", "answer", *(f"probability of {name}" for name in card.target.names), *read, *unusual, "why", "notes")


def cells_of(run: Run, prediction: Prediction) -> tuple[str, ...]:
    """A row of that table. A sample that cannot be read has its fault among the notes, and nothing else."""
    sample, explanation = prediction.sample, prediction.explanation
    if explanation is None or prediction.why is None:
        empty = len(columns_of(run)) - 2
        return (sample.id, *[""] * empty, "; ".join(_notes(sample)) or "There is no input of any modality")
    modalities = run.model.config.modalities
    unusual = [explanation.unusual.get(name) for name in modalities]
    return (
        sample.id,
        run.card.target.name(explanation.class_index),
        *(f"{share:.4f}" for share in explanation.probabilities.tolist()),
        *_said(run, explanation),
        *("" if one is None else f"{one.score:.2f}" for one in unusual),
        " ".join(filter(None, (prediction.why.sentence, prediction.why.fault))),
        "; ".join(_notes(sample)),
    )


def _notes(sample: Brought) -> list[str]:
    """What was changed to read a sample, and what of it cannot be read."""
    return [*(f"{name}: {fault}" for name, fault in sample.faults.items()), *sample.notes]


def _taught(run: Run) -> list[tuple[str, str]]:
    """Every modality with every taught factor that it states."""
    config = run.model.config
    return [
        (name, factor.name)
        for name in config.modalities
        for factor in config.factors
        if factor.name in run.card.stated_by(name)
    ]


def _said(run: Run, explanation: Explanation) -> list[str]:
    """The values that the taught concepts of what is present say."""
    factors, names = run.model.config.factors, run.concept_names
    said = {
        name: reading(shared, factors, run.task, name, names)
        for name, shared in explanation.shared.items()
        if name not in explanation.missing
    }
    return [said[name][factor][0] if name in said else "" for name, factor in _taught(run)]
