"""Whether whoever visits may change what lies on disk: names, runs, data, trainings. The one rule for all pages."""

from __future__ import annotations

import os
from ipaddress import ip_address

import streamlit as st

ALLOWED = "SHARCS_ALLOW_CHANGES"
NOT_HERE = (
    "Nothing can be changed here: this server can be reached from other machines. Whoever runs it may allow it with "
    "`SHARCS_ALLOW_CHANGES=1`."
)


def may_change() -> bool:
    """On a server that this machine alone can reach, or one whose owner allows it."""
    said = os.environ.get(ALLOWED)
    return said == "1" if said else is_loopback(st.get_option("server.address"))


def is_loopback(address: str | None) -> bool:
    """Whether a server at that address can be reached from this machine alone; one without an address is at all.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback(None)
    (True, True, False, False)
    """
    try:
        return address == "localhost" or ip_address(address or "").is_loopback
    except ValueError:
        return False
