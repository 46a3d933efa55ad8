"""Every page for the shipped runs that were made of a folder: no task here knows them, their card says all."""

from __future__ import annotations

import pytest

from pages import faultless, open_page
from sharcs_core.checkpoints.finding import SHIPPED_RUNS, shipped_in
from sharcs_core.checkpoints.reading import read_card
from sharcs_core.tasks import TASKS

PAGES = ("overview", "concepts", "retrieval", "intervention", "tree", "upload")
FOLDERS = [name for name in shipped_in(SHIPPED_RUNS) if read_card(SHIPPED_RUNS / name).name not in TASKS]


@pytest.mark.parametrize("name", FOLDERS)
def test_every_page_shows_it(name, shipped_runs, monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(shipped_runs))
    for page in PAGES:
        shown = faultless(open_page(page, run=name))
        assert "<img" in "".join(block.proto.body for block in shown.get("html")) or page in ("overview", "upload")
