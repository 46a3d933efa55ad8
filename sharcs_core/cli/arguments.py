"""What can be typed: options, defaults and the help that teaches them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sharcs_core.cli.faults import DEBUG
from sharcs_core.config import ALIGNMENTS
from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.tasks import TASKS, examples
from sharcs_core.tasks.task import CONCEPTS

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

EXAMPLES = f"""examples:
  sharcs list                                   what is trained, and how good it is
  {examples.EXPLAIN_ROW:<45} why the model says what it says of your own input
  {examples.EXPLAIN_SENTENCE}
  {examples.EVALUATE:<45} every figure, measured again from weights and data
  {examples.TRAIN_APART}
  sharcs benchmark --quick                      every model on every task, small, in minutes
  sharcs download mnist                         the full MNIST, about 11 MB, into the cache
  sharcs cache                                  what lies in the cache; --clear old deletes what is out of date
"""


RUNS_FOLDER = "$SHARCS_RUNS, else ./checkpoints where there is one, else that of the project"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command in one line, as every other fault is said."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="sharcs",
        description="Train and explain multimodal models through concepts that all modalities share.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(DEBUG, action="store_true", help="show where an error was raised; may stand anywhere")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands)
    _add_evaluate(commands)
    _add_explain(commands)
    _add_benchmark(commands)
    _add_rename(commands)
    _add_init(commands)
    _add_check(commands)
    _add_predict(commands)
    _add_export(commands)
    listing = commands.add_parser("list", help="list the runs there are")
    _add_runs(listing)
    listing.add_argument("--json", action="store_true", help="print JSON")
    download = commands.add_parser("download", help="fetch a data set that is too large to ship")
    download.add_argument("dataset", choices=["mnist"], help="what to fetch")
    download.add_argument("--to", type=Path, help="folder to put it in (default: the cache, where tasks look)")
    _add_cache(commands)
    return parser


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=_folder, metavar="DIR", help=f"folder of runs (default: {RUNS_FOLDER})")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a folder, or a name that `sharcs list` shows")


def _add_sheet_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=_folder, metavar="DIR", help="holds metadata.csv or metadata.parquet")


def _folder(text: str) -> Path:
    return Path(text).expanduser()


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="folder with data that is not shipped: for the MNIST tasks mnist.npz or the IDX files, gzipped or not; "
        "for CLEVR what the original generator wrote, its PNG files and a JSON file of questions",
    )


def _add_allow_code(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow-code",
        action="store_true",
        help="import and run encoders that are no part of SHARCS and that the settings name; only where you trust them",
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
    parser.add_argument("task", metavar="TASK", help=f"a folder of your own, or one of {', '.join(TASKS)}")
    parser.add_argument(
        "--out",
        type=_folder,
        metavar="DIR",
        help="folder of the run; a run that is there is replaced (default: the first of TASK, TASK_2 … that is free "
        f"in {RUNS_FOLDER})",
    )
    parser.add_argument(
        "--concepts",
        choices=CONCEPTS,
        help="named: taught to follow the values of the task's factors; free: found by the model, few chosen of many "
        "(default: the task's own)",
    )
    parser.add_argument(
        "--guided",
        action="store_true",
        help="TASK is a folder of pictures with masks (visual_explanation) and sentences (textual_explanation) that "
        "teach where to look and what to say",
    )
    parser.add_argument("--seed", type=int, default=0, help="of data, split and weights (default: 0)")
    parser.add_argument("--epochs", type=int, help="default: as the shipped run")
    parser.add_argument("--alignment", choices=ALIGNMENTS, help="what pulls equal meanings together")
    parser.add_argument(
        "--alignment-weight",
        type=float,
        metavar="λ",
        help="weight of the alignment loss (default: the alignment's own)",
    )
    parser.add_argument("--temperature", type=float, help="of the contrastive alignment")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--patience", type=int, help="stop after so many epochs without progress (0: never)")
    parser.add_argument("--bank-size", type=int, help="training samples kept to answer queries (0: all)")
    parser.add_argument(
        "--encoder",
        action="append",
        default=[],
        metavar="MODALITY=package.module:Class",
        help="a torch.nn.Module of your own in the place of a modality's encoder; with --allow-code",
    )
    parser.add_argument("--balanced", action="store_true", help="rare classes weigh as much as common ones")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any setting, such as model.n_shared=24"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings as JSON, such as a run's config.json has")
    parser.add_argument(
        "--split-from",
        metavar="RUN",
        help="of a folder: rows that the run knew stay in the part that they were in",
    )
    _add_allow_code(parser)
    _add_data(parser)
    _add_threads(parser)


def _add_evaluate(commands: Any) -> None:
    parser = commands.add_parser("evaluate", help="measure a run again, from its weights and the task's data")
    _add_run(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    _add_allow_code(parser)
    _add_data(parser)
    _add_runs(parser)
    _add_threads(parser)


def _add_explain(commands: Any) -> None:
    parser = commands.add_parser(
        "explain",
        help="explain inputs of your own",
        description="Explain inputs of your own: give one for any of the run's modalities, such as\n"
        f"  {examples.EXPLAIN_FILES}\n  {examples.EXPLAIN_ROW}\n  {examples.EXPLAIN_SENTENCE}",
        epilog="A text is given as the sentence itself, or as @FILE; all else as a file. - in place of one file stands "
        "for standard input (@- for a text), whose kind is told by its content: a graph that begins with < is GraphML, "
        "any other JSON.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_run(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--neighbours", type=int, default=5, metavar="K", help="neighbours per modality (default: 5)")
    parser.add_argument(
        "files",
        nargs=argparse.REMAINDER,
        metavar="--MODALITY INPUT",
        help="e.g. --image, --graph or --table and a file, or --text and a sentence",
    )
    _add_allow_code(parser)
    _add_runs(parser)


def _add_rename(commands: Any) -> None:
    parser = commands.add_parser(
        "rename",
        help="give a concept of a run another name",
        description="Give a concept of a run a name of your own; it stands wherever the concept is spoken of.",
    )
    _add_run(parser)
    parser.add_argument("concept", metavar="CONCEPT", help="its present name")
    parser.add_argument("name", metavar="NAME", help="its new name; '' takes a given name back")
    _add_allow_code(parser)
    _add_runs(parser)


def _add_init(commands: Any) -> None:
    parser = commands.add_parser(
        "init",
        help="begin a task from a folder of your own",
        description="Write what a folder of samples lacks to be a task: metadata.csv, a row a sample, from a sheet of "
        "another name, from folders of classes or of a split, or from equal names in two folders; and task.toml, which "
        "says what was made of each column, and why. Nothing that is there is changed.",
    )
    parser.add_argument("folder", type=_folder, metavar="DIR", help="holds pictures, graphs, texts, or a CSV file")


def _add_export(commands: Any) -> None:
    parser = commands.add_parser(
        "export",
        help="write a task that is here as a folder of your own would be",
        description="Write a task as a folder: metadata.csv, the files of each modality, and task.toml; to be looked "
        "at, changed, and trained on.",
    )
    parser.add_argument("task", choices=list(TASKS), metavar="TASK", help=f"one of {', '.join(TASKS)}")
    parser.add_argument("folder", type=_folder, metavar="DIR", help="a folder that is not there yet")
    parser.add_argument("--n", type=int, metavar="N", help="so many samples of each part of the split (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the data, and of the choice of N (default: 0)")
    _add_data(parser)


def _add_check(commands: Any) -> None:
    parser = commands.add_parser(
        "check",
        help="everything that is wrong with a folder of your own",
        description="Look at a folder of samples, as train takes it: every fault with its row, column and mend, and "
        "what is worth knowing. Its files are decoded once, into the cache that a training uses.",
    )
    _add_sheet_folder(parser)
    parser.add_argument("--csv", type=_folder, metavar="FILE", help="write faults and notes as a table, too")
    parser.add_argument("--seed", type=int, default=0, help="of the split, where it is drawn (default: 0)")


def _add_predict(commands: Any) -> None:
    parser = commands.add_parser(
        "predict",
        help="what a run says of every sample in a folder",
        description="What a run says of every row of a folder's metadata.csv: the class, how sure, what it reads, how "
        "unusual, and why. No label is needed; columns are found by their names.",
    )
    _add_run(parser)
    _add_sheet_folder(parser)
    parser.add_argument("--out", type=_folder, metavar="FILE", help="the table (default: standard output)")
    _add_allow_code(parser)
    _add_runs(parser)


def _add_benchmark(commands: Any) -> None:
    parser = commands.add_parser(
        "benchmark",
        help="compare models on tasks, and write the tables",
        description="Train and measure every model on every task, or those named; keep a JSON file of each and write "
        "the tables. Called again, it goes on where it stopped.",
    )
    parser.add_argument("--tasks", nargs="+", metavar="TASK", help=f"some of {', '.join(TASKS)} (default: all)")
    parser.add_argument("--models", nargs="+", metavar="MODEL", help="such as sharcs or late_fusion (default: all)")
    parser.add_argument("--seeds", nargs="+", type=int, metavar="N", help="default: those of each block")
    parser.add_argument("--blocks", nargs="+", metavar="BLOCK", help="A full data, B equal budget, C studies, S sanity")
    parser.add_argument("--quick", action="store_true", help="everything small: ends in minutes, proves nothing")
    parser.add_argument(
        "--results",
        type=Path,
        metavar="DIR",
        help="holds results/ and RESULTS.md (default: ./benchmarks; with --quick ./benchmarks/quick)",
    )
    parser.add_argument("--remeasure", action="store_true", help="measure again what is there, without training")
    _add_data(parser)


def _add_cache(commands: Any) -> None:
    parser = commands.add_parser(
        "cache",
        help="list what is kept in the cache folder, or delete some of it",
        description="List what is kept in $SHARCS_CACHE, else ~/.cache/sharcs: scenes, graphs, data sets "
        "and what frozen parts of encoders say, made or fetched again where they are missing, and the trainings of the "
        "benchmark.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--clear",
        nargs="+",
        metavar="WHAT",
        help="delete, without asking: all that SHARCS keeps, what is old (scenes by other versions of the renderer, "
        "files left unfinished), or what is listed under a NAME; what is unknown only goes by its name",
    )


def files_parser(run: Run, name: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"sharcs explain {name}",
        description=f"{run.card.summary} {run.card.question} Give an input of any of the modalities.",
        epilog="Further options: --json, --neighbours K, --runs DIR, --allow-code; see sharcs explain --help",
    )
    for modality in run.card.modalities:
        files = ", ".join(run.task.suffixes_of(modality.name))
        is_text = KINDS[modality.kind].typed
        says = (
            f"{modality.title}: the sentence itself, or @FILE ({files})" if is_text else f"{modality.title} ({files})"
        )
        parser.add_argument(f"--{modality.name}", metavar="SENTENCE" if is_text else "FILE", help=says)
    return parser


def read_explain_rest(arguments: argparse.Namespace) -> argparse.Namespace:
    """Options of ``explain`` may stand before or after the files, whose names only the run knows."""
    rest = _Parser(prog="sharcs explain", add_help=False, allow_abbrev=False)
    rest.add_argument("--json", action="store_true", default=arguments.json)
    rest.add_argument("--neighbours", type=int, default=arguments.neighbours)
    rest.add_argument("--runs", type=_folder, default=arguments.runs)
    rest.add_argument("--allow-code", action="store_true", default=arguments.allow_code)
    known, files = rest.parse_known_args(arguments.files)
    if known.neighbours < 1:
        raise UserError(f"--neighbours must be at least 1 (got {known.neighbours})")
    return argparse.Namespace(**{**vars(arguments), **vars(known), "files": files})
