"""The concept map as a person handles it: where its points are on the screen, and a click on one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from browsing import PATIENCE_MS, ROOT, Visit
from sharcs_core.checkpoints import load_run

MAP = ".st-key-map .js-plotly-plot"

POINTS = """
([selector, type, ids]) => {
  const chart = document.querySelector(selector), { xaxis, yaxis } = chart._fullLayout;
  const box = chart.getBoundingClientRect();
  const drawn = chart._fullData.filter((trace) => trace.type === type && trace.customdata);
  return drawn.flatMap((trace) => Array.from(trace.x, (x, i) => ({
    x: box.left + xaxis._offset + xaxis.d2p(x), y: box.top + yaxis._offset + yaxis.d2p(trace.y[i]),
    id: ids[trace.legendgroup || chart.data[trace.index].legendgroup][trace.customdata[i]],
  }))).filter((point) => point.y > 0 && point.y < innerHeight);
}
"""
"""Where the points of a kind of trace are on the screen: mistakes are ``scatter``, all others ``scattergl``."""

ISOLATED = """
(points) => {
  const room = (point) => Math.min(...points.map(
    (other) => other === point ? Infinity : Math.hypot(other.x - point.x, other.y - point.y)));
  const some = points.filter((_, i) => i % Math.ceil(points.length / 2000) === 0);
  return some.map((point) => ({ ...point, room: room(point) })).reduce((a, b) => a.room > b.room ? a : b);
}
"""


def wait_for_map(tab: Visit) -> None:
    tab.page.wait_for_function(
        f"Boolean(document.querySelector('{MAP}')?._fullLayout?.xaxis?.d2p)", timeout=PATIENCE_MS
    )
    tab.page.wait_for_selector(f"{MAP} canvas")
    tab.page.wait_for_selector(".map-overlay .map-ring", state="attached")
    tab.page.wait_for_timeout(500)  # the points are put in place after the axes
    tab.settle()


def points_of(tab: Visit, kind: str) -> list[dict]:
    """The points of a kind of trace, where they are on the screen, with the ids of their inputs."""
    return tab.ask(POINTS, [MAP, kind, ids_of(ROOT / "checkpoints" / tab.in_address("run"))])


@cache
def ids_of(path: Path) -> dict[str, list[str]]:
    """Side of a bank → ids of the inputs there, in the order of the rows that points carry."""
    run = load_run(path)
    banks = {"train": run.bank, "test": run.test_bank}
    return {
        f"{part}/{name}": [f"{sample}/{name}" for sample in bank.sample_ids]
        for part, bank in banks.items()
        for name in bank.sides
    }


def isolated_point(tab: Visit) -> dict:
    """The point of the map that has most room around it."""
    point = tab.ask(ISOLATED, points_of(tab, "scattergl"))
    assert point["room"] > 3, "no point of the map stands alone"
    return point


def click(tab: Visit, point: dict) -> None:
    """Points at an input, sees its words and its picture, clicks, and waits until its sample is the chosen one."""
    tab.page.mouse.move(point["x"] - 30, point["y"] - 30)
    tab.page.mouse.move(point["x"], point["y"], steps=4)
    tab.wait_for_text(point["id"].rsplit("/", 1)[0], ".map-tip")
    tab.page.wait_for_selector(".map-tip", state="visible")
    tab.page.wait_for_timeout(400)
    tab.page.mouse.click(point["x"], point["y"])
    tab.wait_for_address("sample", point["id"].rsplit("/", 1)[0])
    tab.settle()
