"""What neighbours suggest: words that would fit an input, and samples that are filed elsewhere than the model would.

Shapes: n samples, C classes, k companions, M modalities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from sharcs_core import inference
from sharcs_core.checkpoints import Run
from sharcs_core.inference import N_COMPANIONS
from sharcs_core.retrieval import companions
from sharcs_core.structures import Bank, Floats, Ints
from sharcs_core.tasks.card import TaskCard
from sharcs_core.texts import WORD, WordTable, texts_of

LEAST = 2
"""Of them, how many must have a word: what only one has says more of that one than of the query."""


@dataclass(frozen=True)
class Word:
    """A word that would fit.

    Attributes:
        text: the word.
        n: how many of the companions have it.
        share: of all training texts, how many have it; what half of them have says little.
    """

    text: str
    n: int
    share: float


@dataclass(frozen=True)
class Elsewhere:
    """A sample that the model would file elsewhere.

    Attributes:
        row: in its bank.
        label: the class that it is filed under.
        answer: that of the model, another one.
        sureness: the probability that the model gives its answer.
    """

    row: int
    label: int
    answer: int
    sureness: float


def words_of(card: TaskCard, bank: Bank, modality: str) -> WordTable:
    """The words of the texts of a bank, in its order; counted anew each time."""
    return WordTable.of(texts_of(card, modality, bank.sides[modality].inputs))


def words_that_fit(
    bank: Bank, shared: Mapping[str, Floats], table: WordTable, given: str = "", n: int = 8
) -> tuple[Word, ...]:
    """The words that the training samples most like an input have in a modality, and others have not.

    Args:
        bank: of the training samples.
        shared: present modality → its concepts (T,).
        table: of the modality, as :func:`words_of` has it.
        given: the text that is there already; its words are not suggested.
    """
    queries = {name: np.asarray(values)[None] for name, values in shared.items()}
    return ranked_words(table, companions(queries, bank, N_COMPANIONS)[0], given, n)


def ranked_words(table: WordTable, near: Ints, given: str = "", n: int = 8) -> tuple[Word, ...]:
    """The words that tell some texts from all, most telling first, equal ones by the alphabet.

    A text counts the more the nearer it is, the first as much as the second and third together; what words are worth is
    their weight among the near texts beyond their share of all.

    Args:
        table: the words of all texts.
        near: (k,) the places of those that are near, nearest first.
        given: words of it are left out.

    >>> texts = ["red round apple", "green apple tree", "red car", "blue car"]
    >>> [(word.text, word.n) for word in ranked_words(WordTable.of(texts), np.array([0, 1]), "a tree")]
    [('apple', 2)]
    """
    if not len(near) or not len(table.words):
        return ()
    has, shares = table.has[near], table.shares
    n_near = np.asarray(has.sum(axis=0)).ravel()
    weights = 1 / np.arange(1, len(near) + 1)
    worth = (weights / weights.sum()) @ has.toarray() - shares
    known = set(re.findall(WORD, given.lower()))
    order = [int(place) for place in np.argsort(-worth.round(9), kind="stable") if worth[place] > 0]
    fitting = [place for place in order if n_near[place] >= LEAST and str(table.words[place]) not in known]
    return tuple(Word(str(table.words[place]), int(n_near[place]), float(shares[place])) for place in fitting[:n])


def filed_elsewhere(probabilities: Floats, labels: Ints) -> tuple[Elsewhere, ...]:
    """The samples that a model would file under another class than they are filed under, surest first.

    Args:
        probabilities: (n, C). labels: (n,); -1 where the class is not known.

    >>> [one.row for one in filed_elsewhere(np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]), np.array([1, 1, 1]))]
    [0, 1]
    """
    answers, sureness = probabilities.argmax(1), probabilities.max(1)
    other = np.flatnonzero((answers != labels) & (np.asarray(labels) >= 0))
    order = other[np.argsort(-sureness[other], kind="stable")]
    return tuple(Elsewhere(int(i), int(labels[i]), int(answers[i]), float(sureness[i])) for i in order)


def elsewhere_in(run: Run, part: str = "test") -> tuple[Elsewhere, ...]:
    """Of the samples that a run keeps of a part, ``test`` or ``train``, those that it would file elsewhere."""
    bank = run.test_bank if part == "test" else run.bank
    return filed_elsewhere(inference.probabilities(run.model, bank.shared()), bank.labels)


def share_of_words(suggested: Iterable[Word], text: str) -> float:
    """How many of the suggested words a text really has, 0 … 1; NaN where none is suggested."""
    words = [word.text for word in suggested]
    there = set(re.findall(WORD, text.lower()))
    return sum(word in there for word in words) / len(words) if words else float("nan")
