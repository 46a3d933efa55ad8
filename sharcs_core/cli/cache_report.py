"""What lies in the cache and what was deleted of it, for the terminal: as JSON and as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sharcs_core.tasks.cache import Cleared, Kept


def kept_report(folder: Path, kept: Sequence[Kept]) -> dict[str, Any]:
    """The content of the cache as the JSON object that ``sharcs cache --json`` prints."""
    from sharcs_core.tasks.cache import total_bytes

    return {
        "folder": str(folder),
        "kept": [_row(entry) for entry in kept],
        "bytes": total_bytes(kept),
        "old_bytes": total_bytes(entry for entry in kept if entry.is_old),
    }


def kept_text(report: dict[str, Any]) -> str:
    """A line an entry, and what all take."""
    names = [_printable(row["name"]) for row in report["kept"]]
    width = max(map(len, names), default=0)
    rows = zip(names, report["kept"], strict=True)
    lines = [f"{_megabytes(row['bytes']):>11}  {name:{width}}  {row['what']}" for name, row in rows]
    lines.append(f"{_megabytes(report['bytes']):>11}  in all, in {_printable(report['folder'])}")
    if report["old_bytes"]:
        lines.append(f"{_megabytes(report['old_bytes']):>11}  of it old: sharcs cache --clear old deletes that")
    return "\n".join(lines)


def cleared_report(cleared: Cleared) -> dict[str, Any]:
    """What was deleted as the JSON object that ``sharcs cache --clear … --json`` prints."""
    from sharcs_core.tasks.cache import total_bytes

    return {
        "deleted": [_row(entry) for entry in cleared.deleted],
        "freed_bytes": total_bytes(cleared.deleted),
        "failed": list(cleared.failed),
    }


def cleared_text(report: dict[str, Any]) -> str:
    """A line for each entry that was deleted, and what that freed."""
    lines = [
        f"deleted {_printable(row['name'])} ({_megabytes(row['bytes'])}): {row['what']}" for row in report["deleted"]
    ]
    return "\n".join([*lines, f"freed {_megabytes(report['freed_bytes'])}"])


def _row(entry: Kept) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "what": entry.what,
        "files": len(entry.files),
        "bytes": entry.n_bytes,
        "old": entry.is_old,
        "renderer": entry.renderer or None,
    }


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB"


def _printable(name: str) -> str:
    """A file's name; one that a terminal would take for more than a name is written with escapes."""
    return name if name.isprintable() else ascii(name)
