"""Kills at any moment: does a training, or a save, come to the same result bit for bit, and leave nothing behind?

    python tests/soak/kills.py [--trainings 100] [--saves 100] [--within 20] [--seed 0]

1. So many saves of a run over a former one, each killed (SIGKILL) at a random moment; then one training of two epochs
   on XOR-AND-XOR as it is shipped, killed so many times before it may end; then so many trainings of a small folder, as
   the page starts them, each killed once and gone on with.
2. After each kill: no run is listed that does not load; going on gives every file of the run as an undisturbed one has
   it; no other file is left beside it, in the cache or among temporary files, no lock is held, no process goes on.

Processes are forked from one that has imported all, so that a kill costs a second and not ten. The map is made by PCA
alone, since the others take longer than all else; they are made after the training, by libraries. Prints where the
kills hit, and ends with 1 where anything was not as it should be.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "core"), str(ROOT / "tests" / "soak")]

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.trainings.job import Place

DIFFERS = ("training.jsonl",)
"""Files of a run that say when something was."""
OF_LIBRARIES = ("torchinductor_", "torch_geometric.")
"""How begins what torch and PyG make for themselves among temporary files, and leave there, killed or not."""
TIMES = ("cpu_seconds", "training_cpu_seconds", "seconds")
EPOCHS = 4


@dataclass
class Told:
    """What came of the kills.

    Attributes:
        hits: where a kill hit → how often.
        faults: what was not as it should be.
    """

    n: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def line(self, title: str) -> str:
        where = ", ".join(f"{n} {name}" for name, n in self.hits.most_common())
        return f"{title}: {self.n} kills, {len(self.faults)} faults; they hit: {where}"


def forked(work: Callable[[], object]) -> int:
    """A process of its own that does the work; its number. It leads its own group, so that what it starts is found."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    os.setsid()
    try:
        work()
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


def ended(child: int) -> int:
    """Waits; how the process ended, below 0 by a signal."""
    return _ended(child)[0]


def _ended(child: int) -> tuple[int, float]:
    """How a process ended, and the seconds of CPU that it took."""
    _, status, used = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


def cpu_of(work: Callable[[], object]) -> float:
    """The seconds of CPU that work takes, undisturbed: a busy machine draws out all others."""
    code, seconds = _ended(forked(work))
    if code:
        raise RuntimeError("undisturbed work failed")
    return seconds


def killed_after(work: Callable[[], object], seconds: float, rng: random.Random) -> bool:
    """The work, killed when it has taken so much CPU and a moment longer; whether that came before its end."""
    import psutil

    child = forked(work)
    process = psutil.Process(child)
    while process.status() != psutil.STATUS_ZOMBIE and sum(process.cpu_times()[:2]) < seconds:
        time.sleep(0.0005)
    time.sleep(rng.uniform(0, 0.02))  # a clock of CPU has ticks of a hundredth, and stands while the disk writes
    os.kill(child, signal.SIGKILL)
    return ended(child) == -signal.SIGKILL


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder and every empty one, by its content, without what only says when it was."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name.startswith(OF_LIBRARIES):
            continue
        if path.is_file() and path.name not in DIFFERS:
            found[name] = hashlib.sha256(_timeless(path)).hexdigest()
        elif path.is_dir() and not any(path.iterdir()):
            found[name] = "an empty folder"
    return found


def _timeless(path: Path) -> bytes:
    content = path.read_bytes()
    if path.name not in ("metrics.json", "config.json"):
        return content
    values = json.loads(content)
    values.pop("sha256", None)  # of a file that has times in it
    values.get("files", {}).pop("metrics.json", None)
    return json.dumps({name: value for name, value in values.items() if name not in TIMES}, sort_keys=True).encode()


def differing(found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    return sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))


def locks_held(folder: Path) -> list[str]:
    """Locks of which somebody who is alive says to hold them."""
    from filelock import FileLock, Timeout

    held = []
    for path in folder.rglob(".*.lock"):
        try:
            with FileLock(path, timeout=0):
                pass
        except Timeout:
            held.append(path.name)
    return held


