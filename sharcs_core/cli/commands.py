"""What each command does; heavy imports wait until one is called."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sharcs_core.cli.arguments import files_parser, read_explain_rest
from sharcs_core.cli.brought import read_brought
from sharcs_core.cli.faults import say
from sharcs_core.cli.listing import NONE, run_line, share
from sharcs_core.cli.report import explanation_report, explanation_text
from sharcs_core.config import ALIGNMENT_WEIGHTS, RunConfig
from sharcs_core.errors import UserError
from sharcs_core.json_text import json_text
from sharcs_core.named import counted

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.training import EpochRecord


def _config(arguments: argparse.Namespace) -> RunConfig:
    from sharcs_core.tasks import get_task

    config = get_task(arguments.task).preset(arguments.seed, arguments.concepts)
    names = ("epochs", "alignment", "alignment_weight", "temperature", "batch_size", "learning_rate", "patience")
    chosen = arguments.alignment
    weight = {"alignment_weight": ALIGNMENT_WEIGHTS[chosen]} if chosen else {}
    given = weight | {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    if "epochs" in given:  # a short training has a short polish
        given["polish_epochs"] = max(0, min(config.training.polish_epochs, given["epochs"] - 1))
    config = replace(config, training=replace(config.training, **given))
    return config if arguments.bank_size is None else replace(config, bank_size=arguments.bank_size)


def _use_threads(n_threads: int) -> None:
    import torch

    if n_threads < 1:
        raise UserError(f"--threads must be at least 1 (got {n_threads})")
    torch.set_num_threads(n_threads)


def _train(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from sharcs_core.checkpoints import runs_folder
    from sharcs_core.pipeline import claimed_run, train_run
    from sharcs_core.tasks import get_task

    _use_threads(arguments.threads)
    config, task = _config(arguments), get_task(arguments.task)
    wanted = runs_folder() / task.run_name(arguments.concepts)
    with (
        nullcontext(arguments.out) if arguments.out else claimed_run(config, wanted) as out,
        # the delay keeps a bar at zero out of the way of the one line that says why nothing could be trained
        tqdm(total=config.training.epochs, unit="epoch", file=sys.stderr, delay=1e-6, mininterval=0) as bar,
    ):

        def on_epoch(record: EpochRecord, _: int) -> None:
            losses = {"validation_loss": f"{record.validation_loss:.3f}"}
            bar.set_postfix({**losses, "accuracy": f"{record.validation_accuracy:.3f}"}, refresh=False)
            bar.update(record.epoch + 1 - bar.n)

        run = train_run(
            config,
            task,
            out,
            data_dir=arguments.data,
            on_epoch=on_epoch,
            note=lambda text: tqdm.write(f"sharcs: {text}", file=sys.stderr),
        )
    figures = run.metrics
    print(f"{run.path}: accuracy {share(figures['accuracy'])}, completeness {share(figures['completeness'])}")


def _load(arguments: argparse.Namespace) -> Run:
    from sharcs_core.checkpoints import load_run, resolve_run

    return load_run(resolve_run(arguments.run, arguments.runs))


def _flat(values: Any, name: str = "") -> list[tuple[str, Any]]:
    if not isinstance(values, dict):
        return [(name, values)]
    return [row for key, value in values.items() for row in _flat(value, f"{name}.{key}" if name else key)]


def _evaluate(arguments: argparse.Namespace) -> None:
    from sharcs_core.pipeline import evaluate_run

    _use_threads(arguments.threads)
    figures = evaluate_run(_load(arguments), data_dir=arguments.data, note=lambda text: say(f"sharcs: {text}"))
    if arguments.json:
        print(json_text(figures), end="")
        return
    for name, value in _flat(figures):
        print(f"{name:45} {f'{value:.4f}' if isinstance(value, float) else NONE if value is None else value}")


def _list(arguments: argparse.Namespace) -> None:
    from sharcs_core.checkpoints import list_runs, runs_folder

    found = list_runs(arguments.runs)
    if arguments.json:
        rows = [{"run": run.name, "task": run.task, "error": run.error, "metrics": dict(run.metrics)} for run in found]
        print(json_text(rows), end="")
        return
    if not found:
        print(f"No runs in {runs_folder(arguments.runs)}. Train one with: sharcs train xor_and_xor")
    for run in found:
        print(run_line(run))


def _explain(arguments: argparse.Namespace) -> None:
    arguments = read_explain_rest(arguments)
    run = _load(arguments)
    given = files_parser(run, arguments.run).parse_args(arguments.files)
    brought = {name: value for name, value in vars(given).items() if value is not None}
    if not brought:
        names = [f"--{modality.name}" for modality in run.task.modalities]
        raise UserError(f"Give an input for at least one of {names}")
    _use_threads(1)
    read = read_brought(run.task, brought)
    for name, (_, notes) in read.items():
        for text in notes:
            say(f"sharcs: {name}: {text}")
    from sharcs_core.explanations import explain_inputs

    inputs = {name: one for name, (one, _) in read.items()}
    explanation = explain_inputs(run, inputs, k=arguments.neighbours)
    report = explanation_report(run, explanation)
    print(json_text(report).rstrip() if arguments.json else explanation_text(run, report))


def _rename(arguments: argparse.Namespace) -> None:
    from sharcs_core.checkpoints import rename_concept

    run = _load(arguments)
    if arguments.concept not in run.concept_names:
        raise UserError(f"{run.name} has no concept {arguments.concept!r}; choose one of {list(run.concept_names)}")
    concept = run.concept_names.index(arguments.concept)
    rename_concept(run.path, concept, arguments.name, len(run.concept_names))
    print(f"{run.path}: {arguments.concept!r} is now {_load(arguments).concept_names[concept]!r}")


def _download(arguments: argparse.Namespace) -> None:
    from sharcs_core.storage import cache_dir
    from sharcs_core.tasks.mnist.download import download_mnist

    begun: set[str] = set()

    def progress(name: str, received: int, total: int | None) -> None:
        if name not in begun:
            begun.add(name)
            say(f"sharcs: fetching {name}" + (f" ({total / 1e6:.1f} MB)" if total else ""))

    path = download_mnist(arguments.to or cache_dir(), progress=progress)
    print(f"MNIST, complete and checked: {path}")


def _cache(arguments: argparse.Namespace) -> None:
    from sharcs_core.cli.cache_report import cleared_report, cleared_text, kept_report, kept_text
    from sharcs_core.storage import cache_dir
    from sharcs_core.tasks.cache import choose, clear, list_kept

    kept = list_kept(cache_dir())
    if arguments.clear is None:
        report = kept_report(cache_dir(), kept)
        print(json_text(report).rstrip() if arguments.json else kept_text(report))
        return
    cleared = clear(choose(kept, arguments.clear))
    report = cleared_report(cleared)
    print(json_text(report).rstrip() if arguments.json else cleared_text(report))
    if cleared.failed:
        raise UserError(f"Not deleted: {'; '.join(cleared.failed)}; see to it that you may write in that folder")


def _benchmark(arguments: argparse.Namespace) -> None:
    from sharcs_benchmark.plan import BLOCKS, plans
    from sharcs_benchmark.runner import results_folder, run_benchmark, write_tables

    _use_threads(1)
    chosen = plans(arguments.blocks or BLOCKS, arguments.tasks, arguments.models, arguments.seeds, arguments.quick)
    folder = arguments.results or results_folder(arguments.quick)
    run_benchmark(
        chosen,
        folder / "results",
        data_dir=arguments.data,
        remeasure=arguments.remeasure,
        note=lambda text: say(f"sharcs: {text}"),
    )
    written = write_tables(folder, on_damage=lambda text: say(f"sharcs: {text}"))
    print(f"{counted(len(chosen), 'cell')} in {folder / 'results'}; tables: {written}")


COMMANDS = {
    "train": _train,
    "evaluate": _evaluate,
    "explain": _explain,
    "list": _list,
    "download": _download,
    "cache": _cache,
    "benchmark": _benchmark,
    "rename": _rename,
}
