"""Names that people or tasks gave, in Markdown as they are."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\`*_\[\]$<~&@.]|:(?=[\w/])|^[#>+\-=]|(?:(?<=^\d)|(?<=^\d\d))\)")
"""What Markdown, or Streamlit's additions to it, takes for its own: signs, addresses, and what begins a line."""


def plain(name: str) -> str:
    r"""A name so that Markdown shows it letter by letter, in a label too.

    >>> print(plain("digit 3, 5"), plain("*new* [1]"), plain("# www.here.org"), plain("1. https://it"))
    digit 3, 5 \*new\* \[1\] \# www\.here\.org 1\. https\://it
    """
    return _SPECIAL.sub(r"\\\g<0>", name)
