"""One visitor of the dashboard over its websocket, who speaks as a browser's tab does."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 180
"""Seconds after which an answer is called missing."""
MOST_KEPT = 2000
"""Messages that a tab keeps, so that they are not sent again."""
ACTING = ("button", "selectbox", "button_group", "slider", "checkbox")
DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


@dataclass
class Widget:
    """Something that can be acted on.

    Attributes:
        kind: one of ``ACTING``.
        fragment: the part of the page that alone is run anew; "" for all of it.
    """

    kind: str
    proto: Any
    fragment: str

    @property
    def label(self) -> str:
        return str(self.proto.label)

    def acted_on(self, rng: random.Random) -> WidgetState | None:
        """Its state after a person has done something to it; None where nothing can be done."""
        proto = self.proto
        if proto.disabled:
            return None
        if self.kind == "button":
            return WidgetState(id=proto.id, trigger_value=True)
        if self.kind == "checkbox":
            return WidgetState(id=proto.id, bool_value=not (proto.value if proto.set_value else proto.default))
        if self.kind == "slider":
            steps = int((proto.max - proto.min) / (proto.step or 1))
            value = proto.min + rng.randint(0, max(0, steps)) * (proto.step or 1)
            return WidgetState(id=proto.id, double_array_value={"data": [value] * len(proto.default)})
        options = list(proto.options)
        if not options:
            return None
        chosen = rng.choice(options)
        if self.kind == "selectbox":
            return WidgetState(id=proto.id, string_value=chosen)
        return WidgetState(id=proto.id, string_array_value={"data": [chosen.content]})


@dataclass
class Shown:
    """What a page shows once its script has ended."""

    texts: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # addresses that a script of the page asks for
    faults: list[str] = field(default_factory=list)
    widgets: list[Widget] = field(default_factory=list)
    n_bytes: int = 0

    def add(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type") or ""
        if kind == "exception":
            self.faults.append(f"{element.exception.type}: {element.exception.message}")
        elif kind in ACTING:
            self.widgets.append(Widget(kind, getattr(element, kind), message.delta.fragment_id))
        elif kind == "bidi_component":
            told = json.loads(element.bidi_component.json or "{}")
            self.asked += [told[name] for name in ("points", "painted") if str(told.get(name)).startswith("map_")]
        elif kind in ("markdown", "heading", "html", "alert"):
            self.texts.append(getattr(element, kind).body)


class Session:
    """A tab. It keeps what it was sent, and says so, as browsers do."""

    def __init__(self, socket: ClientConnection, address: str) -> None:
        self.socket, self.address = socket, address
        self.page = ""
        self.query: dict[str, str] = {}
        self.shown = Shown()
        self._kept: dict[str, ForwardMsg] = {}
        self._had: set[str] = set()
        self._pages: dict[str, str] = {}

    async def go_to(self, page: str, **query: str) -> Shown:
        """A page by its place in the address, ``""`` being Home."""
        self.page, self.query = page, query
        return await self._ask(ClientState())

    async def act(self, widget: Widget, state: WidgetState) -> Shown:
        client = ClientState(fragment_id=widget.fragment)
        client.widget_states.widgets.append(state)
        before = self.shown
        shown = await self._ask(client)
        if widget.fragment:  # the rest of the page stays
            shown.widgets += [one for one in before.widgets if one.fragment != widget.fragment]
        return shown

    async def _ask(self, client: ClientState) -> Shown:
        client.query_string = urlencode(self.query)
        client.page_name, client.page_script_hash = self.page, self._pages.get(self.page, "")
        client.cached_message_hashes.extend(self._kept)
        await self.socket.send(BackMsg(rerun_script=client).SerializeToString())
        async with asyncio.timeout(PATIENCE):
            self.shown = await self._answer()
            for asked in self.shown.asked:
                await self._fetch(asked)
        return self.shown

    async def _fetch(self, asked: str) -> None:
        """What a script of the page asks for, once, since a browser keeps it."""
        if asked in self._had:
            return
        self._had.add(asked)
        try:
            self.shown.n_bytes += await asyncio.to_thread(_size_of, f"{self.address}/{asked}")
        except OSError as error:
            self.shown.faults.append(f"{asked}: {error}")

    async def _answer(self) -> Shown:
        shown = Shown()
        while True:
            content = await self.socket.recv()
            assert isinstance(content, bytes)
            message = self._whole(ForwardMsg.FromString(content))
            shown.n_bytes += len(content)
            kind = message.WhichOneof("type")
            if kind == "script_finished" and message.script_finished in DONE:
                return shown
            if kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                shown = Shown(n_bytes=shown.n_bytes)
            elif kind == "script_finished":
                shown.faults.append("the script does not compile")
                return shown
            elif kind == "navigation":
                self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            elif kind == "page_info_changed":
                self._follow(message.page_info_changed.query_string)
            shown.add(message)

    def _whole(self, message: ForwardMsg) -> ForwardMsg:
        """A message, or the one that it refers to."""
        if message.WhichOneof("type") == "ref_hash":
            whole = ForwardMsg()
            whole.CopyFrom(self._kept[message.ref_hash])
            whole.metadata.CopyFrom(message.metadata)
            return whole
        if message.metadata.cacheable:
            self._kept[message.hash] = message
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return message

    def _follow(self, query: str) -> None:
        from urllib.parse import parse_qsl

        self.query = dict(parse_qsl(query))


def _size_of(address: str) -> int:
    with urlopen(address, timeout=PATIENCE) as reply:
        return len(reply.read())


@asynccontextmanager
async def session(address: str) -> AsyncIterator[Session]:
    """A tab that stays open as long as the block lasts."""
    url = f"ws://{urlsplit(address).netloc}/_stcore/stream"
    async with connect(
        url, subprotocols=["streamlit"], max_size=None, open_timeout=PATIENCE, ping_interval=None, compression=None
    ) as socket:
        yield Session(socket, address)


def actions(shown: Shown, rng: random.Random) -> Iterator[tuple[Widget, WidgetState]]:
    """What can be done on a page, in any order."""
    widgets = list(shown.widgets)
    rng.shuffle(widgets)
    for widget in widgets:
        state = widget.acted_on(rng)
        if state is not None:
            yield widget, state
