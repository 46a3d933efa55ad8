"""The tree to take along: as rules, JSON, DOT, SVG and PNG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.tree_files import tree_dot, tree_png
from drawings.tree_svg import tree_svg
from sharcs_core.rules import tree_as_json, tree_as_rules

if TYPE_CHECKING:
    from drawings.tree_layout import TreeDrawing
    from sharcs_core.checkpoints import Run
    from sharcs_core.tree import ConceptTree


def export(run: Run, tree: ConceptTree, drawing: TreeDrawing, colours: Sequence[str], says: str) -> None:
    """A button a kind of file. What is drawn is in SVG and PNG, the whole tree in all others."""
    names, task, loose = run.concept_names, run.task, resources.loose_factors(run.name)
    files: dict[str, tuple[str, str, Callable[[], str | bytes]]] = {
        "Rules": ("txt", "text/plain", lambda: tree_as_rules(tree, names, task, loose)),
        "JSON": ("json", "application/json", lambda: tree_as_json(tree, names, task, loose)),
        "DOT": ("dot", "text/vnd.graphviz", lambda: tree_dot(tree.nodes(), names, task)),
        "SVG": ("svg", "image/svg+xml", lambda: tree_svg(drawing, colours, says)),
        "PNG": ("png", "image/png", lambda: tree_png(drawing, colours)),
    }
    st.markdown("## Take the tree along")
    with st.container(horizontal=True, key="tree_export"):
        for title, (suffix, mime, content) in files.items():
            st.download_button(
                title,
                content,
                file_name=f"{run.name}-tree-{tree.n_leaves}-leaves.{suffix}",
                mime=mime,
                key=f"export|{suffix}",
                icon=":material/download:",
                on_click="ignore",
            )
    st.caption("Rules, JSON and DOT hold the whole tree; SVG and PNG what is drawn above.")
