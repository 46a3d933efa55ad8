"""The dashboard as AppTest runs it: through ``Home.py``, on the shipped runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from frame import ROOT, RUNS

TIMEOUT = 120


@pytest.fixture(scope="session", autouse=True)
def components() -> Iterator[None]:
    """Each AppTest looks for components in the metadata of all installed packages: half of what a page costs here.

    What is installed stays the same, so that it is looked for once.
    """
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(autouse=True)
def changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server there is no address by which to tell that nobody else can reach it."""
    monkeypatch.setenv("SHARCS_ALLOW_CHANGES", "1")


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page of the app: ``open_app("views/concept_map/concept_map.py", run="xor_and_xor", runs=folder)``."""

    def opened(view: str | None = None, *, runs: Path = RUNS, **query: str) -> AppTest:
        monkeypatch.setenv("SHARCS_RUNS", str(runs))
        app = AppTest.from_file(str(ROOT / "dashboard" / "Home.py"), default_timeout=TIMEOUT)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        return app.switch_page(view).run() if view else app

    return opened
