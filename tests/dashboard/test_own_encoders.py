"""A run with an encoder that is no part of SHARCS: listed, with the sentence that says why it is not loaded."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from frame import RUNS
from sharcs_core.checkpoints.layout import config_digest
from sharcs_core.encoders.own_code import refusal
from shared.plain import plain


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two runs, the first of which names code that would leave a mark."""
    (tmp_path / "own_of_a_page.py").write_text("from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("a_foreign", "sound"):
        shutil.copytree(RUNS / "xor_and_xor", tmp_path / "runs" / name)
    file = tmp_path / "runs" / "a_foreign" / "config.json"
    facts = json.loads(file.read_text(encoding="utf-8"))
    facts["config"]["model"]["encoders"]["table"]["module"] = "own_of_a_page:Encoder"
    file.write_text(json.dumps({**facts, "sha256": config_digest(facts)}), encoding="utf-8")
    return tmp_path / "runs"


@pytest.mark.parametrize("view", [None, "views/concept_map/concept_map.py", "views/upload/upload.py"])
def test_its_code_is_never_run(open_app, runs, view):
    first = open_app(view, runs=runs)
    assert not first.error
    assert first.selectbox(key="run").value == "sound"
    assert "a_foreign" in first.selectbox(key="run").options
    app = open_app(view, runs=runs, run="a_foreign")
    assert not app.exception
    sentence = f"The run 'a_foreign' cannot be loaded: {refusal('own_of_a_page:Encoder')}"
    assert [error.value for error in app.error] == [plain(sentence)]
    assert not (runs.parent / "own_of_a_page.ran").exists()
    assert "own_of_a_page" not in sys.modules
