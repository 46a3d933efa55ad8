"""How long does a person wait for the dashboard, in a real browser?

    python benchmarks/dashboard_latency.py [--runs clevr xor_and_xor] [--opens 7] [--edits 20]

Three waits, all measured inside the page by its own clock, on a warm server: from the start of the navigation
until Home is painted, in a browser that was never here and in one that was; and from the click on a concept's
switch, or on another value of a factor, until the new prediction and the new way through the tree are painted.
"Painted" is the second animation frame after the last change of the page, once the script has ended.

Beside the wait for an edit stand what it costs whatever else the machine does: the processor time that the server
spends on it, and how much it sends.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from costs import Received, server_process, spent
from report import print_figure, print_header

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from browsing import Visit, running_app, running_browser  # noqa: E402
from sharcs_core.checkpoints import list_runs, load_run  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from sharcs_core.checkpoints import Run

# Home's last elements are the cards of samples to begin with.
WATCH_HOME = """
const look = () => {
  const ended = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning';
  const main = document.querySelector('[data-testid=stMain]');
  if (!ended || !main?.querySelector('h1') || !main.querySelector('img, svg') || window.painted) return;
  watch.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = performance.now(); }));
};
const watch = new MutationObserver(look);
watch.observe(document, { childList: true, subtree: true, attributes: true,
  attributeFilter: ['data-test-script-state'] });
"""

# A quick script starts and ends before the page shows that it runs, so that what it drew tells that it ran.
EDIT = """
([selector, turn]) => new Promise((resolve, reject) => {
  const app = document.querySelector('[data-testid=stApp]'), start = performance.now();
  const drawn = (record) => record.type !== 'attributes' && record.target.nodeType === Node.ELEMENT_NODE
    && record.target.closest('.st-key-outcome, .st-key-controls');
  let answered = false, changes = 0;
  const watch = new MutationObserver((records) => {
    changes += 1;
    answered ||= records.some(drawn);
    if (answered && app.dataset.testScriptState === 'notRunning') afterTwoFrames(changes);
  });
  const afterTwoFrames = (seen) => requestAnimationFrame(() => requestAnimationFrame(() => {
    if (seen !== changes) return;
    watch.disconnect();
    resolve(performance.now() - start);
  }));
  watch.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
  setTimeout(() => reject(new Error('the edit was not answered')), 30000);
  const controls = document.querySelectorAll(selector);
  controls[turn % controls.length].click();
})
"""


@dataclass
class EditCosts:
    """What each of some edits took.

    Attributes:
        painted: milliseconds from the click until it was painted.
        server: milliseconds of processor time on the server.
        sent: kilobytes from the server.
    """

    painted: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)


def home_times(context: BrowserContext, address: str, run: str) -> float:
    """Milliseconds from the start of the navigation until Home is painted."""
    with closing(Visit(context, address)) as visit:
        visit.page.add_init_script(WATCH_HOME)
        visit.page.goto(f"{address}/?run={run}")
        return float(visit.page.wait_for_function("window.painted").json_value())


def edit_costs(context: BrowserContext, address: str, run: Run, n: int) -> EditCosts:
    """What it takes to edit one concept, or one factor, after the other."""
    switch, value = (f'[class*="st-key-{kind}-{run.name}-"]' for kind in ("Switches", "Choices"))
    edit = f"{switch} input, {value} button[aria-checked=false]"
    costs, server = EditCosts(), server_process()
    with closing(Visit(context, address)) as visit:
        received = Received(visit.page)
        visit.open(f"intervention?run={run.name}")
        visit.page.wait_for_selector(".st-key-outcome h4")
        visit.page.wait_for_selector(edit, state="attached")
        visit.settle()
        for turn in range(n + 1):
            before, worked = received.n_bytes, spent(server)
            costs.painted.append(float(visit.ask(EDIT, [edit, turn])))
            visit.settle()
            costs.server.append(spent(server) - worked)
            costs.sent.append((received.n_bytes - before) / 1000)
        if visit.faults:
            raise RuntimeError("\n".join(visit.faults))
    # the first click also loads what is lazy
    return EditCosts(costs.painted[1:], costs.server[1:], costs.sent[1:])


def print_edits(costs: EditCosts) -> None:
    edit = f"edit a concept (n = {len(costs.painted)})"
    print_figure(f"{edit}: milliseconds until painted", costs.painted, "median <= 300", digits=0)
    print_figure(f"{edit}: milliseconds of the server's processor", costs.server, "", digits=0)
    print_figure(f"{edit}: kilobytes sent", costs.sent, "", digits=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", nargs="*", default=[run.name for run in list_runs(ROOT / "checkpoints")])
    parser.add_argument("--opens", type=int, default=7, help="visits of Home of each kind, none to leave it out")
    parser.add_argument("--edits", type=int, default=20)
    options = parser.parse_args()
    log = Path(tempfile.mkdtemp()) / "server.log"
    with running_app(log) as address, running_browser() as browser:
        for name in options.runs:
            run = load_run(ROOT / "checkpoints" / name)
            known = browser.new_context()
            home_times(known, address, name)  # warms the server
            print_header(f"the dashboard, {name}", seeds=[run.config.training.seed], source=run.source.name)
            if options.opens:
                first = [home_times(browser.new_context(), address, name) for _ in range(options.opens)]
                print_figure("Home, first visit: milliseconds until painted", first, "<= 2000", digits=0)
                again = [home_times(known, address, name) for _ in range(options.opens)]
                print_figure("Home, later visits: milliseconds until painted", again, "<= 2000", digits=0)
            print_edits(edit_costs(known, address, run, options.edits))
            known.close()


if __name__ == "__main__":
    main()
