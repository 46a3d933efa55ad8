"""How the inputs of a modality are drawn: by what their numbers are known to mean, never by how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from drawings.theme import mark_of
from sharcs_core.kinds.graph import GraphForm
from sharcs_core.kinds.kind import Form
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.kinds.text import TextForm

if TYPE_CHECKING:
    from sharcs_core.tasks.card import Modality


@dataclass(frozen=True)
class Look:
    """What is known of a modality's inputs when they are drawn. What is not known is drawn plainly.

    Attributes:
        name: of the modality; gives the colour, beside those of the others ``among`` the task's.
        form: what its inputs are like; None where that is not known.
        words: of a text: token t is ``words[t]``.
        columns: of a table: the names of its cells, in order.
        are_bits: of a table, whether each cell is 0 or 1: those that are on are filled.
        place: of a graph, which two features of a node are its x and y in [0, 1], y downwards; None where the edges
            alone say where it stands.
        shade: of a graph, which feature says how bright or how full a node is; None where all are alike.
        shade_range: of such a feature, what is as dark and as bright as it gets; None where that is 0 and 1, or for
            nodes without places the fullest of the graph.
        rings: of a graph without places, how many nodes stand in each of its circles, in the order of the nodes.
        node: what one of its nodes is called.
        draws: of a graph, what of a drawing its attributes say, see ``sharcs_core.kinds.graph.form.drawable``.
    """

    name: str = ""
    form: Form | None = None
    words: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    are_bits: bool = False
    place: tuple[int, int] | None = None
    shade: int | None = None
    shade_range: tuple[float, float] | None = None
    rings: tuple[int, ...] = ()
    node: str = "node"
    draws: Mapping[str, str] = field(default_factory=dict)
    among: tuple[str, ...] = ()

    def colour(self, usual: str) -> str:
        """The colour of the modality; that of ``usual`` where no name is known."""
        return mark_of(self.name or usual, self.among).colour

    def column(self, number: int) -> str:
        """The name of a cell of a table."""
        return self.columns[number] if number < len(self.columns) else f"column {number}"


RINGS: Mapping[str, tuple[int, ...]] = {"Ring graph": (4, 6)}
"""Title of a modality → the circles that its nodes stand in, where these say more than the edges alone."""
NODES: Mapping[str, str] = {"Superpixel graph": "superpixel"}
"""Title of a modality → what its nodes are called."""
USUAL = (-2.0, 2.0)
"""Nearly all values of a centred and scaled column lie between these."""


def look_of(modality: Modality, among: Sequence[str] = ()) -> Look:
    """How inputs of a modality are drawn: as its form says, in a colour of its own ``among`` the task's modalities."""
    form, plain = modality.form, Look(name=modality.name, form=modality.form, among=tuple(among))
    if isinstance(form, TextForm):
        return replace(plain, words=form.words)
    if isinstance(form, TableForm):
        names = tuple(column.name for column in form.columns)
        return replace(plain, columns=names, are_bits=all(column.kind == "bit" for column in form.columns))
    if isinstance(form, GraphForm):
        return _of_graph(replace(plain, draws=modality.draws), form, modality.title)
    return plain


def _of_graph(plain: Look, form: GraphForm, title: str) -> Look:
    own = form.nodes[:-2] if form.positions else form.nodes
    place = (form.width - 2, form.width - 1) if form.positions else None
    graph = replace(plain, place=place, rings=RINGS.get(title, ()), node=NODES.get(title, plain.node))
    if not own or own[0].kind != "number":
        return graph
    is_scaled = (own[0].mean, own[0].scale) != (0, 1)
    return replace(graph, shade=0, shade_range=USUAL if is_scaled else None)
