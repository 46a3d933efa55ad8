"""The drawings of RESULTS.md: drawn to the same bytes each time, on white, with every letter in them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from made_up_cells import made_up_cells
from sharcs_benchmark.tables.frames import results_of

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def drawn(browser):
    """What the module draws, and one of its drawings made twice."""
    kaleido = pytest.importorskip("kaleido", reason="Drawing needs kaleido; install requirements-dev.txt.")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        import draw_figures

        drawings = dict(draw_figures.drawings_of(results_of(made_up_cells())))
        kaleido.start_sync_server(silence_warnings=True)
        try:
            yield drawings, [draw_figures.to_svg("size", drawings["size"]) for _ in range(2)]
        finally:
            kaleido.stop_sync_server(silence_warnings=True)
            sys.modules.pop("draw_figures", None)


def test_there_is_a_drawing_for_every_study_task_and_curve(drawn):
    names = set(drawn[0])
    assert names >= {"weight", "alignment", "size", "ways", "ablation", "errors", "missing_rates", "noise"}
    assert {name for name in names if name.startswith("comparison_")} >= {"comparison_xor_and_xor", "comparison_clevr"}


def test_the_same_drawing_is_the_same_bytes(drawn):
    first, second = drawn[1]
    assert first == second


def test_it_reads_on_a_dark_page_too(drawn):
    svg = drawn[1][0]
    assert re.search(r"<rect[^>]*fill: rgb\(255, 255, 255\); fill-opacity: 1", svg)
    assert "How many shared concepts" in svg
    assert "XOR-AND-XOR" in svg


def test_what_it_refers_to_is_in_it(drawn):
    svg = drawn[1][0]
    assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= set(re.findall(r'id="([^"]+)"', svg))
