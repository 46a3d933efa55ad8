"""What somebody brings to make a task of: checked, so that what is made of it is a task.

Shapes: n samples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns.cells import natural
from sharcs_core.kinds.kind import Form
from sharcs_core.readers.checks import shown
from sharcs_core.structures import Codes, Ints
from sharcs_core.tasks.given.sequences import (
    check_alignment,
    check_length,
    check_modalities,
    check_some_input,
    is_present,
    named_parts,
    raw_inputs,
)
from sharcs_core.tasks.given.splits import FEWEST, SPLITS, drawn_split, split_of
from sharcs_core.tasks.given.values import Means, first_of, ids_of, labels_of, means_of

__all__ = ["MOST_VALUES", "SPLITS", "Given", "Means", "check_kinds", "check_texts", "checked"]

MOST_VALUES = 100
"""Of a factor: concepts are named after each."""


@dataclass(frozen=True)
class Given:
    """What somebody brings: everything of one length, a sample each; checked by :func:`checked`.

    Attributes:
        inputs: modality → raw inputs, None where a sample lacks one.
        labels: (n,) the class of each, in words; None where it is not known.
        means: modality → factor → its value for each sample, in words; None where unknown.
        split: (n,) ``train``, ``validation`` or ``test``.
        ids: (n,) each once; None where nobody gave any.
    """

    inputs: Mapping[str, Sequence[Any]]
    labels: Sequence[str | None]
    means: Mapping[str, Mapping[str, Sequence[str | None]]]
    split: NDArray[np.str_]
    ids: tuple[str, ...] | None

    def rows(self, split: str) -> Ints:
        """Positions of the samples of a split."""
        rows: Ints = np.flatnonzero(self.split == split)
        return rows

    def present(self) -> dict[str, Codes]:
        """Modality → which samples have an input of it, (n,)."""
        return {name: is_present(rows) for name, rows in self.inputs.items()}

    def classes(self, split: str) -> tuple[str, ...]:
        """The classes that samples of a split are of, in natural order."""
        return tuple(sorted({name for row in self.rows(split) if (name := self.labels[row]) is not None}, key=natural))

    def called(self, row: int) -> str:
        """A sample in a message."""
        return f"Sample {row} (counted from 0)" if self.ids is None else f"Sample {shown(self.ids[row])}"


def checked(
    inputs: Mapping[str, Any],
    labels: Any,
    *,
    means: Means | None = None,
    split: Any = None,
    ids: Any = None,
    seed: int = 0,
) -> Given:
    """What somebody brings, if it can be made a task of.

    Labels, values of factors and ids become words: numbers as people write them, so that ``1`` and ``1.0`` are one
    class, ``1``, whatever type of Python or NumPy they have; ``True`` is ``True``.

    Raises:
        UserError: one sentence that names the fault and the mend.
    """
    check_modalities(inputs)
    check_alignment({"the labels": labels, "the split": split, "the ids": ids, **named_parts(inputs, means)})
    raw = {name: raw_inputs(name, values) for name, values in inputs.items()}
    classes = labels_of(labels)
    n = len(classes)
    for name, rows in raw.items():
        check_length(f"the inputs {name!r}", rows, n)
    check_some_input(raw)
    said = means_of(means or {}, raw, n)
    parts = drawn_split(classes, raw, seed) if split is None else split_of(split, n)
    given = Given(raw, classes, said, parts, None if ids is None else ids_of(ids, n))
    _check_parts(given)
    return given


def _check_parts(given: Given) -> None:
    """Raises UserError where a part of the split lacks what training and measuring need."""
    present = given.present()
    whole = np.logical_and.reduce(list(present.values()))
    known = np.array([name is not None for name in given.labels])
    for part in SPLITS:
        rows = given.rows(part)
        if len(rows) < FEWEST:
            raise UserError(f"The {part} part needs at least {FEWEST} samples (got {len(rows)}); bring more")
        without = [name for name in present if not present[name][rows].any()]
        if without:
            raise UserError(f"No {part} sample has {without[0]!r}; bring some, or leave the modality out")
        is_measured = part == "test"  # which may come without labels
        n_whole = int((whole[rows] & (known[rows] | is_measured)).sum())
        if n_whole < FEWEST:
            raise UserError(
                f"The {part} part needs at least {FEWEST} samples with an input of every modality"
                f"{'' if is_measured or known.all() else ' and a label'} (got {n_whole}); bring more"
            )
    learned = given.classes("train")
    unknown = sorted({name for name in given.labels if name is not None} - set(learned), key=natural)
    if unknown:
        raise UserError(
            f"{first_of(unknown)} {'is' if len(unknown) == 1 else 'are'} in validation or test and in no training "
            "sample; train on some, or leave it out"
        )


def check_texts(name: Any, **others: Any) -> None:
    """Raise UserError for a name that no task can have, and for descriptions that are no text."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_]{1,60}", name):
        raise UserError(f"A task cannot be called {shown(name)}; call it by 1 to 60 letters a to z, digits and _")
    for what, text in others.items():
        if not isinstance(text, str):
            raise UserError(f"{what} must be a text (got {shown(text)}); write a few words")
    if not others.get("target", "class").strip():
        raise UserError("target says in a word what is predicted (got none); write one, such as 'digit'")


def check_kinds(kinds: Mapping[str, str | Form], modalities: Sequence[str]) -> None:
    """Raise UserError for kinds of modalities that are not there, and for what is no kind."""
    for name, kind in kinds.items():
        if name not in modalities:
            raise UserError(f"kinds names the modality {shown(name)}, which is not there; choose from {modalities}")
        if not isinstance(kind, Form) and (not isinstance(kind, str) or kind not in KINDS):
            raise UserError(f"The kind of {name!r} must be one of {sorted(KINDS)}, or a form (got {shown(kind)})")
