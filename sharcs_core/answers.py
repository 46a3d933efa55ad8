"""A table of answers to look through: a line a sample, short enough that many can be kept, in several orders."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sharcs_core.brought import Brought
from sharcs_core.predictions import Prediction, cells_of, columns_of, predict
from sharcs_core.structures import Unusual

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

MOST_LINES = 2000
MOST_BYTES = 200_000_000
"""Of inputs that lines keep."""


@dataclass(frozen=True)
class Line:
    """What a model says of one sample.

    Attributes:
        cells: the row of the table of predictions.
        answer: number of the class; None where no input can be read.
        sure: the probability of that class.
        missing: the modalities that it lacks.
        unusual: of its inputs the one that lies farthest from training; None where that is not known.
        why: the sentence of why.
    """

    sample: Brought
    cells: tuple[str, ...]
    answer: int | None = None
    sure: float = 0.0
    missing: tuple[str, ...] = ()
    unusual: Unusual | None = None
    why: str = ""


def line_of(run: Run, prediction: Prediction) -> Line:
    """What there is to say of a prediction in a line."""
    explanation, cells = prediction.explanation, cells_of(run, prediction)
    if explanation is None or prediction.why is None:
        return Line(prediction.sample, cells, missing=run.card.names)
    return Line(
        prediction.sample,
        cells,
        explanation.class_index,
        float(explanation.probabilities[explanation.class_index]),
        tuple(explanation.missing),
        max(explanation.unusual.values(), key=lambda one: one.score, default=None),
        prediction.why.sentence,
    )


def lines_of(
    run: Run, samples: Iterable[Brought], most: int = MOST_LINES, most_bytes: int = MOST_BYTES
) -> Iterator[Line]:
    """A line of each sample in their order, until there are so many, or their inputs take so much memory."""
    n_bytes = 0
    for prediction in islice(predict(run, samples), most):
        n_bytes += sum(values.nbytes for one in prediction.sample.inputs.values() for values in one.arrays.values())
        if n_bytes > most_bytes:
            return
        yield line_of(run, prediction)


def table_of(run: Run, lines: Iterable[Line]) -> bytes:
    """The table of predictions as a CSV file."""
    content = io.StringIO(newline="")
    csv.writer(content, lineterminator="\n").writerows([columns_of(run), *(line.cells for line in lines)])
    return content.getvalue().encode()


def _answer(line: Line) -> float:
    return math.inf if line.answer is None else line.answer


def _least_sure(line: Line) -> float:
    return line.sure if line.answer is not None else -1.0


def _most_unusual(line: Line) -> float:
    return -line.unusual.score if line.unusual is not None else math.inf


ORDERS: dict[str, Callable[[Line], float]] = {
    "as they were brought": lambda line: 0.0,
    "the least sure first": _least_sure,
    "the most unusual first": _most_unusual,
    "by answer": _answer,
}
"""Ways to sort lines. Those that could not be read come first where doubt does, else last."""


def in_order(lines: Sequence[Line], order: str) -> tuple[int, ...]:
    """The places of the lines in one of ``ORDERS``; equal ones as they were brought."""
    return tuple(sorted(range(len(lines)), key=lambda place: ORDERS[order](lines[place])))
