"""Samples by the concepts that are on or off in them, and a table of them for other programs.

Shapes: n samples, T shared concepts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sharcs_core.checkpoints import Run
from sharcs_core.errors import UserError
from sharcs_core.structures import THRESHOLD, Bank, Codes, Floats, Ints

ANY, EVERY = "any modality", "every modality"
"""Where a pattern may be met, besides in one modality."""
PARTS = {"test": "unseen", "train": "in memory"}
"""The parts of the data that a run keeps samples of, as the first part of a sample's id has them, in words."""
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""A text that begins so is taken for a formula by a spreadsheet that opens it."""
DECIMALS = 4


@dataclass(frozen=True)
class Pattern:
    """Concepts that one input has on and off.

    Attributes:
        on, off: places among the T.
        where: the modality whose input has to have them so; ``ANY``: one of them, all together; ``EVERY``: each.
    """

    on: tuple[int, ...] = ()
    off: tuple[int, ...] = ()
    where: str = ANY


@dataclass(frozen=True)
class Found:
    """A sample of a run: the part of the data that it is of, a key of ``PARTS``, and its row in that part's bank."""

    part: str
    row: int
    sample_id: str


def has_pattern(shared: Mapping[str, Floats], pattern: Pattern) -> Codes:
    """Which samples have a pattern, (n,), from the concepts (n, T) of every modality.

    Raises:
        ValueError: for a modality or a concept that is not there.

    >>> shared = {"a": np.array([[0.9, 0.1], [0.9, 0.9]]), "b": np.array([[0.1, 0.1], [0.9, 0.9]])}
    >>> has_pattern(shared, Pattern(on=(0,), off=(1,))).tolist(), has_pattern(shared, Pattern((0,), (), EVERY)).tolist()
    ([True, False], [False, True])
    """
    if pattern.where not in (ANY, EVERY, *shared):
        raise UserError(f"No modality {pattern.where!r}; choose one of {[ANY, EVERY, *shared]}")
    looked_at = [shared[pattern.where]] if pattern.where in shared else list(shared.values())
    fits = np.stack([_fits(np.asarray(concepts) > THRESHOLD, pattern) for concepts in looked_at])
    return np.asarray(fits.any(axis=0) if pattern.where == ANY else fits.all(axis=0))


def find_samples(
    run: Run,
    predicted: Mapping[str, Ints],
    patterns: Iterable[Pattern] = (),
    parts: Sequence[str] = tuple(PARTS),
    right: bool | None = None,
) -> tuple[Found, ...]:
    """The samples that have all patterns, part by part, in the order of the banks.

    Args:
        predicted: part → the class that the model gives each sample, (n,).
        right: only those that the model gets right, or wrong; None for both.

    Raises:
        ValueError: as :func:`has_pattern`, or for a part that a run does not keep.
    """
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise UserError(f"A run keeps no samples of {unknown[0]!r}; choose from {list(PARTS)}")
    patterns = tuple(patterns)
    return tuple(
        Found(part, int(row), str(bank.sample_ids[row]))
        for part in parts
        for bank in (_bank_of(run, part),)
        for row in np.flatnonzero(_wanted(bank, predicted[part], patterns, right))
    )


def n_samples(run: Run, parts: Sequence[str] = tuple(PARTS)) -> int:
    """How many samples a run keeps of some parts of the data."""
    return sum(len(_bank_of(run, part)) for part in parts)


def samples_csv(run: Run, predicted: Mapping[str, Ints], found: Iterable[Found]) -> str:
    """Samples as comma-separated values: ids, answers, what each input means, and each concept's value by name.

    What inputs mean is left out where nothing is known of it.

    Numbers are numbers, all else is in quotation marks; a text that a spreadsheet would run as a formula is preceded
    by an apostrophe.

    Args:
        predicted: part → the class that the model gives each sample, (n,).
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([safe_cell(title) for title in _columns(run)])
    for one in found:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in _cells(run, predicted, one)])
    return written.getvalue()


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> safe_cell("red"), safe_cell("=1+1"), safe_cell("  @cell")
    ('red', "'=1+1", "'  @cell")
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS) else text


def _fits(codes: Codes, pattern: Pattern) -> Codes:
    """Which codes (n, T) have the pattern's concepts on and off, (n,)."""
    wrong = [concept for concept in (*pattern.on, *pattern.off) if concept not in range(codes.shape[1])]
    if wrong:
        raise UserError(f"There are concepts 0 to {codes.shape[1] - 1} (got {wrong[0]})")
    return np.asarray(codes[:, list(pattern.on)].all(axis=1) & ~codes[:, list(pattern.off)].any(axis=1))


def _bank_of(run: Run, part: str) -> Bank:
    return run.test_bank if part == "test" else run.bank


def _wanted(bank: Bank, predicted: Ints, patterns: Sequence[Pattern], right: bool | None) -> Codes:
    """Which samples of a bank (n,) have all patterns, and the wanted answer."""
    wanted = np.ones(len(bank), dtype=bool) if right is None else (predicted == bank.labels) == right
    for pattern in patterns:
        wanted = wanted & has_pattern(bank.shared(), pattern)
    return wanted


def _columns(run: Run) -> list[str]:
    titles = [run.card.modality(name).title for name in run.bank.sides]
    concepts = [f"{title}: {name}" for title in titles for name in run.concept_names]
    means = [] if run.card.own_keys else [f"{title} means" for title in titles]
    return ["sample", "part", "truth", "model", "right", *means, *concepts]


def _cells(run: Run, predicted: Mapping[str, Ints], one: Found) -> list[str | float]:
    bank, classes = _bank_of(run, one.part), run.card.target.names
    truth, guess = int(bank.labels[one.row]), int(predicted[one.part][one.row])
    sides = {} if run.card.own_keys else bank.sides
    means = [run.card.modality(name).key_name(side.semantics[one.row]) for name, side in sides.items()]
    values = np.concatenate([side.shared[one.row] for side in bank.sides.values()]).astype(float).round(DECIMALS)
    answer = [classes[truth], classes[guess], "yes" if truth == guess else "no"]
    return [one.sample_id, PARTS[one.part], *answer, *means, *values.tolist()]
