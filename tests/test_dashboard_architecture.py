"""What no single test of a page would see: the dashboard computes nothing, keeps nothing, and writes no code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from sources import DASHBOARD, called, faults, forget, imported, inside, modules_of, own_names, parsed, python_files

FILES = python_files(DASHBOARD)
PAGES = sorted(path for path in FILES if path.parent.parent == DASHBOARD / "views" and path.stem == path.parent.name)
LONGEST_PAGE, LONGEST_FUNCTION = 80, 45


def place(path) -> str:
    return str(path.relative_to(DASHBOARD))


# --- what it knows -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def trees():
    yield
    forget()
    gives_markdown.cache_clear()


def roots(path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def test_figures_know_no_streamlit_and_no_pages():
    pages = {"streamlit", "shared", "views", "resources"}
    assert not faults(lambda path: roots(path) & pages, [path for path in FILES if "drawings" in path.parts])


def test_the_dashboard_brings_no_library_to_compute_with():
    libraries = {"torch", "torch_geometric", "sklearn", "umap", "numba", "scipy", "statistics", "pandas"}
    assert not faults(lambda path: roots(path) & libraries, FILES)


@pytest.mark.parametrize(
    "source",
    [
        "import torch",
        "def draw():\n    from torch import nn",
        "if TYPE_CHECKING:\n    import numpy\nelse:\n    import torch",
        "if not TYPE_CHECKING:\n    import torch",
    ],
)
def test_an_import_that_runs_is_found(source):
    assert "torch" in modules_of(ast.parse(source))


def test_an_import_for_type_checkers_is_none():
    source = "if TYPE_CHECKING:\n    import torch\nif typing.TYPE_CHECKING:\n    from torch import nn\n"
    assert not list(modules_of(ast.parse(source)))


def test_nothing_in_the_dashboard_hides_an_installed_package():
    names = {path.stem for path in DASHBOARD.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert "views" in names
    assert not names & {"streamlit", "plotly", "numpy", "torch", "pages", "data", "sklearn", "PIL"}


# --- what it keeps -------------------------------------------------------------------------------------------

CACHES = frozenset(("cache", "lru_cache", "cached_property", "cache_data", "cache_resource", "singledispatch"))


def caches(tree: ast.AST) -> set[str]:
    """The means to keep values between two visits that code names, whatever it calls them."""
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return (attributes | set(own_names(tree).values())) & CACHES


def test_only_resources_keep_what_visitors_share():
    assert not faults(lambda path: caches(parsed(path)), [path for path in FILES if "resources" not in path.parts])


@pytest.mark.parametrize(
    "source",
    [
        "@st.cache_data\ndef draw(): ...",
        "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef draw(): ...",
        "from functools import cache as remember",
        "import functools\ndraw = functools.cache(draw)",
    ],
)
def test_a_cache_is_found(source):
    assert caches(ast.parse(source))


# --- what it computes ----------------------------------------------------------------------------------------

COMPUTES = frozenset(
    (
        *("mean", "nanmean", "average", "fmean", "median", "sum", "nansum", "prod", "cumsum", "std", "stdev", "var"),
        *("percentile", "quantile", "corrcoef", "histogram", "norm", "hypot", "cdist", "dist", "softmax", "fsum"),
        *("argmax", "argmin", "argsort", "argpartition", "lexsort", "bincount", "unique", "count_nonzero", "count"),
        *("nonzero", "flatnonzero", "Counter", "most_common", "fit", "predict", "predict_proba", "dot", "matmul"),
        *("divide", "subtract", "multiply", "true_divide", "reduce", "accumulate", "nlargest", "nsmallest"),
    )
)
"""Calls that make a figure out of data: votes, shares, rankings, counts, distances."""
ARITHMETIC = (ast.Div, ast.FloorDiv, ast.Mult, ast.Sub, ast.Mod, ast.Pow, ast.MatMult)

DRAWN = {
    "drawings/tiles.py": "what is painted on a tile",
    "drawings/cells.py": "where the cells of a table stand",
    "drawings/graphs.py": "where nodes stand, and how large",
    "drawings/lit.py": "how strongly parts are painted, and where they stand",
    "drawings/result_curves.py": "where marks and boxes stand",
    "drawings/results.py": "where panels, marks and their bars stand",
    "drawings/theme.py": "shades between two colours",
    "drawings/thumbnails.py": "where dots are painted",
    "drawings/tree_files.py": "where boxes and links are painted",
    "drawings/tree_layout.py": "where boxes stand",
    "drawings/tree_svg.py": "where boxes and links are drawn",
    "drawings/written.py": "where lines and words stand, and how large",
}
"""Files whose arithmetic is that of places, sizes and shades. Calls that make figures are looked for in them too."""
EXCUSED: dict[tuple[str, str, str], str] = {
    ("drawings/map_points.py", "_inks", "unique"): "which of the colours are needed",
    ("drawings/map_points.py", "_steps", "Mult"): "which shade a point is painted in",
    ("drawings/concept_profile.py", "_bars", "Div"): "how high a bar is beside the highest",
    ("drawings/concept_profile.py", "_many", "Div"): "how high a bar is beside the highest",
    ("drawings/concepts.py", "_concept_cell", "Sub"): "whether a bar has another length than before",
    ("drawings/concepts.py", "_likeliest", "sorted"): "which shares are told in words, the largest first",
    ("drawings/concepts.py", "_told", "flatnonzero"): "which names a screen reader is told",
    ("drawings/concepts.py", "concept_bars", "Div"): "how wide a column is",
    ("drawings/concepts.py", "concept_bars", "Mult"): "so many columns",
    ("drawings/concepts.py", "probability_bars", "Mult"): "so many bars without a former one",
    ("drawings/concepts.py", "probability_bars", "argmax"): "which bar is set in bold",
    ("drawings/graphs.py", "_in_rings", "accumulate"): "where the rings of a graph begin",
    ("drawings/graphs.py", "_in_rings", "sum"): "how wide the rings of a graph are together",
    ("drawings/graphs.py", "layout", "sum"): "whether the nodes are as many as stand in the rings",
    ("drawings/pictures.py", "graph_picture", "Mult"): "how high a picture is",
    ("drawings/inputs.py", "_sentence", "Div"): "how large letters are",
    ("drawings/inputs.py", "_sentence", "Mult"): "how large letters are",
    ("drawings/inputs.py", "width_of", "Div"): "how wide a picture is",
    ("drawings/inputs.py", "width_of", "Mult"): "how wide a picture is",
    ("drawings/lit.py", "lit_table", "sorted"): "which lines of a wide row are drawn",
    ("drawings/map_names.py", "_answers", "Sub"): "whether answers are whole numbers in a row",
    ("drawings/pointed.py", "tile_shape", "Div"): "how high a picture is",
    ("drawings/pointed.py", "tile_shape", "Mult"): "how high a picture is",
    ("drawings/meaning.py", "meanings_of", "sorted"): "which way to colour is offered first",
    ("drawings/written.py", "_edge", "dist"): "how long a line is drawn",
    ("drawings/written.py", "_usual_edge", "dist"): "how long an edge is drawn",
    ("drawings/written.py", "_usual_edge", "median"): "how long a usual edge is drawn",
    ("drawings/written.py", "_side", "sum"): "at which side of a line the second one is drawn",
    ("drawings/tree.py", "_ink_on", "Mult"): "how light a colour is",
    ("drawings/tree.py", "_pale", "Mult"): "a paler colour",
    ("drawings/tree.py", "_pale", "Sub"): "a paler colour",
    ("drawings/tree_files.py", "tree_png", "reduce"): "a picture made smaller",
    ("drawings/tree_files.py", "tree_png", "sorted"): "which link is painted last",
    ("drawings/tree_layout.py", "_rows", "sum"): "where a row of boxes stands below those above it",
    ("drawings/tree_layout.py", "text_width", "sum"): "how wide a line of text is, letter by letter",
    ("drawings/tree_svg.py", "_lit_last", "sorted"): "which link is drawn last",
    ("resources/runs.py", "run_titles", "count"): "whether two runs have one title",
    ("shared/choice.py", "run_names", "sorted"): "which runs are listed last",
    ("shared/intervene/concepts.py", "_controls", "sorted"): "which controls come first",
    ("shared/intervene/editor.py", "_changing", "Sub"): "whether an edit changes anything",
    ("shared/modality.py", "columns_for", "Sub"): "how many columns are left",
    ("shared/paging.py", "n_pages", "Div"): "how many pages there are",
    ("shared/paging.py", "on_page", "Mult"): "where a page begins and ends",
    ("views/concept_map/panel.py", "_apart", "Sub"): "how many lines are not shown",
    ("views/concept_map/panel.py", "_draw_inputs", "FloorDiv"): "every how-manieth input is drawn",
    ("views/concept_map/panel.py", "_draw_inputs", "Sub"): "how many inputs there is room for",
    ("views/results/two_runs.py", "_say_how_to_get_another", "count"): "whether a task has several runs",
    ("views/train/choosing.py", "_bring", "FloorDiv"): "a limit in megabytes",
    ("views/train/own_runs.py", "_bring", "FloorDiv"): "a limit in megabytes",
    ("views/upload/given.py", "_uploader", "FloorDiv"): "a limit in megabytes",
    ("views/upload/several.py", "_counted", "Div"): "how far a bar of progress is",
    ("views/upload/several.py", "_uploader", "FloorDiv"): "a limit in megabytes",
}
"""File, function and operation → why it is no figure: a drawing's own places, sizes and colours, places in a list."""


