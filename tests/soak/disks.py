"""A disk that is full, or that nothing can be written to: is it told in one sentence, and is nothing lost?

    python tests/soak/disks.py [--rooms PAGES …]

Each thing that writes is done on a small disk in memory with ever more room on it, and on one that is read-only: real
ones, so that root is needed. It either comes to its end or raises UserError with one sentence; then all that was there
before is as it was, and nothing else lies beside it. Prints a line a thing, and ends with 1 where it is otherwise.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "core"), str(ROOT / "tests" / "soak")]

ROOMS = (0, 1, 2, 5, 20, 50, 100, 200, 2600)
"""Pages of 4 kB that are left."""
MEGABYTES = 24
RUN = ROOT / "checkpoints" / "xor_and_xor"
LOCKS = ".lock"


def can_mount() -> bool:
    """Whether this process may make disks."""
    with tempfile.TemporaryDirectory() as place:
        return _mount(Path(place)) and _unmount(Path(place))


def _mount(place: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(place)]
    return (
        shutil.which("mount") is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


def _unmount(place: Path) -> bool:
    return subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False).returncode == 0


@contextmanager
def disk() -> Iterator[Path]:
    """A disk of some megabytes with a run, a folder of data, and one of annotations."""
    with tempfile.TemporaryDirectory() as place:
        if not _mount(Path(place)):
            raise PermissionError("disks can be made by root alone")
        try:
            furnish(Path(place))
            yield Path(place)
        finally:
            _unmount(Path(place))


def furnish(place: Path) -> None:
    from forty_rows import write_rows
    from sharcs_core.guided.annotating import add

    shutil.copytree(RUN, place / "runs" / "mine")
    write_rows(place / "data" / "plants")
    add(place / "taught", annotation(0))


def fill(place: Path, pages: int) -> None:
    """Leaves so many pages free."""
    with open(place / "filling", "wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    os.truncate(place / "filling", max(0, (place / "filling").stat().st_size - 4096 * pages))


def contents(place: Path) -> dict[str, bytes]:
    files = (path for path in sorted(place.rglob("*")) if path.is_file() and path.name != "filling")
    return {str(path.relative_to(place)): path.read_bytes() for path in files if path.suffix != LOCKS}


# what writes


def annotation(seed: int) -> object:
    import numpy as np

    from sharcs_core.guided.taught import Annotation

    pixels = np.random.default_rng(seed).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    return Annotation(pixels, "cube", np.eye(32, dtype=bool), "a red cube")


def run_as_zip() -> io.BytesIO:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        for file in RUN.iterdir():
            parts.write(file, f"x/{file.name}")
    return content


def data_as_zip() -> io.BytesIO:
    from forty_rows import sheet

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr("x/metadata.csv", sheet(40))
    return content


def things() -> dict[str, Callable[[Path], object]]:
    """What is done → how, on a disk that :func:`furnish` has prepared."""
    from kills import save
    from sharcs_core.checkpoints import load_run
    from sharcs_core.checkpoints.names import rename_concept
    from sharcs_core.guided.annotating import add, remove, zipped
    from sharcs_core.pipeline import train_run
    from sharcs_core.storage import append_line, write_text
    from sharcs_core.trainings import Job, ask_for
    from sharcs_core.trainings.folders import bring_zip
    from sharcs_core.trainings.runs import bring_run, delete_run, rename_run, zip_run
    from toy_task import ToyTask

    run, task = load_run(RUN), ToyTask()
    return {
        "a name of a concept": lambda disk: rename_concept(disk / "runs" / "mine", 0, "red", 2),
        "another name of a run": lambda disk: rename_run(disk / "runs" / "mine", "other"),
        "a run deleted": lambda disk: delete_run(disk / "runs" / "mine"),
        "a run brought": lambda disk: bring_run(disk / "runs", "x.zip", run_as_zip()),
        "a run as a zip": lambda disk: zip_run(disk / "runs" / "mine", io.BytesIO()),
        "a run saved": lambda disk: save(run, disk / "runs" / "mine"),
        "a training asked for": lambda disk: ask_for(disk / "runs", "plants", Job(str(disk / "data" / "plants"))),
        "a training": lambda disk: train_run(task.preset(seed=0), task, disk / "runs" / "toy"),
        "data brought": lambda disk: bring_zip(disk / "data", "x.zip", data_as_zip()),
        "an annotation": lambda disk: add(disk / "taught", annotation(1)),
        "an annotation taken out": lambda disk: remove(disk / "taught", next(_ids(disk / "taught"))),
        "annotations as a zip": lambda disk: zipped(disk / "taught"),
        "a text": lambda disk: write_text(disk / "data" / "plants" / "metadata.csv", "x" * 30_000),
        "a line": lambda disk: append_line(disk / "data" / "plants" / "metadata.csv", "x" * 9_000),
    }


def _ids(folder: Path) -> Iterator[str]:
    from sharcs_core.guided.annotation_sheet import rows_of

    return (row.id for row in rows_of(folder))


def tried(do: Callable[[Path], object], place: Path) -> list[str]:
    """Does something on a disk as it is; what is not as it should be."""
    from sharcs_core.errors import UserError

    before = contents(place)
    try:
        do(place)
    except UserError as error:
        said = str(error)
        faults = [] if said.strip() and said.isprintable() else [f"no sentence: {said!r}"]
        after = contents(place)
        faults += [f"{name} is lost" for name in before if name not in after]
        faults += [f"{name} is another" for name in before if name in after and before[name] != after[name]]
        return faults + [f"{name} is left" for name in after if name not in before]
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
    return [f"{name} is left" for name in contents(place) if name.endswith((".part", ".former"))]


def full(do: Callable[[Path], object], pages: int) -> list[str]:
    with disk() as place:
        fill(place, pages)
        return tried(do, place)


def read_only(do: Callable[[Path], object]) -> list[str]:
    with disk() as place:
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        return tried(do, place)


def main() -> int:
    from kills import prepare

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, nargs="*", default=ROOMS, help="pages of 4 kB that are left")
    rooms = parser.parse_args().rooms

    if not can_mount():
        print("Disks can be made by root alone; nothing is tried.")
        return 1
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    prepare()
    n_faults = 0
    for name, do in things().items():
        faults = {f"{pages} pages left": full(do, pages) for pages in rooms} | {"read-only": read_only(do)}
        n_faults += sum(map(len, faults.values()))
        print(
            f"{name:26} {'; '.join(f'{at}: {said}' for at, said in faults.items() if said) or 'as it should be'}",
            flush=True,
        )
    return 1 if n_faults else 0


if __name__ == "__main__":
    sys.exit(main())
