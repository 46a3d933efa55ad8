"""The drawn tree on the page: its boxes can be pressed, and reached and walked through by the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from drawings.tree_svg import tree_svg
from views.tree.choice import look_at

if TYPE_CHECKING:
    from drawings.tree_layout import TreeDrawing
    from sharcs_core.tree import TreeNode

KEY = "tree_picture"

STYLE = """
.tree { overflow-x: auto; padding: 2px 0 4px; }
svg { display: block; margin: 0 auto; height: auto; font-family: var(--st-font); }
.box { fill: var(--st-background-color); }
.folded .box { fill: var(--st-secondary-background-color); }
text { fill: var(--st-text-color); }
.count { opacity: .8; }
.ring { stroke: var(--st-text-color); }
.node { cursor: pointer; outline: none; }
.node:hover .box { fill: var(--st-secondary-background-color); }
.node:focus-visible .box { stroke: var(--st-link-color); stroke-width: 4; stroke-dasharray: none; }
"""

# Streamlit cleans <svg> out of HTML that it shows, and a chart's boxes cannot be reached by the keyboard.
SCRIPT = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector('.tree');
  const box = (node) => root.querySelector(`[data-node="${node}"]`);
  const at = root.contains(root.getRootNode().activeElement) ? root.getRootNode().activeElement : null;
  const focused = at && at.dataset.node;
  root.innerHTML = data.svg;
  const svg = root.querySelector('svg');
  svg.style.maxWidth = '100%';
  svg.style.minWidth = `min(${data.width}px, ${Math.round(data.width * data.smallest)}px)`;
  const choose = (node) => node && setTriggerValue('node', Number(node.dataset.node));
  const near = { ArrowUp: 0, ArrowLeft: 1, ArrowRight: 2 };
  root.onclick = (event) => choose(event.target.closest('.node'));
  root.onkeydown = (event) => {
    const node = event.target.closest('.node');
    if (!node) return;
    const next = event.key in near ? box(data.near[node.dataset.node][near[event.key]]) : null;
    if (next) next.focus();
    else if (event.key === 'Enter' || event.key === ' ') choose(node);
    else return;
    event.preventDefault();
  };
  if (focused && box(focused)) box(focused).focus({ preventScroll: true });
  const chosen = root.querySelector('.looked-at');
  if (chosen && root.scrollWidth > root.clientWidth) {
    const place = chosen.getBoundingClientRect(), frame = root.getBoundingClientRect();
    root.scrollLeft += place.left + place.width / 2 - frame.left - frame.width / 2;
  }
}
"""
SMALLEST = 0.75
"""Of its own size a wide tree is shown at least so large; what then has no room is scrolled to."""


def tree_picture(
    nodes: Sequence[TreeNode], drawing: TreeDrawing, colours: Sequence[str], says: str, looked_at: int
) -> None:
    """The drawing of the tree; a press on a box, or Enter, looks at its node; arrows go from box to box."""
    component = st.components.v2.component(KEY, html='<div class="tree"></div>', css=STYLE, js=SCRIPT)
    component(
        key=KEY,
        data={
            "svg": tree_svg(drawing, colours, says, live=True, looked_at=looked_at),
            "width": round(drawing.width),
            "smallest": SMALLEST,
            "near": {str(box.node): _near(nodes[box.node]) for box in drawing.boxes},
        },
        on_node_change=_take_over,
    )


def _near(node: TreeNode) -> tuple[int | None, int | None, int | None]:
    """Where the arrows up, left and right lead: the parent, no, yes."""
    return node.parent, node.no_child, node.yes_child


def _take_over() -> None:
    pressed = st.session_state[KEY].node
    if pressed is not None:
        look_at(int(pressed))
