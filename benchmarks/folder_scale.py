"""What folders of many rows, and of many pictures, cost: time and memory to check, to prepare and to train on them.

    python benchmarks/folder_scale.py [--rows 10000 100000 1000000] [--pictures 1000 10000 100000] [--part 1.0]

Folders are made of rows of four columns and a sentence, and of JPEG pictures of 64 × 64 pixels beside a table; the
class follows from both. Each is checked, prepared and trained on for one epoch, or a part of one, in a process of its
own with one thread. Printed are CPU and wall seconds, and the most memory of the process: *resident* counts pages of
files that are mapped and could be given back at any time, *own* does not. Linux alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

COLOURS = ("red", "green", "blue", "amber")
WORDS = tuple(f"{first}{last}" for first in ("ka", "lo", "mi", "nu", "pe", "ra", "so", "tu") for last in "bdfgklmnprst")
PATTERNS = 64
"""Different noises that pictures are made of, so that a folder of many is made quickly."""


def made_rows(folder: Path, n: int) -> None:
    """A folder of n rows of a table and a sentence each; the class is whether the two agree."""
    rng = np.random.default_rng(0)
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["id", "length", "width", "weight", "colour", "sentence", "label"])
        for row in range(n):
            length, width, weight = rng.normal(size=3).round(4)
            words = [WORDS[place] for place in rng.integers(0, len(WORDS), 10)]
            is_up = int(rng.integers(2))
            words[int(rng.integers(10))] = ("falls", "rises")[is_up]
            label = ("differ", "agree")[int((length > 0) == bool(is_up))]
            colour = COLOURS[int(rng.integers(4))]
            sheet.writerow([f"row-{row:07d}", length, width, weight, colour, f"it {' '.join(words)} today", label])


def made_pictures(folder: Path, n: int) -> None:
    """A folder of n pictures, a number beside each; the class is whether the two agree."""
    from PIL import Image

    rng = np.random.default_rng(0)
    noises = rng.integers(0, 120, (PATTERNS, 64, 64, 3), dtype=np.uint8)
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["picture", "size", "weight", "label"])
        for row in range(n):
            pixels, is_left = noises[row % PATTERNS].copy(), int(rng.integers(2))
            top, left = rng.integers(0, 48), rng.integers(0, 16) + (0 if is_left else 32)
            pixels[top : top + 16, left : left + 16] = rng.integers(120, 256, 3)
            name = f"pictures/{row // 1000:04d}/{row:07d}.jpg"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / name, quality=85)
            size, weight = rng.normal(size=2).round(4)
            sheet.writerow([name, size, weight, ("differ", "agree")[int((size > 0) == bool(is_left))]])


# -- a process that measures itself


class Memory:
    """The most memory of this process since it was last asked, looked at ten times a second."""

    def __init__(self) -> None:
        self.most = {"RssAnon": 0, "VmRSS": 0}
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self._look()
            time.sleep(0.1)

    def _look(self) -> None:
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name in self.most:
                self.most[name] = max(self.most[name], int(value.split()[0]) * 1024)

    def taken(self) -> dict[str, int]:
        """Own and resident bytes at the most; then it is counted afresh."""
        self._look()
        most, self.most = self.most, {"RssAnon": 0, "VmRSS": 0}
        return {"own": most["RssAnon"], "resident": most["VmRSS"]}


@contextmanager
def step(name: str, memory: Memory, told: dict[str, dict[str, float]]) -> Iterator[None]:
    """Measures what is done within."""
    memory.taken()
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    told[name] = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, **memory.taken()}


def measured(folder: Path, part: float) -> dict[str, dict[str, float]]:
    """What each step takes on a folder."""
    import torch

    from sharcs_core.tasks.folder.checking import check_folder
    from sharcs_core.tasks.folder.task import folder_task
    from sharcs_core.training import Trainer

    torch.set_num_threads(1)
    memory, told = Memory(), {}
    with step("start", memory, told):
        torch.zeros(1)
    with step("check", memory, told):
        report = check_folder(folder)
    assert report.is_task, [str(fault) for fault in report.faults if not fault.is_note]
    with step("prepare", memory, told):
        task = folder_task(folder).task
    with step("epoch", memory, told):
        data = task.load(0)
        if part < 1:
            data = task.load(0, n_train=round(part * len(data.train)))
        trainer = Trainer(task.preset(0), task, data, torch.device("cpu"))
        record = trainer.run_epoch()
    told["epoch"]["accuracy"] = record.validation_accuracy
    return told


# -- the folders, one after the other


def scale(kind: str, n: int, part: float, temp: Path) -> dict[str, dict[str, float]]:
    """Makes a folder, measures it in a process of its own, and deletes it and its cache."""
    folder, cache = temp / f"{kind}_{n}", temp / f"cache_{kind}_{n}"
    folder.mkdir()
    try:
        (made_rows if kind == "rows" else made_pictures)(folder, n)
        command = [sys.executable, __file__, "--measure", str(folder), "--part", str(part)]
        threads = {"OMP_NUM_THREADS": "1", "SHARCS_CACHE": str(cache)}
        answer = subprocess.run(command, env={**os.environ, **threads}, check=True, stdout=subprocess.PIPE)
        told: dict[str, dict[str, float]] = json.loads(answer.stdout.splitlines()[-1])
        on_disk = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file()) if cache.exists() else 0
        told["cache"] = {"bytes": on_disk}
        return told
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(cache, ignore_errors=True)


def line(kind: str, n: int, told: dict[str, dict[str, float]]) -> str:
    """A line of the table."""
    steps = [f"{told[name]['cpu']:8.1f} {told[name]['wall']:8.1f}" for name in ("check", "prepare", "epoch")]
    most = {of: max(told[name][of] for name in ("check", "prepare", "epoch")) / 1e6 for of in ("own", "resident")}
    return (
        f"{kind:>8} {n:>9,} {' '.join(steps)} {told['start']['own'] / 1e6:8,.0f} {most['own']:8,.0f} "
        f"{most['resident']:8,.0f} {told['cache']['bytes'] / 1e6:8,.0f} {told['epoch']['accuracy']:8.3f}"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    arguments.add_argument("--pictures", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    arguments.add_argument("--part", type=float, default=1.0, help="of the training rows that the epoch is of")
    arguments.add_argument("--temp", type=Path, help="where folders and caches are made (default: a temporary folder)")
    arguments.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.measure:
        print(json.dumps(measured(chosen.measure, chosen.part)))
        return
    print(f"{'':>18} {'check':>17} {'prepare again':>17} {'one epoch':>17} {'MB':>8} {'MB most':>8} {'MB most':>8}")
    steps = f"{'CPU s':>8} {'wall s':>8} " * 3
    print(f"{'':>8} {'n':>9} {steps}{'at first':>8} {'own':>8} {'resident':>8} {'MB cache':>8} {'accuracy':>8}")
    with tempfile.TemporaryDirectory(dir=chosen.temp) as temp:
        for kind, sizes in (("rows", chosen.rows), ("pictures", chosen.pictures)):
            for n in sizes:
                print(line(kind, n, scale(kind, n, chosen.part, Path(temp))), flush=True)


if __name__ == "__main__":
    main()
