"""Tasks whose originals may not be passed on: what a run of them keeps all the same, and what it cannot keep.

A run of such a task holds no input, no id and no number that came from a single row. It holds what a model is made of
and figures over many rows: weights, concepts, means and spreads, ranges that are rounded outwards. Names stay too, as
:func:`what_stays` lists them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.kind import Form
from sharcs_core.readers.rows import names_in
from sharcs_core.tasks.card import TaskCard, card_values

ORIGINALS_NOT_KEPT = (
    "The originals of this task are not kept with the model, so that its samples are neither drawn nor offered as "
    "files, and how unusual one of them is cannot be told."
)


ABOUT = "the task"


def what_stays(card: TaskCard) -> dict[str, tuple[str, ...]]:
    """Each text that a run keeps of the data though its originals may not be kept, under what it is.

    Classes; of each modality its columns, their categories, or the words of its vocabulary; what factors and their
    values are called; where inputs stand in a sheet; and what the task says of itself.
    """
    values = card_values(card)
    about = ("name", "title", "summary", "question", "license")
    found = {
        "classes": card.target.names,
        "modalities": (*card.names, *(modality.title for modality in card.modalities)),
        **{modality.title: _texts_of(modality.form) for modality in card.modalities},
        "meanings": (
            *_texts([values[part] for part in ("factors", "values", "facts", "compared")]),
            *(name for modality in card.modalities for name in modality.key_names),
        ),
        "columns of the sheet": tuple(_texts(list((values["sheet"] or {}).values()))),
        ABOUT: (*_texts([values[part] for part in about]), card.target.title),
    }
    return {called: tuple(dict.fromkeys(texts)) for called, texts in found.items() if texts}


def stays_in_words(card: TaskCard) -> str:
    """The same as a line, of long lists their beginning; what the task says of itself is told without its text."""
    said = what_stays(card)
    lists = [f"{called}: {names_in(_words_first(texts))}" for called, texts in said.items() if called != ABOUT]
    lists += ["title, question and the like"] if ABOUT in said else []
    return f"nothing of the originals is kept in the run; what stays are names ({'; '.join(lists)})"


def _words_first(texts: Sequence[str]) -> list[str]:
    """The texts, signs and pieces of words last."""
    return sorted(texts, key=lambda text: not text[0].isalnum() or len(text) == 1)


def check_can_be_withheld(card: TaskCard, wiring: str) -> None:
    """Raise UserError for a model that cannot do without originals, of a task whose originals may not be kept."""
    if not card.redistribute and wiring == "relative":
        raise UserError(
            f"A model of the wiring 'relative' compares with training inputs, and the originals of {card.name} may not "
            "be kept with a run (redistribute = false); choose another wiring"
        )


def without_values(form: Form) -> Form:
    """A form in which no figure is what stands in each row of some column.

    The mean of a number that never varies is that number: it is left out, and the scale is the power of ten above it.
    """
    changed = {name: tuple(map(_without_value, columns)) for name, columns in _columns_of(form).items()}
    return replace(form, **changed) if changed else form  # type: ignore[type-var]


def _columns_of(form: Form) -> dict[str, tuple[Column, ...]]:
    """The columns in a form, by the field that holds them."""
    parts = {name: value for name, value in vars(form).items() if isinstance(value, tuple)}
    return {name: value for name, value in parts.items() if value and isinstance(value[0], Column)}


def _without_value(column: Column) -> Column:
    if column.kind != "number" or not column.mean or column.scale > max(1.0, 1e-9 * abs(column.mean)):
        return column
    return replace(column, mean=0.0, scale=10.0 ** (math.floor(math.log10(abs(column.mean))) + 1))


def _texts_of(form: Form) -> tuple[str, ...]:
    """The words of a form, its columns and their categories."""
    columns = [column for of in _columns_of(form).values() for column in of]
    said = (*KINDS[form.kind].words(form), *(text for column in columns for text in (column.name, *column.values)))
    return tuple(dict.fromkeys(filter(None, said)))


def _texts(value: object) -> Iterator[str]:
    """All texts in a value as JSON has it, without empty ones.

    >>> list(_texts({"colour": ["red", 3, ""]}))
    ['colour', 'red']
    """
    if isinstance(value, str):
        yield from filter(None, [value])
    elif isinstance(value, Mapping):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
