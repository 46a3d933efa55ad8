"""Source code as the tests of its architecture read it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE, BENCHMARK, DASHBOARD = ROOT / "sharcs_core", ROOT / "sharcs_benchmark", ROOT / "dashboard"


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parsed(path: Path) -> ast.Module:
    """The tree of a file, which nobody changes; ``forget`` when all was asked."""
    return ast.parse(path.read_text(encoding="utf-8"))


def forget() -> None:
    parsed.cache_clear()
    imported.cache_clear()


def faults(check: Callable[[Path], object], paths: Iterable[Path]) -> dict[str, object]:
    """File → what a check finds in it, of those in which it finds anything.

    One test asks all files: of a test a file there would be thousands, each quicker than what pytest does around it.
    """
    paths = list(paths)
    assert paths, "no file is asked"
    return {short(path): found for path in paths if (found := check(path))}


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Modules that a file imports anywhere in it, but for type checkers only."""
    return tuple(modules_of(parsed(path)))


def modules_of(tree: ast.AST) -> Iterator[str]:
    """Modules that code imports, those in ``sharcs_core`` by their own names; what is for type checkers is left out."""
    skipped = {id(inner) for block in ast.walk(tree) for inner in _for_type_checkers(block)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "there are no relative imports"
            yield node.module or ""
            if node.module == "sharcs_core":
                yield from (f"sharcs_core.{alias.name}" for alias in node.names)


def _for_type_checkers(node: ast.AST) -> Iterator[ast.AST]:
    """What is in the body of ``if TYPE_CHECKING``; what is in its ``else`` runs."""
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        for statement in node.body:
            yield from ast.walk(statement)


def called(node: ast.AST) -> str:
    """The last name of what is called; empty for what is no call of a name."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def own_names(tree: ast.AST) -> dict[str, str]:
    """What imported things are called here → what they are called where they come from."""
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: alias.name for node in froms for alias in node.names}


def inside(tree: ast.AST, function: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Every node of code with the name of the function, or class, that it is in."""
    for node in ast.iter_child_nodes(tree):
        own = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else function
        yield own, node
        yield from inside(node, own)
