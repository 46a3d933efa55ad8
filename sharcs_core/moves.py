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
from sharcs_core.named import concepts_for, factor_named
from sharcs_core.structures import Bank, Codes, Floats, Ints
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
    def of(cls, bank: Bank) -> KeyMeans:
        """Of the inputs in a bank."""
        return cls.of_inputs(bank.shared(), {name: side.semantics for name, side in bank.sides.items()})

    @classmethod
    def of_inputs(cls, shared: Mapping[str, Floats], keys: Mapping[str, Ints]) -> KeyMeans:
        """Of inputs of each modality: their concepts (n, T) and keys (n,).

        >>> KeyMeans.of_inputs({"a": np.array([[0.0], [1.0], [0.5]])}, {"a": np.array([3, 3, 1])}).means["a"].tolist()
        [[0.5], [0.5]]
        """
        occurring, means = {}, {}
        for name, concepts in shared.items():
            occurring[name], of_input = np.unique(keys[name], return_inverse=True)
            sums = np.zeros((len(occurring[name]), np.shape(concepts)[1]))
            np.add.at(sums, of_input, concepts)
            means[name] = (sums / np.bincount(of_input)[:, None]).astype(np.float32)
        return cls(occurring, means)

    def has(self, modality: str, keys: Ints) -> Codes:
        """Which keys (n,) occur in a modality, (n,)."""
        return np.isin(keys, self.keys[modality])

    def at(self, modality: str, keys: Ints) -> Floats:
        """What inputs of these keys (n,) say on average, (n, T). Raises ValueError for a key that does not occur."""
        missing = np.unique(np.asarray(keys)[~self.has(modality, keys)])
        if len(missing):
            raise ValueError(f"No training input of {modality!r} has the key {missing[0]}; the move cannot be shown")
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
    return tuple(Move(fact, value) for fact in task.facts for value in range(_n_values(task, fact)))


def moves_of(task: Task, keys: Mapping[str, int]) -> tuple[Move, ...]:
    """The moves that change what a sample states; ``keys`` are those of its inputs, modality → key.

    Raises:
        ValueError: for a modality that the task lacks, or a key that is out of range.

    >>> from sharcs_core.tasks import get_task
    >>> moves_of(get_task("xor_and_xor"), {"table": 3, "graph": 1})
    (Move(fact='first bit', value=0), Move(fact='second bit', value=0), Move(fact='third bit', value=1))
    """
    stated = task.stated(_checked_keys(task, keys))
    return tuple(move for move in all_moves(task) if stated[move.fact] - {move.value})


def moved_keys(task: Task, keys: Mapping[str, int], move: Move) -> dict[str, int]:
    """The keys of a sample's inputs after a move: the other factors stay as they are.

    Raises:
        ValueError: for a fact, value, modality or key that the task lacks, a fact that none of the modalities
            states, or a combination of values that no key has.
    """
    keys = _checked_keys(task, keys)
    stating = _stating(task, move, keys)
    moved = {name: int(_rekeyed(task, factor, move.value)[keys[name]]) for name, factor in stating.items()}
    for name, key in moved.items():
        if key == NO_KEY:
            raise ValueError(
                f"{move.fact} cannot be {move.value} here: no input of {name!r} means that and the rest of what "
                f"{task.modality(name).key_names[keys[name]]!r} says"
            )
    return {**keys, **moved}


def move_concepts(
    config: ModelConfig,
    task: Task,
    bank: Bank | KeyMeans,
    shared: Mapping[str, Floats],
    keys: Mapping[str, int],
    move: Move,
) -> dict[str, Floats]:
    """The concepts of one sample after a move, modality → (T,); ``shared`` stays as it is.

    Args:
        config: of the model whose concepts they are; it says which factors are taught.
        bank: where free concepts take their activations from; :class:`KeyMeans` spares making them again.
        shared: modality → (T,) of what is present.
        keys: modality → key of what is present.

    Raises:
        ValueError: as :func:`moved_keys`, and for a key that no input of the bank has.
    """
    means = bank if isinstance(bank, KeyMeans) else KeyMeans.of(bank)
    present = {name: key for name, key in keys.items() if name in shared}
    after, stating = moved_keys(task, present, move), _stating(task, move, present)
    moved = {name: np.asarray(concepts) for name, concepts in shared.items()}
    for name, factor in stating.items():
        moved[name] = _said(config, means, moved[name][None], name, factor, move.value, np.array([after[name]]))[0]
    return moved


def apply_move(
    config: ModelConfig,
    task: Task,
    means: KeyMeans,
    shared: Mapping[str, Floats],
    keys: Mapping[str, Ints],
    move: Move,
) -> Moved:
    """As :func:`move_concepts` and :func:`moved_keys`, of n samples at a time.

    Args:
        shared: modality → (n, T). keys: modality → (n,), of the same modalities.

    Raises:
        ValueError: for a fact or a value that the task lacks, or a fact that none of the modalities states.
    """
    stating = _stating(task, move, keys)
    wanted = {name: _rekeyed(task, factor, move.value)[keys[name]] for name, factor in stating.items()}
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
    answers = [task.answer(dict(zip(names, row, strict=True))) for row in different.tolist()]
    classes = np.array([OPEN if answer is None else answer for answer in answers], dtype=np.int64)
    return classes[of_sample.ravel()]


def _said(
    config: ModelConfig, means: KeyMeans, concepts: Floats, modality: str, factor: str, value: int, keys: Ints
) -> Floats:
    """What a modality says once its ``factor`` has a value and its key is ``keys`` (n,): (n, T)."""
    if factor not in config.named:
        return means.at(modality, keys)
    said = np.array(concepts, dtype=np.result_type(concepts, np.float16))
    for place, activation in concepts_for(factor_named(config.factors, factor), value).items():
        said[:, place] = activation
    return said


def _rekeyed(task: Task, factor: str, value: int) -> NDArray[np.int64]:
    """The key that each key becomes when one factor has a value and the others stay, ``NO_KEY`` where there is none."""
    columns = list(zip(*task.factors.values(), strict=True))  # the values of each key
    place = list(task.factors).index(factor)
    key_of = {values: key for key, values in reversed(list(enumerate(columns)))}  # of equals the lowest
    wanted = [(*values[:place], value, *values[place + 1 :]) for values in columns]
    return np.array(
        [key if columns[key] == values else key_of.get(values, NO_KEY) for key, values in enumerate(wanted)],
        dtype=np.int64,
    )


def _n_values(task: Task, fact: str) -> int:
    return max(max(task.factors[factor]) for factor in task.facts[fact].values()) + 1


def _stating(task: Task, move: Move, present: Mapping[str, object]) -> dict[str, str]:
    """The present modalities that state the fact of a move → the factor by which they do."""
    if move.fact not in task.facts:
        raise ValueError(f"{task.name} states no fact {move.fact!r}; choose from {list(task.facts)}")
    if not 0 <= move.value < _n_values(task, move.fact):
        raise ValueError(f"{move.fact!r} has values 0 to {_n_values(task, move.fact) - 1} (got {move.value})")
    stating = {name: factor for name, factor in task.facts[move.fact].items() if name in present}
    if not stating:
        raise ValueError(f"{move.fact!r} is stated by {list(task.facts[move.fact])} only (got {list(present)})")
    return stating


def _checked_keys(task: Task, keys: Mapping[str, int]) -> dict[str, int]:
    for name, key in keys.items():
        n_keys = len(task.modality(name).key_names)
        if not 0 <= key < n_keys:
            raise ValueError(f"The keys of {name!r} are 0 to {n_keys - 1} (got {key})")
    return dict(keys)
