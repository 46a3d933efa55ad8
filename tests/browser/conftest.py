"""A server and a browser a test process, a fresh tab a test."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))  # browsing

from browsing import BROWSERS, PROCESS_PER_SITE, Visit, browser_path, person, running_app, running_browser
from two_runs import RUNS


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium. ``SHARCS_BROWSER=required`` makes its absence a failure."""
    lacking = None
    if importlib.util.find_spec("playwright") is None:
        lacking = "The browser tests need playwright; install requirements-dev.txt."
    elif browser_path() is None:
        lacking = f"The browser tests need one of {', '.join(BROWSERS)} on the PATH; install Chromium."
    if lacking and os.environ.get("SHARCS_BROWSER") == "required":
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)
    with running_browser(PROCESS_PER_SITE) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory) -> Path:
    """Where the dashboard looks for folders of samples, and keeps what people paint."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def address(browser, own_cache, data_folder, tmp_path_factory) -> Iterator[str]:
    """Address of the running dashboard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARCS_DATA", str(data_folder))
        with running_app(tmp_path_factory.mktemp("server") / "log") as where:
            yield where


@pytest.fixture(scope="session")
def context(browser):
    """One person's browser. Each tab is a session of its own to the app; only downloaded scripts are shared."""
    with person(browser) as one:
        yield one


@pytest.fixture
def visit(context, address) -> Iterator[Callable[..., Visit]]:
    """Opens fresh tabs; at the end none of them may have seen a fault."""
    visits: list[Visit] = []

    def start(other_person=None, **size: int) -> Visit:
        visits.append(Visit(other_person or context, address, **size))
        return visits[-1]

    yield start
    faults = [fault for one in visits for fault in one.faults]
    for one in visits:
        one.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def opened(visit, run) -> Callable[..., Visit]:
    """Opens a page by its place in the address, with the run chosen and, if wanted, a sample of it."""

    def start(place: str, sample: str = "", **size: int) -> Visit:
        tab = visit(**size)
        tab.open(f"{place}?run={run.name}&sample={sample}")
        return tab

    return start


@pytest.fixture(scope="session", params=RUNS)
def run(request, shipped_runs):
    """Each of the two runs, loaded: to know what the pages should show, and to make files from.

    A test that would find the same on both asks for one, by ``on_one_run``.
    """
    from sharcs_core.checkpoints import load_run

    return load_run(shipped_runs / request.param)
