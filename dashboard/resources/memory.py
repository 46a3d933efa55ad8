"""How much memory there is to keep things in."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from sharcs_core.errors import UserError

VARIABLE = "SHARCS_MEMORY_MB"
SHARE = 4
"""One part in so many of the memory is for what is kept."""

CONTAINER_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def bytes_to_keep() -> int:
    """Bytes that the dashboard may keep in memory: ``$SHARCS_MEMORY_MB`` megabytes, else a quarter of what is there.

    Raises:
        UserError: for a variable that is no whole number above 0.
    """
    asked = os.environ.get(VARIABLE, "").strip()
    if not asked:
        return memory_there() // SHARE
    if not asked.isdecimal() or int(asked) == 0:
        raise UserError(f"{VARIABLE} must be a whole number of megabytes, such as 1000 (got {asked!r}); mend it")
    return int(asked) * 1_000_000


def memory_there() -> int:
    """Bytes of memory of this machine, or of the container where that is allowed less."""
    return min([int(psutil.virtual_memory().total), *filter(None, map(_limit, CONTAINER_LIMITS))])


def _limit(file: str) -> int | None:
    """What a file of the container's limits says; None where there is no such limit."""
    try:
        says = Path(file).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return int(says) if says.isdecimal() else None
