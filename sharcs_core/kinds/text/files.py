"""Texts in files."""

from __future__ import annotations

from sharcs_core.kinds.kind import File, Notes
from sharcs_core.kinds.text.form import GOES_ON, UNKNOWN, TextForm
from sharcs_core.readers.checks import check_file, text_of
from sharcs_core.structures import Inputs, Ints

SUFFIXES = (".txt",)
UNREADABLE = "\ufffd"
"""Stands for a character that training never had, where no text says which."""


def read(form: TextForm, name: str, content: bytes) -> tuple[str, Notes]:
    """The text in a file of UTF-8.

    Raises:
        InputError: naming the fault and the mend.
    """
    return decode(name, content)


def decode(name: str, content: bytes) -> tuple[str, Notes]:
    """The same before anything is known of training texts.

    Raises:
        InputError: naming the fault and the mend.
    """
    file = check_file(name, content, SUFFIXES, "text")
    return text_of(file, content), ()


def write(form: TextForm, inputs: Inputs, row: int) -> File:
    """One text as it was brought, or else its words; an empty one as an empty line."""
    texts = inputs.arrays.get("texts")
    text = str(texts[row]) if texts is not None else ""
    return File(".txt", f"{text or words_of(form, inputs.arrays['tokens'][row])}\n".encode(), "text/plain")


def words_of(form: TextForm, tokens: Ints) -> str:
    """Tokens (L,) in words.

    >>> words_of(TextForm(("", "[UNK]", "red", "##dish"), pieces=True), [2, 3, 1, 0])
    'reddish \\ufffd'
    """
    words = [form.words[token] for token in tokens if token]
    if not form.pieces:
        return " ".join(words)
    spaced = "".join(f" {UNREADABLE if word == UNKNOWN else word}" for word in words)
    return spaced.replace(f" {GOES_ON}", "").strip()
