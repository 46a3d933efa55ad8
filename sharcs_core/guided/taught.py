"""What somebody says of one picture: what matters in it, a sentence, or both; checked, each fault one sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.guided.annotations import BRIGHT, AnnotationError, checked_mask
from sharcs_core.guided.folder import resized_mask
from sharcs_core.guided.samples import MASK
from sharcs_core.readers.checks import shown
from sharcs_core.readers.pictures import open_colours
from sharcs_core.structures import Bank, Codes

MOST_LETTERS = 500
"""Of a sentence."""
_FORMULA = "=+-@"
"""What a spreadsheet takes the beginning of a formula for; no word begins so."""


@dataclass(frozen=True)
class Annotation:
    """What somebody says of one picture.

    Attributes:
        pixels: (H, W, 3) uint8.
        label: its class.
        mask: (H, W), what matters in it; None where that is not said.
        sentence: why it is of its class; "" where that is not said.
    """

    pixels: NDArray[np.uint8]
    label: str
    mask: Codes | None = None
    sentence: str = ""


def checked_annotation(annotation: Annotation) -> Annotation:
    """The annotation as it is kept: a picture in colours, a sentence in one line.

    Raises:
        UserError: its mask is empty, all on or of another size, its sentence has no words or too many, it has no class,
            or neither a mask nor a sentence.
    """
    pixels = in_colours(annotation.pixels)
    sentence = checked_sentence(annotation.sentence)
    if annotation.mask is None and not sentence:
        raise UserError("Nothing is said of the picture yet; mark what matters in it, or write a sentence, or both")
    if not annotation.label.strip():
        raise UserError("The picture has no class; choose one")
    return Annotation(pixels, annotation.label, _checked(annotation.mask, pixels.shape[:2]), sentence)


def _checked(mask: Codes | None, size: tuple[int, ...]) -> Codes | None:
    if mask is None:
        return None
    if mask.shape != size:
        raise UserError(
            f"The mask is {mask.shape[1]} × {mask.shape[0]}, its picture {size[1]} × {size[0]}; draw it anew"
        )
    try:
        return checked_mask(np.asarray(mask, dtype=bool))
    except AnnotationError as error:
        raise UserError(f"The mask {error.says}; mark what matters and nothing else, or clear it") from None


def checked_sentence(text: str) -> str:
    r"""A sentence in one line, without what shows nothing or begins a formula in a spreadsheet; "" for blanks.

    Raises:
        UserError: it has no words, or is too long.

    >>> checked_sentence(" a red\n cube "), checked_sentence('=cmd("x")')
    ('a red cube', 'cmd("x")')
    """
    seen = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    shows = "".join(letter for letter in seen if unicodedata.category(letter) not in ("Cf", "Cs", "Co", "Cn"))
    said = " ".join(shows.split())
    if said and not re.search(r"[^\W_]", said):
        raise UserError(f"The sentence {shown(said)} has no words; write some, or leave it empty")
    if len(said) > MOST_LETTERS:
        raise UserError(f"A sentence can have {MOST_LETTERS} letters (got {len(said):,}); say it more briefly")
    return said.lstrip(_FORMULA + " ")


def in_colours(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """A picture (H, W), (H, W, 1) or (H, W, 3) of 0 to 255 as (H, W, 3)."""
    flat = pixels[..., None] if pixels.ndim == 2 else pixels
    colours: NDArray[np.uint8] = np.ascontiguousarray(np.broadcast_to(flat, (*flat.shape[:2], 3)), dtype=np.uint8)
    return colours


def remembered(bank: Bank, classes: Sequence[str], picture: str, text: str | None) -> Iterator[Annotation]:
    """The training samples that a run keeps, as annotations, as far as their class is known.

    Args:
        classes: their names.
        picture, text: the modalities of pictures, and of the sentences that explain them.
    """
    arrays = bank.sides[picture].inputs.arrays
    sentences = None if text is None else bank.sides[text].inputs.arrays.get("texts")
    for row, label in enumerate(bank.labels):
        if label >= 0:
            said = "" if sentences is None else str(sentences[row])
            yield Annotation(arrays["pixels"][row], classes[label], _mask(arrays, row), checked_sentence(said))


def _mask(arrays: Mapping[str, NDArray[Any]], row: int) -> Codes | None:
    mask = arrays.get(MASK)
    return None if mask is None or not mask[row].any() else np.asarray(mask[row] > 0)


def mask_of_painting(content: bytes, size: tuple[int, int]) -> Codes | None:
    """A PNG that somebody painted over a picture, bright where it matters, as its mask (H, W); None: nothing is bright.

    Raises:
        InputError: it is no picture.
    """
    bright = open_colours("painting.png", content).max(2) >= BRIGHT
    return resized_mask(bright, size) if bright.any() else None


def id_of(pixels: NDArray[np.uint8]) -> str:
    """What a picture is called: sixteen digits that say what it shows."""
    return digest_of(in_colours(pixels))


def digest_of(values: NDArray[Any]) -> str:
    """Sixteen digits that say what an array holds."""
    return sha256(repr(values.shape).encode() + np.ascontiguousarray(values).tobytes()).hexdigest()[:16]
