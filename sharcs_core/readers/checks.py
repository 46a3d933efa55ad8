"""What every reader of a person's file checks first, and the one error that all of them raise."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sharcs_core.errors import UserError
from sharcs_core.named import listed

MAX_BYTES = 5_000_000
"""No file but a picture may be larger; a graph or a row of bits is far smaller."""

_SHOWN_CHARACTERS = 40
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a ZIP archive, such as an Excel or Word file is"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
)
"""First bytes of files that are often renamed to a text file's name, and what they are."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class InputError(UserError):
    """A file cannot be read: one clear sentence that names the fault and how to mend it."""


def shown(value: Any) -> str:
    """``value`` as a message may quote it: short, on one line, printable.

    >>> shown("a" * 99)[-5:], shown(3.5), shown("two\\nlines")
    ("aaa…'", '3.5', "'two\\\\nlines'")
    """
    if isinstance(value, str):
        cut = value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "…"
        return repr(cut)
    text = " ".join(repr(value).split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def file_name(name: str) -> str:
    """The file's bare name, without folders or characters that a page or a terminal would act upon.

    >>> file_name("/home/me/my digit.png"), file_name("<b>.json")
    ('my digit.png', '_b_.json')
    """
    bare = re.sub(r"[^\w .()+-]", "_", re.split(r"[/\\]", name)[-1]).strip()
    return bare[-60:] or "the file"


def check_file(name: str, content: bytes, suffixes: tuple[str, ...], what: str, max_bytes: int = MAX_BYTES) -> str:
    """The name to use in messages, after a look at suffix and size.

    Args:
        what: what the file should hold, for the message, such as ``picture``.

    Raises:
        InputError: for another suffix than ``suffixes``, an empty file, or one above ``max_bytes``.
    """
    file = file_name(name)
    if not name.lower().endswith(suffixes):
        raise InputError(f"{file} is not a {what} this page can read; choose a {listed(suffixes, 'or')} file")
    if not content:
        raise InputError(f"{file} is empty (0 bytes); save the {what} again and choose it once more")
    if len(content) > max_bytes:
        raise InputError(
            f"{file} is too large ({len(content) / 1e6:.1f} MB); choose a {what} of at most {max_bytes / 1e6:.0f} MB"
        )
    return file


def text_of(file: str, content: bytes) -> str:
    """The content as text, in UTF-8 or, with a byte-order mark, UTF-16; characters that cannot be seen are dropped.

    Raises:
        InputError: for content that is not text.
    """
    other = other_format(content)
    if other is not None:
        raise InputError(f"{file} is {other}, whatever its name; export it as plain text in UTF-8")
    try:
        return visible(content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file} is not UTF-8 text (byte {error.start + 1} cannot be read); save it with the encoding UTF-8"
        ) from None


def other_format(content: bytes) -> str | None:
    """What a file is that has the name of a text file and is none; None where nothing tells.

    >>> other_format(b"%PDF-1.7"), other_format(b"id,label")
    ('a PDF', None)
    """
    return next((what for start, what in _OTHER_FORMATS if content.startswith(start)), None)


def visible(text: str) -> str:
    """``text`` without characters that format it and cannot be seen, such as soft hyphens and zero-width spaces.

    >>> visible("shi\\u00adny\\u200b cube")
    'shiny cube'
    """
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
