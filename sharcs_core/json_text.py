"""JSON out, such that every reader takes it, and JSON in, such that one sentence says what is wrong with it.

Python's own writes Infinity and NaN, for which JSON has no words, and reads a field that is there twice as if the
first were not.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from pydantic import JsonValue, TypeAdapter, ValidationError

from sharcs_core.errors import UserError
from sharcs_core.faults import in_words, short

Wanted = TypeVar("Wanted")

_OBJECT = TypeAdapter(dict[str, JsonValue])
_HALVES = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""What surrogates look like, of which two make one character and one alone makes none."""


class JsonError(UserError):
    """Content is not JSON, or not what was expected of it; the message is a clause on it, to stand in brackets."""


def json_text(values: Any) -> str:
    """Values as indented JSON with a line end; null where a number is not finite.

    >>> json_text({"gap": float("inf"), "shares": [0.5]}).split()
    ['{', '"gap":', 'null,', '"shares":', '[', '0.5', ']', '}']
    """
    return json.dumps(finite(values), indent=1, allow_nan=False) + "\n"


def finite(values: Any) -> Any:
    """The same with None for what is no finite number, such as the infinite gap between two single points."""
    if isinstance(values, Mapping):
        return {name: finite(inner) for name, inner in values.items()}
    if isinstance(values, (list, tuple)):
        return [finite(inner) for inner in values]
    return None if isinstance(values, float) and not math.isfinite(values) else values


def _no_number(word: str) -> NoReturn:
    raise JsonError(f"it holds {word}, which is no number in JSON")


def json_values(content: bytes, *, constant: Callable[[str], Any] = _no_number) -> Any:
    """What JSON says. Raises JsonError, that of a field which is there twice among them.

    Args:
        constant: what to make of ``NaN``, ``Infinity`` and ``-Infinity``, which are refused unless something is.

    >>> json_values(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    sharcs_core.json_text.JsonError: it has 'a' twice in one object
    """
    try:
        values = json.loads(content, object_pairs_hook=_object, parse_constant=constant)
    except JsonError:
        raise
    except UnicodeDecodeError as error:
        raise JsonError(f"it is not UTF-8 text (byte {error.start + 1} cannot be read)") from None
    except json.JSONDecodeError as error:
        raise JsonError(f"it is not JSON that one can read (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise JsonError("it is nested too deeply") from None
    except ValueError:  # Python reads no number of thousands of digits
        raise JsonError("it holds a number of too many digits") from None
    if _HALVES.search(content):
        _check_whole(values)
    return values


def _check_whole(values: Any) -> None:
    """Raise JsonError for text with half a character, which nothing can write."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise JsonError(f"it holds half a character, {error.object[error.start]!a}") from None


def json_object(content: bytes, *, constant: Callable[[str], Any] = _no_number) -> dict[str, Any]:
    """What JSON says of one object, nested no deeper than programs can follow. Raises JsonError."""
    return checked(_OBJECT, json_values(content, constant=constant))


def checked(kind: TypeAdapter[Wanted], values: Any, at: str = "") -> Wanted:
    """Values that JSON gave, as ``kind``. Raises JsonError that names the field, what was expected and what came.

    Args:
        kind: takes objects for dataclasses and lists for tuples; its numbers must be strict to be no more than that.
        at: where in a file the values stand, such as ``choice``; nothing for all of it.
    """
    try:
        return kind.validate_python(values)
    except ValidationError as error:
        raise JsonError(in_words(error, at)) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = Counter(name for name, _ in pairs)
        twice = names.most_common(1)[0][0]
        raise JsonError(f"it has {short(twice)} twice in one object")
    return values
