"""Draws the pictures of RESULTS.md from the cells, as SVG on white; needs Chromium, as kaleido does.

python benchmarks/draw_figures.py [--results benchmarks/results] [--out benchmarks/figures]
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "dashboard"))
sys.path.insert(0, str(ROOT))

import kaleido  # noqa: E402
import plotly.graph_objects as go  # noqa: E402

from drawings.result_curves import CURVES  # noqa: E402
from drawings.results import comparison_drawing, study_drawing  # noqa: E402
from sharcs_benchmark.tables.frames import load_results  # noqa: E402
from sharcs_benchmark.tables.groups import Results  # noqa: E402
from sharcs_benchmark.tables.overviews import groups_with  # noqa: E402
from sharcs_benchmark.tables.studies import studies  # noqa: E402

WIDTH = 900
INK = "#1F2430"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def drawings_of(results: Results) -> Iterator[tuple[str, go.Figure]]:
    """Name of the file and drawing, for everything that the cells allow."""
    for task in results.tasks("B"):
        yield f"comparison_{task}", comparison_drawing(results.models("B", task))
    for study in studies(results):
        yield study.name, study_drawing(study)
    for name, draw in CURVES.items():
        having = groups_with(results, name)
        if having:
            yield name, draw(having)


def to_svg(name: str, drawing: go.Figure) -> str:
    """The drawing as SVG on white, the same bytes each time: ids that Plotly draws at random are counted instead."""
    look = {"paper_bgcolor": "white", "plot_bgcolor": "white", "font": {"color": INK, "family": "sans-serif"}}
    printed = go.Figure(drawing).update_layout(**look)
    size = {"format": "svg", "width": WIDTH, "height": printed.layout.height}
    svg = kaleido.calc_fig_sync(printed.to_dict(), opts=size).decode()
    drawn = dict.fromkeys(re.findall(r"(?:defs|clip|legend|topdefs|trace|g)-?([0-9a-f]{6})(?![0-9a-f])", svg))
    for number, id_ in enumerate(drawn):
        svg = svg.replace(id_, f"_{name}_{number}")
    return svg


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "figures")
    chosen = parser.parse_args()
    if not any(map(shutil.which, BROWSERS)):
        sys.exit(f"Drawing needs one of {', '.join(BROWSERS)} on the PATH; install Chromium.")
    results = load_results(chosen.results)
    for fault in results.faults:
        print(fault, file=sys.stderr)
    chosen.out.mkdir(parents=True, exist_ok=True)
    kaleido.start_sync_server(silence_warnings=True)  # one browser for all drawings
    try:
        for name, drawing in drawings_of(results):
            (chosen.out / f"{name}.svg").write_text(to_svg(name, drawing), "utf-8")
            print(chosen.out / f"{name}.svg")
    finally:
        kaleido.stop_sync_server(silence_warnings=True)


if __name__ == "__main__":
    main()
