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
BENCHMARK = ROOT / "sharcs_benchmark"
DASHBOARD = ROOT / "dashboard"
ORDER = (
    *(
        "errors",
        "json_text",
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

MAX_VIEW_LINES = 110


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def imported(path: Path) -> Iterator[str]:
    """Modules that a file imports anywhere in it, but for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
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


@pytest.mark.parametrize("path", python_files(DASHBOARD / "drawings"), ids=short)
def test_figures_know_no_streamlit_and_no_pages(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & {"streamlit", "shared", "views", "resources"}


@pytest.mark.parametrize("path", DASHBOARD_FILES, ids=short)
def test_only_resources_caches(path):
    assert path.name == "resources.py" or not re.search(r"st\.cache_|cache_data|cache_resource", path.read_text())


@pytest.mark.parametrize("path", DASHBOARD_FILES, ids=short)
def test_the_dashboard_brings_no_library_to_compute_with(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & {"torch", "torch_geometric", "sklearn", "umap", "numba", "scipy", "statistics", "pandas"}


COMPUTES = frozenset(
    (
        *("mean", "nanmean", "average", "fmean", "median", "sum", "nansum", "prod", "cumsum", "std", "stdev", "var"),
        *("percentile", "quantile", "corrcoef", "histogram", "norm", "hypot", "cdist", "dist", "softmax"),
        *("argmax", "argmin", "argsort", "argpartition", "lexsort", "bincount", "unique", "count_nonzero"),
        *("nonzero", "flatnonzero", "Counter", "most_common", "fit", "predict", "predict_proba"),
    )
)
"""Calls that make a figure out of data: votes, shares, rankings, counts, distances."""

DRAWING_HELPERS: dict[tuple[str, str, str], str] = {
    ("drawings/concept_map.py", "_points", "flatnonzero"): "which points are drawn as one trace",
    ("drawings/concept_map.py", "_mistakes", "flatnonzero"): "which points are drawn as another",
    ("drawings/concepts.py", "probability_bars", "argmax"): "which bar is set in bold",
    ("drawings/concepts.py", "_told", "flatnonzero"): "which names a screen reader is told",
    ("drawings/inputs.py", "edges_of", "nonzero"): "which lines of a graph are drawn",
    ("drawings/theme.py", "modality_colour", "sum"): "a stable colour out of the letters of a name",
    ("drawings/tree_layout.py", "text_width", "sum"): "how wide a line of text is, letter by letter",
    ("drawings/tree_layout.py", "_rows", "sum"): "where a row of boxes stands below those above it",
}
"""File, function and call → why it is no figure: the arithmetic of a drawing's own places, sizes and colours."""


def figures_computed(tree: ast.AST, function: str = "") -> Iterator[tuple[str, str]]:
    """Function and call wherever a figure is made: one of ``COMPUTES``, a best by key, a share of two lengths."""
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else function
        call = called(node)
        best_by_key = call in ("max", "min") and any(word.arg == "key" for word in node.keywords)
        if call in COMPUTES or best_by_key:
            yield inside, call
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Div)
            and called(node.left) == called(node.right) == "len"
        ):
            yield inside, "len / len"
        yield from figures_computed(node, inside)


def called(node: ast.AST) -> str:
    """The last name of what is called; empty for what is no call of a name."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


@pytest.mark.parametrize("path", DASHBOARD_FILES, ids=short)
def test_the_dashboard_computes_no_figure(path):
    place = str(path.relative_to(DASHBOARD))
    found = {(place, *where) for where in figures_computed(ast.parse(path.read_text()))}
    wrong = found - set(DRAWING_HELPERS)
    assert not wrong, f"{sorted(wrong)}: a function of sharcs_core should give this, so that a notebook can have it too"


def test_what_is_excused_is_there():
    found = {
        (str(path.relative_to(DASHBOARD)), *where)
        for path in DASHBOARD_FILES
        for where in figures_computed(ast.parse(path.read_text()))
    }
    assert not set(DRAWING_HELPERS) - found, "these are gone: take them out of the list"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def votes(near):\n    return Counter(n.key for n in near).most_common(1)", {"Counter", "most_common"}),
        ("def share(a, b):\n    return (a == b).mean()", {"mean"}),
        ("accuracy = np.mean(answers == labels)", {"mean"}),
        ("def best(rows):\n    return max(rows, key=lambda row: row.accuracy)", {"max"}),
        ("def nearest(distances):\n    return np.argsort(distances)[:5]", {"argsort"}),
        ("def share(wrong, everything):\n    return len(wrong) / len(everything)", {"len / len"}),
        ("class Card:\n    def gap(self):\n        return np.linalg.norm(self.a - self.b)", {"norm"}),
        ("def counts(keys):\n    return np.unique(keys, return_counts=True)", {"unique"}),
        ("def bar(value):\n    return f'{value.mean:.2f}', max(1, len(value.bars)), width / len(value.bars)", set()),
    ],
)
def test_a_figure_that_a_page_computes_is_found(source, found):
    assert {call for _, call in figures_computed(ast.parse(source))} == found


@pytest.mark.parametrize("path", [path for path in DASHBOARD_FILES if path.stem == path.parent.name], ids=short)
def test_views_are_short_scripts(path):
    assert len(path.read_text().splitlines()) <= MAX_VIEW_LINES


def test_nothing_in_the_dashboard_hides_an_installed_package():
    names = {path.stem for path in DASHBOARD.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not names & {"streamlit", "plotly", "numpy", "torch", "pages", "data", "sklearn", "PIL"}
