"""One input as a small picture: pixels as pixels, a graph as a graph, a table row as cells, a sentence as words.

Pictures are ``<img>`` for ``st.html``, which would strip an ``<svg>``. A picture cannot take the page's colour of
text, so lines in it are of a grey that is seen on light and on dark ground, and letters ask which of the two it is. A
sentence stays text: it takes size, fount and colour of the page, and a screen reader reads it.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from drawings.kinds import drawing_of, is_told
from drawings.lit import lit_text
from drawings.look import Look
from drawings.markup import html
from drawings.pictures import Picture
from sharcs_core.structures import Inputs, OnText, Part

RADIUS = 6


def draw(inputs: Inputs, row: int, size: int = 140, look: Look | None = None, says: str = "") -> Markup:
    """HTML of input ``row``, ``size`` CSS pixels wide: an ``<img>``, or a ``<div>`` of a sentence.

    Args:
        look: how inputs of its modality are drawn; by default plainly.
        says: what a screen reader says of a picture before its measures, such as ``Picture: digit 7``: the modality,
            and the content where it is known. Default: the kind. A sentence is read as it is.
    """
    look = look or Look()
    if is_told(inputs):
        return draw_sentence(sentence(inputs, row, look.words), size, look.colour("text"))
    drawn = picture(inputs, row, look)
    return _image(drawn, size, told(says or drawing_of(inputs).called, drawn.measures))


def draw_lit(inputs: Inputs, row: int, part: Part, size: int, look: Look, says: str) -> Markup:
    """As :func:`draw`, with what speaks for something, and against it, lit.

    Args:
        part: where that is in this input.
        says: what a screen reader says of a picture.
    """
    if isinstance(part, OnText):
        return _sentence(lit_text(part), len(part.text), size, look.colour("text"))
    lit = drawing_of(inputs).lit
    assert lit is not None, inputs.kind
    return _image(lit(inputs, row, look, part), size, says)


def _image(drawn: Picture, size: int, alt: str) -> Markup:
    return html(
        '<img src="{}" style="width:{}px;aspect-ratio:{:g}/{:g};max-width:100%;border-radius:{}px;'
        'image-rendering:{};display:block" alt="{}">',
        drawn.source,
        size,
        drawn.width,
        drawn.height,
        RADIUS if drawn.has_ground else 0,
        "pixelated" if drawn.is_crisp else "auto",
        alt,
    )


def picture(inputs: Inputs, row: int, look: Look) -> Picture:
    """Input ``row``, which is no text, as a picture."""
    drawn = drawing_of(inputs).picture
    assert drawn is not None, inputs.kind
    return drawn(inputs, row, look)


def told(says: str, measures: str) -> str:
    """What a screen reader says of a drawing.

    >>> told("Picture: digit 7", "28 × 28 pixels")
    'Picture: digit 7 (28 × 28 pixels)'
    """
    return f"{says} ({measures})"


def width_of(inputs: Inputs, size: int) -> int:
    """How wide an input is drawn beside a square picture of ``size``, so that it reads as well."""
    if "pixels" in inputs.arrays:
        height, width = map(int, inputs.arrays["pixels"].shape[1:3])
        return round(size * max(1.0, width / height))
    return round(size * drawing_of(inputs).wider)


SMALL, WIDE = 40, 160


def small_row(inputs: Inputs) -> tuple[int, int]:
    """How many small inputs stand side by side in a narrow column, and how wide each is.

    Of texts one, to be read; of tables none, whose rows would be too small for that.
    """
    if "tokens" in inputs.arrays:
        return 1, WIDE
    return (0, 0) if "values" in inputs.arrays else (3, width_of(inputs, SMALL))


def sentence(inputs: Inputs, row: int, words: Sequence[str]) -> str:
    """A text as it was written, where that is kept; else its words, and of a token without one its number."""
    if "texts" in inputs.arrays:
        return str(inputs.arrays["texts"][row])
    tokens = (int(token) for token in inputs.arrays["tokens"][row] if token)
    return " ".join(words[token] if token < len(words) else f"#{token}" for token in tokens)


def draw_sentence(said: str, size: int, colour: str) -> Markup:
    """``<div>`` of a sentence, its letters the smaller the less room there is for its words."""
    return _sentence(said or "(no words)", len(said), size, colour)


def _sentence(said: str, length: int, size: int, colour: str) -> Markup:
    """A sentence of so many letters, as text or as HTML."""
    return html(
        '<div style="width:{size}px;max-width:100%;box-sizing:border-box;padding:.45em .55em;border-radius:{radius}px;'
        "border-left:3px solid {colour};background:color-mix(in srgb, {colour} 13%, transparent);"
        'font-size:{letters:.1f}px;line-height:1.28;overflow-wrap:anywhere">{said}</div>',
        size=size,
        radius=RADIUS,
        colour=colour,
        letters=min(max(size / 7.5, 10.5), 17.0) * (0.88 if length > 40 else 1),
        said=said,
    )
