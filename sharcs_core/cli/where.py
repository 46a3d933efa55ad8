"""Where an answer is read, for the terminal: pictures in a folder, sentences, and both in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation, Inputs, Part, Where


def where_report(run: Run, explanation: Explanation, inputs: Mapping[str, Inputs], folder: Path) -> dict[str, Any]:
    """What is said of explained inputs, where it is read, and the pictures of that, which lie in ``folder`` then.

    Raises:
        UserError: where nothing can be explained, or the folder cannot be written.
    """
    from sharcs_core.storage import check_writable
    from sharcs_core.structures import IsRead
    from sharcs_core.where import say, where

    folder.mkdir(parents=True, exist_ok=True)
    check_writable(folder)
    said = say(run, explanation, inputs)
    asked = [None, *(fact.question for fact in said.facts if isinstance(fact, IsRead))]
    found = {f"reason_{number}" if number else "answer": where(run, inputs, one) for number, one in enumerate(asked)}
    return {
        "says": list(said.sentences),
        "found": {name: _told(run, one, name, inputs, folder) for name, one in found.items()},
    }


def _told(run: Run, found: Where, name: str, inputs: Mapping[str, Inputs], folder: Path) -> dict[str, Any]:
    from sharcs_core.storage import write_bytes
    from sharcs_core.where.painting import paint

    files = {}
    for modality, part in found.parts.items():
        file = paint(run.card.modality(modality).form, inputs[modality], part)
        files[modality] = folder / f"{name}_{modality}{file.suffix}"
        write_bytes(files[modality], file.content)
    return {
        "says": found.says,
        "certainty": found.certainty,
        "weights": dict(found.weights),
        "explainers": dict(found.explainers),
        "files": {modality: str(path) for modality, path in files.items()},
        "parts": {modality: _parts(part) for modality, part in found.parts.items()},
    }


def _parts(part: Part) -> dict[str, Any]:
    """The shares of the parts of an input; those of pixels are in the picture alone."""
    told = {name: getattr(part, name, None) for name in ("columns", "cells", "words", "nodes", "ends", "edges")}
    shares = {"shares": part.flat().tolist()} if told["words"] is not None else {}
    return shares | {
        name: values.tolist() if hasattr(values, "tolist") else list(values)
        for name, values in told.items()
        if values is not None
    }


def where_lines(report: dict[str, Any]) -> list[str]:
    """What :func:`where_report` found, for people to read."""
    files = [path for one in report["found"].values() for path in one["files"].values()]
    return [*report["says"], "pictures:", *(f"  {path}" for path in files)]