def left_in_group(child: int) -> bool:
    """Whether anything that a process started goes on."""
    try:
        os.killpg(child, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


@contextmanager
def own_places() -> Iterator[tuple[Path, Path]]:
    """A folder for runs and one for temporary files, both empty and gone afterwards."""
    with tempfile.TemporaryDirectory() as place:
        runs, temporary = Path(place) / "runs", Path(place) / "temporary"
        runs.mkdir()
        temporary.mkdir()
        before, tempfile.tempdir = tempfile.tempdir, str(temporary)
        os.environ["SHARCS_CACHE"] = str(Path(place) / "cache")
        try:
            yield runs, temporary
        finally:
            tempfile.tempdir = before


def prepare() -> None:
    """Imports all that a training needs, and leaves out the maps that take long."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import torch

    from sharcs_core import projection

    for name in ("choosing", "evaluation", "guided.teaching", "pipeline", "trainings.finding", "trainings.trainer"):
        import_module(f"sharcs_core.{name}")
    torch.set_num_threads(1)
    projection.METHOD_FITS = {"PCA": projection.METHOD_FITS["PCA"]}


# trainings


def asked_for(runs: Path, folder: Path) -> Place:
    from sharcs_core.trainings import Job, ask_for

    return ask_for(runs, "plants", Job(str(folder), epochs=EPOCHS))


def go_on(place: Place) -> None:
    """What the runner does for a training, without it: it begins, and a process goes on with it."""
    from sharcs_core.storage import locked
    from sharcs_core.trainings.progress import BEGAN, tell
    from sharcs_core.trainings.trainer import train

    with locked(place.folder, wait=5):
        tell(place.progress, BEGAN)
    train(place)


def where_hit(place: Place) -> str:
    """How far a training had come when it was killed."""
    from sharcs_core.checkpoints.layout import state_file
    from sharcs_core.trainings.progress import read_progress

    if not place.job.exists():
        return "after its end"
    progress = read_progress(place.progress)
    if (place.run / "config.json").is_file():
        return "while putting away"
    if any(name.name.startswith(f".{place.name}.") and name.suffix == ".part" for name in place.runs.iterdir()):
        return "while writing state or run"
    if progress.note:
        return f"after being told “{' '.join(progress.note.split()[:3])}”"
    return f"in epoch {progress.n_done + 1}" if state_file(place.run).exists() or progress.epochs else "before an epoch"


def check_listed(runs: Path, told: Told) -> None:
    """No run is there by half: what is listed loads."""
    from sharcs_core.checkpoints import list_runs, load_run

    for summary in list_runs(runs):
        if summary.error:
            told.faults.append(f"{summary.name} is listed with: {summary.error}")
        else:
            load_run(runs / summary.name)


def trainings(n: int, rng: random.Random) -> Told:
    """So many trainings, each killed once and gone on with."""
    from forty_rows import write_rows

    told = Told()
    with own_places() as (runs, temporary):
        data = write_rows(runs.parent / "data")
        wanted, seconds = _undisturbed(runs, data, told)
        cached = contents(runs.parent / "cache")
        while told.n < n and len(told.faults) < 5:
            place = asked_for(runs, data)
            if killed_after(lambda place=place: go_on(place), rng.uniform(0, seconds), rng):  # type: ignore[misc]
                told.n += 1
                told.hits[where_hit(place)] += 1
            check_listed(runs, told)
            _check_gone_on(place, wanted, told)
            for title, folder, was in (("cache", runs.parent / "cache", cached), ("temporary files", temporary, {})):
                told.faults += [f"{title}: {name}" for name in differing(contents(folder), was)]
            told.faults += [f"{name} is held" for name in locks_held(runs)]
            _clear(runs)
    return told


def _undisturbed(runs: Path, data: Path, told: Told) -> tuple[dict[str, str], float]:
    """What a training gives that nobody kills, and how long it takes; the second one, for the first fills the cache."""
    seconds, found = 0.0, []
    for _ in range(2):
        place = asked_for(runs, data)
        seconds = cpu_of(lambda place=place: go_on(place))  # type: ignore[misc]
        found.append(contents(runs))
        _clear(runs)
    told.faults += [f"undisturbed: {name} differs" for name in differing(*found)]
    return found[1], seconds


def _check_gone_on(place: Place, wanted: dict[str, str], told: Told) -> None:
    if place.job.exists():
        child = forked(lambda: go_on(place))
        if code := ended(child):
            told.faults.append(f"going on ended with {code}")
        if left_in_group(child):
            told.faults.append("a process goes on")
    told.faults += [f"{name} differs, or is left" for name in differing(contents(place.runs), wanted)]


def _clear(runs: Path) -> None:
    import shutil

    for path in runs.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


# saves


def saves(n: int, rng: random.Random) -> Told:
    """So many saves of a run over a former one, each killed."""
    from sharcs_core.checkpoints.layout import state_file
    from sharcs_core.storage import locked, tidy_up
    from toy_task import ToyTask

    told, task = Told(), ToyTask()
    config = task.preset(seed=0)
    both = [replace(config, training=replace(config.training, seed=seed, epochs=2)) for seed in (0, 1)]
    with own_places() as (runs, temporary):
        made, path = [_trained(one, task, runs.parent / f"of_{one.training.seed}") for one in both], runs / "mine"
        known, seconds = [_saved(run, path) for run in made], 0.0
        for number in range(10 * n):
            if told.n >= n or len(told.faults) >= 5:
                break
            run, other = made[number % 2], made[1 - number % 2]
            seconds = cpu_of(lambda run=run: save(run, path))  # type: ignore[misc]
            if not killed_after(lambda other=other: save(other, path), rng.uniform(0, seconds), rng):  # type: ignore[misc]
                continue
            told.n += 1
            _note_save(told, runs, path, known[number % 2], known[1 - number % 2])
            with locked(state_file(path), path):
                tidy_up(path)
            left = [name.name for name in runs.iterdir() if name != path]
            told.faults += [f"{name} is left" for name in left]
            if contents(path) not in known:
                told.faults.append("the run is neither the former nor the new one")
            told.faults += [f"temporary files: {name}" for name in contents(temporary)]
    return told


def _trained(config: object, task: object, out: Path) -> Run:
    from sharcs_core.pipeline import train_run

    return train_run(config, task, out)  # type: ignore[arg-type]


def save(run: Run, path: Path) -> None:
    """A run once more, elsewhere."""
    from sharcs_core.checkpoints import save_run

    parts = ("card", "config", "source", "model", "bank", "test_bank", "answers", "labels", "validation_answers")
    others = ("validation_labels", "choice", "tree_leaves", "usual", "metrics")
    save_run(path, **{name: getattr(run, name) for name in (*parts, *others)}, device="cpu", parts=None)


def _saved(run: Run, path: Path) -> dict[str, str]:
    save(run, path)
    return contents(path)


def _note_save(told: Told, runs: Path, path: Path, former: dict[str, str], new: dict[str, str]) -> None:
    """Where the kill hit; between two steps the run must not be away."""
    found = contents(path) if path.exists() else None
    aside = any(name.name.endswith(".part") for name in runs.iterdir())
    if found is None:
        told.faults.append("for a moment there is no run")
    elif found not in (former, new):
        told.faults.append("half a run is there")
    after = "after it took its place" if found == new else "before anything was written"
    told.hits["while writing aside" if aside and found == former else after] += 1


# one training of a shipped size, killed again and again


def within(n: int, rng: random.Random) -> Told:
    """Two epochs on XOR-AND-XOR as it is shipped, killed so many times on the way."""
    from sharcs_core.pipeline import train_run
    from sharcs_core.tasks import get_task

    task, told = get_task("xor_and_xor"), Told()
    preset = task.preset(seed=0)
    config = replace(preset, training=replace(preset.training, epochs=2, polish_epochs=0))
    with own_places() as (runs, temporary):
        whole = runs.parent / "whole" / "xor"
        seconds = cpu_of(lambda: train_run(config, task, whole))
        wanted = contents(whole.parent)
        cached = contents(runs.parent / "cache")
        while told.n < n:
            out = runs / "xor"
            if killed_after(partial(train_run, config, task, out), rng.uniform(0, seconds), rng):
                told.n += 1
                told.hits[_in_training(runs, out)] += 1
            check_listed(runs, told)
            if (out / "config.json").exists() and told.n < n:  # it came to its end: once more
                _clear(runs)
        ended(forked(lambda: train_run(config, task, runs / "xor")))
        told.faults += [f"{name} differs, or is left" for name in differing(contents(runs), wanted)]
        told.faults += [f"cache: {name}" for name in differing(contents(runs.parent / "cache"), cached)]
        told.faults += [f"temporary files: {name}" for name in contents(temporary)]
        told.faults += [f"{name} is held" for name in locks_held(runs)]
    return told


def _in_training(runs: Path, out: Path) -> str:
    from sharcs_core.checkpoints.layout import state_file

    if any(name.name.endswith(".part") for name in runs.iterdir()):
        return "while writing"
    return "after an epoch" if state_file(out).exists() else "before the first epoch's end"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainings", type=int, default=100)
    parser.add_argument("--saves", type=int, default=100)
    parser.add_argument("--within", type=int, default=20, help="kills within one training of a shipped size")
    parser.add_argument("--seed", type=int, default=0)
    return run(parser.parse_args())


def run(arguments: argparse.Namespace) -> int:
    prepare()
    rng = random.Random(arguments.seed)
    rounds = {
        "saves": lambda: saves(arguments.saves, rng),
        "within one training": lambda: within(arguments.within, rng),
        "trainings": lambda: trainings(arguments.trainings, rng),
    }
    numbers = (arguments.saves, arguments.within, arguments.trainings)
    n_faults = 0
    for (title, made), n in zip(rounds.items(), numbers, strict=True):
        if n:
            told = made()
            n_faults += len(told.faults)
            print(told.line(title), *(f"  FAULT {fault}" for fault in told.faults[:20]), sep="\n", flush=True)
    return 1 if n_faults else 0


if __name__ == "__main__":
    sys.exit(main())
