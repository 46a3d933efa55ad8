"""``sharcs init`` and ``sharcs export``: what makes a folder of one's own, from files or from a task that is here."""

from __future__ import annotations

import argparse
import time

from sharcs_core.cli.faults import say
from sharcs_core.cli.folders import EVERY
from sharcs_core.named import counted, listed


def init(arguments: argparse.Namespace) -> None:
    from sharcs_core.tasks.folder.starting import start_folder

    start = start_folder(arguments.folder)
    print("\n".join(start.says))
    print(f"Written in {arguments.folder}: {listed(list(start.files))}. See what is left to do: {_check(arguments)}")


def export(arguments: argparse.Namespace) -> None:
    from sharcs_core.tasks import get_task
    from sharcs_core.tasks.folder.exporting import check_free, export_task

    task = get_task(arguments.task)
    check_free(arguments.folder)  # before the data are read, which may take minutes
    data = task.load(arguments.seed, arguments.data)
    n = export_task(task, data, arguments.folder, arguments.n, arguments.seed, _Progress())
    print(f"{counted(n, 'sample')} of {task.card.title} in {arguments.folder}. Look at it with: {_check(arguments)}")


def _check(arguments: argparse.Namespace) -> str:
    return f"sharcs check {arguments.folder}"


class _Progress:
    """Says every few seconds how far it is."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self.last >= EVERY:
            self.last = now
            say(f"sharcs: {done / of:.0%} written")
