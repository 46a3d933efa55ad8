"""A row of a table as SVG: bits as cells to be seen at a glance, all other values as a list to be read.

Shapes: F cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from unicodedata import east_asian_width

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from drawings.look import Look
from drawings.markup import html, joined
from drawings.theme import FONT, QUIET
from sharcs_core.kinds.columns.cells import number_word
from sharcs_core.kinds.tabular import TableForm, row_cells
from sharcs_core.structures import Floats, Inputs

LETTERS = html(
    "<style>text:not([fill]){{fill:#4F5666}}"
    "@media(prefers-color-scheme:dark){{text:not([fill]){{fill:#B9C0CE}}}}</style>"
)
"""4.5 : 1 on either ground; a picture in a page follows the page's own."""
FONT_NAMES = FONT.replace("'", "")
IN_A_ROW, FEWEST = 6, 4
"""Cells of bits that stand side by side; fewer than the fewest are not drawn larger."""
BELOW_A_CELL = 6
"""Letters of a name that have room below a cell; where some name is longer, bits are listed as well."""
MOST_LINES, LINE = 12, 9
FEW_DIGITS = 6
"""Numbers of so few signs are never rounded."""
ROOM = 22
"""Letters of a name and a value that have room side by side."""


Wash = tuple[str, float]
"""A colour, and how much of it lies over a cell, in [0, 1]."""


def draw_row(values: Sequence[str], look: Look, washes: Sequence[Wash] = ()) -> tuple[Markup, float]:
    """SVG 100 wide of what stands in the cells of a row (F,), and its height.

    Args:
        washes: (F,) what each cell is washed with, in place of colours that tell which bits are on.
    """
    short = all(width_in_letters(look.column(i)) <= BELOW_A_CELL for i in range(len(values)))
    return (draw_bits if look.are_bits and short else draw_list)(values, look, washes)


