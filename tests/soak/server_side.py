"""The process behind an address of this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

import psutil


def process_of(address: str) -> psutil.Process:
    """Who listens there. Raises LookupError where nobody of ours does."""
    port = urlsplit(address).port
    for process in psutil.Process().children(recursive=True):
        if any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in process.net_connections()):
            return process
    raise LookupError(f"Nobody listens at {address}")
