"""How does the concept map bear many points, in a real browser?

    python benchmarks/map_scale.py [--points 10000 100000 400000] [--visits 3] [--presses 6]

Runs like the shipped one of XOR-AND-XOR, whose banks hold many samples: its own rows drawn again and again, each a
little displaced. They lie in a folder of their own, which is gone at the end. Printed of each, from the start of the
navigation or the press until it is painted, by the page's own clock: the first map of a server that has imported all
and was never asked for the run, in a browser that was never here; later maps of a browser that was; a click on a point
until its sample stands beside the map; another colour; what is under the pointer. "Painted" is the second animation
frame after the script has ended and what was asked for is there. Beside them stand what is sent to the browser
and the processor time of server and browser, until the page rests: these depend less on what else the machine does.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from costs import Received, server_process, spent
from large_runs import save_with_bank
from report import print_figure, print_header

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from browsing import ERROR, Visit, running_app, running_browser  # noqa: E402
from sharcs_core.checkpoints import load_run  # noqa: E402
from sharcs_core.structures import Bank, BankSide, Inputs  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from sharcs_core.checkpoints import Run

SHIPPED = "xor_and_xor"
PATIENCE_MS = 300_000
DISPLACED = 0.004
"""Standard deviation, on the map and of every concept, by which a row lies beside the one that it was drawn from."""
WANTED = {10_000: ("<= 3000", "<= 1200", "<= 500"), 100_000: ("<= 8000", "<= 3000", "<= 3000")}
"""Points → milliseconds of a first map, of a later one, kilobytes sent."""

# What is asked for is there, the script has ended, and two frames were painted since.
PAINTED = """
window.whenPainted = (isThere) => new Promise((resolve, reject) => {
  const look = () => {
    const fault = document.querySelector('ERROR');
    if (fault) return reject(new Error(fault.textContent));
    const app = document.querySelector('[data-testid=stApp]');
    if (app?.dataset.testScriptState !== 'notRunning' || !isThere()) return requestAnimationFrame(look);
    return requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
  };
  look();
});
window.theChart = () => document.querySelector('.concept-map')?.chart;
window.isDrawn = () => Boolean(window.theChart()?.isPainted && document.querySelector('.map-ring'));
window.fromPress = (event, isThere) => {
  window.measured = new Promise((resolve) => addEventListener(event, () => {
    const start = performance.now();
    window.whenPainted(isThere).then((end) => resolve(end - start));
  }, { capture: true, once: true }));
};
""".replace("ERROR", ERROR)

# The point with most room around it, of some; where on the screen.
ISOLATED = """
() => {
  const chart = window.theChart(), { points } = chart, corner = chart.canvas.getBoundingClientRect();
  const all = Array.from(points.x, (x, i) => chart.at(x, points.y[i]));
  const room = (at) => all.reduce((least, { x, y }) => {
    const far = Math.hypot(x - at.x, y - at.y);
    return far > 0 ? Math.min(least, far) : least;
  }, Infinity);
  const tried = all.filter((_, i) => i % Math.ceil(all.length / 300) === 0);
  const best = tried.map((at) => [room(at), at]).reduce((a, b) => (a[0] > b[0] ? a : b))[1];
  return [corner.left + best.x, corner.top + best.y];
}
"""
ASKED_FOR = """
() => performance.getEntriesByType('resource').filter(({ name }) => /map_(points|inks)/.test(name))
  .reduce((sum, { transferSize }) => sum + transferSize, 0)
