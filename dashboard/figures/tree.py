"""The decision tree: opened on one way with the rest folded, and the whole of it at a glance.

The tree's nodes come as a sequence whose place is the node's id (``ConceptTree.nodes()``).
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from figures.theme import CHOSEN, QUIET, modality_colour, modality_mark, quiet

if TYPE_CHECKING:
    from sharcs_core.structures import Floats, TreePath, TreeStep
    from sharcs_core.tree import TreeNode

N_NAMED = 3
FEWEST_SHARE = 0.05
INK = "#1B2130"
PALE = 0.3


def route_to(nodes: Sequence[TreeNode], node_id: int) -> tuple[int, ...]:
    """Ids of the nodes from the root to ``node_id``, both counted."""
    route: list[int] = []
    at: int | None = node_id
    while at is not None:
        route.append(at)
        at = nodes[at].parent
    return tuple(reversed(route))


def n_leaves_below(nodes: Sequence[TreeNode], node_id: int) -> int:
    """Leaves of the subtree of a node; 1 for a leaf."""
    node = nodes[node_id]
    if node.off_child is None or node.on_child is None:
        return 1
    return n_leaves_below(nodes, node.off_child) + n_leaves_below(nodes, node.on_child)


def classes_in_words(probabilities: Floats, class_names: Sequence[str]) -> str:
    """The most frequent classes with their shares, such as ``7 (62 %), 8 (30 %), others``."""
    order = sorted(range(len(class_names)), key=lambda i: -probabilities[i])
    named = [i for i in order[:N_NAMED] if probabilities[i] >= FEWEST_SHARE] or order[:1]
    said = [f"{class_names[i]} ({probabilities[i] * 100:.0f} %)" for i in named]
    return ", ".join(said + (["others"] if 1 - sum(probabilities[i] for i in named) > 0.005 else []))


def question(node: TreeNode, titles: Mapping[str, str]) -> str:
    """What a node asks, such as ``Picture concept 3 on?``"""
    return f"{titles[node.modality or '']} concept {node.concept} on?"


def open_tree_dot(
    nodes: Sequence[TreeNode], route: Sequence[int], titles: Mapping[str, str], class_names: Sequence[str]
) -> str:
    """DOT of the tree along ``route``; every branch that turns off it is folded into one box with its count.

    Grey tones that stand on light and on dark ground; the way itself in the colour of the chosen sample.
    """
    on_way = set(route)
    lines = [
        "digraph tree { bgcolor=transparent; nodesep=.3; ranksep=.28;",
        f'node [fontname="sans-serif" fontsize=14 style="rounded,filled" shape=box penwidth=1.4 margin=".16,.07" '
        f'fillcolor="#FFFFFF" fontcolor="{INK}" color="{QUIET}"];',
        f'edge [fontname="sans-serif" fontsize=13 color="{QUIET}" fontcolor="{QUIET}" arrowsize=.6];',
    ]
    for node_id in route:
        node = nodes[node_id]
        lines.append(_open_node(node, titles, class_names, last=node_id == route[-1]))
        for answer, child in (("off", node.off_child), ("on", node.on_child)):
            if child is None:
                continue
            if child not in on_way:
                lines.append(_folded_node(nodes, child, class_names))
            lines.append(_edge(node_id, child, answer, child in on_way))
    return "\n".join([*lines, "}"])


def _open_node(node: TreeNode, titles: Mapping[str, str], class_names: Sequence[str], last: bool) -> str:
    reached = f"{node.n_samples:,} samples"
    if node.modality is None:
        said, colour = f"answer {class_names[node.class_index]}\\n{reached}", CHOSEN
    else:
        said = f"{modality_mark(node.modality)} {node.modality} {node.concept} on?\\n{reached}"
        colour = modality_colour(node.modality)
    # One group for the way keeps it in a straight line, however deep.
    return f'{node.id} [label="{_quoted(said)}" color="{colour}" penwidth={3.2 if last else 2.2} group=way];'


def _folded_node(nodes: Sequence[TreeNode], node_id: int, class_names: Sequence[str]) -> str:
    node, leaves = nodes[node_id], n_leaves_below(nodes, node_id)
    inside = "leaf" if leaves == 1 else f"{leaves} leaves"
    said = f"{inside}, mostly {class_names[node.class_index]}\\n{node.n_samples:,} samples"
    return (
        f'{node_id} [label="{_quoted(said)}" fontsize=12 style="rounded,filled,dashed" fillcolor="#EEF0F4" '
        f'fontcolor="#5A6375" penwidth=1];'
    )


def _edge(parent: int, child: int, answer: str, on_way: bool) -> str:
    look = f'color="{CHOSEN}" fontcolor="{CHOSEN}" penwidth=2.6 weight=20' if on_way else "penwidth=1"
    return f'{parent} -> {child} [label=" {answer} " {look}];'


def _quoted(text: str) -> str:
    return text.replace('"', "'")


def whole_tree(
    nodes: Sequence[TreeNode],
    route: Sequence[int],
    titles: Mapping[str, str],
    class_names: Sequence[str],
    colours: Sequence[str],
) -> go.Figure:
    """Every node as a box, as wide as its share of samples; the way is outlined. A click zooms into a branch."""
    on_way = set(route)
    told = [_told(node, titles, class_names) for node in nodes]
    figure = go.Figure(
        go.Icicle(
            ids=[str(node.id) for node in nodes],
            parents=["" if node.parent is None else str(node.parent) for node in nodes],
            labels=[class_names[n.class_index] if n.modality is None else f"{n.modality} {n.concept}" for n in nodes],
            values=[node.n_samples for node in nodes],
            branchvalues="total",
            sort=False,
            marker={
                "colors": [colours[n.class_index] if n.modality is None else _pale(n) for n in nodes],
                "line": {
                    "color": [CHOSEN if n.id in on_way else "rgba(138,147,166,.5)" for n in nodes],
                    "width": [3 if n.id in on_way else 0.5 for n in nodes],
                },
            },
            customdata=told,
            hovertemplate="%{customdata}<extra></extra>",
            textfont={"color": [_ink_on(colours[n.class_index]) if n.modality is None else INK for n in nodes]},
            leaf={"opacity": 1},
            tiling={"orientation": "v", "pad": 1},
            pathbar={"visible": False},
        )
    )
    return quiet(figure, height=520)


def _pale(node: TreeNode) -> str:
    """The modality's colour on the way to white: dark text stands on it, whatever the theme."""
    red, green, blue = (round(255 - PALE * (255 - part)) for part in _channels(modality_colour(node.modality or "")))
    return f"rgb({red},{green},{blue})"


