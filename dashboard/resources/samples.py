"""What a run says of its samples, and of edits of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from resources.kept import of_run
from resources.runs import run, run_card
from sharcs_core.checkpoints import Run
from sharcs_core.counterfactuals import Counterfactual, counterfactuals
from sharcs_core.effects import LoneEffect
from sharcs_core.effects import effects_alone as effects_of
from sharcs_core.explanations import explain_sample
from sharcs_core.headlines import Starters, starters
from sharcs_core.inference import predicted_classes
from sharcs_core.structures import Asked, Explanation, Floats, Inputs, Ints, Said, Where
from sharcs_core.suggestions import Elsewhere, elsewhere_in
from sharcs_core.suggestions import words_of as counted_words
from sharcs_core.texts import WordTable
from sharcs_core.where import inputs_of, say
from sharcs_core.where import where as where_of
from sharcs_core.where.choices import choices as choices_of
from sharcs_core.why import Why
from sharcs_core.why import why as why_of

T = TypeVar("T")


def predictions(run_name: str) -> dict[str, Ints]:
    """Predicted class of every sample of the two banks: ``train`` (n,) and ``test`` (n_test,)."""
    return of_run(run_name, "predictions", lambda: _predictions(run_name))


def _predictions(run_name: str) -> dict[str, Ints]:
    loaded = run(run_name)
    banks = {"train": loaded.bank, "test": loaded.test_bank}
    return {part: predicted_classes(loaded.model, bank.shared()) for part, bank in banks.items()}


def filed_elsewhere(run_name: str) -> tuple[Elsewhere, ...]:
    """Unseen samples of a run that the model would file elsewhere, surest first."""
    return of_run(run_name, "filed_elsewhere", lambda: elsewhere_in(run(run_name)))


def words_of(run_name: str, modality: str) -> WordTable:
    """Which words the training texts of a modality have."""
    return of_run(
        run_name, ("words", modality), lambda: counted_words(run_card(run_name), run(run_name).bank, modality)
    )


def first_samples(run_name: str) -> Starters:
    """Unseen samples of a run to begin with, see :func:`sharcs_core.headlines.starters`."""
    return of_run(run_name, "first_samples", lambda: starters(run(run_name)))


def explanation(
    run_name: str, sample_id: str, missing: tuple[str, ...] = (), handling: str = "described"
) -> Explanation:
    """Everything about one sample of a run, see :func:`sharcs_core.explanations.explain_sample`."""
    key = ("explanation", sample_id, tuple(missing), handling)
    return of_run(run_name, key, lambda: explain_sample(run(run_name), sample_id, missing=missing, handling=handling))


def why(run_name: str, sample_id: str, missing: tuple[str, ...] = (), handling: str = "described") -> Why:
    """Why a run answers one of its samples as it does, see :func:`sharcs_core.why.why`."""
    key = ("why", sample_id, tuple(missing), handling)
    return of_run(
        run_name,
        key,
        lambda: why_of(run(run_name), explanation(run_name, sample_id, missing, handling)),
        names=True,
    )


def where(run_name: str, sample_id: str, asked: Asked) -> Where:
    """Where something is read that a run says of one of its samples, see :func:`sharcs_core.where.where`."""
    return of_run(run_name, ("where", sample_id, asked), lambda: _where(run_name, sample_id, asked))


def _where(run_name: str, sample_id: str, asked: Asked) -> Where:
    loaded = run(run_name)
    bank, row = loaded.find(sample_id)
    own_row = row if bank is loaded.bank else None
    return where_of(loaded, inputs_of(loaded, sample_id), asked, exclude=own_row)


def said(run_name: str, sample_id: str) -> Said:
    """A sample of a run in sentences, see :func:`sharcs_core.where.say`."""
    return of_run(run_name, ("said", sample_id), partial(_of_sample, say, run_name, sample_id), names=True)


def choices(run_name: str, sample_id: str) -> tuple[Asked, ...]:
    """What can be asked where it is read of a sample of a run, see :func:`sharcs_core.where.choices.choices`."""
    return of_run(run_name, ("choices", sample_id), partial(_of_sample, choices_of, run_name, sample_id))


def _of_sample(make: Callable[[Run, Explanation, dict[str, Inputs]], T], run_name: str, sample_id: str) -> T:
    """What is made of a sample of a run, its explanation and its inputs."""
    loaded = run(run_name)
    return make(loaded, explanation(run_name, sample_id), inputs_of(loaded, sample_id))


def what_changes(
    run_name: str, shared: Mapping[str, Floats], to_class: int | None, exclude: int | None
) -> tuple[Counterfactual, ...]:
    """The fewest edits of a sample's concepts that change a run's answer, see :mod:`sharcs_core.counterfactuals`."""
    return of_run(
        run_name,
        ("what_changes", _as_key(shared), to_class, exclude),
        lambda: counterfactuals(run(run_name), shared, to_class=to_class, exclude=exclude),
        "Trying the edits …",
    )


def effects_alone(run_name: str, shared: Mapping[str, Floats], exclude: int | None) -> tuple[LoneEffect, ...]:
    """What each change of a sample's concepts does alone, see :func:`sharcs_core.effects.effects_alone`."""
    key = ("effects_alone", _as_key(shared), exclude)
    return of_run(run_name, key, lambda: effects_of(run(run_name), shared, exclude=exclude))


def _as_key(shared: Mapping[str, Floats]) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, concepts.tobytes()) for name, concepts in shared.items())
