"""A table of figures as HTML: each heading tells its definition on hover, each n/a its reason.

Own HTML rather than a data grid: it can set in bold what is best beyond noise, grey out what cannot be, keep the first
column and a verdict in sight, and be read by a screen reader. The looks stand in ``static/style.css`` under
``.results``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from itertools import groupby

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
VERDICT_SAYS = "How many of the figures that something was asked of are as asked, in every seed."


def table_html(
    table: Table, *, defined: bool = True, ours: Collection[str] = OUR_TITLES, chosen: str | None = None
) -> str:
    """The table; without ``defined`` the columns have no definition of their own, only the rows do.

    Args:
        ours: titles of the rows that are stressed.
        chosen: title of the model that is chosen; its row, or its rows where their titles say more, are marked.
    """
    rows = "".join(_row(row, stressed=row.title in ours, chosen=_is_of(row, chosen)) for row in table.rows)
    judged = any(column.figure == VERDICT for column in table.columns)
    looks = f"results{'' if defined else ' narrow'}{' judged' if judged else ''}"
    return (
        f"<div class='{looks}' tabindex='0' role='region' aria-label='{escape(table.title, quote=True)}'>"
        f"<table><thead>{_head(table.columns, defined)}</thead><tbody>{rows}</tbody></table></div>"
    )


def _is_of(row: Row, title: str | None) -> bool:
    return title is not None and (row.title == title or row.title.startswith(f"{title}, "))


def _head(columns: Sequence[Column], defined: bool) -> str:
    """One row of headings, or two where some columns stand together under one."""
    cells = [(column, _tip(_column_says(column)) if defined else "") for column in columns]
    if not any(column.heading for column in columns):
        return f"<tr><td></td>{''.join(_heading(column, tip) for column, tip in cells)}</tr>"
    above, below = "<td rowspan='2'></td>", ""
    for heading, group in groupby(cells, key=lambda cell: cell[0].heading):
        inside = list(group)
        if heading:
            above += f"<th class='group' colspan='{len(inside)}'>{escape(heading)}</th>"
            below += "".join(_heading(column, tip) for column, tip in inside)
        else:
            above += "".join(_heading(column, tip, rows=2) for column, tip in inside)
    return f"<tr>{above}</tr><tr>{below}</tr>"


def _heading(column: Column, tip: str, rows: int = 1) -> str:
    looks = " ".join([*(["verdict"] if column.figure == VERDICT else []), *(["asked"] if tip else [])])
    attributes = (f" class='{looks}'" if looks else "") + (" tabindex='0'" if tip else "")
    return f"<th scope='col' rowspan='{rows}'{attributes}><span>{escape(column.title)}</span>{tip}</th>"


def _column_says(column: Column) -> str:
    if column.figure == VERDICT:
        return VERDICT_SAYS
    one = definition(column.figure)
    return f"<b>{escape(one.title)}</b> {escape(one.hover)}"


def _row(row: Row, stressed: bool, chosen: bool) -> str:
    tip = _tip(escape(row.says)) if row.says else ""
    asked = " class='asked' tabindex='0'" if tip else ""
    entries = "".join(map(_entry, row.entries))
    looks = " ".join([*(["ours"] if stressed else []), *(["chosen"] if chosen else [])])
    mark, says = f" class='{looks}'" if looks else "", f"<small>{CHOSEN_SAYS}</small>" if chosen else ""
    return f"<tr{mark}><th scope='row'{asked}><span>{escape(row.title)}</span>{says}{tip}</th>{entries}</tr>"


def _entry(entry: Entry) -> str:
    small = _beside(entry)
    if entry.text in (NOT_AVAILABLE, NOT_MEASURED):
        asked = " asked' tabindex='0" if entry.reason else ""
        tip = _tip(escape(entry.reason)) if entry.reason else ""
        return f"<td class='none{asked}'>{escape(entry.text)}{tip}{small}</td>"
    text = f"<b>{escape(entry.text)}</b>" if entry.best else escape(entry.text)
    text += f"<sup>{MARK}</sup>" if entry.behind else ""
    missed = " class='missed'" if entry.missed or entry.text == "no" else ""
    return f"<td{missed}>{text}{small}</td>"


def _beside(entry: Entry) -> str:
    """What stands small below a number; a screen reader is told what each is."""
    told = ((entry.worst, "worst seed"), (entry.partial, ""), (entry.asked, "missed" if entry.missed else ""))
    return "".join(
        f"<small>{f'<span class=read-out>{says}: </span>' if says else ''}{escape(words)}</small>"
        for words, says in told
        if words
    )


def _tip(words: str) -> str:
    """A note that shows while the pointer, or the focus, is on what it stands in."""
    return f"<span class='tip' role='tooltip'>{words}</span>"
