"""How the inputs of a modality are drawn: by what their numbers are known to mean, never by how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sharcs_core.structures import Inputs
    from sharcs_core.tasks.task import Modality


@dataclass(frozen=True)
class Look:
    """What is known of a modality's inputs when they are drawn. What is not known is drawn plainly.

    Attributes:
        name: of the modality; gives the colour.
        words: of a text: token t is ``words[t]``.
        columns: of a table: the names of its cells, in order.
        are_bits: of a table, whether each cell is 0 or 1: those that are on are filled.
        place: of a graph, which two features of a node are its x and y in [0, 1], y downwards; None where the edges
            alone say where it stands.
        shade: of a graph, which feature says how bright or how full a node is; None where all are alike.
        rings: of a graph without places, how many nodes stand in each of its circles, in the order of the nodes.
        node: what one of its nodes is called.
    """

    name: str = ""
    words: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    are_bits: bool = False
    place: tuple[int, int] | None = None
    shade: int | None = None
    rings: tuple[int, ...] = ()
    node: str = "node"

    def column(self, number: int) -> str:
        """The name of a cell of a table."""
        return self.columns[number] if number < len(self.columns) else f"column {number}"


_SUPERPIXELS = Look(place=(1, 2), shade=0, node="superpixel")
_KNOWN: Mapping[str, Look] = {
    "Table of bits": Look(columns=tuple(f"bit {number}" for number in range(6)), are_bits=True),
    "Ring graph": Look(rings=(4, 6), shade=0),
    "Superpixel graph": _SUPERPIXELS,
    "Half graph": _SUPERPIXELS,
}
"""Title of a modality → what is known of its inputs."""


def look_of(modality: Modality, inputs: Inputs) -> Look:
    """How inputs of a modality are drawn; plainly, where they have not the features that are known of it."""
    known = _KNOWN.get(modality.title, Look())
    if inputs.kind == "graph" and inputs.arrays["nodes"].shape[-1] <= max(*(known.place or (-1,)), known.shade or -1):
        known = Look()
    return replace(known, name=modality.name, words=modality.words)
