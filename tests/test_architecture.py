"""What no single test of a function would see: imports go one way, no pickle, no printing, short views."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "sharcs_core"
DASHBOARD = ROOT / "dashboard"
ORDER = (
    *("structures", "config", "tensors", "named", "questions", "data", "encoders", "concepts", "shared_space"),
    *("predictor", "model", "baselines", "losses", "retrieval", "inference", "tree", "choosing", "batches", "training"),
    *("prototypes", "interventions", "moves", "switches", "counterfactuals", "projection", "metrics", "perturbation"),
    *("studies", "edit_figures", "rationale", "naming", "checkpoints", "comparison", "evaluation", "explanations"),
    *("pipeline", "benchmark", "cli", "__main__"),
)
"""Each module of the core may import those that stand before it."""

MAX_VIEW_LINES = 110


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def imported(path: Path) -> Iterator[str]:
    """Modules that a file imports anywhere in it, but for type checkers only."""
    tree = ast.parse(path.read_text())
    for_types = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    skipped = {id(inner) for block in for_types for inner in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            if node.module == "sharcs_core":
                yield from (f"sharcs_core.{alias.name}" for alias in node.names)


def layer(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "sharcs_core" and len(parts) > 1 else None


def layer_of_file(path: Path) -> str:
    first = path.relative_to(CORE).parts[0]
    return first.removesuffix(".py")


CORE_FILES = [path for path in python_files(CORE) if path != CORE / "__init__.py"]
DASHBOARD_FILES = python_files(DASHBOARD)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_module_of_the_core_has_its_place_in_the_order():
    assert {layer_of_file(path) for path in CORE_FILES} == set(ORDER)


def test_every_folder_of_the_core_is_in_the_list_of_packages_that_are_installed():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {path.parent for path in python_files(CORE)}
    assert listed == sorted(".".join(folder.relative_to(ROOT).parts) for folder in folders)


@pytest.mark.parametrize("path", CORE_FILES, ids=short)
def test_imports_go_one_way(path):
    own = ORDER.index(layer_of_file(path))
    wrong = {name for name in imported(path) if (found := layer(name)) in ORDER and ORDER.index(found) > own}
    assert not wrong, f"{short(path)} imports {sorted(wrong)}, which stand after it"


@pytest.mark.parametrize("path", CORE_FILES, ids=short)
def test_the_core_knows_no_dashboard(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & {"streamlit", "plotly", "dashboard", "figures", "widgets", "views", "resources"}


@pytest.mark.parametrize("path", CORE_FILES, ids=short)
def test_only_the_command_line_prints(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    prints = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]
    assert not prints or "cli" in path.parts


@pytest.mark.parametrize("path", [*CORE_FILES, *DASHBOARD_FILES], ids=short)
def test_there_is_no_pickle(path):
    assert not {name.split(".")[0] for name in imported(path)} & {"pickle", "joblib", "dill", "cloudpickle", "shelve"}
    text = path.read_text()
    assert not re.search(r"torch\.(save|load)\b|allow_pickle\s*=\s*True|\.dump\(", text)
    loads = re.findall(r"np\.load\([^)]*\)", text)
    assert all("allow_pickle=False" in call for call in loads), loads


@pytest.mark.parametrize("path", CORE_FILES, ids=short)
def test_no_global_generator_is_seeded_or_drawn_from(path):
    text = path.read_text()
    drawn = set(re.findall(r"np\.random\.(\w+)", text)) - {"default_rng", "Generator", "SeedSequence"}
    assert not drawn, drawn
    if re.search(r"(?<!\w)torch\.manual_seed\(", text):
        assert "fork_rng" in text, "a global seed must be set inside torch.random.fork_rng only"


@pytest.mark.parametrize("path", python_files(DASHBOARD / "figures"), ids=short)
def test_figures_know_no_streamlit_and_no_pages(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & {"streamlit", "widgets", "views", "resources"}


@pytest.mark.parametrize("path", DASHBOARD_FILES, ids=short)
def test_only_resources_caches(path):
    assert path.name == "resources.py" or not re.search(r"st\.cache_|cache_data|cache_resource", path.read_text())


@pytest.mark.parametrize("path", DASHBOARD_FILES, ids=short)
def test_the_dashboard_computes_nothing(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & {"torch", "torch_geometric", "sklearn", "umap", "numba", "scipy"}


@pytest.mark.parametrize("path", python_files(DASHBOARD / "views"), ids=short)
def test_views_are_short_scripts(path):
    assert len(path.read_text().splitlines()) <= MAX_VIEW_LINES


def test_nothing_in_the_dashboard_hides_an_installed_package():
    names = {path.stem for path in DASHBOARD.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not names & {"streamlit", "plotly", "numpy", "torch", "pages", "data", "sklearn", "PIL"}
