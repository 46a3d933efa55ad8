"""A table of figures as HTML: each heading tells its definition on hover, each n/a its reason.

Own HTML rather than a data grid: it can set the best in bold, grey out what cannot be, keep the first column in
sight, and be read by a screen reader. The looks stand in ``static/style.css`` under ``.results``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from itertools import groupby

from sharcs_core.benchmark.definitions import definition
from sharcs_core.benchmark.tables.comparison import OUR_TITLES
from sharcs_core.benchmark.tables.table import EARLIER, MARK, NOT_AVAILABLE, NOT_MEASURED, Column, Entry, Row, Table


def table_html(table: Table, *, defined: bool = True, ours: Collection[str] = OUR_TITLES) -> str:
    """The table; without ``defined`` the columns have no definition of their own, only the rows do.

    Args:
        ours: titles of the rows that are stressed.
    """
    rows = "".join(_row(row, stressed=row.title in ours) for row in table.rows)
    head, narrow = _head(table.columns, defined), "" if defined else " narrow"
    return f"<div class='results{narrow}' tabindex='0'><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>"


def _head(columns: Sequence[Column], defined: bool) -> str:
    """One row of headings, or two where some columns stand together under one."""
    cells = [(column, _tip(_column_says(column)) if defined else "") for column in columns]
    if not any(column.heading for column in columns):
        return f"<tr><th></th>{''.join(_heading(column.title, tip) for column, tip in cells)}</tr>"
    above, below = "<th rowspan='2'></th>", ""
    for heading, group in groupby(cells, key=lambda cell: cell[0].heading):
        inside = list(group)
        if heading:
            above += f"<th class='group' colspan='{len(inside)}'>{escape(heading)}</th>"
            below += "".join(_heading(column.title, tip) for column, tip in inside)
        else:
            above += "".join(_heading(column.title, tip, rows=2) for column, tip in inside)
    return f"<tr>{above}</tr><tr>{below}</tr>"


def _heading(title: str, tip: str, rows: int = 1) -> str:
    asked = " class='asked' tabindex='0'" if tip else ""
    return f"<th rowspan='{rows}'{asked}><span>{escape(title)}</span>{tip}</th>"


def _column_says(column: Column) -> str:
    one = definition(column.figure)
    return f"<b>{escape(one.title)}</b> {escape(one.hover)}"


def _row(row: Row, stressed: bool) -> str:
    tip = _tip(escape(row.says)) if row.says else ""
    asked = " class='asked' tabindex='0'" if tip else ""
    entries = "".join(map(_entry, row.entries))
    mark = " class='ours'" if stressed else ""
    return f"<tr{mark}><th scope='row'{asked}><span>{escape(row.title)}</span>{tip}</th>{entries}</tr>"


def _entry(entry: Entry) -> str:
    small = _beside(entry)
    if entry.text in (NOT_AVAILABLE, NOT_MEASURED):
        asked = " asked' tabindex='0" if entry.reason else ""
        tip = _tip(escape(entry.reason)) if entry.reason else ""
        return f"<td class='none{asked}'>{escape(entry.text)}{tip}{small}</td>"
    text = f"<b>{escape(entry.text)}</b>" if entry.best else escape(entry.text)
    text += f"<sup title='{EARLIER}'>{MARK}</sup>" if entry.behind else ""
    missed = " class='missed'" if entry.missed or entry.text == "no" else ""
    return f"<td{missed}>{text}{small}</td>"


def _beside(entry: Entry) -> str:
    """What stands small below a number."""
    told = (
        (entry.worst, "worst seed"),
        (entry.partial, "the others cannot have it"),
        (entry.asked, "not reached" if entry.missed else "asked"),
    )
    return "".join(f"<small title='{says}'>{escape(words)}</small>" for words, says in told if words)


def _tip(words: str) -> str:
    """A note that shows while the pointer, or the focus, is on what it stands in."""
    return f"<span class='tip' role='tooltip'>{words}</span>"
