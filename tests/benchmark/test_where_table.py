"""The table of where concepts are read, out of what was kept."""

from __future__ import annotations

import json

from sharcs_benchmark.tables.where import load_where, where_section

KEPT = {
    "run": "made_up",
    "split": "test",
    "source": "generated",
    "n": 40,
    "figures": [
        {"modality": "all", "explainer": "answer", "figure": "milliseconds", "value": 41.6, "n": 40},
        {"modality": "table", "explainer": "occlusion", "figure": "inside", "value": 0.96, "n": 40},
        {"modality": "table", "explainer": "occlusion", "figure": "inside, untrained", "value": 0.18, "n": 40},
        {"modality": "table", "explainer": "occlusion", "figure": "untrained", "value": -0.02, "n": 40},
        {"modality": "table", "explainer": "sentences", "figure": "named", "value": 0.994, "n": 70},
    ],
}


def keep(folder, name, content):
    (folder / "where").mkdir(exist_ok=True)
    (folder / "where" / f"{name}.json").write_text(content, encoding="utf-8")


def test_a_row_an_input_and_nothing_that_was_not_measured(tmp_path):
    keep(tmp_path, "made_up", json.dumps(KEPT))
    section = where_section(load_where(tmp_path))
    assert "| made_up | table | occlusion | – | – | – | – (–) | .960 (.180) | – | −.020 | – | .994 |" in section
    assert "made_up 40. Milliseconds" in section
    assert "made_up 42." in section


def test_where_nothing_was_kept_there_is_no_section(tmp_path):
    assert where_section(load_where(tmp_path)) == ""


def test_a_file_that_is_none_is_left_out_and_told_of(tmp_path):
    keep(tmp_path, "made_up", json.dumps(KEPT))
    keep(tmp_path, "broken", '{"run": 7')
    found = load_where(tmp_path)
    assert [one.run for one in found.kept] == ["made_up"]
    assert len(found.faults) == 1
    assert found.faults[0].startswith("broken.json is left out")
