"""The smallest of what fuzzing found: each once was a traceback, or no sentence."""

from __future__ import annotations

import json

import pytest

from fuzz import is_sentence
from fuzzed import RUNS, SMALL
from sharcs_core.errors import UserError
from sharcs_core.tasks.card import card_from_json

CARD = json.loads((RUNS / SMALL / "card.json").read_bytes())


@pytest.mark.parametrize("name", ["red\u202e", "\x1f", "x\ny"])
def test_a_field_of_a_card_may_be_called_anything(name):
    for spoilt in ({**CARD, name: 1}, {**CARD, "facts": {name: 1}}):
        with pytest.raises(UserError) as raised:
            card_from_json(spoilt)
        assert is_sentence(str(raised.value))
