"""The ``sharcs`` command: train, evaluate, explain, list, download."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sharcs_core.config import ALIGNMENTS, RunConfig
from sharcs_core.training import EpochRecord

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation

EXAMPLES = """examples:
  sharcs list                                   what is trained, and how good it is
  sharcs explain xor_and_xor --table row.csv    why the model says what it says of your own input
  sharcs evaluate mnist_superpixels --json      every figure, measured again from weights and data
  sharcs train xor_and_xor --seed 4 --out my_runs/xor_seed_4
  sharcs download mnist                         the full MNIST, about 11 MB, into the cache
"""


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command in one line, as every other fault is said."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="sharcs",
        description="Train and explain multimodal models through concepts that all modalities share.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands)
    _add_evaluate(commands)
    _add_explain(commands)
    listing = commands.add_parser("list", help="list the runs there are")
    _add_runs(listing)
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(act=_list)
    download = commands.add_parser("download", help="fetch a data set that is too large to ship")
    download.add_argument("dataset", choices=["mnist"], help="what to fetch")
    download.add_argument("--to", type=Path, help="folder to put it in (default: the cache, where tasks look)")
    download.set_defaults(act=_download)
    return parser


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", help="folder of runs (default: $SHARCS_RUNS, else ./checkpoints)"
    )


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder with mnist.npz or the IDX files, gzipped or not"
    )


def _add_threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threads", type=int, default=1, help="CPU threads of torch (default: 1, the least CPU time on these sizes)"
    )


def _add_train(commands: Any) -> None:
    parser = commands.add_parser(
        "train",
        help="train a model and save it as a run",
        description="Train a model. A training that was interrupted goes on where it was, when called again.",
    )
    parser.add_argument("task", metavar="TASK", help="xor_and_xor or mnist_superpixels")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder of the run; a run that is there is replaced (default: the first of TASK, TASK_2 … that is free "
        "in $SHARCS_RUNS, else ./checkpoints)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of data, split and weights (default: 0)")
    parser.add_argument("--epochs", type=int, help="default: as the shipped run")
    parser.add_argument("--alignment", choices=ALIGNMENTS, help="what pulls equal meanings together")
    parser.add_argument("--alignment-weight", type=float, metavar="λ", help="weight of the alignment loss")
    parser.add_argument("--temperature", type=float, help="of the contrastive alignment")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--patience", type=int, help="stop after so many epochs without progress (0: never)")
    parser.add_argument("--bank-size", type=int, help="training samples kept to answer queries (0: all)")
    _add_data(parser)
    _add_threads(parser)
    parser.set_defaults(act=_train)


def _add_evaluate(commands: Any) -> None:
    parser = commands.add_parser("evaluate", help="measure a run again, from its weights and the task's data")
    parser.add_argument("run", metavar="RUN", help="a folder, or a name that `sharcs list` shows")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    _add_data(parser)
    _add_runs(parser)
    _add_threads(parser)
    parser.set_defaults(act=_evaluate)


def _add_explain(commands: Any) -> None:
    parser = commands.add_parser(
        "explain",
        help="explain inputs of your own",
        description="Explain inputs of your own: give one file for any of the run's modalities, such as\n"
        "  sharcs explain mnist_superpixels --image digit.png --graph digit.json\n"
        "  sharcs explain xor_and_xor --table row.csv",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", metavar="RUN", help="a folder, or a name that `sharcs list` shows")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--neighbours", type=int, default=5, metavar="K", help="neighbours per modality (default: 5)")
    parser.add_argument(
        "files",
        nargs=argparse.REMAINDER,
        metavar="--MODALITY FILE",
        help="e.g. --image, --graph or --table, and a file",
    )
    _add_runs(parser)
    parser.set_defaults(act=_explain)


# --- train ---------------------------------------------------------------------------------------------------


def _config(arguments: argparse.Namespace) -> RunConfig:
    from sharcs_core.data import get_task

    config = get_task(arguments.task).preset(arguments.seed)
    names = ("epochs", "alignment", "alignment_weight", "temperature", "batch_size", "learning_rate", "patience")
    given = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    config = replace(config, training=replace(config.training, **given))
    return config if arguments.bank_size is None else replace(config, bank_size=arguments.bank_size)


def _use_threads(n_threads: int) -> None:
    import torch

    if n_threads < 1:
        raise ValueError(f"--threads must be at least 1 (got {n_threads})")
    torch.set_num_threads(n_threads)


def _train(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from sharcs_core.checkpoints import free_folder
    from sharcs_core.data import get_task
    from sharcs_core.pipeline import train_run

    _use_threads(arguments.threads)
    config = _config(arguments)
    # the delay keeps a bar at zero out of the way of the one line that says why nothing could be trained
    with tqdm(total=config.training.epochs, unit="epoch", file=sys.stderr, delay=1e-6, mininterval=0) as bar:

        def on_epoch(record: EpochRecord, _: int) -> None:
            losses = {"validation_loss": f"{record.validation_loss:.3f}"}
            bar.set_postfix({**losses, "accuracy": f"{record.validation_accuracy:.3f}"}, refresh=False)
            bar.update(record.epoch + 1 - bar.n)

        run = train_run(
            config,
            get_task(arguments.task),
            arguments.out or free_folder(arguments.task),
            data_dir=arguments.data,
            on_epoch=on_epoch,
            note=lambda text: tqdm.write(f"sharcs: {text}", file=sys.stderr),
        )
    print(f"{run.path}: accuracy {run.metrics['accuracy']:.4f}, completeness {run.metrics['completeness']:.4f}")


# --- evaluate and list ---------------------------------------------------------------------------------------


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
    figures = evaluate_run(_load(arguments), data_dir=arguments.data, note=lambda text: _say(f"sharcs: {text}"))
    if arguments.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in _flat(figures):
        print(f"{name:45} {value:.4f}" if isinstance(value, float) else f"{name:45} {value}")


def _list(arguments: argparse.Namespace) -> None:
    from sharcs_core.checkpoints import list_runs, runs_folder

    found = list_runs(arguments.runs)
    if arguments.json:
        rows = [{"run": run.name, "task": run.task, "error": run.error, "metrics": dict(run.metrics)} for run in found]
        print(json.dumps(rows, indent=1))
        return
    if not found:
        print(f"No runs in {runs_folder(arguments.runs)}. Train one with: sharcs train xor_and_xor")
    for run in found:
        if run.error:
            print(f"{run.name:24} cannot be used: {run.error}")
        else:
            print(
                f"{run.name:24} accuracy {run.metrics.get('accuracy', float('nan')):.4f} "
                f"(majority {run.metrics.get('majority_accuracy', float('nan')):.4f}), "
                f"completeness {run.metrics.get('completeness', float('nan')):.4f}, seed {run.metrics.get('seed')}, "
                f"{run.metrics.get('data_source')}"
            )


# --- explain -------------------------------------------------------------------------------------------------


def _explain(arguments: argparse.Namespace) -> None:
    arguments = _read_explain_rest(arguments)
    run = _load(arguments)
    given = _files_parser(run, arguments.run).parse_args(arguments.files)
    paths = {name: path for name, path in vars(given).items() if path is not None}
    if not paths:
        raise ValueError(
            f"Give a file for at least one of {['--' + modality.name for modality in run.task.modalities]}"
        )
    _use_threads(1)
    inputs = {}
    for name, path in paths.items():
        inputs[name], notes = run.task.modality(name).read(path.name, _read_file(path))
        for text in notes:
            _say(f"sharcs: {name}: {text}")
    from sharcs_core.explanations import explain_inputs

    explanation = explain_inputs(run, inputs, k=arguments.neighbours)
    report = explanation_report(run, explanation)
    print(json.dumps(report, indent=1) if arguments.json else _explanation_text(run, report))


def _files_parser(run: Run, name: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"sharcs explain {name}",
        description=f"{run.task.summary} {run.task.question} Give one file for any of the modalities.",
        epilog="Further options: --json, --neighbours K, --runs DIR; see sharcs explain --help",
    )
    for modality in run.task.modalities:
        suffixes = ", ".join(modality.suffixes)
        parser.add_argument(f"--{modality.name}", type=Path, metavar="FILE", help=f"{modality.title} ({suffixes})")
    return parser


def _read_explain_rest(arguments: argparse.Namespace) -> argparse.Namespace:
    """Options of ``explain`` may stand before or after the files, whose names only the run knows."""
    rest = _Parser(prog="sharcs explain", add_help=False, allow_abbrev=False)
    rest.add_argument("--json", action="store_true", default=arguments.json)
    rest.add_argument("--neighbours", type=int, default=arguments.neighbours)
    rest.add_argument("--runs", type=Path, default=arguments.runs)
    known, files = rest.parse_known_args(arguments.files)
    if known.neighbours < 1:
        raise ValueError(f"--neighbours must be at least 1 (got {known.neighbours})")
    return argparse.Namespace(**{**vars(arguments), **vars(known), "files": files})


def _read_file(path: Path) -> bytes:
    from sharcs_core.data.files import MAX_BYTES

    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)  # the reader refuses what is longer, and says so


def explanation_report(run: Run, explanation: Explanation) -> dict[str, Any]:
    """An explanation as the JSON object that ``sharcs explain --json`` prints."""
    from sharcs_core.explanations import cross_modal_neighbours

    names = run.task.class_names
    return {
        "class": names[explanation.class_index],
        "probabilities": {name: float(value) for name, value in zip(names, explanation.probabilities, strict=True)},
        "concepts": {name: [float(value) for value in values] for name, values in explanation.shared.items()},
        "tree_path": [
            {
                "feature": step.feature,
                "modality": step.modality,
                "concept": step.concept,
                "value": step.value,
                "went": step.went,
            }
            for step in explanation.path.steps
        ],
        "tree_class": names[explanation.path.class_index],
        "tree_stopped_for": explanation.path.stopped_for,
        "neighbours": {
            target: [
                {
                    "id": neighbour.id,
                    "label": run.task.modality(target).key_names[neighbour.key],
                    "distance": neighbour.distance,
                    "shared_concepts": list(neighbour.shared_concepts),
                }
                for neighbour in found
            ]
            for target, found in cross_modal_neighbours(explanation).items()
        },
        "missing": {name: how.handling for name, how in explanation.missing.items()},
    }


def _explanation_text(run: Run, report: dict[str, Any]) -> str:
    best = sorted(report["probabilities"].items(), key=lambda item: -item[1])[:5]
    lines = [run.task.question, f"class: {report['class']}", "probabilities:"]
    lines += [f"  {name:>8}  {value:.3f}" for name, value in best]
    lines += [f"missing: {name} ({how}: averaged over the bank)" for name, how in report["missing"].items()]
    for name, values in report["concepts"].items():
        lines.append(f"concepts of the {name}: " + " ".join(f"{value:.2f}" for value in values))
    lines.append("decision tree:")
    lines += [
        f"  {step['modality']} concept {step['concept']} is {'on' if step['value'] else 'off'}"
        for step in report["tree_path"]
    ]
    if report["tree_stopped_for"]:
        lines.append(f"  and then it would ask for the {report['tree_stopped_for']}, which is missing")
    lines.append(f"  so it says {report['tree_class']}")
    for target, found in report["neighbours"].items():
        lines.append(f"nearest, {target}:")
        lines += [f"  {row['id']:24} {row['label']:12} distance {row['distance']:.3f}" for row in found]
    return "\n".join(lines)


# --- download ------------------------------------------------------------------------------------------------


def _download(arguments: argparse.Namespace) -> None:
    from sharcs_core.data.mnist import cache_dir, download_mnist

    begun: set[str] = set()

    def progress(name: str, received: int, total: int | None) -> None:
        if name not in begun:
            begun.add(name)
            _say(f"sharcs: fetching {name}" + (f" ({total / 1e6:.1f} MB)" if total else ""))

    path = download_mnist(arguments.to or cache_dir(), progress=progress)
    print(f"MNIST, complete and checked: {path}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. Faults become one line on stderr."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.act(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _say("sharcs: stopped; call the same command again to go on")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        _say(f"sharcs: {error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
        return 1
    except (ValueError, KeyError) as error:
        _say(f"sharcs: {' '.join(str(error.args[0] if error.args else error).split())}")
        return 1
    return 0
