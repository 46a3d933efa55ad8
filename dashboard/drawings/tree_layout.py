"""Where the boxes of the decision tree stand: no to the left, yes to the right, a question below the one before it.

The tree's nodes come as a sequence whose place is the node's id (``ConceptTree.nodes()``). Lengths are in pixels.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawings.theme import mark_of
from sharcs_core.named import counted
from sharcs_core.naming import question_in_words
from sharcs_core.rules import classes_in_words
from sharcs_core.tree import leaves_below, route_to

if TYPE_CHECKING:
    from sharcs_core.tasks.task import Task
    from sharcs_core.tree import TreeNode

MOST_UNFOLDED = 12
"""A tree of up to so many leaves is drawn whole; of a larger one, the ways that are looked at."""
FONT_SIZE, LINE_HEIGHT, PADDING, STRIP = 12.5, 15, 6, 5
LETTERS = 60
"""On a line of a box."""
NARROWEST = 62
BESIDE, BELOW, BELOW_FIRST, MARGIN, ABOVE = 18, 26, 34, 5, 18
"""Room between two boxes beside and below each other, below the first one, around all, and above all."""
LEAST_ASIDE = 30
"""A child stands at least so far to its side, however much larger the other branch is."""


@dataclass(frozen=True)
class Box:
    """A node as it is drawn.

    Attributes:
        kind: ``question``, ``answer`` or ``folded``: a branch that is not drawn out.
        lines: what stands in it; told: the same and more in a sentence, for those who do not see the drawing.
        count: training samples that come here.
        colours: of the modalities that are asked.
        shares: of the classes, (C,).
        on_way: whether the chosen sample comes here.
        is_left: whether a no leads here.
    """

    node: int
    kind: str
    lines: tuple[str, ...]
    told: str
    count: int
    colours: tuple[str, ...]
    shares: tuple[float, ...]
    on_way: bool
    is_left: bool
    x: float
    y: float
    width: float
    height: float

    @property
    def top(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y

    @property
    def bottom(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height


@dataclass(frozen=True)
class Link:
    """A way from a question to where an answer leads; ``share`` of all samples take it."""

    start: tuple[float, float]
    end: tuple[float, float]
    answer: str
    share: float
    on_way: bool


@dataclass(frozen=True)
class TreeDrawing:
    """Boxes and the links between them; the first box is the root's."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]


def lay_out(
    nodes: Sequence[TreeNode], way: Sequence[int], names: Sequence[str], task: Task, looked_at: int | None = None
) -> TreeDrawing:
    """The drawing of a tree: a small one whole, of a large one the sample's way and that to the node looked at.

    Args:
        way: ids of the nodes that the chosen sample comes through. names: of the concepts, (T,).
    """
    opened = _opened(nodes, way, looked_at)
    words = _Words(nodes, names, task, opened)
    drawn = [node.id for node in nodes if node.parent is None or node.parent in opened]
    lines = {node_id: words.lines(nodes[node_id]) for node_id in drawn}
    widths = {node_id: max(NARROWEST, max(map(text_width, said)) + 26) for node_id, said in lines.items()}
    places = _places(nodes, 0, opened, widths).places
    tops, heights = _rows(nodes, lines)
    left = min(places[node_id] - widths[node_id] / 2 for node_id in drawn) - MARGIN
    boxes = {
        node_id: Box(
            node=node_id,
            kind=words.kind(nodes[node_id]),
            lines=lines[node_id],
            told=words.told(nodes[node_id], node_id in way),
            count=nodes[node_id].n_samples,
            colours=_colours(nodes[node_id], task.card.names) if node_id in opened else (),
            shares=tuple(map(float, nodes[node_id].probabilities)),
            on_way=node_id in way,
            is_left=_is_left(nodes, node_id),
            x=places[node_id] - widths[node_id] / 2 - left,
            y=tops[nodes[node_id].depth],
            width=widths[node_id],
            height=_height(lines[node_id]),
        )
        for node_id in drawn
    }
    return TreeDrawing(
        width=max(box.x + box.width for box in boxes.values()) + MARGIN,
        height=tops[-1] + heights[-1] + MARGIN,
        boxes=tuple(boxes.values()),
        links=tuple(_links(nodes, boxes)),
    )


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """About how wide a text is: founts differ."""
    return sum(_LETTER.get(letter, 1.0 if ord(letter) > 0x2E80 else 0.56) for letter in text) * size


_LETTER = {**dict.fromkeys("iljtf.,:;'|()[]! ·", 0.31), **dict.fromkeys("mwMWQGOD", 0.82)}


