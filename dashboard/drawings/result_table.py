"""A table of figures as HTML: each heading tells its definition on hover, each n/a its reason.

Own HTML rather than a data grid: it can set in bold what is best beyond noise, grey out what cannot be, keep the first
column and a verdict in sight, and be read by a screen reader. The looks stand in ``static/style.css`` under
``.results``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby

from markupsafe import Markup

from drawings.markup import NOTHING, html, joined
from sharcs_benchmark.definitions import definition
from sharcs_benchmark.tables.comparison import OUR_TITLES
from sharcs_benchmark.tables.table import (
    MARK,
    NOT_AVAILABLE,
    NOT_MEASURED,
    VERDICT,
    Column,
    Entry,
    Row,
    Table,
)

CHOSEN_SAYS = "the chosen model’s kind"
TO_FOCUS = html(" tabindex='0'")
VERDICT_SAYS = "How many of the figures that something was asked of are as asked, in every seed."


def table_html(
    table: Table, *, defined: bool = True, ours: Collection[str] = OUR_TITLES, chosen: str | None = None
) -> Markup:
    """The table; without ``defined`` the columns have no definition of their own, only the rows do.

    Args:
        ours: titles of the rows that are stressed.
        chosen: title of the model that is chosen; its row, or its rows where their titles say more, are marked.
    """
    rows = joined(_row(row, stressed=row.title in ours, chosen=_is_of(row, chosen)) for row in table.rows)
    judged = any(column.figure == VERDICT for column in table.columns)
    return html(
        "<div class='results{}{}' tabindex='0' role='region' aria-label='{}'>"
        "<table><thead>{}</thead><tbody>{}</tbody></table></div>",
        "" if defined else " narrow",
        " judged" if judged else "",
        table.title,
        _head(table.columns, defined),
        rows,
    )


def _is_of(row: Row, title: str | None) -> bool:
    return title is not None and (row.title == title or row.title.startswith(f"{title}, "))


def _head(columns: Sequence[Column], defined: bool) -> Markup:
    """One row of headings, or two where some columns stand together under one."""
    cells = [(column, _tip(_column_says(column)) if defined else NOTHING) for column in columns]
    if not any(column.heading for column in columns):
        return html("<tr><td></td>{}</tr>", joined(_heading(column, tip) for column, tip in cells))
    above, below = [html("<td rowspan='2'></td>")], []
    for heading, group in groupby(cells, key=lambda cell: cell[0].heading):
        inside = list(group)
        if heading:
            above.append(html("<th class='group' colspan='{}'>{}</th>", len(inside), heading))
            below += [_heading(column, tip) for column, tip in inside]
        else:
            above += [_heading(column, tip, rows=2) for column, tip in inside]
    return html("<tr>{}</tr><tr>{}</tr>", joined(above), joined(below))


def _heading(column: Column, tip: Markup, rows: int = 1) -> Markup:
    looks = [*(["verdict"] if column.figure == VERDICT else []), *(["asked"] if tip else [])]
    return html(
        "<th scope='col' rowspan='{}' class='{}'{}><span>{}</span>{}</th>",
        rows,
        " ".join(looks),
        TO_FOCUS if tip else NOTHING,
        column.title,
        tip,
    )


def _column_says(column: Column) -> Markup:
    if column.figure == VERDICT:
        return html("{}", VERDICT_SAYS)
    one = definition(column.figure)
    return html("<b>{}</b> {}", one.title, one.hover)


def _row(row: Row, stressed: bool, chosen: bool) -> Markup:
    tip = _tip(html("{}", row.says)) if row.says else NOTHING
    return html(
        "<tr class='{}'><th scope='row'{}><span>{}</span>{}{}</th>{}</tr>",
        " ".join([*(["ours"] if stressed else []), *(["chosen"] if chosen else [])]),
        html(" class='asked' tabindex='0'") if tip else NOTHING,
        row.title,
        html("<small>{}</small>", CHOSEN_SAYS) if chosen else NOTHING,
        tip,
        joined(map(_entry, row.entries)),
    )


def _entry(entry: Entry) -> Markup:
    small = _beside(entry)
    if entry.text in (NOT_AVAILABLE, NOT_MEASURED):
        tip = _tip(html("{}", entry.reason)) if entry.reason else NOTHING
        looks, focus = ("none asked", TO_FOCUS) if tip else ("none", NOTHING)
        return html("<td class='{}'{}>{}{}{}</td>", looks, focus, entry.text, tip, small)
    text = html("<b>{}</b>", entry.text) if entry.best else entry.text
    mark = html("<sup>{}</sup>", MARK) if entry.behind else NOTHING
    missed = "missed" if entry.missed or entry.text == "no" else ""
    return html("<td class='{}'>{}{}{}</td>", missed, text, mark, small)


def _beside(entry: Entry) -> Markup:
    """What stands small below a number; a screen reader is told what each is."""
    told = ((entry.worst, "worst seed"), (entry.partial, ""), (entry.asked, "missed" if entry.missed else ""))
    return joined(
        html("<small>{}{}</small>", html("<span class='read-out'>{}: </span>", says) if says else NOTHING, words)
        for words, says in told
        if words
    )


def _tip(words: Markup) -> Markup:
    """A note that shows while the pointer, or the focus, is on what it stands in."""
    return html("<span class='tip' role='tooltip'>{}</span>", words)
