"""The smallest of what fuzzing found: each once was a traceback, or no sentence."""

from __future__ import annotations

import io
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fuzz import is_sentence
from fuzzed import ROOT, RUNS, SMALL, load_spoilt
from mutating import archive
from sharcs_core.errors import UserError
from sharcs_core.tasks.card import card_from_json
from sharcs_core.tasks.folder.parquet_table import read_columns

CARD = json.loads((RUNS / SMALL / "card.json").read_bytes())


@pytest.mark.parametrize("name", ["red\u202e", "\x1f", "x\ny"])
def test_a_field_of_a_card_may_be_called_anything(name):
    for spoilt in ({**CARD, name: 1}, {**CARD, "facts": {name: 1}}):
        with pytest.raises(UserError) as raised:
            card_from_json(spoilt)
        assert is_sentence(str(raised.value))


def test_inputs_of_a_run_that_are_no_real_numbers_are_refused(tmp_path):
    """Such were taken for real ones, with a warning in the log alone."""
    copy = tmp_path / "run"
    shutil.copytree(RUNS / SMALL, copy)
    with np.load(copy / "bank.npz", allow_pickle=False) as arrays:
        spoilt = dict(arrays)
    name = next(name for name in spoilt if "/inputs/" in name)
    spoilt[name] = spoilt[name].astype(complex)
    with pytest.raises(UserError, match="inputs must not be of type complex128"):
        load_spoilt(copy, b"bank.npz\0" + archive(spoilt))


def test_a_sheet_that_names_a_word_that_is_not_there_is_refused():
    """A Parquet file keeps equal words once, and of each cell its place among them, which may lead nowhere."""
    words = pd.DataFrame({"label": ["fern", "oak"] * 20})
    content = io.BytesIO()
    words.to_parquet(content)
    found = {_read(content.getvalue(), place) for place in range(len(content.getvalue()))}
    assert found == {"read", "refused"}


def _read(content: bytes, place: int) -> str:
    """A sheet with one byte of it another."""
    try:
        read_columns("metadata.parquet", content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
    except UserError as error:
        return "refused" if is_sentence(str(error)) else "refused in other words than a sentence"
    return "read"


def test_where_nothing_that_decides_was_brought_nothing_can_be_edited(monkeypatch):
    """Of a run whose answer rests on the picture alone, a sentence alone was brought."""
    monkeypatch.setenv("SHARCS_RUNS", str(RUNS))
    app = AppTest.from_file(str(ROOT / "dashboard" / "Home.py"), default_timeout=120)
    app.query_params["run"] = "clevr_reasons"
    app.run()
    app.switch_page("views/upload/upload.py").run()
    app.text_input(key="sentence|brought|clevr_reasons|text").set_value("the red cube").run()
    for page in ("upload", "intervention"):
        app.switch_page(f"views/{page}/{page}.py").run()
        assert not app.exception
    assert any("nothing can be changed; bring Scene too" in one.value for one in app.info)
