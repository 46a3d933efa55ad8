"""JSON that every reader takes: Python's own writes Infinity and NaN, for which JSON has no words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


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
