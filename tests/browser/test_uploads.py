"""Many samples at once, and a form, as a person has them: a zip of the size of pictures, through a real server."""

from __future__ import annotations

import os
import re
import zipfile

import pytest

from sharcs_core.checkpoints import load_run

RUN, ROWS = "xor_and_xor", (0, 4, 9)
LARGE = 30_000_000
"""Bytes: more than any one input may have."""


@pytest.fixture(scope="module")
def xor(shipped_runs):
    return load_run(shipped_runs / RUN)


def write_zip(path, run):
    """A folder of samples without labels, beside something large that no row names."""
    lines = []
    with zipfile.ZipFile(path, "w") as archive:
        for row in ROWS:
            suffix, graph, _ = run.task.write("graph", run.test_bank.sides["graph"].inputs, row)
            head, bits = run.task.write("table", run.test_bank.sides["table"].inputs, row).content.decode().split()
            archive.writestr(f"mine/graphs/{row}{suffix}", graph)
            lines.append(f"own {row},graphs/{row}{suffix},{bits}")
        archive.writestr("mine/metadata.csv", "\n".join([f"id,graph,{head}", *lines]))
        archive.writestr("mine/more.bin", os.urandom(LARGE))


def test_a_large_zip_becomes_a_table_of_which_each_line_opens(visit, xor, tmp_path):
    write_zip(tmp_path / "mine.zip", xor)
    tab = visit()
    tab.open(f"upload?run={RUN}")
    tab.page.get_by_role("radio", name="Several at once").click()
    tab.settle()
    box = tab.page.locator('[class*="st-key-several-"] input[type=file]')
    box.set_input_files(tmp_path / "mine.zip")
    tab.wait_for_text("3 answers as CSV")
    tab.settle()
    for row in ROWS:
        assert f"own {row}" in tab.text()
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="3 answers as CSV").click()
    table = download.value.path().read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in table] == ["id", *(f"own {row}" for row in ROWS)]
    tab.press("Open", within=".st-key-open-0")
    tab.wait_for_text(re.compile(r"The model is .* % sure"))
    tab.wait_for_text("Using own 0 (ring graph)")
    tab.press("Back to the table")
    tab.wait_for_text("3 answers as CSV")


def test_a_form_is_filled_in_and_the_sample_changes_with_it(visit):
    tab = visit()
    tab.open(f"upload?run={RUN}")
    tab.press("Start from")
    tab.wait_for_text(re.compile(r"The model is .* % sure"))
    tab.press("Change the values")
    form = tab.page.locator("[data-testid=stForm]")
    bits = form.get_by_role("radiogroup")
    bits.last.wait_for()
    assert bits.count() == form.locator("[role=radio][aria-checked=true]").count() == 6
    bits.first.locator("[role=radio][aria-checked=false]").click()
    form.get_by_role("button", name="Use these values").click()
    tab.wait_for_text("Using the form")
    tab.settle()
    assert form.count() == 0
