"""Inputs that are in memory → the card of a task and its splits.

Everything that prepares an input is fitted on the training samples alone.

Shapes: n samples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS, kind_of
from sharcs_core.kinds.columns import natural
from sharcs_core.kinds.kind import Form
from sharcs_core.meanings import UNKNOWN, factors_by_key, keys_of
from sharcs_core.named import listed
from sharcs_core.structures import DataSource, Inputs, Ints, Split, TaskData
from sharcs_core.tasks.card import Modality, Target, TaskCard
from sharcs_core.tasks.given import MOST_VALUES, SPLITS, Given, Means, checked
from sharcs_core.tasks.given.sequences import is_present
from sharcs_core.tasks.mapped import Prepared, in_chunks
from sharcs_core.tasks.preparing import of_samples, prepared_inputs

__all__ = ["Means", "card_of", "checked", "data_of"]


def card_of(
    given: Given,
    kinds: Mapping[str, str | Form],
    *,
    name: str,
    title: str,
    summary: str,
    question: str,
    target: str,
    order: Sequence[str] = (),
) -> tuple[TaskCard, dict[str, dict[str, Ints]]]:
    """The card of what is given, fitted on its training samples; and modality → factor → value of each sample (n,).

    Args:
        kinds: modality → its kind or its form, where that is not to be found out.
        order: of the classes; those that are not in it come after, in natural order.
    """
    train = given.rows("train")
    values, names = _factor_values(given, train)
    factors = factors_by_key(
        [tuple(own) for own in values.values()], {factor: len(said) for factor, said in names.items()}
    )
    known = given.classes("train")
    classes = (*(name for name in order if name in known), *(name for name in known if name not in order))
    key_names = _key_names(factors, names) if factors else tuple(called(target, name) for name in classes)
    modalities = tuple(
        Modality(
            name,
            name.replace("_", " ").capitalize(),
            _form(given, name, kinds.get(name)),
            key_names,
            states=tuple(values[name]),
        )
        for name in given.inputs
    )
    card = TaskCard(
        name=name,
        title=title,
        summary=summary,
        question=question,
        target=Target(classes, title=target),
        modalities=modalities,
        factors=factors,
        values={factor: tuple(called(factor, value) for value in said) for factor, said in names.items()},
        own_keys=not factors,
        facts={
            f"{factor} of the {modality}": {modality: factor} for modality, of in given.means.items() for factor in of
        },
    )
    return card, values


def called(title: str, value: str) -> str:
    """A value in words: a bare number with the title before it.

    >>> called("digit", "7"), called("colour", "red")
    ('digit 7', 'red')
    """
    return value if any(map(str.isalpha, value)) else f"{title} {value}"


def _form(given: Given, modality: str, wanted: str | Form | None) -> Form:
    if isinstance(wanted, Form):
        return wanted
    there, train = is_present(given.inputs[modality]), given.rows("train")
    rows: Ints = train[there[train]]
    if wanted is None:
        present: Ints = np.flatnonzero(there)
        wanted = of_samples(given, modality, present, _kind)
    form: Form = of_samples(given, modality, rows, KINDS[wanted].fit)
    return form


def _kind(raws: Sequence[Any]) -> str:
    kinds = [kind_of([raw]) for raw in raws]
    several = sorted(set(kinds))
    if len(several) > 1:
        raise UserError(f"there are inputs of several kinds ({listed(several)}); bring one kind in each modality")
    return kinds[0]


def _factor_values(given: Given, train: Ints) -> tuple[dict[str, dict[str, Ints]], dict[str, tuple[str, ...]]]:
    """Modality → factor → value of each sample (n,), -1 where unknown; factor → names of its values."""
    seen: dict[str, set[str]] = {}
    for of in given.means.values():
        for factor, values in of.items():
            seen.setdefault(factor, set()).update(said for row in train if (said := values[row]) is not None)
    names = {factor: tuple(sorted(said, key=natural)) for factor, said in seen.items()}
    for factor, said in names.items():
        _check_factor(given, train, factor, said)
    number = {factor: {value: place for place, value in enumerate(said)} for factor, said in names.items()}
    return {
        modality: {
            factor: np.array([UNKNOWN if said is None else number[factor].get(said, UNKNOWN) for said in values])
            for factor, values in given.means.get(modality, {}).items()
        }
        for modality in given.inputs
    }, names


def _check_factor(given: Given, train: Ints, factor: str, names: Sequence[str]) -> None:
    if len(names) < 2:
        raise UserError(
            f"{factor!r} has {len(names)} value in the training samples, and a factor needs at least 2; leave it out"
        )
    if len(names) > MOST_VALUES:
        raise UserError(f"{factor!r} has {len(names):,} values, more than {MOST_VALUES}; group them, or leave it out")
    for of in given.means.values():
        said = {row: of.get(factor, {row: None})[row] for row in train if given.labels[row] is not None}
        pairs = {(value, given.labels[row]) for row, value in said.items() if value is not None}
        sides = [{pair[side] for pair in pairs} for side in (0, 1)]
        if len(pairs) > 1 and len(pairs) == len(sides[0]) == len(sides[1]):
            raise UserError(
                f"{factor!r} says of each input just what its label says, which would turn alignment into "
                "classification; leave it out, or say what the input itself shows"
            )


def _key_names(factors: Mapping[str, Sequence[int]], names: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What each key says in words: what it says of each factor."""
    rows = zip(*factors.values(), strict=True)
    return tuple(
        ", ".join(
            called(factor, names[factor][value]) for factor, value in zip(factors, row, strict=True) if value != UNKNOWN
        )
        for row in rows
    )


