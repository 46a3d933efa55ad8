"""What each command does; heavy imports wait until one is called."""

from __future__ import annotations

import argparse

from sharcs_core.cli.arguments import files_parser, read_explain_rest
from sharcs_core.cli.brought import read_brought
from sharcs_core.cli.faults import say
from sharcs_core.cli.figures import figure_lines
from sharcs_core.cli.folders import check, predict
from sharcs_core.cli.listing import run_line
from sharcs_core.cli.options import load, use_threads
from sharcs_core.cli.report import explanation_report, explanation_text
from sharcs_core.cli.starting import export, init
from sharcs_core.cli.training import train
from sharcs_core.cli.where import where_lines, where_report
from sharcs_core.errors import UserError
from sharcs_core.json_text import json_text
from sharcs_core.named import counted
from sharcs_core.reasons import lacks_of_model, lacks_of_task
from sharcs_core.tasks.examples import TRAIN_ONE


def _evaluate(arguments: argparse.Namespace) -> None:
    from sharcs_core.pipeline import evaluate_run

    use_threads(arguments.threads)
    run = load(arguments)
    figures = evaluate_run(run, data_dir=arguments.data, note=lambda text: say(f"sharcs: {text}"))
    if arguments.json:
        print(json_text(figures), end="")
        return
    lacks = {**lacks_of_task(run.task), **lacks_of_model(run.model.config)}
    print("\n".join(figure_lines(figures, lacks)))


def _list(arguments: argparse.Namespace) -> None:
    from sharcs_core.checkpoints import list_runs, runs_folder

    found = list_runs(arguments.runs, allow_code=True)  # nothing is loaded
    if arguments.json:
        rows = [{"run": run.name, "task": run.task, "error": run.error, "metrics": dict(run.metrics)} for run in found]
        print(json_text(rows), end="")
        return
    if not found:
        print(f"No runs in {runs_folder(arguments.runs)}. Train one with: {TRAIN_ONE}")
    for run in found:
        print(run_line(run))


def _explain(arguments: argparse.Namespace) -> None:
    arguments = read_explain_rest(arguments)
    run = load(arguments)
    given = files_parser(run, arguments.run).parse_args(arguments.files)
    brought = {name: value for name, value in vars(given).items() if value is not None}
    if not brought:
        names = [f"--{modality.name}" for modality in run.card.modalities]
        raise UserError(f"Give an input for at least one of {names}")
    use_threads(1)
    read = read_brought(run.task, brought)
    for name, (_, notes) in read.items():
        for text in notes:
            say(f"sharcs: {name}: {text}")
    from sharcs_core.explanations import explain_inputs

    inputs = {name: one for name, (one, _) in read.items()}
    explanation = explain_inputs(run, inputs, k=arguments.neighbours)
    report = explanation_report(run, explanation)
    told = where_report(run, explanation, inputs, arguments.where) if arguments.where else None
    if arguments.json:
        print(json_text(report if told is None else {**report, "where": told}).rstrip())
        return
    print("\n".join([explanation_text(run, report), *(where_lines(told) if told else [])]))


def _rename(arguments: argparse.Namespace) -> None:
    from sharcs_core.checkpoints import rename_concept

    run = load(arguments)
    if arguments.concept not in run.concept_names:
        raise UserError(f"{run.name} has no concept {arguments.concept!r}; choose one of {list(run.concept_names)}")
    concept = run.concept_names.index(arguments.concept)
    rename_concept(run.path, concept, arguments.name, len(run.concept_names))
    print(f"{run.path}: {arguments.concept!r} is now {load(arguments).concept_names[concept]!r}")


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

    use_threads(1)
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
    "train": train,
    "evaluate": _evaluate,
    "explain": _explain,
    "list": _list,
    "download": _download,
    "cache": _cache,
    "benchmark": _benchmark,
    "rename": _rename,
    "init": init,
    "check": check,
    "export": export,
    "predict": predict,
}
