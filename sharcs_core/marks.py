"""What sets the samples apart that have a concept on: words of their texts, traits, and the classes they are of.

A concept that a model found by itself, of inputs of which nothing is known, has no value that it is called by. It may
still be on in nearly all samples that have a word, and off in nearly all that have another.

Shapes: n bank samples, M modalities, T concepts, A things that a sample may have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures import THRESHOLD, Bank, Codes, Floats
from sharcs_core.tasks.card import TaskCard
from sharcs_core.texts import WordTable, texts_of, written

LEAST = 10
"""Samples that must have something, or nothing is said of it."""
APART = 0.25
"""By how much the share of inputs that are on must differ from that of all."""
SURE = 4.0
"""So many standard errors must it differ by, since hundreds of words are looked at."""
SAME = 0.6
"""Of two things of which so large a part of the rarer one's samples have both, only the clearer one is told."""
MOST = 4
"""Words and traits that are told of a concept each way, and classes."""
SHORT = 2
"""A word of fewer letters says nothing by itself."""

N_IN_NAME = 3

WORD, TRAIT, CLASS = KINDS_OF_MARK = ("word", "trait", "class")


@dataclass(frozen=True)
class Mark:
    """Something that samples have of which nearly all, or hardly any, have a concept on.

    Attributes:
        kind: one of ``KINDS_OF_MARK``.
        text: the word, the trait or the class.
        n: how many samples have it.
        on: in how many of their inputs the concept is on, 0 … 1.
        row: of them the one in the bank whose inputs have it on, or off, most clearly.
    """

    kind: str
    text: str
    n: int
    on: float
    row: int = 0


@dataclass(frozen=True)
class Marks:
    """What a concept is on for, and what it is off for: words and traits, then classes, each the clearest first."""

    on: tuple[Mark, ...] = ()
    off: tuple[Mark, ...] = ()

    @property
    def sentence(self) -> str:
        """What it is on and off for, classes in brackets; empty where nothing is clear.

        >>> digit, numbers = Mark(WORD, "digit", 30, 0.9), Mark(CLASS, "Numbers", 20, 1.0)
        >>> Marks((digit, numbers), (Mark(WORD, "badge", 20, 0.1),)).sentence
        'on for digit (answer Numbers); off for badge'
        """
        return _sentence(self.on, self.off)

    @property
    def in_short(self) -> str:
        """The few clearest of either side, and classes only where there is nothing else."""
        return _sentence(_first(self.on), _first(self.off))

    @property
    def in_own_words(self) -> str:
        """All but the classes."""
        return _sentence(_own(self.on), _own(self.off))

    @property
    def name(self) -> str:
        """What it is called by these: ``like arrow, direction``, ``not like badge``; empty where nothing is clear."""
        words = ", ".join(mark.text for mark in self._named_after)
        return f"{'' if self._is_on else 'not '}like {words}" if words else ""

    @property
    def rows(self) -> tuple[int, ...]:
        """The samples in the bank that show what it is called by, each once."""
        return tuple(dict.fromkeys(mark.row for mark in self._named_after))

    @property
    def _named_after(self) -> tuple[Mark, ...]:
        return _first(self.on if self._is_on else self.off)

    @property
    def _is_on(self) -> bool:
        """Whether it is called by what it is on for, and not by what it is off for."""
        return bool(self.on) and (bool(_own(self.on)) or not _own(self.off))


