"""Who finds the neighbours in a bank: exact search, unless somebody chose an engine."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec

from sharcs_core.errors import UserError
from sharcs_core.neighbours.lance import LanceIndex
from sharcs_core.structures import Floats, NeighbourIndex

VARIABLE = "SHARCS_NEIGHBOURS"
EXACT = "exact"
ENGINES: dict[str, Callable[[Floats], NeighbourIndex]] = {"lancedb": LanceIndex}
"""The package of an engine → what makes one for the shared concepts (m, T) of one side of a bank."""

FEWEST_ROWS = 100_000
"""A smaller bank is searched exactly whatever was chosen: that is quicker than any engine."""


def chosen_engine() -> str:
    """What ``$SHARCS_NEIGHBOURS`` names: ``exact``, which is the default, or one of ``ENGINES``.

    Raises:
        UserError: for a name that no engine has, or an engine that is not installed.
    """
    chosen = os.environ.get(VARIABLE) or EXACT
    if chosen != EXACT and chosen not in ENGINES:
        raise UserError(f"${VARIABLE} names what finds neighbours: choose one of {[EXACT, *ENGINES]} (got {chosen!r})")
    if chosen != EXACT and find_spec(chosen) is None:
        raise UserError(
            f"${VARIABLE} is {chosen}, which is not installed; run pip install 'sharcs[engine]', or unset ${VARIABLE}"
        )
    return chosen


def index_for(shared: Floats) -> NeighbourIndex | None:
    """The chosen engine for the shared concepts (m, T) of one side of a bank; None is exact search.

    Fewer than ``FEWEST_ROWS`` rows are searched exactly.

    Raises:
        UserError: as :func:`chosen_engine`.
    """
    chosen = chosen_engine()
    return None if chosen == EXACT or len(shared) < FEWEST_ROWS else ENGINES[chosen](shared)