@dataclass(frozen=True)
class _Words:
    """What boxes say."""

    nodes: Sequence[TreeNode]
    names: Sequence[str]
    task: Task
    opened: Collection[int]

    def kind(self, node: TreeNode) -> str:
        return "answer" if node.is_leaf else "question" if node.id in self.opened else "folded"

    def lines(self, node: TreeNode) -> tuple[str, ...]:
        return tuple(textwrap.wrap(self.said(node), LETTERS)) or ("",)

    def said(self, node: TreeNode) -> str:
        usual = self.task.card.target.names[node.class_index]
        if node.question is None:
            return f"answer {usual}"
        if node.id in self.opened:
            return question_in_words(node.question, self.names, self.task)
        return f"{counted(leaves_below(self.nodes)[node.id], 'leaf', 'leaves')}, mostly {usual}"

    def told(self, node: TreeNode, on_way: bool) -> str:
        spread = classes_in_words(node.probabilities, self.task.card.target.names)
        way = ", on the way of the sample" if on_way else ""
        return f"{self.said(node)}{way}. {counted(node.n_samples, 'training sample')}: {spread}"


@dataclass(frozen=True)
class _Placed:
    """A branch as it is placed: node → where its middle is beside its top; the branch's edges level by level."""

    places: dict[int, float]
    lefts: list[float]
    rights: list[float]
    n_ends: int


def _opened(nodes: Sequence[TreeNode], way: Sequence[int], looked_at: int | None) -> set[int]:
    """The questions that are drawn out."""
    seen = {*way, *(route_to(nodes, looked_at) if looked_at is not None else ())}
    small = leaves_below(nodes)[0] <= MOST_UNFOLDED
    return {node.id for node in nodes if not node.is_leaf and (small or node.id in seen)}


def _places(nodes: Sequence[TreeNode], node_id: int, opened: Collection[int], widths: dict[int, float]) -> _Placed:
    """Branches as near to each other as their boxes allow; a question stands nearer to its larger branch."""
    half, node = widths[node_id] / 2, nodes[node_id]
    if node_id not in opened:
        return _Placed({node_id: 0.0}, [-half], [half], 1)
    assert node.no_child is not None
    assert node.yes_child is not None
    no, yes = (_places(nodes, child, opened, widths) for child in (node.no_child, node.yes_child))
    apart = max(right - left for right, left in zip(no.rights, yes.lefts, strict=False)) + BESIDE
    to_no = min(max(apart * yes.n_ends / (no.n_ends + yes.n_ends), LEAST_ASIDE), apart - LEAST_ASIDE)
    no, yes = _shifted(no, -to_no), _shifted(yes, apart - to_no)
    return _Placed(
        {node_id: 0.0, **no.places, **yes.places},
        [-half, *_outer(no.lefts, yes.lefts)],
        [half, *_outer(yes.rights, no.rights)],
        no.n_ends + yes.n_ends,
    )


def _shifted(branch: _Placed, by: float) -> _Placed:
    return _Placed(
        {node_id: place + by for node_id, place in branch.places.items()},
        [left + by for left in branch.lefts],
        [right + by for right in branch.rights],
        branch.n_ends,
    )


def _outer(near: list[float], far: list[float]) -> list[float]:
    """The edge on one side of two branches: the near one's, and what of the far one reaches deeper."""
    return near + far[len(near) :]


def _rows(nodes: Sequence[TreeNode], lines: dict[int, tuple[str, ...]]) -> tuple[list[float], list[float]]:
    """Top and height of each level."""
    heights = [0.0] * (1 + max(nodes[node_id].depth for node_id in lines))
    for node_id, said in lines.items():
        heights[nodes[node_id].depth] = max(heights[nodes[node_id].depth], _height(said))
    gaps = [ABOVE, BELOW_FIRST, *[BELOW] * len(heights)]
    tops = [sum(heights[:level]) + sum(gaps[: level + 1]) for level in range(len(heights))]
    return tops, heights


def _height(lines: Sequence[str]) -> float:
    return len(lines) * LINE_HEIGHT + 2 * PADDING + STRIP


def _is_left(nodes: Sequence[TreeNode], node_id: int) -> bool:
    parent = nodes[node_id].parent
    return parent is not None and nodes[parent].no_child == node_id


def _colours(node: TreeNode, among: Sequence[str]) -> tuple[str, ...]:
    return () if node.question is None else tuple(mark_of(name, among).colour for name in node.question.modalities)


def _links(nodes: Sequence[TreeNode], boxes: dict[int, Box]) -> list[Link]:
    links = []
    for node_id, box in boxes.items():
        for answer, child in (("no", nodes[node_id].no_child), ("yes", nodes[node_id].yes_child)):
            if child in boxes:
                share = nodes[child].n_samples / max(1, nodes[0].n_samples)
                links.append(Link(box.bottom, boxes[child].top, answer, share, box.on_way and boxes[child].on_way))
    return links
