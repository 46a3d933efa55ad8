"""A table of figures, before it is Markdown, CSV or a page."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sharcs_benchmark.definitions import COUNT, NEITHER, RATIO, SECONDS, SHARE, definition
from sharcs_benchmark.models import why_not
from sharcs_benchmark.tables.seeds import Group, Value
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
FOOTNOTE = f"{MARK} {EARLIER.capitalize()}, told beside the present one; it is compared with no newer figure."


@dataclass(frozen=True)
class Column:
    """A column: its title, the figure that it shows (a key of ``DEFINITIONS``) and where that stands in a cell.

    ``heading`` stands above columns that belong together.
    """

    title: str
    figure: str
    path: tuple[str, ...]
    heading: str = ""

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


def show(number: float | None, unit: str = SHARE, digits: int = 3) -> str:
    """A number as the tables write it.

    >>> show(0.9784), show(1.0), show(-0.0123), show(51234, "count"), show(2.013, "seconds"), show(None)
    ('.978', '1.000', '−.012', '51,234', '2.0', '–')
    """
    if number is None:
        return NOT_MEASURED
    if not math.isfinite(number):
        return "∞"
    if unit == COUNT:
        written = f"{abs(number):,.0f}" if float(number).is_integer() or abs(number) >= 100 else f"{abs(number):.1f}"
    elif unit == SECONDS:
        written = f"{abs(number):,.0f}" if abs(number) >= 100 else f"{abs(number):.{1 if abs(number) >= 1 else 2}f}"
    else:
        written = f"{abs(number):.{digits - 1 if unit == RATIO else digits}f}"
        written = written.removeprefix("0") if unit == SHARE and abs(number) < 1 else written
    return "−" + written if number < 0 and written.strip("0.,") else written


def entry_of(group: Group, column: Column) -> Entry:
    """A group's figure in a column: ``n/a`` with the reason where it cannot be, ``–`` where it was not measured."""
    reason = why_not(group.model, column.figure)
    if reason is None and group.is_null(*column.path):
        reason = definition(column.figure).not_available
    value = value_in(group, column)
    return replace(entry_of_value(value, column.figure, reason), partial=_partial(group, value))


def _partial(group: Group, value: Value | None) -> str:
    n_seeds = len(group.cells)
    return f"{value.n_seeds} of {n_seeds} seeds" if value and value.n_seeds < n_seeds else ""


def value_in(group: Group, column: Column) -> Value | None:
    """A group's figure in a column; None where the model cannot have it, whatever its cells say."""
    return None if why_not(group.model, column.figure) else group.value(*column.path)


def entry_of_value(value: Value | None, figure: str, reason: str | None = None) -> Entry:
    """A value as it stands in a table; the worst seed's only where it differs as written."""
    if value is None:
        return Entry(NOT_AVAILABLE, reason=reason) if reason else Entry(NOT_MEASURED, reason=NOT_MEASURED_SAYS)
    unit = definition(figure).unit
    text, worst = show(value.mean, unit), show(value.worst(figure), unit)
    told = value.n_seeds > 1 and worst != text and unit in (SHARE, RATIO) and definition(figure).better != NEITHER
    return Entry(text, value.mean, worst if told else "", behind=value.behind, error=value.error)


def mark_best(columns: Sequence[Column], rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows with the best of each column marked, where it is better than the next beyond noise.

    Only rows that have the figure, measured by the newest definition in the column, are compared; a figure that one
    row alone has is not marked.
    """
    rows = tuple(rows)
    marked = [list(row.entries) for row in rows]
    for place, column in enumerate(columns):
        best = best_of(column.figure, [row.entries[place] for row in rows])
        if best is not None:
            marked[best][place] = replace(marked[best][place], best=True)
    return tuple(replace(row, entries=tuple(entries)) for row, entries in zip(rows, marked, strict=True))


def best_of(figure: str, entries: Sequence[Entry]) -> int | None:
    """The place of the entry that is better than all others beyond noise; None where none is."""
    one, compared = definition(figure), _comparable(entries)
    if one.better == NEITHER or len(compared) < 2:
        return None
    first, *others = sorted(compared, key=lambda place: -one.goodness(entries[place].number or 0.0))
    wins = all(is_better_beyond_noise(figure, entries[first], entries[other]) for other in others)
    return first if wins else None


def is_better_beyond_noise(figure: str, first: Entry, second: Entry) -> bool:
    """Whether ``first`` is better than ``second`` by more than the noise of both; never where that is not known."""
    if first.number is None or second.number is None or not is_better(figure, first.number, second.number):
        return False
    return is_beyond_noise(first.number - second.number, (first.error, second.error))


def is_within_noise(first: Value, second: Value) -> bool:
    """Whether two values are known to lie within the noise of both."""
    known = first.error is not None and second.error is not None
    return known and not is_beyond_noise(first.mean - second.mean, (first.error, second.error))


def _comparable(entries: Sequence[Entry]) -> list[int]:
    """The places of those entries of a column that may be compared: of all seeds, and defined alike."""
    have = [place for place, entry in enumerate(entries) if entry.number is not None]
    newest = min((entries[place].behind for place in have), default=0)
    return [place for place in have if not entries[place].partial and entries[place].behind == newest]


def is_better(figure: str, first: float, second: float) -> bool:
    """Whether ``first`` is truly better than ``second``; never for a figure that is neither good nor bad."""
    one = definition(figure)
    return one.goodness(first) > one.goodness(second)


def to_markdown(table: Table) -> str:
    """Title, caption, table, remarks and what its marks mean as Markdown."""
    head = ["", *(column.full_title for column in table.columns)]
    lines = [
        part for told in (f"### {table.title}" if table.title else "", table.caption) if told for part in (told, "")
    ]
    lines += [_line(head), "|---|" + "---:|" * len(table.columns)]
    lines += [_line([row.title, *map(_in_markdown, row.entries)]) for row in table.rows]
    return "\n".join([*lines, *(f"\n{remark}" for remark in (*table.remarks, table.footnote) if remark)]) + "\n"


def to_csv(table: Table) -> str:
    """The table's numbers in full precision: a row a model, empty where there is none.

    Where numbers were measured under an earlier definition, a last column names theirs.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    titles = [column.full_title for column in table.columns]
    writer.writerow(["", *titles, *([EARLIER] if table.footnote else [])])
    for row in table.rows:
        numbers = ["" if entry.number is None else repr(entry.number) for entry in row.entries]
        earlier = "; ".join(title for title, entry in zip(titles, row.entries, strict=True) if entry.behind)
        writer.writerow([row.title, *numbers, *([earlier] if table.footnote else [])])
    return written.getvalue()


def _in_markdown(entry: Entry) -> str:
    text = f"**{entry.text}**" if entry.best else entry.text
    text += MARK if entry.behind else ""
    beside = "; ".join(filter(None, (entry.worst, entry.partial, entry.asked)))
    text = f"{text} ({beside})" if beside else text
    return f"**no:** {text}" if entry.missed else text


def _line(parts: Iterable[str]) -> str:
    return "| " + " | ".join(part.replace("|", "\\|") for part in parts) + " |"
