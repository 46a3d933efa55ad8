"""A kind of modality that the project does not have, on every page: one drawing is all that they need of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drawings.kinds import DRAWINGS, Drawing
from drawings.look import Look
from drawings.markup import html
from drawings.pictures import Picture, data_address
from fifth_kind import SERIES, waves
from pages import faultless, open_page, texts
from sharcs_core import projection
from sharcs_core.kinds import KINDS
from sharcs_core.pipeline import train_run
from sharcs_core.structures import Inputs
from sharcs_core.tasks.task import Task
from shared.frame import PAGES

RUN = "waves"


def drawn(inputs: Inputs, row: int, look: Look) -> Picture:
    """A series as a line."""
    steps = inputs.arrays["steps"][row][: inputs.arrays["n_steps"][row]]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(np.linspace(0, 100, len(steps)), 25 - 8 * steps, strict=True))
    line = html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50">'
        '<polyline points="{}" fill="none" stroke="{}"/></svg>',
        points,
        look.colour("series"),
    )
    return Picture(data_address(line.encode(), "svg+xml"), 100, 50, f"{len(steps)} steps", has_ground=False)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, "series", SERIES)
        patch.setitem(DRAWINGS, "series", Drawing("series", drawn))
        patch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})
        fast, inputs = waves(120, 0)
        task = Task.from_arrays("waves", inputs, [f"speed {one}" for one in fast], kinds={"wave": "series"})
        config = task.preset()
        short = replace(config.training, epochs=2, polish_epochs=0)
        train_run(replace(config, training=short, bank_size=60, test_size=20), task, folder / RUN)
        patch.setenv("SHARCS_RUNS", str(folder))
        yield RUN


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_it(run, page):
    shown = faultless(open_page(page, run=run))
    if page in ("overview", "retrieval", "intervention"):
        assert "wave" in texts(shown).lower()


def test_a_series_is_drawn_as_it_says(run):
    wave, _ = SERIES.prepare(SERIES.fit([np.zeros(4)]), [np.array([0.0, 1.0, 0.0, 1.0])])
    assert DRAWINGS["series"].picture(wave, 0, Look(name="wave")).measures == "4 steps"
