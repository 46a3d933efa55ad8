"""What the dashboard costs while somebody waits: processor time of its process, and what it sends to a tab."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocket


def server_process() -> psutil.Process:
    """The process of the dashboard, which this one has started."""
    children = psutil.Process(os.getpid()).children(recursive=True)
    return next(child for child in children if "streamlit" in child.cmdline())


def spent(process: psutil.Process) -> float:
    """Milliseconds of processor time so far."""
    times = process.cpu_times()
    return 1000 * (times.user + times.system)


class Received:
    """Counts what comes through the sockets of a page from now on; ``n_bytes`` so far."""

    def __init__(self, page: Page) -> None:
        self.n_bytes = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._add)

    def _add(self, payload: bytes | str) -> None:
        self.n_bytes += len(payload)
