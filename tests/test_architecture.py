"""What no single test of a function would see: imports go one way, no pickle, no printing.

Of the dashboard see ``test_dashboard_architecture.py``.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from sharcs_core.kinds import KINDS
from sharcs_core.tasks import TASKS
from sources import BENCHMARK, CORE, DASHBOARD, ROOT, called, faults, forget, imported, modules_of, parsed, python_files

FLOORS = {
    "ground": ("errors", "faults", "npz", "json_text", "modality_names", "storage"),
    "values": ("structures", "config", "tensors", "named", "questions", "meanings"),
    "inputs": ("readers", "encoders", "kinds"),
    "tasks": ("tasks",),
    "model": ("concepts", "shared_space", "predictor", "model", "baselines"),
    "training": (
        "losses",
        "neighbours",
        "retrieval",
        "inference",
        "frozen",
        "tree",
        "choosing",
        "batches",
        "objective",
        "weighing",
        "training",
        "guided",
    ),
    "measures": (
        *("prototypes", "interventions", "moves", "switches", "counterfactuals", "projection", "metrics"),
        *("perturbation", "studies", "edit_figures"),
    ),
    "runs": ("texts", "marks", "rationale", "naming", "unusual", "readings", "likeness", "checkpoints"),
    "explanations": (
        *("comparison", "evaluation", "explanations", "why", "brought", "bundles", "filling", "predictions", "answers"),
        *("effects", "rules"),
        *("profiles", "selections", "shares", "reasons", "headlines", "differences", "pipeline", "trainings"),
        *("suggestions", "additions", "where"),
    ),
    "command line": ("cli", "__main__"),
}
"""The core, floor by floor."""

ORDER = tuple(module for floor in FLOORS.values() for module in floor)
"""Each module of the core may import those that stand before it."""


def layer(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "sharcs_core" and len(parts) > 1 else None


def layer_of_file(path: Path) -> str:
    first = path.relative_to(CORE).parts[0]
    return first.removesuffix(".py")


MAY_ASK_A_KIND = {
    "sharcs_core/config.py": "says which settings an encoder of a kind may have",
    "sharcs_core/readers/graphs/files.py": "refuses to write what is no graph as one",
}
"""Outside of the kinds, and why."""

CORE_FILES = [path for path in python_files(CORE) if path != CORE / "__init__.py"]
LIBRARY = [path for path in CORE_FILES if "cli" not in path.parts]
ALL_FILES = [*CORE_FILES, *python_files(BENCHMARK), *python_files(DASHBOARD)]


@pytest.fixture(scope="module", autouse=True)
def trees():
    yield
    forget()


def test_every_module_of_the_core_has_its_place_in_the_order():
    assert {layer_of_file(path) for path in CORE_FILES} == set(ORDER)


def test_every_folder_of_the_core_is_in_the_list_of_packages_that_are_installed():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    folders = {path.parent for path in [*python_files(CORE), *python_files(BENCHMARK)]}
    assert listed == sorted(".".join(folder.relative_to(ROOT).parts) for folder in folders)


def test_there_are_ten_floors_at_most():
    assert len(FLOORS) <= 10


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def test_readers_and_kinds_know_no_task():
    asked = [path for path in CORE_FILES if layer_of_file(path) in ("readers", "kinds")]
    assert not faults(lambda path: [name for name in imported(path) if name.startswith("sharcs_core.tasks")], asked)


def test_imports_go_one_way():
    wrong = faults(imported_from_above, CORE_FILES)
    assert not wrong, f"{wrong}: these stand after the file that imports them"


def imported_from_above(path: Path) -> set[str]:
    own = ORDER.index(layer_of_file(path))
    return {name for name in imported(path) if (found := layer(name)) in ORDER and ORDER.index(found) > own}


def test_the_core_knows_no_dashboard():
    pages = {"streamlit", "plotly", "dashboard", "drawings", "shared", "views", "resources"}
    assert not faults(lambda path: roots(path) & pages, [*CORE_FILES, *python_files(BENCHMARK)])


def test_only_the_command_line_knows_the_benchmark():
    assert not faults(lambda path: roots(path) & {"sharcs_benchmark"}, LIBRARY)


def test_the_benchmark_knows_no_command_line():
    assert not faults(lambda path: "cli" in {layer(name) for name in imported(path)}, python_files(BENCHMARK))


def test_only_the_command_line_prints():
    assert not faults(lambda path: prints(parsed(path)), LIBRARY)


def prints(tree: ast.AST) -> list[str]:
    """What code says on the terminal."""
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if call == "print" or re.fullmatch(r"(sys\.)?(stdout|stderr)\.write", call)]


def test_there_is_no_pickle():
    assert not faults(lambda path: pickles(parsed(path)), ALL_FILES)


def pickles(tree: ast.AST) -> set[str]:
    """Whatever code uses to write, or to read, what can run when it is read."""
    found = {name.split(".")[0] for name in modules_of(tree)}
    found &= {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve", "marshal", "pandas.io.pickle"}
    from_torch = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "torch"]
    found |= {f"torch.{one.name}" for node in from_torch for one in node.names if one.name in ("load", "save")}
    for node in ast.walk(tree):
        call = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if call in ("torch.load", "torch.save", "torch.package") or called(node) in ("read_pickle", "to_pickle"):
            found.add(call)
        if call in ("np.load", "numpy.load") and not _refuses_pickle(node):
            found.add(call)
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            found.add("allow_pickle")
    return found


def _refuses_pickle(call: ast.Call) -> bool:
    return any(word.arg == "allow_pickle" and ast.unparse(word.value) == "False" for word in call.keywords)


def test_no_global_generator_is_seeded_or_drawn_from():
    assert not faults(lambda path: global_draws(parsed(path)), [*CORE_FILES, *python_files(BENCHMARK)])


def global_draws(tree: ast.AST) -> set[str]:
    """Whatever draws from, or seeds, a generator that all share; torch's may be, where it is forked before."""
    found = {name for name in modules_of(tree) if name == "random"}
    for node in ast.walk(tree):
        name = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        drawn = re.fullmatch(r"(?:np|numpy)\.random\.(\w+)", name)
        if drawn and drawn[1] not in ("default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64"):
            found.add(name)
        if name == "torch.manual_seed" and "fork_rng" not in ast.unparse(tree):
            found.add(name)
    return found