def figures_computed(tree: ast.AST, *, drawn: bool = False) -> Iterator[tuple[str, str]]:
    """Function and operation wherever a figure is made.

    That is a call of one of ``COMPUTES``, under whatever name, a best or an order by key, and arithmetic but for the
    step to the next place and what has to do with text or paths.

    Args:
        drawn: whether arithmetic is that of places and sizes.
    """
    names = own_names(tree)
    for function, node in inside(tree):
        call = names.get(called(node), called(node))
        if call in COMPUTES or (call in ("max", "min", "sorted", "sort") and _has_key(node)):
            yield function, call
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ARITHMETIC) and not drawn:
            sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
            if not any(map(_is_text, sides)) and not _is_step(node.op, sides[1]) and not _in_hundredths(node.op, sides):
                yield function, type(node.op).__name__


def _has_key(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(word.arg == "key" for word in node.keywords)


def _is_text(node: ast.AST) -> bool:
    """A text or the end of a path, which arithmetic with is none."""
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_step(operator: ast.operator, by: ast.AST) -> bool:
    return isinstance(operator, ast.Sub) and isinstance(by, ast.Constant) and isinstance(by.value, int)


def _in_hundredths(operator: ast.operator, sides: tuple[ast.AST, ast.AST]) -> bool:
    return isinstance(operator, ast.Mult) and any(isinstance(one, ast.Constant) and one.value == 100 for one in sides)


def is_drawn(path) -> bool:
    """Whether arithmetic in a file is of places and sizes, or of memory and time, which no page shows."""
    return place(path) in DRAWN or place(path).startswith("resources/") or place(path) == "server.py"


def found_in(path) -> set[tuple[str, str, str]]:
    return {(place(path), *where) for where in figures_computed(parsed(path), drawn=is_drawn(path))}


def test_the_dashboard_computes_no_figure():
    wrong = faults(lambda path: found_in(path) - set(EXCUSED), FILES)
    assert not wrong, f"{wrong}: a function of sharcs_core should give this, so that a notebook can have it too"


def test_what_is_excused_is_there():
    assert not set(EXCUSED) - set.union(*map(found_in, FILES)), "these are gone: take them out of the list"
    assert set(DRAWN) <= set(map(place, FILES))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def votes(near):\n    return Counter(n.key for n in near).most_common(1)", {"Counter", "most_common"}),
        ("def share(a, b):\n    return (a == b).mean()", {"mean"}),
        ("accuracy = np.mean(answers == labels)", {"mean"}),
        ("from numpy import mean as middle\naccuracy = middle(answers == labels)", {"mean"}),
        ("def best(rows):\n    return max(rows, key=lambda row: row.accuracy)", {"max"}),
        ("def best(rows):\n    return sorted(rows, key=lambda row: row.accuracy)[0]", {"sorted"}),
        ("def nearest(distances):\n    return np.argsort(distances)[:5]", {"argsort"}),
        ("def share(wrong, everything):\n    return len(wrong) / len(everything)", {"Div"}),
        ("def share(n_wrong, n):\n    return n_wrong / n", {"Div"}),
        ("def accuracy(n_wrong, n):\n    return 1 - n_wrong / n", {"Sub", "Div"}),
        ("def drop(before, after):\n    return before.accuracy - after.accuracy", {"Sub"}),
        ("def left(n, gone):\n    n -= gone", {"Sub"}),
        ("def answers(codes, weights):\n    return codes @ weights", {"MatMult"}),
        ("def wrong(answers):\n    return answers.count(False)", {"count"}),
        ("class Card:\n    def gap(self):\n        return np.linalg.norm(self.a - self.b)", {"norm", "Sub"}),
        ("def counts(keys):\n    return np.unique(keys, return_counts=True)", {"unique"}),
        ("def bar(value):\n    return f'{value.mean:.2f}', max(1, value), 100 * value.share, place - 1", set()),
        ("def file(folder, name):\n    return folder / 'static' / name, '-' * 3, sorted(name)", set()),
    ],
)
def test_a_figure_that_a_page_computes_is_found(source, found):
    assert {call for _, call in figures_computed(ast.parse(source))} == found
    assert {call for _, call in figures_computed(ast.parse(source), drawn=True)} == {
        call for call in found if call.islower() or call == "Counter"
    }


