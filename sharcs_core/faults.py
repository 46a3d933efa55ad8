"""What pydantic finds wrong with values, as one sentence for people."""

from __future__ import annotations

import reprlib

from pydantic import ValidationError

WANTED = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "positive",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le}",
    "finite_number": "finite",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "string_unicode": "text that can be written",
    "string_pattern_mismatch": "a plain name, of letters and digits",
    "missing": "given",
    "dict_type": "an object",
    "mapping_type": "an object",
    "list_type": "a list",
    "tuple_type": "a list",
    "dataclass_exact_type": "{class_name}",
    "dataclass_type": "an object",
}
"""Kind of fault → what must be there instead."""

LONGEST = 60
"""So much of a value is shown; what came may be of any length."""

_SHORTENING = reprlib.Repr()
_SHORTENING.maxstring = _SHORTENING.maxother = LONGEST


def short(value: object) -> str:
    """A value as Python writes it, in no more than a line.

    >>> short("a" * 99)
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaaaaaaaaaaaaaaaa'"
    """
    return _SHORTENING.repr(value)


def in_words(error: ValidationError, at: str = "") -> str:
    """The first fault in one sentence: which setting or field, what it must be, what came.

    Args:
        at: where in a file the values stand, such as ``choice``; nothing for all of it.
    """
    fault = error.errors(include_url=False)[0]
    parts = [plain_part(part) for part in fault["loc"] if not str(part).startswith("[")]
    name = ".".join([at, *parts] if at else parts) or "it"
    if fault["type"] == "value_error":  # raised by one of our own checks, in our own words
        return str(fault["ctx"]["error"])
    if fault["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return f"There is no setting {short(str(fault['loc'][-1]))}; take it out"
    if fault["type"] == "recursion_loop":
        return f"{name} is nested too deeply"
    if fault["type"] == "json_invalid":
        return f"{name} is not JSON that one can read ({fault['ctx']['error']})"
    return f"{name} {_must(fault['type'], fault.get('ctx', {}), fault['msg'])}{_came(fault['type'], fault['input'])}"


def plain_part(part: int | str) -> str:
    """A part of a field's place as it is, where it is a plain name; a file may call a field anything."""
    text = str(part)
    return text if text.isprintable() and len(text) <= LONGEST else short(text)


def _must(kind: str, limits: dict[str, object], message: str) -> str:
    wanted = WANTED.get(kind)
    return f"must be {wanted.format(**limits)}" if wanted else f"is wrong: {message.lower()}"


def _came(kind: str, value: object) -> str:
    return "" if kind == "missing" else f" (got {short(value)})"
