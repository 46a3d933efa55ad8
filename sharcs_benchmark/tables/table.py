"""A table of figures, before it is Markdown, CSV or a page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from sharcs_benchmark.definitions import COUNT, NEITHER, RATIO, SECONDS, SHARE, definition, figure_at
from sharcs_benchmark.models import why_not
from sharcs_benchmark.nested import KeyPath
from sharcs_benchmark.tables.groups import Group, Value
from sharcs_core.differences import is_beyond_noise

NOT_AVAILABLE, NOT_MEASURED = "n/a", "–"
NOT_MEASURED_SAYS = "It was not measured here."
MARK, EARLIER = "†", "measured under an earlier definition"
BOLD_SAYS = (
    "Bold is beyond noise: better than every other of its column by more than two standard errors of their difference. "
    "The standard error of several seeds is that of their mean, told by their spread; that of one seed is a share's on "
    "as many test samples. Where it is not known, as that of a gap or of a cost of one seed, nothing is bold."
)
VERDICT = "verdict"
"""What a column shows that says whether something holds; it stands first, where no window cuts it off."""
WITHIN_NOISE = "within noise"
ROUNDING = 1e-9
"""What binary fractions may lack of what is asked."""
FOOTNOTE = f"{MARK} {EARLIER.capitalize()}, told beside the present one; it is compared with no newer figure."


@dataclass(frozen=True)
class Column:
    """A column: its title, and where what it shows stands in a cell.

    ``heading`` stands above columns that belong together.
    """

    title: str
    path: KeyPath
    heading: str = ""

    @classmethod
    def of(cls, title: str, *path: str, heading: str = "") -> Column:
        """The column of what stands at a path."""
        return cls(title, path, heading)

    @property
    def figure(self) -> str:
        """What it shows: a key of ``DEFINITIONS``, or ``VERDICT``."""
        return figure_at(self.path) or self.path[0]

    @property
    def full_title(self) -> str:
        return f"{self.heading} {self.title}".strip() if self.heading != self.title else self.title


@dataclass(frozen=True)
class Entry:
    """What stands in one place.

    Attributes:
        text: as it is read. number: in full precision.
        worst: the worst seed's, where it is written differently.
        best: whether it is better than any other of its column, beyond noise.
        partial: how many of the seeds have it, where not all do; such a mean is compared with no other.
        reason: why there is no number.
        behind: how many versions ago the figure was defined as it was measured here; marked, and compared with no
            newer one.
        asked: what it should be, where something is asked. missed: whether it is not.
        error: standard error of ``number``; None where it is not known.
    """

    text: str
    number: float | None = None
    worst: str = ""
    best: bool = False
    partial: str = ""
    reason: str = ""
    behind: int = 0
    asked: str = ""
    missed: bool = False
    error: float | None = None


@dataclass(frozen=True)
class Row:
    title: str
    says: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Table:
    """A title, where the figures come from, columns, rows, and remarks that follow from the numbers."""

    title: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()

    @property
    def footnote(self) -> str:
        """What the mark of earlier definitions means; empty where nothing is marked."""
        return FOOTNOTE if any(entry.behind for row in self.rows for entry in row.entries) else ""


# what stands in a place


def show(number: float | None, unit: str = SHARE, digits: int = 3) -> str:
    """A number as the tables write it.

    >>> show(0.9784), show(1.0), show(-0.0123), show(51234, "count"), show(2.013, "seconds"), show(None)
    ('.978', '1.000', '−.012', '51,234', '2.0', '–')
    """
    if number is None:
        return NOT_MEASURED
    if not math.isfinite(number):
        return "∞"
    size = abs(number)
    written = f"{size:,.{_decimals(size, unit, digits)}f}"
    written = written.removeprefix("0") if unit == SHARE and size < 1 else written
    return "−" + written if number < 0 and written.strip("0.,") else written


def _decimals(size: float, unit: str, digits: int) -> int:
    if unit == COUNT:
        return 0 if float(size).is_integer() or size >= 100 else 1
    if unit == SECONDS:
        return 0 if size >= 100 else 1 if size >= 1 else 2
    return digits - 1 if unit == RATIO else digits


def entry_of(group: Group, column: Column) -> Entry:
    """A group's figure in a column: ``n/a`` with the reason where it cannot be, ``–`` where it was not measured."""
    value, reason = value_in(group, column), why_not(group.model, column.figure) or ""
    if not reason and group.is_null(*column.path):
        reason = definition(column.figure).not_available
    n_seeds = len(group.cells)
    partial = f"{value.n_seeds} of {n_seeds} seeds" if value and value.n_seeds < n_seeds else ""
    return replace(entry_of_value(value, column.figure, reason), partial=partial)