def data_of(
    card: TaskCard,
    given: Given,
    values: Mapping[str, Mapping[str, Ints]],
    joined: Mapping[str, Callable[[Sequence[Any]], Inputs]] | None = None,
    traits: Ints | None = None,
) -> TaskData:
    """The splits of what is given, prepared as the card says.

    Args:
        traits: (n, A) which traits of the card hold for each sample, as :class:`Split` has them.
        joined: modality → what makes inputs of its raw ones, where it is not the card's form.
    """
    own = joined or {}
    prepared = {modality.name: prepared_inputs(given, modality, own.get(modality.name)) for modality in card.modalities}
    number = {label: place for place, label in enumerate(card.target.names)}
    labels = np.array([UNKNOWN if label is None else number[label] for label in given.labels], dtype=np.int64)
    keys = _keys(card, given, values, labels)
    splits = {split: _split(split, given.rows(split), prepared, keys, labels, given.ids, traits) for split in SPLITS}
    return TaskData(card.name, 0, DataSource(card.name, _content_hash(splits)), **splits)


def _keys(card: TaskCard, given: Given, values: Mapping[str, Mapping[str, Ints]], labels: Ints) -> dict[str, Ints]:
    """Modality → key of each sample's input (n,); its sample's class where no factor is known of any."""
    if card.own_keys:
        return dict.fromkeys(values, labels)
    nothing = np.full(len(given.labels), UNKNOWN, dtype=np.int64)
    return {name: keys_of(own, card.factors) if own else nothing for name, own in values.items()}


def _split(
    split: str,
    rows: Ints,
    prepared: Mapping[str, tuple[Prepared, Ints]],
    keys: Mapping[str, Ints],
    labels: Ints,
    ids: Sequence[str] | None,
    traits: Ints | None,
) -> Split:
    """One split: of each modality the inputs that its samples have, in the order of the samples."""
    inputs, semantics, sources, pairing = {}, {}, {}, {}
    for name, (everything, number) in prepared.items():
        held = rows[number[rows] >= 0]
        inputs[name] = everything.parts[split]
        sources[name] = everything.sources[number[held]]
        semantics[name] = keys[name][held]
        pairing[name] = np.where(number[rows] >= 0, np.cumsum(number[rows] >= 0) - 1, -1)
    own_ids = None if ids is None else np.array([ids[row] for row in rows])
    own_traits = None if traits is None else traits[rows]
    return Split(inputs, semantics, sources, pairing, labels[rows], own_ids, own_traits)


def _content_hash(splits: Mapping[str, Split]) -> str:
    digest = hashlib.sha256()
    for split in splits.values():
        for inputs in split.inputs.values():
            for name, values in sorted(inputs.arrays.items()):
                digest.update(name.encode())
                for some in in_chunks(len(values)):
                    digest.update(np.ascontiguousarray(values[some]).tobytes())
        for rows in split.pairing.values():
            digest.update(rows.tobytes())
        digest.update(split.labels.tobytes())
    return digest.hexdigest()
