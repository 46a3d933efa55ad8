"""The examples in the dashboard's docstrings."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(DASHBOARD).with_suffix("").parts)
    for path in DASHBOARD.rglob("*.py")
    if "    >>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_hold(name):
    found = doctest.testmod(import_module(name))
    assert found.attempted > 0
    assert not found.failed
