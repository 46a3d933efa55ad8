"""Runs that go, or lose a file, while somebody looks at them: every page says so in a sentence, or shows another."""

from __future__ import annotations

import shutil

import pytest

from frame import RUNS
from pages import faultless
from shared.frame import PAGES

RUN = "xor_and_xor"
NO_RUN_NEEDED = ("train", "results")


@pytest.fixture
def runs(tmp_path):
    for name in ("mine", "other"):
        shutil.copytree(RUNS / RUN, tmp_path / name)
    return tmp_path


def opened(open_app, runs, page):
    return faultless(open_app(f"views/{page}/{page}.py", runs=runs, run="mine"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_whose_run_is_deleted_shows_another_and_after_the_last_says_how_to_train_one(open_app, runs, page):
    app = opened(open_app, runs, page)
    shutil.rmtree(runs / "mine")
    app = faultless(app.run())
    assert app.session_state["run"] in (None, "other")
    assert app.title
    shutil.rmtree(runs / "other")
    app = faultless(app.run())
    assert page in NO_RUN_NEEDED or any("no trained model" in one.value for one in app.info)


@pytest.mark.parametrize("page", PAGES)
def test_a_file_that_a_run_loses_meanwhile_is_one_sentence(open_app, runs, page):
    app = opened(open_app, runs, page)
    for lost in ("bank.npz", "weights.safetensors", "card.json", "config.json"):
        (runs / "mine" / lost).unlink()
        app = app.run()
        assert not app.exception
        assert all(f"lacks {lost}" in one.value.replace("\\", "") for one in app.error)
        assert len(app.error) <= 1
        (runs / "mine" / lost).write_bytes((RUNS / RUN / lost).read_bytes())
        app = faultless(app.run())
