"""The form of short texts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sharcs_core.kinds.kind import Form, frozen_form


@frozen_form
class TextForm(Form):
    """Short texts as tokens.

    Attributes:
        words: token t is ``words[t]``; token 0 is padding and has no word.
        longest: tokens of a prepared text; what goes beyond is cut, and said to be.
        pieces: whether tokens may be pieces of words, so that unseen words are read piece by piece; a token that
            goes on with a word starts with ``##``, and a character that training never had is ``[UNK]``.
    """

    kind = "text"

    words: tuple[str, ...]
    longest: Annotated[int, Field(ge=1, le=4096)] = 64
    pieces: bool = False

    def __post_init__(self) -> None:
        if len(set(self.words)) < len(self.words):
            raise ValueError("words must all be different")
        if self.pieces and UNKNOWN not in self.words[1:]:
            raise ValueError(f"words of which some are pieces must have {UNKNOWN} among them")


UNKNOWN = "[UNK]"
GOES_ON = "##"
"""What a token starts with that is not the beginning of a word."""


def takes(raw: object) -> bool:
    """Whether it is a sentence."""
    return isinstance(raw, str)


def words_of(form: TextForm) -> tuple[str, ...]:
    """Word t is that of token t; token 0 has none."""
    return form.words
