"""What the model reads each input as: the values of known factors, and the meaning that they make.

A taught factor is read off its own concepts. A factor that is not taught is read off the nearest training inputs of all
modalities, each with one vote; those farther away than nearly all training inputs are from each other have none, nor
have those of which the factor is not known. An input is read as what its modality states, and as nothing else.

Where each sample is its own key, nothing can be read: the vote then says what class the nearest training inputs are
of, which an input resembles and does not mean.

Shapes: n inputs, m rows of the bank (of all modalities), T shared concepts, k keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sharcs_core.named import UNSURE, is_unsure, values_said
from sharcs_core.naming import value_words
from sharcs_core.neighbours import NO_ROW, nearest_distances, nearest_rows
from sharcs_core.structures import Codes, Factor, Floats, Ints

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Bank
    from sharcs_core.tasks.task import Task

N_VOTES = 9
"""Nearest training inputs that say what an input means."""
REACH = 0.995
"""Share of the training inputs whose nearest other one is as near as a vote may be far."""
LEAST_REACH = 0.05
"""Inputs that near say the same, however near training inputs are to each other."""
MOST_PROBES = 2000
"""So many training inputs are enough to say how far apart they usually are."""
UNREAD = -1
"""Stands for a value, or a key, that cannot be read."""
UNKNOWN = "unlike anything known"


@dataclass(frozen=True)
class Reading:
    """What the model reads one input as.

    Attributes:
        key: the meaning, a place among the modality's key names; None where it cannot be read. Where each sample is
            its own key: the class that the nearest training inputs are of.
        values: factor → its value, of all factors that can be read.
        words: the meaning in words; of what is only resembled, ``most like class 3``.
        unsure: the factors whose best two values are near each other.
        truth, truth_words: what it truly means; None and "" where that is not known.
        is_misread: whether something of the truth is known, and read as something else.
    """

    modality: str
    key: int | None
    values: Mapping[str, int]
    words: str
    unsure: tuple[str, ...]
    truth: int | None
    truth_words: str
    is_misread: bool = False


@dataclass(frozen=True)
class Voters:
    """The training inputs that vote, of all modalities one below the other.

    Attributes:
        shared: (m, T). keys: (m,) what each means. sources: (m,) what each was made from.
        reach: a voter that is farther away from an input has no vote on it.
    """

    shared: Floats
    keys: Ints
    sources: Ints
    reach: float

    @classmethod
    def of(cls, bank: Bank) -> Voters:
        """All inputs of a bank."""
        sides = list(bank.sides.values())
        shared = np.concatenate([np.asarray(side.shared, dtype=np.float32) for side in sides])
        keys = np.concatenate([side.semantics for side in sides])
        sources = np.concatenate([side.sources for side in sides])
        probes = np.linspace(0, len(shared) - 1, min(len(shared), MOST_PROBES)).astype(int)
        distances = nearest_distances(shared[probes], shared, sources[probes], sources)
        apart = distances[np.isfinite(distances)]
        reach = float(np.quantile(apart, REACH)) if len(apart) else 0.0
        return cls(shared, keys, sources, max(reach, LEAST_REACH))

    def rows(self, shared: Floats, sources: Ints | None, among: Codes | None = None) -> NDArray[np.int64]:
        """The voters on inputs (n, T), nearest first: (n, N_VOTES), ``NO_ROW`` where one is too far away.

        Args:
            among: (m,) which of the training inputs may vote; all by default.
        """
        if among is not None and not among.any():
            return np.full((len(shared), N_VOTES), NO_ROW)
        own = None if sources is None else self.sources
        rows, distances = nearest_rows(
            shared, self.shared, N_VOTES, query_sources=sources, row_sources=own, among=among
        )
        return np.where(distances <= self.reach, rows, NO_ROW)

    def votes(self, of_key: Ints, shared: Floats, sources: Ints | None, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """What the voters on inputs (n, T) say of a factor, nearest first: (n, N_VOTES), ``UNREAD`` where one is none.

        Args:
            of_key: (k,) the factor's value for each key; -1 where it says nothing of it.
            rows: (n, N_VOTES) the voters if all may vote.
        """
        values = np.append(of_key, UNREAD)[self.keys]  # of an unknown key, -1, the last
        knows = values != UNREAD
        if not knows.all():
            rows = self.rows(shared, sources, knows)
        return np.where(rows == NO_ROW, UNREAD, values[rows])


def readings_of(
    run: Run,
    shared: Mapping[str, Floats],
    *,
    truth: Mapping[str, int] | None = None,
    sources: Mapping[str, int | None] | None = None,
) -> dict[str, Reading]:
    """What each input of one sample is read as, from its concepts (T,) by modality.

    Args:
        truth: modality → the key of what the input truly means, where that is known.
        sources: modality → what the input was made from, where that is in the bank; the same has no vote.

    Raises:
        ValueError: for a modality that the run lacks, or concepts of another width.
    """
    truth, sources = truth or {}, sources or {}
    return {
        name: _reading(run, name, np.asarray(concepts)[None], truth.get(name), sources.get(name))
        for name, concepts in shared.items()
    }


def known_truth(run: Run, sample_id: str) -> dict[str, int]:
    """Modality → the key of what the inputs of a sample of the run truly mean, where that is known.

    Raises:
        KeyError: for a sample that the run does not keep.
    """
    bank, row = run.find(sample_id)
    keys = {name: int(side.semantics[row]) for name, side in bank.sides.items()}
    return {name: key for name, key in keys.items() if key != UNREAD and not run.card.own_keys}


def keys_read(run: Run, modality: str, shared: Floats, sources: Ints | None = None) -> NDArray[np.int64]:
    """The meaning that each of n inputs (n, T) is read as, (n,); ``UNREAD`` where it cannot be read.

    Args:
        sources: (n,) what each was made from, where that is in the bank.

    Raises:
        ValueError: for a modality that the run lacks, or concepts of another width.
    """
    values, _ = _values(run, modality, np.asarray(shared), sources)
    return _keys_of(run.task, values, len(shared))


def _reading(run: Run, modality: str, shared: Floats, truth: int | None, source: int | None) -> Reading:
    values, doubts = _values(run, modality, shared, None if source is None else np.array([source]))
    key = int(_keys_of(run.task, values, 1)[0])
    read = {factor: int(value[0]) for factor, value in values.items() if value[0] != UNREAD}
    known = truth is not None and truth != UNREAD and not run.card.own_keys
    words = _as_called(run, modality, key) if key != UNREAD or not values else _in_part(run, modality, read)
    return Reading(
        modality,
        key=None if key == UNREAD else key,
        values={} if list(read) == [_WHOLE] else read,
        words=f"most like {words}" if run.card.own_keys and key != UNREAD else words,
        unsure=tuple(factor for factor, doubt in doubts.items() if doubt[0] and factor in read),
        truth=truth if known else None,
        truth_words=_as_called(run, modality, truth) if known and truth is not None else "",
        is_misread=known and bool(run.card.meanings.misread(np.array([key]), np.array([truth]))[0]),
    )


_WHOLE = ""
"""The one factor of keys that are not known to be made of any: the key itself."""


def _values(run: Run, modality: str, shared: Floats, sources: Ints | None) -> tuple[dict[str, Ints], dict[str, Codes]]:
    """Factor → its value (n,) in each of the inputs (n, T) of a modality, and whether that is unsure."""
    run.card.modality(modality)  # says which there are
    width = run.model.config.width
    if shared.ndim != 2 or shared.shape[1] != width:
        raise ValueError(f"The concepts of {modality!r} must be of shape (n, {width}) (got {shared.shape})")
    taught = {factor.name: factor for factor in run.model.config.factors}
    every = _readable(run, modality)
    voters = None if set(every) <= set(taught) else run.voters
    rows = None if voters is None else voters.rows(shared, sources)
    values, doubts = {}, {}
    for name, of_key in every.items():
        if name in taught:
            values[name], doubts[name] = _said(shared, taught[name])
        else:
            assert voters is not None
            assert rows is not None
            values[name], doubts[name] = elected(voters.votes(np.asarray(of_key), shared, sources, rows))
    return values, doubts


def _readable(run: Run, modality: str) -> dict[str, tuple[int, ...]]:
    """What inputs of a modality can be read for: factor → its value for each key."""
    if not run.card.factors:
        return {_WHOLE: tuple(range(len(run.card.modalities[0].key_names)))}
    return {factor: run.card.factors[factor] for factor in run.card.stated_by(modality)}


def _said(shared: Floats, factor: Factor) -> tuple[Ints, Codes]:
    return values_said(shared, factor), is_unsure(shared, factor)


def elected(votes: Ints) -> tuple[NDArray[np.int64], Codes]:
    """The value that most votes (n, v) are for, nearest voter first, and whether that is unsure: (n,) each.

    A vote of ``UNREAD`` counts for nothing. Of values with equally many votes the nearest voter's wins. It is unsure
    where the best two are nearer than ``UNSURE`` of the votes.

    >>> elected(np.array([[2, 5, 5], [1, 1, 1], [-1, -1, -1]]))
    (array([ 5,  1, -1]), array([False, False, False]))
    """
    cast = votes != UNREAD
    counts = (votes[:, :, None] == votes[:, None, :]).sum(2) * cast  # (n, v): votes for the value of each voter
    best = counts.argmax(1)[:, None]  # the nearest of equals
    winner = np.take_along_axis(votes, best, 1)
    second = np.where(votes == winner, 0, counts).max(1)
    lead = np.take_along_axis(counts, best, 1)[:, 0] - second
    return winner[:, 0].astype(np.int64), cast.any(1) & (lead < UNSURE * cast.sum(1))


def _keys_of(task: Task, values: Mapping[str, Ints], n: int) -> NDArray[np.int64]:
    """The key (n,) that values (n,) of all factors make; ``UNREAD`` where none does.

    A factor that is not among the values, since the modality does not state it, is one that the key says nothing of.
    """
    if list(values) == [_WHOLE]:
        return np.asarray(values[_WHOLE], dtype=np.int64)
    columns = np.array(list(task.card.factors.values()))  # (factors, k)
    nothing = np.full(n, UNREAD)
    read = np.stack([values.get(factor, nothing) for factor in task.card.factors])  # (factors, n)
    same = (read[:, :, None] == columns[:, None, :]).all(0)  # (n, k)
    return np.where(same.any(1), same.argmax(1), UNREAD).astype(np.int64)


def known_words(run: Run, modality: str, factor: str) -> tuple[str, ...]:
    """Words for the values of any known factor of a run, (V,): of a taught one as a person calls its concepts.

    Args:
        modality: one that says them; it must be of the task.
    """
    taught = [one for one in run.model.config.factors if one.name == factor]
    if taught:
        return value_words(run.task, taught[0], modality, run.concept_names)
    run.card.modality(modality)  # says which there are
    return run.card.value_names(factor)


def _as_called(run: Run, modality: str, key: int) -> str:
    """A meaning in words, those of taught values as a person calls their concepts."""
    words = run.card.modality(modality).key_name(key)
    for factor in run.model.config.factors if run.given_names else ():
        value = run.card.factors[factor.name][key]
        if value == UNREAD:
            continue
        usual, called = (value_words(run.task, factor, modality, names)[value] for names in (None, run.concept_names))
        words = re.sub(rf"(?<!\w){re.escape(usual)}(?!\w|\.\w)", lambda _, called=called: called, words, count=1)  # type: ignore[misc]
    return words


def _in_part(run: Run, modality: str, values: Mapping[str, int]) -> str:
    """Values that make no key, in words."""
    return " ".join(known_words(run, modality, factor)[value] for factor, value in values.items() if factor) or UNKNOWN