# --- how long it is ------------------------------------------------------------------------------------------


def too_long(tree: ast.AST, most: int) -> dict[str, int]:
    """Functions of more lines than that, with how many they have."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    lengths = {function.name: (function.end_lineno or 0) - function.lineno + 1 for function in functions}
    return {name: length for name, length in lengths.items() if length > most}


def test_every_page_of_the_menu_is_a_script_of_its_folders_name():
    from shared.frame import PAGES as IN_MENU

    folders = {path.name for path in (DASHBOARD / "views").iterdir() if (path / "__init__.py").exists()}
    assert {page.stem for page in PAGES} == set(IN_MENU) == folders


def test_views_are_short_scripts():
    assert not faults(lambda path: len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_PAGE, PAGES)


def test_functions_are_short():
    assert not faults(lambda path: too_long(parsed(path), LONGEST_FUNCTION), FILES)


def test_a_long_function_is_found():
    source = "def long():\n" + "    pass\n" * 50 + "def short(): ..."
    assert too_long(ast.parse(source), 42) == {"long": 51}


# --- what it writes ------------------------------------------------------------------------------------------

TEMPLATES = ("html", "figure_html")
OWN_PAGES = ("component",)
"""What takes HTML of its own beside the templates: the frames of components, which no text is put into."""
TAG = re.compile(r"</?[a-z][a-z0-9]*[\s>/]")
MARKDOWN = frozenset(
    (
        *("markdown", "caption", "title", "header", "subheader", "info", "warning", "error", "success", "toast"),
        *("button", "download_button", "form_submit_button", "page_link", "checkbox", "toggle", "radio", "pills"),
        *("segmented_control", "selectbox", "multiselect", "slider", "number_input", "text_input", "file_uploader"),
        *("expander", "popover", "tabs", "metric", "link_button", "text_area", "select_slider", "chat_input"),
    )
)
"""Streamlit's functions whose first argument, ``label`` and ``help`` are Markdown."""
CHOICES = ("segmented_control", "pills", "radio")
"""Those whose options are Markdown as well; of a box that drops down they are plain text."""
PLAIN = ("plain", "code", "markdown", "Markdown")