def draw_bits(values: Sequence[str], look: Look, washes: Sequence[Wash] = ()) -> tuple[Markup, float]:
    """SVG 100 wide of a row of bits (F,), those that are on filled; and its height."""
    in_a_row = min(max(len(values), FEWEST), IN_A_ROW)
    width = 100 / in_a_row

    def _paint(place: int, value: str) -> _Paint:
        return _washed(washes[place]) if washes else _filled(value == "1", look.colour("table"))

    cells = (
        _bit(look.column(i), value, (i % in_a_row * width, i // in_a_row * (width + 10), width), _paint(i, value))
        for i, value in enumerate(values)
    )
    return LETTERS + joined(cells), max(1, -(-len(values) // in_a_row)) * (width + 10)


def words_of(inputs: Inputs, row: int, look: Look) -> tuple[str, ...]:
    """What stands in the cells of a row, before it was prepared."""
    if isinstance(look.form, TableForm) and inputs.arrays["values"].shape[1] == look.form.width:
        cells = zip(look.form.columns, row_cells(look.form, inputs, row), strict=True)
        return tuple(rounded(cell) if column.kind == "number" else cell for column, cell in cells)
    return tuple(f"{value:.3g}" for value in inputs.arrays["values"][row])


def rounded(number: str) -> str:
    """A number as it is to be read at a glance; whole ones as they are.

    >>> rounded("1.02894397"), rounded("-0.0141287"), rounded("1234567"), rounded("2.5"), rounded("")
    ('1.029', '-0.01413', '1234567', '2.5', '')
    """
    if len(number) <= FEW_DIGITS or float(number).is_integer():
        return number
    return number_word(float(number), 4)


def draw_list(values: Sequence[str], look: Look, washes: Sequence[Wash] = ()) -> tuple[Markup, float]:
    """SVG 100 wide of a row of any values (F,), a line each of name and value; and its height.

    Of many only the first are drawn, and how many more there are.
    """
    shown = len(values) if len(values) <= MOST_LINES else MOST_LINES - 1
    lines = [beside(look.column(i), value or "–") for i, value in enumerate(values[:shown])]
    lines += [(f"and {len(values) - shown} more", "")] if shown < len(values) else []
    height = max(1, len(lines)) * LINE + 3
    frame = html(
        '<rect x=".6" y=".6" width="98.8" height="{:.1f}" rx="2.4" fill="{}" fill-opacity=".06" stroke="{}" '
        'stroke-opacity=".55" stroke-width=".8"/>',
        height - 1.2,
        QUIET,
        look.colour("table"),
    )
    behind = joined(_behind(i, *wash) for i, wash in enumerate(washes[:shown]))
    return LETTERS + frame + behind + joined(_line(i, *line) for i, line in enumerate(lines)), height


def measures(values: Sequence[str], look: Look) -> str:
    """All values by name, for those who do not see them."""
    return ", ".join(f"{look.column(i)} = {value or 'none'}" for i, value in enumerate(values))


def beside(name: str, value: str) -> tuple[str, str]:
    """A name and a value that have room side by side; what is too long for that is cut.

    >>> beside("width", "2.5"), beside("length of the outer petals", "1.029"), beside("job", "tailor of umbrellas")
    (('width', '2.5'), ('length of the ou…', '1.029'), ('job', 'tailor of umbrellas'))
    """
    value = shortened(value, max(ROOM - width_in_letters(name), ROOM // 2))
    return shortened(name, ROOM - width_in_letters(value)), value


def shortened(text: str, most: int) -> str:
    """As much of a text as is as wide as ``most`` letters."""
    if width_in_letters(text) <= most:
        return text
    kept = next(n for n in range(len(text), -1, -1) if width_in_letters(text[:n]) < most)
    return f"{text[:kept]}…"


def width_in_letters(text: str) -> int:
    """How wide a text is: signs of some scripts are as wide as two letters.

    >>> width_in_letters("abc"), width_in_letters("色")
    (3, 2)
    """
    return len(text) + len([sign for sign in text if east_asian_width(sign) in "WF"])


def share_of_range(table: NDArray[Any], row: int) -> Floats:
    """Where each value of a row lies between the ends of its column (n, F), in [0, 1]; 0 where all are one."""
    low, high = np.asarray(table.min(0), dtype=np.float64), np.asarray(table.max(0), dtype=np.float64)
    share: Floats = (table[row] - low) / np.where(high > low, high - low, 1)
    return share


class _Paint(NamedTuple):
    """How a bit's cell is painted: its ground, the share of that, its edge, the share of that, and its value's ink."""

    ground: str
    opacity: float
    edge: str
    edge_opacity: float
    ink: Markup | str = ""


def _filled(is_on: bool, colour: str) -> _Paint:
    return _Paint(colour, 1, colour, 1, html(' fill="#FFFFFF"')) if is_on else _Paint(QUIET, 0.08, colour, 0.55)


def _washed(wash: Wash) -> _Paint:
    return _Paint(*wash, QUIET, 0.8)


def _bit(name: str, value: str, place: tuple[float, float, float], paint: _Paint) -> Markup:
    """One cell at (left, top, width)."""
    left, top, width = place
    return html(
        '<g font-family="{fonts}"><rect x="{x:.1f}" y="{y:.1f}" width="{side:.1f}" height="{side:.1f}" '
        'rx="2.4" fill="{paint.ground}" fill-opacity="{paint.opacity:.3g}" '
        'stroke="{paint.edge}" stroke-opacity="{paint.edge_opacity}" stroke-width=".8"/>'
        '<text x="{middle:.1f}" y="{line:.1f}" font-size="8.5" font-weight="600" text-anchor="middle"{paint.ink}>'
        '{value}</text><text x="{middle:.1f}" y="{below:.1f}" font-size="6" text-anchor="middle">{name}</text></g>',
        fonts=FONT_NAMES,
        x=left + 0.8,
        y=top + 0.8,
        side=width - 1.6,
        paint=paint,
        middle=left + width / 2,
        line=top + width * 0.67,
        value=value,
        below=top + width + 7,
        name=name,
    )


def _behind(number: int, colour: str, opacity: float) -> Markup:
    """The ground of a line that is washed."""
    return html(
        '<rect x="1.2" y="{:.1f}" width="97.6" height="{}" rx="1.5" fill="{}" fill-opacity="{:.3g}"/>',
        number * LINE + 1.6,
        LINE,
        colour,
        opacity,
    )


def _line(number: int, name: str, value: str) -> Markup:
    return html(
        '<g font-family="{}" font-size="6"><text x="3" y="{y:.1f}">{}</text>'
        '<text x="97" y="{y:.1f}" text-anchor="end" font-weight="600">{}</text></g>',
        FONT_NAMES,
        name,
        value,
        y=(number + 1) * LINE - 1,
    )
