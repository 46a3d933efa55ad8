"""From a folder to a model in the page, and what becomes of it: in a browser, with a training that is really run."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from browsing import Visit, running_app
from forty_rows import N, write_rows
from sharcs_core.checkpoints import list_runs, load_run
from sharcs_core.trainings import trainings

MINUTES_MS = 600_000
"""A training draws its maps at the end, which may take minutes on a busy machine; nothing is timed."""
MAIN = "[data-testid=stMain]"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    home = tmp_path_factory.mktemp("train")
    write_rows(home / "data" / "plants")
    (home / "runs").mkdir()
    return home


@pytest.fixture(scope="module")
def own_address(browser, own_cache, folders):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARCS_DATA", str(folders / "data"))
        with running_app(folders / "log", folders / "runs") as where:
            yield where


@pytest.fixture
def tab(context, own_address):
    """Opens the page in a fresh tab; at the end none may have seen a fault."""
    tabs = []

    def opened(**size):
        tabs.append(Visit(context, own_address, **size))
        tabs[-1].open("train")
        return tabs[-1]

    yield opened
    faults = [fault for one in tabs for fault in one.faults]
    for one in tabs:
        one.close()
    assert not faults, "\n".join(faults)


def choose_folder(tab):
    tab.page.locator(MAIN).get_by_role("combobox", name=re.compile("Folder")).click()
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    tab.wait_for_text(f"{N} samples")
    tab.settle()


def test_from_a_folder_to_a_model_that_is_renamed_and_deleted(tab, folders):
    runs = folders / "runs"
    first = tab()
    choose_folder(first)
    assert "fern" in first.text(".few-samples")
    first.page.get_by_role("spinbutton", name="Epochs").fill("12")
    first.page.keyboard.press("Tab")
    first.page.get_by_role("button", name="Start training").click()
    first.wait_for_text("plants is in line")
    first.close()  # the training goes on without the tab

    second = tab()
    expect(second.page.locator(f"{MAIN} .js-plotly-plot").first).to_be_visible(timeout=MINUTES_MS)
    expect(second.page.locator(MAIN)).to_contain_text("plants is trained", timeout=MINUTES_MS)
    assert trainings(runs) == ()
    assert [summary.error for summary in list_runs(runs)] == [None]
    second.settle()

    second.page.locator(MAIN).get_by_text("How it was trained").click()
    expect(second.page.locator(f"{MAIN} .js-plotly-plot")).to_have_count(2)
    second.settle()
    second.page.locator(MAIN).get_by_role("link", name="Look at it").click()
    second.wait_for_text("Different kinds of data")
    second.settle()
    second.go_to("Train")

    second.press("Rename")
    field = second.page.get_by_role("textbox", name="New name")
    field.fill("meadow")
    field.press("Enter")
    second.settle()
    second.page.get_by_role("button", name="Save").click()
    second.wait_for_text("plants is called meadow now")
    second.wait_for_text("Plants, free concepts (meadow)", "[data-testid=stSidebar]")
    assert load_run(runs / "meadow").card.title == "Plants"
    second.settle()

    second.press("Delete")
    second.page.get_by_role("button", name="Delete it").click()
    second.wait_for_text("meadow is deleted")
    second.settle()
    assert list_runs(runs) == ()