def unsafe_html(tree: ast.AST) -> list[str]:
    """What makes HTML otherwise than by a constant template of ``html`` or ``figure_html``."""
    templates = [node for node in ast.walk(tree) if called(node) in TEMPLATES and isinstance(node.func, ast.Name)]
    faults = [ast.unparse(node) for node in templates if not _is_constant(node.args[:1])]
    safe = {id(inner) for node in templates for inner in ast.walk(node.args[0])}
    safe |= {id(inner) for node in ast.walk(tree) if called(node) in OWN_PAGES for inner in ast.walk(node)}
    safe |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    faults += [node.value for node in texts if TAG.search(node.value) and id(node) not in safe]
    return faults + [call for node in ast.walk(tree) if (call := called(node)) in ("Markup", "escape")]


def unsafe_markdown(tree: ast.AST) -> list[str]:
    """What is put into Markdown otherwise than by ``markdown``, ``plain`` or ``code``."""
    faults = []
    for node in ast.walk(tree):
        if called(node) in MARKDOWN and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            first = [] if called(node) == "page_link" else node.args[:1]
            told = [*first, *(word.value for word in node.keywords if word.arg in ("label", "help"))]
            told += [word.value for word in node.keywords if word.arg == "format_func" and called(node) in CHOICES]
            faults += [ast.unparse(one) for one in told if not _is_markdown(one)]
        if called(node) in ("markdown", "Markdown") and isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            is_own = called(node) == "Markdown" and _is_markdown(node.args[0])
            faults += [] if is_own or _is_constant(node.args[:1]) else [ast.unparse(node)]
    return faults


