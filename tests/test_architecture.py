"""What no single test of a function would see: imports go one way, no pickle, no printing.

Of the dashboard see ``test_dashboard_architecture.py``.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from sources import BENCHMARK, CORE, DASHBOARD, ROOT, called, imported, modules_of, parsed, python_files, short

ORDER = (
    *(
        "errors",
        "faults",
        "npz",
        "json_text",
        "modality_names",
        "storage",
        "structures",
        "config",
        "tensors",
        "named",
        "questions",
        "readers",
        "tasks",
        "encoders",
        "concepts",
    ),
    *("shared_space", "predictor", "model", "baselines", "losses", "retrieval", "inference", "tree", "choosing"),
    *("batches", "training"),
    *("prototypes", "interventions", "moves", "switches", "counterfactuals", "projection", "metrics", "perturbation"),
    *("studies", "edit_figures", "rationale", "naming", "unusual", "readings", "likeness", "checkpoints"),
    *("comparison", "evaluation", "explanations", "why", "effects", "rules", "profiles", "selections"),
    *("headlines", "differences", "pipeline", "cli", "__main__"),
)
"""Each module of the core may import those that stand before it."""


def layer(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "sharcs_core" and len(parts) > 1 else None


def layer_of_file(path: Path) -> str:
    first = path.relative_to(CORE).parts[0]
    return first.removesuffix(".py")


CORE_FILES = [path for path in python_files(CORE) if path != CORE / "__init__.py"]
ALL_FILES = [*CORE_FILES, *python_files(BENCHMARK), *python_files(DASHBOARD)]


def test_every_module_of_the_core_has_its_place_in_the_order():
    assert {layer_of_file(path) for path in CORE_FILES} == set(ORDER)


def test_every_folder_of_the_core_is_in_the_list_of_packages_that_are_installed():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    folders = {path.parent for path in [*python_files(CORE), *python_files(BENCHMARK)]}
    assert listed == sorted(".".join(folder.relative_to(ROOT).parts) for folder in folders)


@pytest.mark.parametrize("path", CORE_FILES, ids=short)
def test_imports_go_one_way(path):
    own = ORDER.index(layer_of_file(path))
    wrong = {name for name in imported(path) if (found := layer(name)) in ORDER and ORDER.index(found) > own}
    assert not wrong, f"{short(path)} imports {sorted(wrong)}, which stand after it"


@pytest.mark.parametrize("path", [*CORE_FILES, *python_files(BENCHMARK)], ids=short)
def test_the_core_knows_no_dashboard(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & {"streamlit", "plotly", "dashboard", "drawings", "shared", "views", "resources"}


@pytest.mark.parametrize("path", CORE_FILES, ids=short)
def test_only_the_command_line_knows_the_benchmark(path):
    assert "cli" in path.parts or "sharcs_benchmark" not in {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", python_files(BENCHMARK), ids=short)
def test_the_benchmark_knows_no_command_line(path):
    assert "cli" not in {layer(name) for name in imported(path)}


@pytest.mark.parametrize("path", CORE_FILES, ids=short)
def test_only_the_command_line_prints(path):
    assert "cli" in path.parts or not prints(parsed(path))


def prints(tree: ast.AST) -> list[str]:
    """What code says on the terminal."""
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if call == "print" or re.fullmatch(r"(sys\.)?(stdout|stderr)\.write", call)]


@pytest.mark.parametrize("path", ALL_FILES, ids=short)
def test_there_is_no_pickle(path):
    assert not pickles(parsed(path))


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


@pytest.mark.parametrize("path", [*CORE_FILES, *python_files(BENCHMARK)], ids=short)
def test_no_global_generator_is_seeded_or_drawn_from(path):
    assert not global_draws(parsed(path))


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
