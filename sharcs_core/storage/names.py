"""Names that people give to what lies on disk: one part of a path on every system, and nothing that leads elsewhere."""

from __future__ import annotations

import re
import unicodedata

from sharcs_core.storage.writing import StorageError

MOST_LETTERS = 60
_NAME = re.compile(r"\w(?:[\w .-]*[\w-])?")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""What is no file on Windows."""


def checked_name(text: str) -> str:
    """A name in the one way of writing it.

    Raises:
        StorageError: it cannot be the name of a folder everywhere.

    >>> checked_name(" my plants ")
    'my plants'
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not _NAME.fullmatch(name) or _DEVICES.fullmatch(name):
        raise StorageError("A name has letters, digits, blanks, dots and hyphens, and begins with a letter or a digit")
    if len(name) > MOST_LETTERS:
        raise StorageError(f"A name can have {MOST_LETTERS} characters (got {len(name)}); choose a shorter one")
    return name


def safe_name(text: str, otherwise: str) -> str:
    """A name that is like the text; ``otherwise`` where nothing of it can stand in one.

    >>> safe_name("../plants (2)", "data"), safe_name("..", "data")
    ('plants_2', 'data')
    """
    kept = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", text)).strip("._-")[:MOST_LETTERS].rstrip("._-")
    return kept if _NAME.fullmatch(kept) and not _DEVICES.fullmatch(kept) else otherwise
