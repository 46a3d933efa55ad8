"""The questions that a tree may ask of a sample's concepts, and their answers.

Since all modalities share one space, a question is about a concept of one modality, or about whether two
modalities agree: on a factor that is taught, where both say the same value; on a free concept, where it is on in
both or off in both.

Shapes: n samples, M modalities, T concepts, Q questions. The first M · T questions are the codes of all
modalities side by side, modality by modality.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from sharcs_core.config import ModelConfig
from sharcs_core.named import factor_named, values_said
from sharcs_core.structures import THRESHOLD, Codes, Factor, Floats, Question


def questions_of(config: ModelConfig) -> tuple[Question, ...]:
    """Every question about what a model's modalities say: (Q,).

    Two modalities are compared by a named factor where both say something of it. Where there is no shared space, a
    concept of one modality is not one of another, so that no two can agree but on what both were taught. What explains
    the class is asked nothing: its codes have their places, and no tree reads them.
    """
    concepts = range(config.width)
    questions = [
        Question((name,), (concept,), is_told=_is_told(config, name, concept))
        for name in config.modalities
        for concept in concepts
    ]
    free = concepts[config.n_named :] if config.wiring == "sharcs" else ()
    for pair in combinations(config.deciding, 2):
        stated = [factor for factor in config.factors if all(config.says(name, factor.name) for name in pair)]
        questions += [Question(pair, factor.concepts, factor.name) for factor in stated]
        questions += [Question(pair, (concept,)) for concept in free]
    return tuple(questions)


def _is_told(config: ModelConfig, modality: str, concept: int) -> bool:
    """Whether a concept may be asked for: of a modality that decides, and free or named after what that one states."""
    return modality in config.deciding and all(
        config.says(modality, one.name) for one in config.factors if concept in one.concepts
    )


def answers_of(shared: Mapping[str, Floats], questions: Sequence[Question], factors: Sequence[Factor]) -> Codes:
    """The answers of samples, from the concepts (n, T) of every modality: (n, Q) Boolean.

    Raises:
        ValueError: for a missing modality.

    >>> questions = [Question(("a",), (0,)), Question(("a", "b"), (1,))]
    >>> answers_of({"a": np.array([[0.9, 0.1]]), "b": np.array([[0.5, 0.6]])}, questions, ())
    array([[ True, False]])
    """
    wanted = {name for question in questions for name in question.modalities}
    missing = sorted(wanted - set(shared))
    if missing:
        raise ValueError(f"Answers need every modality of {sorted(wanted)} (missing {missing})")
    codes = {name: np.asarray(shared[name]) > THRESHOLD for name in wanted}
    values = {
        (name, factor.name): values_said(np.asarray(shared[name]), factor) for name in wanted for factor in factors
    }
    columns = []
    for question in questions:
        first, last = question.modalities[0], question.modalities[-1]
        if question.kind == "concept":
            columns.append(codes[first][:, question.concepts[0]])
        elif question.factor is not None:
            name = factor_named(factors, question.factor).name
            columns.append(values[first, name] == values[last, name])
        else:
            columns.append(codes[first][:, question.concepts[0]] == codes[last][:, question.concepts[0]])
    return np.stack(columns, axis=1)


def codes_in(answers: Codes, config: ModelConfig) -> dict[str, Codes]:
    """The codes (n, T) of each modality, from answers (n, Q) to all questions of a model."""
    n_codes = len(config.modalities) * config.width
    parts = np.split(answers[:, :n_codes], len(config.modalities), axis=1)
    return dict(zip(config.modalities, parts, strict=True))


def missing_for(question: Question, shared: Mapping[str, Floats]) -> str | None:
    """The first modality that a question needs and ``shared`` lacks; None where it can be answered."""
    return next((name for name in question.modalities if name not in shared), None)