"""
N_POINTS = "() => window.theChart().points.n"


@dataclass
class Costs:
    """What each of some presses, or visits, took: milliseconds until painted, of two processors, kilobytes sent."""

    painted: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    browser: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)


class Meter:
    """What a tab receives through its socket, and what the server works meanwhile."""

    def __init__(self, tab: Visit) -> None:
        self.tab = tab
        self._received = Received(tab.page)
        self._server = server_process()

    def note(self, costs: Costs, act: Callable[[], float]) -> None:
        received, worked, drawn = self._n_bytes(), spent(self._server), _by_process()
        costs.painted.append(act())
        self.tab.settle()
        costs.server.append(spent(self._server) - worked)
        costs.browser.append(sum(now - drawn.get(process, 0) for process, now in _by_process().items()))
        costs.sent.append((self._n_bytes() - received) / 1000)

    def _n_bytes(self) -> int:
        """What came so far: through the socket, and of points and inks what the browser had not kept."""
        return self._received.n_bytes + int(self.tab.ask(ASKED_FOR))


def _by_process() -> dict[int, float]:
    """What each process of the browser, which this one has started, has worked so far."""
    found = {}
    for child in psutil.Process(os.getpid()).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "chrom" in child.name():
                found[child.pid] = spent(child)
    return found


# --- runs with many samples ------------------------------------------------------------------------------------------


def large_run(run: Run, n: int, path: Path, seed: int = 0) -> None:
    """Writes a run as ``run`` whose bank holds ``n`` samples, and keeps as many of the answers of its tree."""
    rng = np.random.default_rng(seed)
    again = rng.integers(len(run.answers), size=n)
    bank = large_bank(run.bank, n, rng)
    metrics = {**run.metrics, "n_train": n, "n_bank": n}
    save_with_bank(run, bank, again, path, config=replace(run.config, bank_size=0), metrics=metrics)


def large_bank(bank: Bank, n: int, rng: np.random.Generator) -> Bank:
    """``n`` samples drawn from a bank with replacement, each with an id of its own and a little displaced."""
    rows = rng.integers(len(bank), size=n)
    ids = np.array([f"train/{i:07d}" for i in range(n)])
    sides = {name: _displaced(side, rows, np.char.add(ids, f"/{name}"), rng) for name, side in bank.sides.items()}
    return Bank(ids, bank.labels[rows], sides)


def _displaced(side: BankSide, rows: np.ndarray, ids: np.ndarray, rng: np.random.Generator) -> BankSide:
    def beside(values: np.ndarray, low: float) -> np.ndarray:
        moved = values[rows] + rng.normal(scale=DISPLACED, size=values[rows].shape)
        return np.clip(moved, low, 1).astype(np.float32)

    return BankSide(
        ids=ids,
        inputs=Inputs(side.inputs.kind, {name: values[rows] for name, values in side.inputs.arrays.items()}),
        semantics=side.semantics[rows],
        sources=np.arange(len(rows)),
        local=beside(side.local, 0),
        shared=beside(side.shared, 0),
        maps={method: beside(places, -1) for method, places in side.maps.items()},
        described={other: beside(values, 0) for other, values in side.described.items()},
    )


# --- what a person does ----------------------------------------------------------------------------------------------


@contextmanager
def tab_of(context: BrowserContext, address: str) -> Iterator[tuple[Visit, Meter]]:
    tab = Visit(context, address)
    tab.page.set_default_timeout(PATIENCE_MS)
    tab.page.add_init_script(PAINTED)
    try:
        yield tab, Meter(tab)
        if tab.faults:
            raise RuntimeError("\n".join(tab.faults))
    finally:
        tab.close()


def open_map(tab: Visit, run: str) -> float:
    tab.page.goto(f"{tab.address}/concept_map?run={run}")
    return float(tab.ask("() => window.whenPainted(window.isDrawn)"))


def click_on_point(tab: Visit) -> float:
    """Chooses a sample by a click on its point; until the card beside the map shows it."""
    x, y = tab.ask(ISOLATED)
    point_at(tab, x, y)
    before = tab.in_address("sample") or ""
    tab.ask(
        "(before) => window.fromPress('mousedown', () => {"
        " const now = new URLSearchParams(location.search).get('sample') ?? '';"
        " return now !== before && [...document.querySelectorAll('[data-testid=stMain] code')]"
        "   .some((one) => one.textContent === now); })",
        before,
    )
    tab.page.mouse.click(x, y)
    return float(tab.ask("() => window.measured"))


def point_at(tab: Visit, x: float, y: float) -> float:
    """Until the picture of the input under the pointer is seen."""
    tab.page.mouse.move(x - 60, y - 60)
    tab.page.wait_for_timeout(300)
    tab.page.mouse.move(x - 30, y - 30, steps=2)
    tab.ask("() => { document.querySelector('.map-tip').style.display = 'none'; }")
    tab.ask(
        "() => window.fromPress('mousemove', () => getComputedStyle(document.querySelector('.map-tip')).display"
        " !== 'none')"
    )
    tab.page.mouse.move(x, y)
    return float(tab.ask("() => window.measured"))


def forget_sample(tab: Visit) -> None:
    tab.press("Surprise me", "[data-testid=stSidebar]")


def recolour(tab: Visit, colour: str) -> float:
    """Until the map is drawn in another colour."""
    tab.ask(
        "() => { const before = window.theChart().data.painted;"
        " window.fromPress('mousedown', () => window.isDrawn() && window.theChart().data.painted !== before); }"
    )
    tab.page.locator("[data-testid=stMain]").get_by_role("radio", name=colour, exact=True).first.click()
    return float(tab.ask("() => window.measured"))


def measure(browser: Browser, address: str, run: str, visits: int, presses: int) -> dict[str, Any]:
    """What each act costs."""
    found: dict[str, Any] = {name: Costs() for name in ("first", "later", "click", "pointer", "colour")}
    context = browser.new_context()
    with tab_of(context, address) as (tab, meter):
        meter.note(found["first"], lambda: open_map(tab, run))
        found["points"] = tab.ask(N_POINTS)
    for _ in range(visits):
        with tab_of(context, address) as (tab, meter):
            meter.note(found["later"], lambda: open_map(tab, run))
    with tab_of(context, address) as (tab, meter):
        open_map(tab, run)
        tab.settle()
        for turn in range(presses + 1):  # the first press also loads what is lazy
            if turn:
                forget_sample(tab)
            meter.note(found["click"], lambda: click_on_point(tab))
        x, y = tab.ask(ISOLATED)
        for _ in range(presses):
            meter.note(found["pointer"], lambda: point_at(tab, x, y))
        for turn in range(presses + 2):
            meter.note(found["colour"], lambda turn=turn: recolour(tab, ("Answer", "Meaning")[turn % 2]))
    context.close()
    return found


def print_costs(what: str, costs: Costs, wanted: str = "", sent: str = "", skip: int = 0) -> None:
    print_figure(f"{what}: milliseconds until painted", costs.painted[skip:], wanted, digits=0)
    print_figure(f"{what}: milliseconds of the server's processor", costs.server[skip:], "", digits=0)
    print_figure(f"{what}: milliseconds of the browser's processor", costs.browser[skip:], "", digits=0)
    print_figure(f"{what}: kilobytes sent", costs.sent[skip:], sent, digits=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", nargs="*", type=int, default=[10_000, 100_000, 400_000])
    parser.add_argument("--visits", type=int, default=3)
    parser.add_argument("--presses", type=int, default=6)
    options = parser.parse_args()
    shipped = load_run(ROOT / "checkpoints" / SHIPPED)
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        large_run(shipped, len(shipped.bank), runs / "first")
        for n in options.points:
            large_run(shipped, n // len(shipped.bank.sides), runs / f"map_{n}")
        with running_app(Path(folder) / "log", runs) as address, running_browser() as browser:
            with tab_of(browser.new_context(), address) as (tab, _):
                open_map(tab, "first")  # waits until the server has imported all
            for n in options.points:
                print_header(f"a map of {n:,} points", seeds=[0], source=shipped.source.name)
                found = measure(browser, address, f"map_{n}", options.visits, options.presses)
                first, later, sent = WANTED.get(n, ("", "", ""))
                print(f"points drawn: {found['points']:,}")
                print_costs("first map", found["first"], first, sent)
                print_costs("later map", found["later"], later, sent)
                print_costs("click to panel", found["click"], "<= 300", skip=1)
                print_costs("pointer to picture", found["pointer"])
                print_costs("another colour", found["colour"], "<= 500", skip=2)


if __name__ == "__main__":
    main()
