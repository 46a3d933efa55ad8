"""Names that people or tasks gave, in Markdown as they are."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\`*_\[\]$<~]|:(?=\w)")


def plain(name: str) -> str:
    r"""A name so that Markdown shows it letter by letter, in a label too.

    >>> print(plain("digit 3, 5"), plain("*new* [1]"))
    digit 3, 5 \*new\* \[1\]
    """
    return _SPECIAL.sub(r"\\\g<0>", name)
