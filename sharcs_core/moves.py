"""Moves: one fact that a sample's content states is set to another value, in every modality that states it.

What a scene shows, which digit a picture has, a hidden bit that two inputs tell: a task says which facts there are
(``Task.facts``) and which class follows from them (``Task.answer``). A move changes what the concepts say of one of
them. Where its factor is taught, the concepts of that factor are set; where it is free, the modality is given what
training inputs of the changed key say on average.

Shapes: n samples, T concepts of a modality, U keys that occur.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import ModelConfig
from sharcs_core.errors import UserError
from sharcs_core.meanings import UNKNOWN
from sharcs_core.named import concepts_for, factor_named, mean_by_key
from sharcs_core.structures import Codes, Floats, Ints
from sharcs_core.tasks.task import Task

NO_KEY = -1
"""Stands for a key that there is not."""

OPEN = -1
"""Stands for the class of samples whose content contradicts itself or leaves it open."""


@dataclass(frozen=True)
class Move:
    """One fact is set to a value, as the factors that state it count their values."""

    fact: str
    value: int


@dataclass(frozen=True)
class KeyMeans:
    """What inputs of each key say on average.

    Attributes:
        keys: modality → (U,) keys that occur, rising.
        means: modality → (U, T) mean activations of the inputs of each.
    """

    keys: Mapping[str, Ints]
    means: Mapping[str, Floats]

    @classmethod
    def of(cls, shared: Mapping[str, Floats], keys: Mapping[str, Ints]) -> KeyMeans:
        """Of inputs of each modality: their concepts (n, T) and keys (n,).

        >>> KeyMeans.of({"a": np.array([[0.0], [1.0], [0.5]])}, {"a": np.array([3, 3, 1])}).means["a"].tolist()
        [[0.5], [0.5]]
        """
        found = {name: mean_by_key(keys[name], concepts) for name, concepts in shared.items()}
        return cls(
            keys={name: occurring for name, (occurring, _) in found.items()},
            means={name: means.astype(np.float32) for name, (_, means) in found.items()},
        )

    def has(self, modality: str, keys: Ints) -> Codes:
        """Which keys (n,) occur in a modality, (n,)."""
        return np.isin(keys, self.keys[modality])

    def at(self, modality: str, keys: Ints) -> Floats:
        """What inputs of these keys (n,) say on average, (n, T). Raises ValueError for a key that does not occur."""
        missing = np.unique(np.asarray(keys)[~self.has(modality, keys)])
        if len(missing):
            raise UserError(f"No training input of {modality!r} has the key {missing[0]}; the move cannot be shown")
        return self.means[modality][np.searchsorted(self.keys[modality], keys)]


@dataclass(frozen=True)
class Moved:
    """What n samples say, and mean, after one move.

    Attributes:
        shared: modality → (n, T).
        keys: modality → (n,).
        possible: (n,) whether the move changes what the sample states, and leads to keys that there are. Samples
            for which it does not stay as they were.
    """

    shared: Mapping[str, Floats]
    keys: Mapping[str, Ints]
    possible: Codes


def all_moves(task: Task) -> tuple[Move, ...]:
    """Every fact of a task set to every value it can have."""
    return tuple(Move(fact, value) for fact in task.card.facts for value in range(_n_values(task, fact)))


def apply_move(
    config: ModelConfig,
    task: Task,
    means: KeyMeans,
    shared: Mapping[str, Floats],
    keys: Mapping[str, Ints],
    move: Move,
) -> Moved:
    """What n samples say and mean after a move; what is given stays as it is.

    In every modality that states the fact, its factor has the new value and the others stay as they are. Where it is
    not known what an input states, there is nothing to move.

    Args:
        config: of the model whose concepts they are; it says which factors are taught.
        means: where free concepts take their activations from.
        shared: modality → (n, T). keys: modality → (n,), of the same modalities.

    Raises:
        ValueError: for a fact or a value that the task lacks, or a fact that none of the modalities states.

    >>> from sharcs_core.tasks import get_task
    >>> task, means = get_task("xor_and_xor"), KeyMeans.of({"table": np.eye(4)}, {"table": np.arange(4)})
    >>> config = task.preset().model
    >>> apply_move(config, task, means, {"table": np.eye(4)[:1]}, {"table": np.array([0])}, Move("first bit", 1)).keys
    {'table': array([2])}
    """
    stating = _stating(task, move, keys)
    rekeyed = {name: np.append(_rekeyed(task, factor, move.value), NO_KEY) for name, factor in stating.items()}
    wanted = {name: rekeyed[name][keys[name]] for name in stating}  # of an unknown key, -1, the last
    can = [wanted[name] != NO_KEY for name in stating]
    can += [means.has(name, wanted[name]) for name, factor in stating.items() if factor not in config.named]
    changes = np.any([wanted[name] != keys[name] for name in stating], axis=0)
    possible: Codes = np.all(can, axis=0) & changes
    moved_shared, after = dict(shared), dict(keys)
    for name, factor in stating.items():
        after[name] = np.where(possible, wanted[name], keys[name])
        moved_shared[name] = np.array(shared[name])
        moved_shared[name][possible] = _said(
            config, means, shared[name][possible], name, factor, move.value, after[name][possible]
        )
    return Moved(moved_shared, after, possible)


def right_classes(task: Task, keys: Mapping[str, Ints]) -> NDArray[np.int64]:
    """The class (n,) that follows from what each of n samples means, ``OPEN`` where none does.

    Args:
        keys: modality → (n,).
    """
    names = tuple(keys)
    different, of_sample = np.unique(np.stack([keys[name] for name in names], axis=1), axis=0, return_inverse=True)
    samples = (dict(zip(names, row, strict=True)) for row in different.tolist())
    answers = [task.answer({name: key for name, key in of.items() if key != UNKNOWN}) for of in samples]
    classes = np.array([OPEN if answer is None else answer for answer in answers], dtype=np.int64)
    return classes[of_sample.ravel()]


def _said(
    config: ModelConfig, means: KeyMeans, concepts: Floats, modality: str, factor: str, value: int, keys: Ints
) -> Floats:
    """What a modality says once its ``factor`` has a value and its key is ``keys`` (n,): (n, T)."""
    if factor not in config.named:
        return means.at(modality, keys)
    moved = np.array(concepts, dtype=np.result_type(concepts, np.float16))
    for place, activation in concepts_for(factor_named(config.factors, factor), value).items():
        moved[:, place] = activation
    return moved


def _rekeyed(task: Task, factor: str, value: int) -> NDArray[np.int64]:
    """The key that each key becomes when one factor has a value and the others stay, ``NO_KEY`` where there is none.

    There is none where the key says nothing of the factor.
    """
    columns = list(zip(*task.card.factors.values(), strict=True))  # the values of each key
    place = list(task.card.factors).index(factor)
    key_of = {values: key for key, values in reversed(list(enumerate(columns)))}  # of equals the lowest
    wanted = [(*values[:place], value, *values[place + 1 :]) for values in columns]
    return np.array(
        [
            NO_KEY if columns[key][place] == UNKNOWN else key if columns[key] == values else key_of.get(values, NO_KEY)
            for key, values in enumerate(wanted)
        ],
        dtype=np.int64,
    )


def _n_values(task: Task, fact: str) -> int:
    return max(max(task.card.factors[factor]) for factor in task.card.facts[fact].values()) + 1


def _stating(task: Task, move: Move, present: Mapping[str, object]) -> dict[str, str]:
    """The present modalities that state the fact of a move → the factor by which they do."""
    if move.fact not in task.card.facts:
        raise UserError(f"{task.name} states no fact {move.fact!r}; choose from {list(task.card.facts)}")
    if not 0 <= move.value < _n_values(task, move.fact):
        raise UserError(f"{move.fact!r} has values 0 to {_n_values(task, move.fact) - 1} (got {move.value})")
    stating = {name: factor for name, factor in task.card.facts[move.fact].items() if name in present}
    if not stating:
        raise UserError(f"{move.fact!r} is stated by {list(task.card.facts[move.fact])} only (got {list(present)})")
    return stating
