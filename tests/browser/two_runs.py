"""The two shipped runs that most journeys are made on, and the one that is enough for others."""

from __future__ import annotations

import pytest

RUNS = ("mnist_superpixels_free", "clevr")
"""Pictures beside graphs, free concepts, many classes; scenes beside sentences, named ones."""
on_one_run = pytest.mark.parametrize("run", RUNS[1:], indirect=True)
"""For a test that would find the same on both: the smaller one, whose map has a tenth of the other's points."""
