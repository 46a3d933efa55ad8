"""A table of words and figures as HTML, its first column in sight; the looks stand in ``static/style.css``."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from drawings.markup import html, joined


def plain_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table that a screen reader calls by its ``title``: a row of headings, and rows that the first cell names."""
    return html(
        "<div class='results' tabindex='0' role='region' aria-label='{}'>"
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        title,
        joined(html("<th scope='col'>{}</th>", cell) for cell in head),
        joined(_row(row) for row in rows),
    )


def _row(row: Sequence[str]) -> Markup:
    return html("<tr><th scope='row'>{}</th>{}</tr>", row[0], joined(html("<td>{}</td>", cell) for cell in row[1:]))
