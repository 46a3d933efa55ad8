"""The dashboard as a server, and visitors who speak to it as a browser does, without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

T = TypeVar("T")

PATIENCE = 120
"""Seconds after which an answer is called missing; nothing is timed."""


@dataclass
class Seen:
    """What one run of the script showed."""

    texts: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)

    def add(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.exceptions.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "button":
            self.buttons[element.button.label] = element.button.id
        elif kind in ("markdown", "heading", "html", "alert"):
            self.texts.append(getattr(element, kind).body)


class Visitor:
    """One session with the server."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def visit(self, page: str = "", **query: str) -> Seen:
        """A page by its place in the address, ``""`` being Home."""
        message = BackMsg()
        message.rerun_script.query_string = urlencode(query)
        message.rerun_script.page_name = page
        return await self._ask(message)

    async def press(self, button: str, **query: str) -> Seen:
        """A button by its id."""
        message = BackMsg()
        message.rerun_script.query_string = urlencode(query)
        message.rerun_script.widget_states.widgets.append(WidgetState(id=button, trigger_value=True))
        return await self._ask(message)

    async def _ask(self, message: BackMsg) -> Seen:
        await self.socket.send(message.SerializeToString())
        seen = Seen()
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = ForwardMsg.FromString(await self.socket.recv())
                seen.add(answer)
                if answer.WhichOneof("type") == "script_finished":
                    return seen


def outcome_of(visits: Coroutine[Any, Any, T]) -> T:
    """What visits give, in a thread of their own: Playwright has an event loop running in the one of the tests."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, visits).result()


@asynccontextmanager
async def visitor(address: str) -> AsyncIterator[Visitor]:
    """A visitor who stays as long as the block lasts."""
    url = f"ws://{urlsplit(address).netloc}/_stcore/stream"
    async with connect(url, subprotocols=["streamlit"], max_size=None, open_timeout=PATIENCE) as socket:
        yield Visitor(socket)


async def all_at_once(address: str, visits: list[Mapping[str, str]]) -> list[Seen]:
    """Home as each of several visitors sees it who come at the same moment, one for each query."""

    async def come(query: Mapping[str, str]) -> Seen:
        async with visitor(address) as one:
            return await one.visit(**query)

    return await asyncio.gather(*(come(query) for query in visits))
