"""What people write is never code: the one place where text becomes Markdown.

Templates stand in the code; whatever is put into one is shown letter by letter, unless it is Markdown that another
template gave. Labels of widgets, help, captions and messages are Markdown too.
"""

from __future__ import annotations

import re

from drawings.markup import visible

_JOINER = "\u2060"
"""Of no width. It parts signs that Streamlit joins after Markdown's own escapes are resolved."""
_SPECIAL = re.compile(
    r"((?<=[^\W_])_+(?=[^\W_]))"
    r"|[\\`*_\[\]$<~#]|&(?=#?\w+;)|:(?=[\w\u2060])|^>|^[+\-=](?=[ +\-=]|$)"
)
"""What Markdown, or Streamlit's additions to it, takes for its own: signs, and what begins a line.

A ``_`` within a word is none: Markdown lets it be, and a screen reader is told a label as it is written here.
"""
_NUMBERED = re.compile(r"^(\d{1,9})(?=[.)]( |$))")
_JOINED = re.compile(
    r":(?=[\w+-]+:|material/|//)"  # :smile:, :material/delete:, http://
    r"|(?<=www)(?=\.)|@(?=[\w-])"  # www.here.org, me@here.org
    r"|(?<!\S)[<>~-](?=[<>=-]+(?!\S))",  # arrows and the like
    re.IGNORECASE,
)


class Markdown(str):
    """Text that is meant as Markdown."""

    __slots__ = ()


def plain(text: str) -> Markdown:
    r"""A text so that Markdown shows it letter by letter, in one line, in a label too.

    >>> print(plain("digit 3, 5"), plain("*new* [1]"), plain("# 1"), plain("2. it"), plain(":red[x]"))
    digit 3, 5 \*new\* \[1\] \# 1 2\. it \:red\[x\]
    >>> print(plain("bit_0"), plain("a__b"), plain("_so_"))
    bit_0 a__b \_so\_
    """
    parted = _JOINED.sub(rf"\g<0>{_JOINER}", " ".join(visible(text).split()))
    return Markdown(_NUMBERED.sub(r"\1\\", _SPECIAL.sub(_escaped, parted)))


def _escaped(found: re.Match[str]) -> str:
    return found[0] if found[1] else f"\\{found[0]}"


def code(text: str) -> Markdown:
    """A text in the fount of code, between as many marks as it takes.

    >>> print(code("test/00012"), code("a`b"))
    `test/00012` `` a`b ``
    """
    shown = " ".join(visible(text).split()).replace(":material/", f":{_JOINER}material/") or " "
    marks = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    room = " " if shown.startswith("`") or shown.endswith("`") or len(marks) > 1 else ""
    return Markdown(f"{marks}{room}{shown}{room}{marks}")


def markdown(template: str, *parts: object, **named: object) -> Markdown:
    r"""A template of Markdown, filled as ``str.format`` does; parts that are text are shown as :func:`plain` does.

    >>> print(markdown("**{}** in {:,} samples, such as {}", "*0*", 1200, code("test/1")))
    **\*0\*** in 1,200 samples, such as `test/1`
    """
    return Markdown(template.format(*map(_shown, parts), **{name: _shown(part) for name, part in named.items()}))


def _shown(part: object) -> object:
    return plain(part) if isinstance(part, str) and not isinstance(part, Markdown) else part
