"""Values as TOML has them, such that ``tomllib`` reads them back as they were."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_WIDE = 100
"""Characters of a list that stands on one line."""


def quoted(text: str) -> str:
    r"""A text on one line.

    >>> print(quoted('say "ä"\n'))
    "say \"ä\"\n"
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def prose(text: str) -> str:
    '''A text that may have several lines, each on its own.

    >>> print(prose("one\\ntwo"))
    """
    one
    two"""
    '''
    if "\n" not in text:
        return quoted(text)
    lines = "\n".join(quoted(line)[1:-1] for line in text.split("\n"))
    return f'"""\n{lines}"""'


def key(name: str) -> str:
    """A key, in quotes where it needs them.

    >>> key("label"), key("image colour")
    ('label', '"image colour"')
    """
    return name if _PLAIN_KEY.fullmatch(name) else quoted(name)


def names(values: Sequence[str]) -> str:
    """A list of texts, over several lines where it is long.

    >>> names(["a", "b"])
    '["a", "b"]'
    """
    line = f"[{', '.join(map(quoted, values))}]"
    return line if len(line) <= _WIDE else "\n".join(["[", *(f"  {quoted(value)}," for value in values), "]"])


def table(values: Mapping[str, str]) -> str:
    """Keys and texts on one line.

    >>> table({"colour": "image colour"})
    '{ colour = "image colour" }'
    """
    return f"{{ {', '.join(f'{key(name)} = {quoted(value)}' for name, value in values.items())} }}"


def remark(text: str) -> str:
    """A comment, on one line.

    >>> remark("one\\ntwo")
    '# one two'
    """
    return "# " + " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