def value_in(group: Group, column: Column) -> Value | None:
    """A group's figure in a column; None where the model cannot have it, whatever its cells say."""
    return None if why_not(group.model, column.figure) else group.value(*column.path)


def entry_of_value(value: Value | None, figure: str, reason: str = "") -> Entry:
    """A value as it stands in a table; the worst seed's only where it differs as written."""
    if value is None:
        return Entry(NOT_AVAILABLE, reason=reason) if reason else Entry(NOT_MEASURED, reason=NOT_MEASURED_SAYS)
    unit = definition(figure).unit
    text, worst = show(value.mean, unit), show(value.worst(figure), unit)
    told = value.n_seeds > 1 and worst != text and unit in (SHARE, RATIO) and definition(figure).better != NEITHER
    return Entry(text, value.mean, worst if told else "", behind=value.behind, error=value.error)


# which of several is better


def mark_best(columns: Sequence[Column], rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows with the best of each column marked, see :func:`best_of`."""
    rows = tuple(rows)
    best = [best_of(column.figure, [row.entries[i] for row in rows]) for i, column in enumerate(columns)]
    return tuple(replace(row, entries=tuple(map(_marked, row.entries, best))) for row in rows)


def _marked(entry: Entry, best: Entry | None) -> Entry:
    return replace(entry, best=entry is best)


def best_of(figure: str, entries: Iterable[Entry]) -> Entry | None:
    """The entry that is better than all others beyond noise; None where none is.

    Only those of all seeds, measured by the newest definition among them, are compared; one alone is not the best.
    """
    have = [entry for entry in entries if entry.number is not None]
    newest = min((entry.behind for entry in have), default=0)
    compared = [entry for entry in have if not entry.partial and entry.behind == newest]
    if definition(figure).better == NEITHER or len(compared) < 2:
        return None
    first, *others = sorted(compared, key=lambda entry: -definition(figure).goodness(entry.number or 0.0))
    return first if all(_is_ahead(figure, first, other) for other in others) else None


def _is_ahead(figure: str, first: Entry, second: Entry) -> bool:
    """Whether ``first`` is better than ``second`` by more than the noise of both; never where that is not known."""
    one, other = first.number or 0.0, second.number or 0.0
    return is_better(figure, one, other) and is_beyond_noise(one - other, (first.error, second.error))


def is_within_noise(first: Value, second: Value) -> bool:
    """Whether two values are known to lie within the noise of both."""
    known = first.error is not None and second.error is not None
    return known and not is_beyond_noise(first.mean - second.mean, (first.error, second.error))


def is_better(figure: str, first: float, second: float) -> bool:
    """Whether ``first`` is truly better than ``second``; never for a figure that is neither good nor bad."""
    one = definition(figure)
    return one.goodness(first) > one.goodness(second)


# written


def to_markdown(table: Table) -> str:
    """Title, caption, table, remarks and what its marks mean as Markdown."""
    head = ["", *(column.full_title for column in table.columns)]
    rows = [[row.title, *map(_in_markdown, row.entries)] for row in table.rows]
    lines = markdown_lines(head, rows, "|---|" + "---:|" * len(table.columns))
    above = [f"### {table.title}" if table.title else "", table.caption]
    return "\n\n".join(filter(None, [*above, lines, *table.remarks, table.footnote])) + "\n"


def markdown_lines(head: Sequence[str], rows: Iterable[Sequence[str]], rule: str = "") -> str:
    """A head and rows as a table in Markdown, columns to the left unless ``rule`` says otherwise."""
    first, *others = ("| " + " | ".join(part.replace("|", "\\|") for part in row) + " |" for row in (head, *rows))
    return "\n".join([first, rule or "|---" * len(head) + "|", *others])


def _in_markdown(entry: Entry) -> str:
    text = f"**{entry.text}**" if entry.best else entry.text
    text += MARK if entry.behind else ""
    beside = "; ".join(filter(None, (entry.worst, entry.partial, entry.asked)))
    text = f"{text} ({beside})" if beside else text
    return f"**no:** {text}" if entry.missed else text


def to_csv(table: Table) -> str:
    """The table's numbers in full precision: a row a model, empty where there is none.

    Where numbers were measured under an earlier definition, a last column names theirs.
    """
    titles = [column.full_title for column in table.columns]
    numbers = [[entry.number for entry in row.entries] for row in table.rows]
    frame = pd.DataFrame(numbers, [row.title for row in table.rows], titles, dtype=float)
    if table.footnote:
        behind = [[title for title, one in zip(titles, row.entries, strict=True) if one.behind] for row in table.rows]
        frame[EARLIER] = list(map("; ".join, behind))
    return str(frame.to_csv(lineterminator="\n"))
