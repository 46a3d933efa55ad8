"""Figures and settings as a file has them: objects in objects, each value under its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

KeyPath = tuple[str, ...]


def leaves(values: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Everything in nested objects that is no object itself, with its path; lists stay whole.

    >>> dict(leaves({"missing": {"graph": {"absent": 0.5}}, "rates": [0, 1]}))
    {('missing', 'graph', 'absent'): 0.5, ('rates',): [0, 1]}
    """
    if isinstance(values, Mapping):
        for name, inner in values.items():
            yield from leaves(inner, (*path, name))
    elif path:
        yield path, values


def at(values: Any, *path: str) -> Any:
    """What stands at a path; None where there is nothing."""
    for name in path:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