def _own(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Words and traits: they say more than the classes that the model answers with anyway."""
    return tuple(mark for mark in marks if mark.kind != CLASS)


def _first(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    return (_own(marks) or tuple(marks))[:N_IN_NAME]


def _sentence(on: Sequence[Mark], off: Sequence[Mark]) -> str:
    told = (("on for", on), ("off for", off))
    return "; ".join(f"{how} {_in_words(marks)}" for how, marks in told if marks)


def _in_words(marks: Sequence[Mark]) -> str:
    own, classes = ([mark.text for mark in marks if (mark.kind == CLASS) == is_class] for is_class in (False, True))
    if not classes:
        return ", ".join(own)
    answers = f"answer{'' if len(classes) == 1 else 's'} {', '.join(classes)}"
    return f"{', '.join(own)} ({answers})" if own else answers


@dataclass(frozen=True)
class MarkTable:
    """What the samples of a bank have.

    Attributes:
        kinds, texts: (A,) as of :class:`Mark`.
        has: (n, A).
    """

    kinds: tuple[str, ...]
    texts: tuple[str, ...]
    has: Codes

    @classmethod
    def of(cls, bank: Bank, card: TaskCard) -> MarkTable:
        """All words, traits and classes that ``LEAST`` samples have and as many have not."""
        parts = [*_words(bank, card), _traits(bank, card), _classes(bank, card)]
        kinds = [kind for kind, texts, _ in parts for _ in texts]
        texts = [text for _, texts, _ in parts for text in texts]
        has = np.concatenate([np.asarray(own, dtype=bool).reshape(len(bank), -1) for *_, own in parts], axis=1)
        n = has.sum(axis=0)
        kept = np.flatnonzero((n >= LEAST) & (n <= len(bank) - LEAST))
        return cls(tuple(kinds[place] for place in kept), tuple(texts[place] for place in kept), has[:, kept])

    @cached_property
    def n(self) -> NDArray[np.float64]:
        """(A,): how many samples have each."""
        counts: NDArray[np.float64] = self.has.sum(axis=0).astype(np.float64)
        return counts

    def marks(self, activations: Floats) -> tuple[Marks, ...]:
        """What each concept is on for and off for, (T,).

        Args:
            activations: (M, n, T) of the inputs of each sample, 0 … 1.
        """
        on, strength = (activations > THRESHOLD).mean(axis=0), activations.mean(axis=0)  # (n, T) each
        if not self.texts:
            return tuple(Marks() for _ in on.T)
        n = len(on)
        shares, usual = (on.T @ self.has) / self.n, on.mean(axis=0)[:, None]  # (T, A), (T, 1)
        errors = np.sqrt(on.var(axis=0)[:, None] * (1 / self.n) * (n - self.n) / max(1, n - 1))  # of such a part of all
        gaps = shares - usual
        sure = np.divide(gaps, errors, out=np.zeros_like(gaps), where=errors > 1e-12)
        is_on = (gaps >= APART) & (shares > THRESHOLD) & (sure >= SURE)
        is_off = (gaps <= -APART) & (shares < THRESHOLD) & (sure <= -SURE)
        return tuple(
            Marks(self._told(share, found * yes, strong), self._told(share, -found * no, -strong))
            for share, found, yes, no, strong in zip(shares, sure, is_on, is_off, strength.T, strict=True)
        )

    def _told(self, shares: Floats, clear: Floats, strength: Floats) -> tuple[Mark, ...]:
        """How sure (A,) it is of what is told, 0 of all else; how strongly samples (n,) show it."""
        is_class = np.array([kind == CLASS for kind in self.kinds])
        chosen = (*self._clearest(clear * ~is_class), *self._clearest(clear * is_class))
        shown = [int(np.where(self.has[:, a], strength, -np.inf).argmax()) for a in chosen]
        return tuple(
            Mark(self.kinds[a], self.texts[a], int(self.n[a]), float(shares[a]), row)
            for a, row in zip(chosen, shown, strict=True)
        )

    def _clearest(self, clear: Floats) -> list[int]:
        """The clearest (A,) of those above 0, of such as mostly come together only one."""
        chosen: list[int] = []
        for place in np.argsort(-clear.round(9), kind="stable"):
            if clear[place] <= 0 or len(chosen) == MOST:
                break
            both = (self.has[:, chosen] & self.has[:, [place]]).sum(axis=0)
            if not (both > SAME * np.minimum(self.n[chosen], self.n[place])).any():
                chosen.append(int(place))
        return chosen


def activations_of(bank: Bank) -> Floats:
    """The shared concepts (M, n, T) of the inputs of each sample of a bank."""
    return np.stack([side.shared for side in bank.sides.values()])


Part = tuple[str, Sequence[str], Codes]


def _words(bank: Bank, card: TaskCard) -> list[Part]:
    tables = (WordTable.of(texts_of(card, name, bank.sides[name].inputs)) for name in written(card, bank))
    found: list[Part] = []
    for table in tables:
        n = table.shares * len(bank)
        frequent = [place for place, word in enumerate(table.words) if len(word) >= SHORT and n[place] >= LEAST]
        found.append((WORD, [str(table.words[place]) for place in frequent], table.has[:, frequent].toarray() > 0))
    return found


def _traits(bank: Bank, card: TaskCard) -> Part:
    if bank.traits is None:
        return TRAIT, (), np.zeros((len(bank), 0), dtype=bool)
    return TRAIT, card.traits, bank.traits == 1


def _classes(bank: Bank, card: TaskCard) -> Part:
    names = card.target.names
    return CLASS, names, np.asarray(bank.labels)[:, None] == np.arange(len(names))