def _ink_on(colour: str) -> str:
    red, green, blue = _channels(colour)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#FFFFFF"


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _told(node: TreeNode, titles: Mapping[str, str], class_names: Sequence[str]) -> str:
    head = f"answer {class_names[node.class_index]}" if node.modality is None else question(node, titles)
    return (
        f"<b>{head}</b><br>{node.n_samples:,} training samples<br>{classes_in_words(node.probabilities, class_names)}"
    )


def path_list(
    path: TreePath,
    titles: Mapping[str, str],
    meanings: Mapping[str, Sequence[str]],
    class_names: Sequence[str],
    other: TreePath | None = None,
) -> str:
    """HTML of one way through the tree, a line a question; lines that ``other`` lacks are set off."""
    known = None if other is None else {(step.node, step.value) for step in other.steps}
    lines = "".join(
        _path_line(step, titles, meanings, new=known is not None and (step.node, step.value) not in known)
        for step in path.steps
    )
    return (
        "<div style='display:flex;flex-direction:column;gap:.22rem;font-size:.82rem;line-height:1.25'>"
        f"{lines or ''}{_path_end(path, titles, class_names)}</div>"
    )


def _path_line(step: TreeStep, titles: Mapping[str, str], meanings: Mapping[str, Sequence[str]], new: bool) -> str:
    colour = modality_colour(step.modality)
    lines = meanings.get(step.modality, ())
    told = f"{titles[step.modality]} concept {step.concept}: {lines[step.concept] if lines else ''}"
    ground = f"color-mix(in srgb, {CHOSEN} 16%, transparent)" if new else "transparent"
    return (
        f"<div title='{html.escape(told, quote=True)}' style='border-left:4px solid {colour};padding:.1rem .45rem;"
        f"background:{ground};border-radius:0 4px 4px 0;display:flex;justify-content:space-between;gap:.4rem'>"
        f"<span><span style='color:{colour}'>{modality_mark(step.modality)}</span> "
        f"{html.escape(step.modality)} {step.concept}</span><b>{step.went}</b></div>"
    )


def _path_end(path: TreePath, titles: Mapping[str, str], class_names: Sequence[str]) -> str:
    share = f"{float(path.probabilities[path.class_index]) * 100:.0f} %"
    if path.stopped_for is None:
        said = f"answer <b>{html.escape(class_names[path.class_index])}</b> <span style='opacity:.75'>({share})</span>"
    else:
        asked = html.escape(titles[path.stopped_for])
        said = f"stops here: the next question is about the {asked}, which is missing"
    return (
        f"<div title='share of the training samples here' style='border:2px solid {CHOSEN};border-radius:6px;"
        f"padding:.15rem .45rem;margin-top:.15rem'>{said}</div>"
    )
