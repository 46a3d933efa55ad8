"""What all tests share: one thread, no cache but their own, a small trained run, and the shipped one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side; more threads would only wait for each other
ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".pytest_cache" / "numba"))  # compiled once, not in each test
sys.path.insert(0, str(ROOT / "tests" / "core"))  # toy_task and builders, from any test folder


FIRST = ("tests/browser", "tests/soak", "tests/test_tutorial", "tests/dashboard", "tests/core/trainings")
"""What takes long, whose files come first: a file is one process's, and the others would wait for it at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: min(place for place, of in enumerate((*FIRST, "")) if item.nodeid.startswith(of)))


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Data sets that lie in a person's cache must not change what tests see, nor tests what lies there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARCS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def few_reasons() -> Iterator[None]:
    """Of the scenes of three things as many as tests need: all take a minute to render."""
    from sharcs_core.tasks.reasons.generated import N_SCENES

    with pytest.MonkeyPatch.context() as patch:
        for part, n in {"train": 120, "validation": 48, "test": 48}.items():
            patch.setitem(N_SCENES, part, n)
        yield


@pytest.fixture(scope="session")
def toy():
    """The toy task of three modalities, known by its name while the session lasts."""
    from sharcs_core.tasks import TASKS
    from toy_task import ToyTask

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "toy", ToyTask())
        yield TASKS["toy"]


@pytest.fixture(scope="session")
def toy_data(toy):
    return toy.load(seed=0)


@pytest.fixture(scope="session")
def toy_run(toy, tmp_path_factory):
    """A run of the toy task, trained in about a second; its only map is PCA, for the others take longer."""
    from sharcs_core import projection
    from sharcs_core.pipeline import train_run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})
        run = train_run(toy.preset(seed=0), toy, tmp_path_factory.mktemp("runs") / "toy")
    assert isinstance(run.task, type(toy))  # which the run keeps, whatever a module makes of the task
    return run


@pytest.fixture(scope="session")
def shipped_runs() -> Path:
    """The folder of the runs that the project ships."""
    return ROOT / "checkpoints"


@pytest.fixture(scope="session")
def xor_run(shipped_runs):
    from sharcs_core.checkpoints import load_run

    return load_run(shipped_runs / "xor_and_xor")
