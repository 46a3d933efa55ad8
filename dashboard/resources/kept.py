"""The one way to keep what pages read: under the names of what it says, as long as there is room."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from functools import cache
from hashlib import blake2b
from typing import NamedTuple, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from resources.disk import Signature, runs_folder, signature
from resources.memory import bytes_to_keep
from resources.store import Store
from sharcs_core.checkpoints.layout import NAMES

T = TypeVar("T")

_making: ContextVar[bool] = ContextVar("making", default=False)


class RunFiles(NamedTuple):
    """A run as it lies on the disk: one trained anew is another. The names that a person gave change no model."""

    path: str
    state: Signature


@cache
def store() -> Store:
    """What is kept, for all visitors."""
    return Store(bytes_to_keep())


def kept(owner: Hashable, key: Hashable, make: Callable[[], T], told: str = "") -> T:
    """The value that is kept for an owner under a key, else that of ``make``.

    Args:
        told: what a page says while it waits.
    """
    with _says(told, (owner, key)):
        return store().get(owner, key, lambda: _quietly(make))


def of_run(run_name: str, key: Hashable, make: Callable[[], T], told: str = "", *, names: bool = False) -> T:
    """What is to be kept of a run as long as the run itself, and made anew when its files change.

    Args:
        names: whether it depends on the names that a person gave to the run's concepts.
    """
    files = files_of(run_name)
    return kept(files, (key, names_state(run_name)) if names else key, make, told)


def files_of(run_name: str) -> RunFiles:
    """The run's files but the names that a person gave to its concepts."""
    state = signature(runs_folder() / run_name)
    return RunFiles(str(runs_folder() / run_name), tuple(one for one in state if one[0] != NAMES))


def state_of(run_name: str) -> str:
    """The state of the run's files in a few letters; of a run trained anew they are others."""
    return blake2b(repr(files_of(run_name).state).encode(), digest_size=8).hexdigest()


def names_state(run_name: str) -> Signature:
    """The state of the names that a person gave to the run's concepts."""
    return tuple(one for one in signature(runs_folder() / run_name) if one[0] == NAMES)


def _says(told: str, place: tuple[Hashable, Hashable]) -> AbstractContextManager[object]:
    """Words on the page, where there is one, and where there is something to wait for."""
    waits = told and not _making.get() and place not in store()
    return st.spinner(told) if waits and get_script_run_ctx(suppress_warning=True) else nullcontext()


def _quietly(make: Callable[[], T]) -> T:
    """Makes a value and says nothing: others wait for it, and a page that is left ends where it says something."""
    token = _making.set(True)
    try:
        return make()
    finally:
        _making.reset(token)