NOT_OF_TASKS = [
    path for path in ALL_FILES if path.relative_to(ROOT).parts[1] != "tasks" and BENCHMARK not in path.parents
]


def test_no_module_outside_the_tasks_has_the_name_of_one():
    assert not faults(lambda path: tasks_named(parsed(path)), NOT_OF_TASKS)


def tasks_named(tree: ast.AST) -> set[str]:
    """Names of tasks in what code says, but for its docstrings, whose examples have to name one."""
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    said -= docstrings(tree)
    return {name for name in TASKS for text in said if re.search(rf"\b{name}\b", text)}


def docstrings(tree: ast.AST) -> set[str]:
    """Texts that stand alone: of modules, classes and functions, and below a constant."""
    alone = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    return {node.value for node in alone if isinstance(node, ast.Constant) and isinstance(node.value, str)}


ASK_NO_KIND = [
    path
    for path in ALL_FILES
    if not {"kinds", "drawings"} & set(path.parts) and path.relative_to(ROOT).as_posix() not in MAY_ASK_A_KIND
]


def test_nothing_but_kinds_and_drawings_asks_which_kind_an_input_is():
    assert not faults(lambda path: kinds_asked(parsed(path)), ASK_NO_KIND)


def kinds_asked(tree: ast.AST) -> set[str]:
    """Comparisons with the name of a kind, and questions whether something is of the form of one."""
    forms = {kind.form.__name__ for kind in KINDS.values()}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(_is_kind(side) for side in [node.left, *node.comparators]):
            others = [ast.unparse(side) for side in [node.left, *node.comparators] if not _is_kind(side)]
            found |= {other for other in others if re.search(r"kind\b", other)}
        if called(node) == "isinstance":
            found |= forms & {name.id for name in ast.walk(node.args[1]) if isinstance(name, ast.Name)}
    return found


def _is_kind(side: ast.AST) -> bool:
    names = [one.value for one in ast.walk(side) if isinstance(one, ast.Constant)]
    return bool(names) and set(names) <= set(KINDS)


# --- violations are found ------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["print(1)", "sys.stdout.write('1')", "from sys import stderr\nstderr.write('1')"])
def test_what_is_printed_is_found(source):
    assert prints(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "def read():\n    import pickle",
        "from joblib import load",
        "torch.load(path)",
        "from torch import load",
        "np.load(io.BytesIO(content))",
        "np.load(path, allow_pickle=trusted)",
        "np.savez(path, allow_pickle=True)",
        "pd.read_pickle(path)",
    ],
)
def test_pickle_is_found(source):
    assert pickles(ast.parse(source))


def test_arrays_that_are_read_without_pickle_are_none():
    assert not pickles(ast.parse("np.load(io.BytesIO(content), allow_pickle=False)"))


@pytest.mark.parametrize(
    "source", ["import random", "np.random.seed(0)", "x = numpy.random.rand(3)", "torch.manual_seed(0)"]
)
def test_a_global_generator_is_found(source):
    assert global_draws(ast.parse(source))


@pytest.mark.parametrize(
    "source", ["rng = np.random.default_rng(0)", "with torch.random.fork_rng():\n    torch.manual_seed(0)"]
)
def test_a_generator_of_ones_own_is_none(source):
    assert not global_draws(ast.parse(source))


@pytest.mark.parametrize("source", ['run = "clevr"', 'say(f"train {name} as clevr")', 'x = "sharcs train xor_and_xor"'])
def test_the_name_of_a_task_is_found(source):
    assert tasks_named(ast.parse(source))


@pytest.mark.parametrize("source", ['"""Of clevr."""', 'x = 1\n"""As clevr has it."""', 'name = "clevrness"'])
def test_what_only_tells_of_a_task_is_not(source):
    assert not tasks_named(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        'if inputs.kind == "graph": pass',
        'wide = "image" != modality.kind',
        'x = form.kind in ("image", "text")',
        "isinstance(form, TableForm)",
        "isinstance(form, (ImageForm, GraphForm))",
    ],
)
def test_a_question_of_which_kind_is_found(source):
    assert kinds_asked(ast.parse(source))


@pytest.mark.parametrize("source", ['if question.kind == "concept": pass', 'inputs["graph"]', "isinstance(form, Form)"])
def test_other_questions_are_none(source):
    assert not kinds_asked(ast.parse(source))
