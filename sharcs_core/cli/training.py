"""``sharcs train``: a built-in task, or a folder of one's own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sharcs_core.cli.faults import say
from sharcs_core.cli.listing import share
from sharcs_core.cli.options import allows_code, settings_of, use_threads
from sharcs_core.errors import UserError
from sharcs_core.named import listed
from sharcs_core.readers.checks import shown
from sharcs_core.shares import few_rows, with_rows

if TYPE_CHECKING:
    from tqdm import tqdm

    from sharcs_core.tasks.folder.faults import Fault
    from sharcs_core.tasks.task import Task
    from sharcs_core.training import EpochRecord

MOST_NOTES = 8
"""Notes on a folder that a training tells; ``sharcs check`` tells all."""


def train(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from sharcs_core.additions import rests_in_words
    from sharcs_core.checkpoints import runs_folder
    from sharcs_core.pipeline import claimed_run, join_run, train_run
    from sharcs_core.training.processes import hear_of_the_end, n_processes, rank

    hear_of_the_end()
    use_threads(arguments.threads)
    if arguments.guided and n_processes() > 1:
        raise UserError("What is taught by explanations is trained in one process; start it without torchrun")
    task = task_named(arguments.task, arguments.seed, arguments.split_from, guided=arguments.guided)
    config = settings_of(arguments, task)
    if rank():
        join_run(config, task, data_dir=arguments.data, allow_code=allows_code(arguments))
        return
    wanted = runs_folder() / task.run_name(arguments.concepts)
    with (
        nullcontext(arguments.out) if arguments.out else claimed_run(config, wanted) as out,
        # the delay keeps a bar at zero out of the way of the one line that says why nothing could be trained
        tqdm(total=config.training.epochs, unit="epoch", file=sys.stderr, delay=1e-6, mininterval=0) as bar,
    ):
        run = train_run(
            config,
            task,
            out,
            data_dir=arguments.data,
            on_epoch=_progress(bar, config.training.epochs),
            note=lambda text: tqdm.write(f"sharcs: {text}", file=sys.stderr),
            allow_code=allows_code(arguments),
        )
    print(_result(run.path, run.metrics))
    titles = {name: run.card.titles[name] for name in run.card.deciding}
    if without := _without(run.metrics, list(titles) if len(titles) > 1 else []):
        print(without)
    if rests := rests_in_words(run.metrics, titles):
        print(rests)


def task_named(name: str, seed: int, split_from: str | None = None, *, guided: bool = False) -> Task:
    """A built-in task by its name, or the task that a folder is; ``guided``: one of explained pictures.

    Raises:
        UserError: for what is neither, and for every fault of a folder.
    """
    from sharcs_core.tasks import TASKS, get_task

    if guided and (split_from or not Path(name).is_dir()):
        raise UserError(f"--guided is for a folder of explained pictures, whose split is its own (got {shown(name)})")
    if guided:
        from sharcs_core.guided.explained_task import explained_task

        return explained_task(Path(name), seed)
    if name in TASKS and not split_from:
        return get_task(name)
    if not Path(name).is_dir():
        if name in TASKS:
            raise UserError(f"{name} has a split of its own; leave --split-from out")
        raise UserError(f"There is no task and no folder {shown(name)}; choose one of {sorted(TASKS)}, or a folder")
    return _folder(Path(name), seed, split_from)


def _folder(path: Path, seed: int, split_from: str | None) -> Task:
    from sharcs_core.checkpoints import resolve_run
    from sharcs_core.checkpoints.parts import read_parts
    from sharcs_core.tasks.folder.task import folder_task
    from sharcs_core.training.processes import rank

    parts = None if split_from is None else read_parts(resolve_run(split_from))
    made = folder_task(path, seed=seed, split_from=parts)
    if not rank():  # of several processes one tells
        tell_notes(made.notes, path)
    return made.task


def tell_notes(notes: Sequence[Fault], path: Path) -> None:
    """The first notes on a folder, and where the others are told."""
    for note in notes[:MOST_NOTES]:
        say(f"sharcs: {note}")
    if len(notes) > MOST_NOTES:
        say(f"sharcs: {len(notes) - MOST_NOTES:,} more notes; sharcs check {path} tells all")


def _progress(bar: tqdm[Any], n_epochs: int) -> Callable[[EpochRecord, int], None]:
    """Moves a bar on after each epoch; after the first it is said how long all epochs will take."""
    import torch

    from sharcs_core.trainings.progress import lasting

    def on_epoch(record: EpochRecord, _: int) -> None:
        losses = {"validation_loss": f"{record.validation_loss:.3f}"}
        bar.set_postfix({**losses, "accuracy": f"{record.validation_accuracy:.3f}"}, refresh=False)
        done = record.epoch + 1 - bar.n
        bar.update(done)
        if record.epoch == 0 and done == 1:
            seconds = record.cpu_seconds / torch.get_num_threads()
            bar.write(f"sharcs: all epochs take about {lasting(seconds * n_epochs)}", file=sys.stderr)

    return on_epoch


def _result(path: Path, figures: Mapping[str, Any]) -> str:
    few = with_rows("", few_rows(figures, "accuracy"))
    balanced = f" (balanced {share(figures['balanced_accuracy'])})"
    return (
        f"{path}: accuracy {share(figures['accuracy'])}{balanced}, completeness {share(figures['completeness'])}{few}"
    )


def _without(figures: Mapping[str, Any], modalities: Sequence[str]) -> str:
    """What accuracy is without each modality: whether it adds anything."""
    missing = figures.get("missing") or {}
    said = [f"{name} {share(missing[name].get('absent'))}" for name in modalities if name in missing]
    return f"accuracy without {listed(said)}" if said else ""
