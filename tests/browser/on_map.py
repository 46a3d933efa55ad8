"""The concept map as a person handles it: where its points are on the screen, and a click on one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from browsing import PATIENCE_MS, ROOT, Visit
from sharcs_core.checkpoints import load_run

MAP = ".concept-map"
IS_PAINTED = """
() => Boolean(document.querySelector('.map-ring') && document.querySelector('.concept-map').chart.isPainted)
"""
"""Are the points painted that the page asks for, in its colours and with its selection?"""

POINTS = """
(ids) => {
  const { chart } = document.querySelector('.concept-map'), { points } = chart;
  const box = chart.canvas.getBoundingClientRect();
  return Array.from(points.rows, (row, i) => {
    const { x, y } = chart.at(points.x[i], points.y[i]), { side, fault } = points.inks[points.of[i]];
    return { x: box.left + x, y: box.top + y, id: ids[side][row], fault };
  }).filter((point) => point.y > Math.max(0, box.top) && point.y < Math.min(innerHeight, box.bottom));
}
"""
"""Where the points are on the screen; ``fault`` is 0 of all that is no mistake, or not to be seen as one."""

ISOLATED = """
(points) => {
  const room = (point) => Math.min(...points.map(
    (other) => other === point ? Infinity : Math.hypot(other.x - point.x, other.y - point.y)));
  const some = points.filter((_, i) => i % Math.ceil(points.length / 2000) === 0);
  return some.map((point) => ({ ...point, room: room(point) })).reduce((a, b) => a.room > b.room ? a : b);
}
"""


def wait_for_map(tab: Visit) -> None:
    tab.page.wait_for_function(IS_PAINTED, timeout=PATIENCE_MS)
    tab.settle()


def points_of(tab: Visit, *, faults: bool = False) -> list[dict]:
    """The points, or those of mistakes, where they are on the screen, with the ids of their inputs."""
    found = tab.ask(POINTS, ids_of(ROOT / "checkpoints" / tab.in_address("run")))
    return [point for point in found if not faults or point["fault"]]


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
    point = tab.ask(ISOLATED, points_of(tab))
    assert point["room"] > 3, "no point of the map stands alone"
    return point


def click(tab: Visit, point: dict) -> None:
    """Points at an input, sees its words and its picture, clicks, and waits until its sample is the chosen one."""
    tab.page.mouse.move(point["x"] - 30, point["y"] - 30)
    tab.page.mouse.move(point["x"], point["y"], steps=4)
    tab.wait_for_text(point["id"].rsplit("/", 1)[0], ".map-tip")
    tab.page.wait_for_selector(".map-tip", state="visible")
    tab.page.mouse.click(point["x"], point["y"])
    tab.wait_for_address("sample", point["id"].rsplit("/", 1)[0])
    tab.settle()
