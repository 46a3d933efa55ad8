"""The server around the pages: what is done once, before the first visitor is let in, and how a fault is told."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import pkgutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import streamlit as st
from starlette.routing import Route
from streamlit.cli_util import open_browser
from streamlit.web.server.server_util import get_display_address, get_url

from sharcs_core.errors import UserError
from shared.plain import plain

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

THREADS = "OMP_NUM_THREADS"
os.environ.setdefault(THREADS, "1")  # before a library reads it: as many visitors as there are cores are served at once

HERE = Path(__file__).resolve().parent
OWN = ("drawings", "resources", "shared", "views")
MAP = "map_"
"""What places in the address begin with that the script of the map asks: for points, inks, and what is pointed at."""
LATER = (
    *(
        "torch._dynamo",
        "torch_geometric.nn",
        "torch_geometric.explain",
        "captum.attr",
        "networkx",
        "skimage.segmentation",
        "safetensors.torch",
    ),
    *("plotly.offline", "plotly.tools", "pyarrow.pandas_compat", "pyarrow.vendored.version"),
    *("pandas.core.reshape.reshape", "pandas.io.formats.csvs"),
    *("sharcs_core.baselines", "sharcs_core.choosing", "scipy.ndimage", "scipy.sparse", "skimage.filters"),
    *(f"sharcs_core.encoders.{name}" for name in ("graph", "image", "message_passing", "scene", "tabular", "text")),
    *("sharcs_core.checkpoints.reading", "sharcs_core.checkpoints.usual", "sharcs_core.checkpoints.weights"),
)
"""What libraries, or the core, import only where it is needed first."""

A_BUG = (
    "Something went wrong here, and it is no fault of yours. Reload the page or go to another one; whoever runs this "
    "server finds what happened in its log."
)


MOST_HEAPS, LARGE = 2, 1_000_000
"""Heaps of memory between all threads, and the bytes from which a block is of its own and given back at once."""
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3
"""How the C library of Linux calls these settings."""


def keep_memory_together() -> None:
    """Has the C library keep few heaps; else each thread has one, and holes in all of them grow for hours.

    Where it is another library, nothing is done.
    """
    with suppress(OSError, TypeError, AttributeError):
        set_option = ctypes.CDLL(None).mallopt
        set_option(_M_ARENA_MAX, MOST_HEAPS)
        set_option(_M_MMAP_THRESHOLD, LARGE)


_is_ready = Event()
_is_ready.set()  # without a server there is nothing to wait for


@asynccontextmanager
async def begin(app: st.App) -> AsyncIterator[None]:
    """The life of the server: it begins with the import of all that pages import, in a thread of its own.

    Libraries of this size import parts of themselves in circles, so that two visitors who were to begin at once could
    each find a module that the other had half imported.
    """
    keep_memory_together()
    _is_ready.clear()
    Thread(target=_get_ready, daemon=True).start()
    asyncio.get_running_loop().call_soon(show_to_owner)
    yield


def wait_until_ready() -> None:
    """Lets a visitor in when all is imported, and says so meanwhile."""
    if not _is_ready.is_set():
        with st.spinner("Getting ready …"):
            _is_ready.wait()


def _get_ready() -> None:
    try:
        with no_search_for_rubbish():
            import_pages()
    finally:
        _is_ready.set()  # where it fails, the page that needs it says so


@contextmanager
def no_search_for_rubbish() -> Iterator[None]:
    """Python does not look for rubbish in the block, nor ever again in what is there at its end.

    What libraries make of themselves stays; to look through it takes a third of a second each time, in which no visitor
    is served, and a quarter of the time that imports take.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def import_pages() -> None:
    """Imports whatever a page will import."""
    for name in (*LATER, *_own_modules()):
        import_module(name)
    import_module("PIL.Image").init()  # a module a kind of file


def _own_modules() -> Iterator[str]:
    """The dashboard's modules but the pages themselves, which are run and not imported."""
    for folder in OWN:
        for found in pkgutil.walk_packages([str(HERE / folder)], f"{folder}."):
            *_, above, name = found.name.split(".")
            if name != above:
                yield found.name


def routes() -> list[Route]:
    """What the server answers beside pages: what the script of the concept map asks for."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    above = "/".join(["", *filter(None, [base]), MAP])
    return [Route(f"{above}{what}", partial(_map, what)) for what in ("points", "inks", "pointed")]


def _map(what: str, request: Request) -> Response:
    _is_ready.wait()
    from views.concept_map import asked  # with all that pages import

    answer: Response = getattr(asked, what)(request.query_params)
    return answer


def show_to_owner() -> None:
    """Opens a browser on the app where there is a screen, as Streamlit does for apps without a beginning."""
    if not st.get_option("server.headless"):
        open_browser(get_url(get_display_address(st.get_option("server.address") or "localhost")))


def tell(error: Exception) -> bool:
    """One sentence on a fault, in place of Streamlit's box; the server's log has the rest.

    Returns:
        Whether that is all there is to show, as Streamlit asks of such a function.
    """
    st.error(plain(str(error)) if isinstance(error, UserError) else A_BUG, icon=":material/error:")
    return True
