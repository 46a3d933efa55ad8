"""The figures and tables of benchmarks/reasons.py, on made-up answers."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from sharcs_benchmark.tables import reasons
from sources import ROOT


@pytest.fixture(scope="module")
def scripts():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import reasons_figures

        yield SimpleNamespace(figures=reasons_figures, tables=reasons)
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


def scene(things):
    """A scene of 6 × 6 whose three things are seen in a column each."""
    visible = np.zeros((1, 3, 6, 6), dtype=bool)
    for place in range(3):
        visible[0, place, :, 2 * place] = True
    return SimpleNamespace(visible=visible, things=np.array([things]))


def lit_thing(place):
    maps = np.zeros((1, 6, 6))
    maps[0, :, 2 * place] = 0.9
    return SimpleNamespace(maps=maps)


def test_named_and_lit_agree_where_they_are_the_same_thing(scripts):
    things = [(0, 1, 2, 0), (1, 5, 0, 1), (0, 1, 0, 0)]
    said = np.array([(0, 1, 2, 0)])
    for place, agrees in ((0, True), (1, False), (2, False)):
        assert scripts.figures.agreement(said, lit_thing(place), scene(things)).tolist() == [agrees]
    dark = SimpleNamespace(maps=np.zeros((1, 6, 6)))
    assert not scripts.figures.agreement(said, dark, scene(things)).any()


def test_a_sentence_that_fits_two_things_names_either(scripts):
    twins = [(0, 1, 2, 0), (0, 1, 2, 0), (1, 3, 0, 1)]
    said = np.array([(0, 1, 2, 0)])
    agree = [bool(scripts.figures.agreement(said, lit_thing(place), scene(twins))[0]) for place in range(3)]
    assert agree == [True, True, False]


def cell(model, form, share, seed, accuracy):
    figures = {"accuracy": accuracy, "iou": 0.7, "inside": 0.8, "pointing": 0.99}
    said = dict.fromkeys(("sentences", "size", "colour", "shape", "side", "bleu4", "rouge_l", "agreement"))
    words = dict.fromkeys(said, 0.9) if model == "megl" else said
    tests = ("as trained", "random", "absent", "elsewhere")
    return {
        "cell": {"model": model, "form": form, "share": share, "seed": seed},
        "device": "cpu",
        "training": {"cpu_s": 1.0},
        "figures": {test: {**figures, **words} for test in tests},
    }


def test_tables_of_made_up_cells(scripts, tmp_path):
    accuracies = {
        ("megl", "shifted"): 0.9,
        ("haics", "shifted"): 0.4,
        ("plain", "plain"): 0.95,
        ("megl", "plain"): 0.94,
    }
    for (model, form), accuracy in accuracies.items():
        for seed in range(3):
            path = tmp_path / "cells" / model / f"{form}_0.2_{seed}.json"
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(json.dumps(cell(model, form, 0.2, seed, accuracy + 0.01 * seed)), encoding="utf-8")
    report = tmp_path / "cells" / "REASONS.md"
    begin, end = scripts.tables.BEGIN.format("cells"), scripts.tables.END.format("cells")
    report.write_text(f"# Before\n\n{begin}\nold\n{end}\n\nafter\n", encoding="utf-8")
    scripts.tables.write_tables(tmp_path, report)
    text = report.read_text(encoding="utf-8")
    assert text.startswith("# Before")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| accuracy under shift | ≥ .800 | .910 | yes |" in text
    assert "| above the best published loss (Masks, HAICS-like) | ≥ .250 | .500 | yes |" in text
    assert "| agreement | ≥ .950 | .900 | no |" in text
    assert "| plain form: MEGL less the plain classifier | ≥ −.016 (two standard errors) | −.010 | yes |" in text
    assert "n/a" in text
    assert "Trained on cpu (12 cells)." in text
