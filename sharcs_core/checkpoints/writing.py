"""Writing a run: aside first, then moved into place whole."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.checkpoints.layout import (
    BANK,
    CONFIG,
    FILES,
    FORMAT,
    LICENSE,
    METRICS,
    PACKAGES,
    UNUSUAL,
    WEIGHTS,
    RunError,
    config_digest,
    sha256_of,
)
from sharcs_core.checkpoints.outcome import choice_to_json
from sharcs_core.checkpoints.pictures import packed
from sharcs_core.config import RunConfig
from sharcs_core.structures import Bank, Choice, Codes, DataSource, Ints

if TYPE_CHECKING:
    from sharcs_core.model import Multimodal
    from sharcs_core.unusual import Usual


def _bank_arrays(prefix: str, bank: Bank) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {f"{prefix}/sample_ids": bank.sample_ids, f"{prefix}/labels": bank.labels}
    for name, side in bank.sides.items():
        at = f"{prefix}/{name}"
        arrays |= {f"{at}/inputs/{field}": values for field, values in packed(side.inputs.arrays).items()}
        arrays |= {f"{at}/maps/{method}": values for method, values in side.maps.items()}
        arrays |= {f"{at}/described/{other}": values for other, values in side.described.items()}
        for field in ("ids", "semantics", "sources", "local", "shared"):
            arrays[f"{at}/{field}"] = getattr(side, field)
    return arrays


def check_destination(path: Path) -> None:
    """Raise RunError where writing a run to ``path`` would replace something that is not a run."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise RunError(f"{path} is not a folder; name a new folder, or that of a run to replace")
    if path.is_dir() and not (path / CONFIG).is_file() and any(path.iterdir()):
        raise RunError(f"{path} holds something that is not a run; name a new folder, or that of a run to replace")


def save_run(
    path: Path,
    *,
    config: RunConfig,
    source: DataSource,
    model: Multimodal,
    bank: Bank,
    test_bank: Bank,
    answers: Codes,
    labels: Ints,
    validation_answers: Codes,
    validation_labels: Ints,
    choice: Choice | None,
    tree_leaves: int,
    usual: Mapping[str, Usual],
    metrics: Mapping[str, Any],
    data_license: str | None = None,
    device: str = "cpu",
) -> None:
    """Write a run beside ``path`` and move it there whole; a former run at ``path`` is replaced at the end.

    Args:
        config, choice: what the model was trained with, and what was chosen then; ``model`` is what came of them.
        answers, validation_answers: (n, Q) of all samples of a split; of a model without concepts (n, 0).
        tree_leaves: of the shown tree; 0 of a model without concepts.
        usual: modality → what its inputs are usually like.
        device: where it was trained.

    Raises:
        RunError: if there is something at ``path`` that is not a run.
        ValueError: for a model of other settings than ``config`` and ``choice`` make.
    """
    from sharcs_core.checkpoints.usual import usual_arrays
    from sharcs_core.choosing import narrowed

    check_destination(path)
    if model.config != narrowed(config.model, choice):
        raise ValueError(f"The model must be what config and choice make (got {model.config}); save those it came from")
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        _write_weights(aside / WEIGHTS, model)
        arrays: dict[str, Any] = {
            **_bank_arrays("train", bank),
            **_bank_arrays("test", test_bank),
            **_answer_arrays("", answers, labels),
            **_answer_arrays("validation_", validation_answers, validation_labels),
        }
        np.savez_compressed(aside / BANK, **arrays)
        stored: dict[str, Any] = usual_arrays(usual)
        np.savez_compressed(aside / UNUSUAL, **stored)
        _write_json(aside / METRICS, metrics)
        if data_license is not None:
            (aside / LICENSE).write_text(data_license, encoding="utf-8")
        facts = {
            "format": FORMAT,
            "config": config.to_json(),
            "choice": choice_to_json(choice),
            "tree_leaves": tree_leaves,
            "source": vars(source),
            "versions": {package: version(package) for package in PACKAGES},
            "device": device,
            "files": {name: sha256_of(aside / name) for name in FILES},
        }
        _write_json(aside / CONFIG, {**facts, "sha256": config_digest(facts)})
        aside.chmod(0o755)  # made private, as temporary folders and safetensors files are
        (aside / WEIGHTS).chmod(0o644)
        _move_into_place(aside, path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_weights(file: Path, model: Multimodal) -> None:
    from safetensors.torch import save_file

    save_file({name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}, file)


def _write_json(file: Path, values: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def _answer_arrays(part: str, answers: Codes, labels: Ints) -> dict[str, NDArray[Any]]:
    return {
        f"tree/{part}answers": np.packbits(np.asarray(answers, dtype=bool), axis=1),
        f"tree/{part}labels": labels.astype(np.int16),
    }


def _move_into_place(aside: Path, path: Path) -> None:
    if not path.exists():
        os.replace(aside, path)
        return
    former = Path(tempfile.mkdtemp(prefix=f".{path.name}-former-", dir=path.parent))
    os.replace(path, former / path.name)
    os.replace(aside, path)
    shutil.rmtree(former, ignore_errors=True)
