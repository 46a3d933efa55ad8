"""Which part each sample of a run's data was in, by digests of ids, so that a later training can keep it there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sharcs_core.checkpoints.layout import PARTS, RunError, damaged, read_json
from sharcs_core.structures import Split, id_digest

NAMES = ("train", "validation", "test")


def parts_in(splits: Mapping[str, Split]) -> dict[str, list[str]] | None:
    """Part → digests of the ids of its samples; None where the data give no ids."""
    ids = {name: split.ids for name, split in splits.items() if split.ids is not None}
    if len(ids) < len(splits):
        return None
    return {name: sorted(id_digest(str(one)) for one in own) for name, own in ids.items()}


def read_parts(path: Path) -> dict[str, str]:
    """Digest of an id → the part that it was in, of the run at ``path``.

    Raises:
        RunError: for a run that keeps none, or of which the file is damaged.
    """
    if not (path / PARTS).is_file():
        raise RunError(f"The run {path.name!r} does not say which of its samples were in which part; it had no ids")
    found = read_json(path, PARTS)
    for name, digests in found.items():
        if name not in NAMES or not isinstance(digests, list) or not all(isinstance(one, str) for one in digests):
            raise damaged(path, PARTS, "it must name digests of ids for train, validation and test")
    return {digest: name for name, digests in found.items() for digest in digests}