def _is_constant(arguments: list[ast.expr]) -> bool:
    return all(isinstance(one, ast.Constant) for one in arguments)


def _is_markdown(node: ast.AST) -> bool:
    """Constants, what escapes, names (which hold either), and choices and lists of these."""
    if isinstance(node, ast.Lambda):
        return _is_markdown(node.body)
    if isinstance(node, ast.IfExp):
        return _is_markdown(node.body) and _is_markdown(node.orelse)
    if isinstance(node, ast.List | ast.Tuple):
        return all(map(_is_markdown, node.elts))
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        return _is_markdown(node.elt)
    if called(node) == "join" and isinstance(node, ast.Call):
        joined = node.args[0]
        return _is_markdown(joined) or (called(joined) == "map" and ast.unparse(joined.args[0]) in PLAIN)
    of_ours = isinstance(node, ast.Attribute) and ast.unparse(node.value).isupper()
    return isinstance(node, ast.Constant | ast.Name) or of_ours or called(node) in {*PLAIN, *gives_markdown()}


@cache
def gives_markdown() -> frozenset[str]:
    """Functions of the dashboard whose type says that they give Markdown; a type checker holds them to it."""
    nodes = [node for path in FILES for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef)]
    return frozenset(one.name for one in nodes if one.returns is not None and ast.unparse(one.returns) == "Markdown")


def test_html_is_written_in_templates_alone():
    asked = [path for path in FILES if place(path) != "drawings/markup.py"]
    assert not faults(lambda path: unsafe_html(parsed(path)), asked)


def test_nothing_comes_into_markdown_but_through_what_escapes():
    asked = [path for path in FILES if place(path) != "shared/plain.py"]
    assert not faults(lambda path: unsafe_markdown(parsed(path)), asked)


@pytest.mark.parametrize(
    "source",
    [
        "st.html(f'<b>{name}</b>')",
        "st.html('<b>' + name + '</b>')",
        "html(f'<b>{name}</b>')",
        "html(template, name)",
        "html('<b>' + name)",
        "cell = '<b>%s</b>' % name",
        "cell = Markup(name)",
        "from html import escape as e\nescape(name)",
    ],
)
def test_html_that_is_no_template_is_found(source):
    assert unsafe_html(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "st.markdown(f'**{name}**')",
        "column.caption('of ' + name)",
        "st.error(str(error))",
        "st.warning(error.args[0])",
        "st.button('Take', help=f'Takes {name}')",
        "st.tabs([f'Of {name}' for name in names])",
        "st.markdown(markdown(f'**{name}**'))",
        "st.markdown(Markdown(f'**{name}**'))",
        "st.pills('Which', options, help=titles[name])",
        "st.pills('Which', options, format_func=titles.get)",
        "st.radio('Which', options, format_func=lambda name: titles[name])",
    ],
)
def test_markdown_that_is_not_escaped_is_found(source):
    assert unsafe_markdown(ast.parse(source))
