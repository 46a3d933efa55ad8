"""The dashboard as a person meets it: the app started as a user starts it, and a browser that notes every fault.

Used by the browser tests and by ``benchmarks/dashboard_latency.py``.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "dashboard" / "Home.py"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PROCESS_PER_SITE = "--process-per-site"
PAGES = {
    "Home": "",
    "Concept map": "concept_map",
    "Retrieval": "retrieval",
    "Intervention": "intervention",
    "Concepts": "concepts",
    "Decision tree": "tree",
    "Reasons": "reasons",
    "Explain your own": "upload",
    "Train": "train",
    "Results": "results",
}
"""Page title in the menu → its place in the address."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
START_SECONDS = 120
PATIENCE_MS = 60_000
"""How long anything may take before a test calls it missing: long, for the machine may be busy. Nothing is timed."""

SETTLED = """
(patience) => new Promise((resolve, reject) => {
  const quiet = 250, start = performance.now();
  let last = start;
  const watch = new MutationObserver(() => { last = performance.now(); });
  watch.observe(document.body, { childList: true, characterData: true, subtree: true });
  const timer = setInterval(() => {
    const now = performance.now();
    const app = document.querySelector('[data-testid=stApp]');
    if (app?.dataset.testScriptState !== 'notRunning') last = now;
    if (now - last < quiet && now - start < patience) return;
    clearInterval(timer);
    watch.disconnect();
    if (now - last < quiet) reject(new Error('the page does not come to rest'));
    else resolve();
  }, 25);
})
"""
"""The script has ended and the page has not changed for a quarter of a second."""
DRAWN_TREE = ".tree svg g.node"
ERROR = '[data-testid="stAlertContentError"]'


def browser_path() -> str | None:
    """The browser of the system, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def running_app(
    log: Path, runs: Path = ROOT / "checkpoints", *, script: Path = HOME, is_cold: bool = False
) -> Iterator[str]:
    """The dashboard, with the shipped runs or others, on a free port of this machine; gives its address.

    Args:
        script: another app.
        is_cold: whether to give the address as soon as one can ask for it, and not only when it is answered.

    Raises:
        RuntimeError: with the server's own words, where it does not start.
    """
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.fileWatcherType", "none"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    own = {"OMP_NUM_THREADS": "1", "PYTHONPATH": path, "SHARCS_RUNS": str(runs)}
    with log.open("w", encoding="utf-8") as words:
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stdout=words, stderr=subprocess.STDOUT)
        try:
            _wait_until(_listens if is_cold else _answers, server, address, log)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@contextmanager
def running_browser(*flags: str) -> Iterator[Browser]:
    """Chromium without a window or a GPU, with further flags."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=[*FLAGS, *flags])
        yield browser
        browser.close()


@contextmanager
def person(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser, in which a page stays open.

    It keeps alive the one process that all tabs share where the browser runs with ``PROCESS_PER_SITE``: what is
    compiled there is not compiled again in every tab, which is half of what opening a tab costs.
    """
    with browser.new_context() as context:
        stays = context.new_page()
        stays.route("**", lambda route: route.fulfill(body=""))
        stays.goto(f"http://{LOOPBACK[0]}/")
        yield context


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(address: str) -> None:
    with urlopen(f"{address}/_stcore/health", timeout=5):
        pass


def _listens(address: str) -> None:
    with closing(socket.create_connection(("127.0.0.1", urlsplit(address).port or 0))):
        pass


def _wait_until(asked: Callable[[str], None], server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            asked(address)
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The dashboard did not start; it said:\n{log.read_text(encoding='utf-8')}")


class Visit:
    """One tab. Every console error, page error and foreign request is kept in ``faults``."""

    def __init__(self, context: BrowserContext, address: str, *, width: int = 1400, height: int = 1000) -> None:
        self.address = address
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        self.page.on("request", lambda request: self._note_request(request.url))
        self.page.on("websocket", lambda socket: self._note_request(socket.url))

    def close(self) -> None:
        self.page.close()

    def _note_console(self, message: ConsoleMessage) -> None:
        # On a deep link Streamlit first looks for its own end points below the page's path; those two are its own.
        own = "404" in message.text and "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not own:
            self.faults.append(f"console error: {message.text} ({message.location.get('url')})")

    def _note_request(self, url: str) -> None:
        self.requests.append(url)
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in LOOPBACK:
            self.faults.append(f"request that leaves this machine: {url}")

    # going about

    def open(self, place: str) -> None:
        """An address below the app's own, such as ``tree?run=xor_and_xor``, as a link from elsewhere."""
        self.page.goto(f"{self.address}/{place}")
        self.page.wait_for_selector("h1")
        self.settle()

    def go_to(self, title: str) -> None:
        """A page, through the menu."""
        self.page.locator("[data-testid=stSidebarNavLink]", has_text=re.compile(f"{title}$")).click()
        self.page.wait_for_url(re.compile(rf"{re.escape(self.address)}/{PAGES[title]}(\?.*)?$"))
        self.settle()

    def settle(self) -> None:
        """Waits until the page rests; then no exception of a script may be on it."""
        self.page.evaluate(SETTLED, PATIENCE_MS)
        if self.page.locator("[data-testid=stException]").count():
            self.faults.append(f"an exception on {self.page.url}: {self.text('[data-testid=stException]')}")

    def press(self, name: str | re.Pattern[str], within: str = "[data-testid=stMain]") -> None:
        """The first button of this name."""
        self.page.locator(within).get_by_role("button", name=name).first.click()
        self.settle()

    def bring(self, run: str, modality: str, name: str, content: bytes) -> None:
        """A file, into the upload box of a modality."""
        box = self.page.locator(f'[class*="st-key-upload-{run}-{modality}-"] input[type=file]')
        box.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
        self.settle()

    # what is seen

    def text(self, selector: str = "[data-testid=stMain]") -> str:
        return self.page.locator(selector).first.inner_text()

    def in_address(self, name: str) -> str | None:
        """What a query parameter of the address says."""
        return parse_qs(urlsplit(self.page.url).query).get(name, [None])[0]

    def wait_for_text(self, words: str | re.Pattern[str], selector: str = "[data-testid=stMain]") -> None:
        from playwright.sync_api import expect

        expect(self.page.locator(selector).first).to_contain_text(words, timeout=PATIENCE_MS)

    def wait_for_address(self, name: str, value: str) -> None:
        self.page.wait_for_function(
            "([name, value]) => new URLSearchParams(location.search).get(name) === value", arg=[name, value]
        )

    def wait_for_change(self, selector: str, before: str) -> str:
        """What an element says once it no longer says ``before``, and the script has ended."""
        self.page.wait_for_function(
            "([selector, before]) => document.querySelector(selector)?.innerText !== before", arg=[selector, before]
        )
        self.settle()
        return self.text(selector)

    def ask(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)
