"""How long does a person wait for the dashboard, in a real browser?

    python benchmarks/dashboard_latency.py [--opens 7] [--edits 20]

Three waits, all measured inside the page by its own clock, on a warm server: from the start of the navigation
until Home is painted, in a browser that was never here and in one that was; and from the click on a concept's
switch until the new prediction and the new way through the tree are painted. "Painted" is the second animation
frame after the last change of the part in question, once the script has ended.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from report import print_figure, print_header

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from browsing import Visit, running_app, running_browser  # noqa: E402
from sharcs_core.checkpoints import load_run, resolve_run  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from sharcs_core.checkpoints import Run

RUNS = ("xor_and_xor", "mnist_superpixels")
N_CARDS = 4

# Home's last elements are the cards of samples to begin with.
WATCH_HOME = """
const look = () => {
  const ended = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning';
  const cards = document.querySelectorAll('[class*=st-key-card-] button');
  if (!ended || cards.length < CARDS || window.painted) return;
  watch.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = performance.now(); }));
};
const watch = new MutationObserver(look);
watch.observe(document, { childList: true, subtree: true, attributes: true,
  attributeFilter: ['data-test-script-state'] });
""".replace("CARDS", str(N_CARDS))

EDIT = """
(selector) => new Promise((resolve, reject) => {
  const outcome = document.querySelector('.st-key-outcome');
  const before = outcome.innerHTML, start = performance.now();
  const look = () => {
    const ended = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning';
    if (!ended || outcome.innerHTML === before) return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
  setTimeout(() => reject(new Error('the edit changed nothing')), 30000);
  document.querySelector(selector).click();
})
"""


def home_times(context: BrowserContext, address: str, run: str) -> float:
    """Milliseconds from the start of the navigation until Home is painted."""
    with closing(Visit(context, address)) as visit:
        visit.page.add_init_script(WATCH_HOME)
        visit.page.goto(f"{address}/?run={run}")
        return float(visit.page.wait_for_function("window.painted").json_value())


def edit_times(context: BrowserContext, address: str, run: Run, n: int) -> list[float]:
    """Milliseconds from each click on a switch, or on another value of a factor, until its outcome is painted."""
    switch, value = (f'[class*="st-key-{kind}-{run.name}-"] input' for kind in ("Switches", "Choices"))
    edit = f"{switch}, {value}:not(:checked)"
    times = []
    with closing(Visit(context, address)) as visit:
        visit.open(f"intervention?run={run.name}")
        for _ in range(n + 1):
            times.append(float(visit.ask(EDIT, edit)))
            visit.settle()
        if visit.faults:
            raise RuntimeError("\n".join(visit.faults))
    return times[1:]  # the first click also loads what is lazy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--opens", type=int, default=7)
    parser.add_argument("--edits", type=int, default=20)
    options = parser.parse_args()
    log = Path(tempfile.mkdtemp()) / "server.log"
    with running_app(log) as address, running_browser() as browser:
        for name in RUNS:
            run = load_run(resolve_run(name))
            known = browser.new_context()
            home_times(known, address, name)  # warms the server
            print_header(f"the dashboard, {name}", seeds=[run.config.training.seed], source=run.source.name)
            first = [home_times(browser.new_context(), address, name) for _ in range(options.opens)]
            print_figure("Home, first visit: milliseconds until painted", first, "<= 2000", digits=0)
            again = [home_times(known, address, name) for _ in range(options.opens)]
            print_figure("Home, later visits: milliseconds until painted", again, "<= 2000", digits=0)
            edits = edit_times(known, address, run, options.edits)
            print_figure("edit a concept: milliseconds until painted", edits, "median <= 500", digits=0)


if __name__ == "__main__":
    main()
