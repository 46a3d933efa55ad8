"""Folders that can be trained on, as they were looked at."""

from __future__ import annotations

from pathlib import Path

from resources.kept import kept
from sharcs_core.guided.explained_task import is_explained
from sharcs_core.trainings.looking import LookedAt, look_at, state_of_folder


def has_explanations(folder: Path) -> bool:
    """Whether what is in a folder may be pictures that somebody has explained."""
    return kept((str(folder), state_of_folder(folder)), "explained", lambda: is_explained(folder))


def looked_at(folder: Path, turn: int, *, guided: bool = False) -> LookedAt:
    """What there is to say of a folder before it is trained on.

    Args:
        guided: whether it is looked at as one of explained pictures.
        turn: another one looks anew, where the sheet is as it was and the files that it names are not.

    Raises:
        UserError: there is no such folder any more.
    """
    owner = (str(folder), state_of_folder(folder))
    return kept(owner, ("looked_at", turn, guided), lambda: look_at(folder, guided=guided), "Reading the folder …")
