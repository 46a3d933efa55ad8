"""``sharcs check`` and ``sharcs predict``: folders of one's own."""

from __future__ import annotations

import argparse
import csv
import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sharcs_core.cli.faults import say
from sharcs_core.cli.options import load, use_threads
from sharcs_core.errors import UserError
from sharcs_core.named import counted
from sharcs_core.storage import replacing, write_bytes

if TYPE_CHECKING:
    from sharcs_core.tasks.folder.checking import Report
    from sharcs_core.tasks.folder.reading import Progress

EVERY = 5.0
"""Seconds between two words on how far it is."""
WIDE = 24


def check(arguments: argparse.Namespace) -> None:
    from sharcs_core.tasks.folder.checking import check_folder
    from sharcs_core.tasks.folder.faults import as_csv, as_lines

    report = check_folder(arguments.folder, arguments.seed, progress())
    if arguments.csv is not None:
        write_bytes(arguments.csv, as_csv(report.faults))
    lines = [*as_lines(report.faults), *_counts(report)]
    print("\n".join(lines))
    n_faults = sum(not fault.is_note for fault in report.faults)
    if n_faults:
        raise UserError(f"{counted(n_faults, 'fault')}; mend {'them' if n_faults > 1 else 'it'}, then check again")
    print(f"No fault. Train on it with: sharcs train {arguments.folder}")


def _counts(report: Report) -> Iterator[str]:
    if not report.n:
        return
    yield f"{counted(report.n, 'row')}"
    for name, what in report.modalities.items():
        missing = report.missing.get(name, 0)
        yield f"  {name:{WIDE}} {what}{f'; missing in {missing:,}' if missing else ''}"
    for name, by_part in report.classes.items():
        yield f"  {name:{WIDE}} {', '.join(f'{part} {n:,}' for part, n in by_part.items())}"


def progress() -> Progress:
    """Says every few seconds how many files are read, how quickly, and how long the rest will take."""
    began = last = time.monotonic()

    def on_progress(title: str, done: int, of: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY and done < of:
            last, rate = now, done / (now - began)
            say(f"sharcs: {title}: {done:,} of {of:,} read, {rate:,.0f} a second, {(of - done) / rate:,.0f} s to go")

    return on_progress


def predict(arguments: argparse.Namespace) -> None:
    from sharcs_core.brought import samples_in
    from sharcs_core.predictions import cells_of, columns_of
    from sharcs_core.predictions import predict as predicted

    use_threads(1)
    run = load(arguments)
    brought = samples_in(run.task, arguments.folder)
    for note in brought.notes:
        say(f"sharcs: {note}")
    unread = 0
    with _table(arguments.out) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns_of(run))
        for prediction in predicted(run, brought.samples):
            unread += prediction.explanation is None
            writer.writerow(cells_of(run, prediction))
    if unread:
        say(f"sharcs: {counted(unread, 'row')} of {brought.n:,} could not be read; the column notes says why")
    if arguments.out:
        print(f"{counted(brought.n, 'row')} in {arguments.out}")


@contextmanager
def _table(path: Path | None) -> Iterator[TextIO]:
    """What a table is written to: a file that is whole or not there, or standard output."""
    if path is None:
        yield sys.stdout
        return
    with replacing(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()
