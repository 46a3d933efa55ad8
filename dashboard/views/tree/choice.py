"""What is chosen on the page of the tree, how large it is and which node is looked at, in the address too.

Both are numbers that only mean something for one model, so each model has its own; what the address asks for that is
not there is told in one sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from sharcs_core.tree import MIN_LEAVES
from shared.plain import markdown

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

LEAVES, NODE = "leaves", "node"
"""Names in the address."""
_TREE_OF = "tree_of"


def leaves_key(run: Run) -> str:
    """Key of the slider of a run's tree."""
    return f"tree_leaves|{run.name}"


def chosen_leaves(run: Run, most: int) -> int:
    """Leaves that the shown tree may have at most, 2 to ``most``; by default those that the run was made with."""
    _forget_other_runs(run)
    allowed = range(MIN_LEAVES, max(MIN_LEAVES, most) + 1)
    usual = min(max(run.tree_leaves, allowed.start), allowed[-1])
    asked = _asked_for(LEAVES, allowed, f"This tree can have {allowed.start} to {allowed[-1]} leaves", f"{usual}")
    leaves = asked or st.session_state.get(leaves_key(run), usual)
    st.session_state[leaves_key(run)] = min(leaves, allowed[-1])
    _tell_address(LEAVES, None if leaves == usual else leaves)
    return int(st.session_state[leaves_key(run)])


def take_over_leaves(run: Run) -> None:
    """A callback: the address follows the slider."""
    _tell_address(LEAVES, st.session_state[leaves_key(run)])


def chosen_node(n_nodes: int, way: Sequence[int]) -> int:
    """The node that is looked at: that of the address, else the last question on the chosen sample's way."""
    usual = way[max(0, len(way) - 2)]
    asked = _asked_for(NODE, range(n_nodes), f"This tree has boxes 0 to {n_nodes - 1}", "the sample's last question")
    return usual if asked is None else asked


def is_node_chosen() -> bool:
    """Whether a person chose the node that is looked at."""
    return NODE in st.query_params


def look_at(node_id: int | None) -> None:
    """Choose a node to look at; None goes back to the sample's way. Use it as a callback."""
    _tell_address(NODE, node_id)


def _asked_for(name: str, allowed: range, there: str, instead: str) -> int | None:
    """A number that the address asks for; None, and a sentence, for one that cannot be."""
    asked = st.query_params.get(name)
    if asked is None:
        return None
    if asked.isascii() and asked.isdigit() and int(asked[:9]) in allowed:
        return int(asked)
    _tell_address(name, None)
    st.warning(markdown("{} (the address asks for “{}”), so you see {}.", there, asked[:20], instead))
    return None


def _tell_address(name: str, value: int | None) -> None:
    if value is not None:
        st.query_params[name] = str(value)
    elif name in st.query_params:
        del st.query_params[name]


def _forget_other_runs(run: Run) -> None:
    if st.session_state.setdefault(_TREE_OF, run.name) != run.name:
        st.session_state[_TREE_OF] = run.name
        _tell_address(LEAVES, None)
        _tell_address(NODE, None)
