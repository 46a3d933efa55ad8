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
    WEIGHTS,
    RunError,
    config_digest,
    sha256_of,
)
from sharcs_core.checkpoints.pictures import packed
from sharcs_core.config import RunConfig
from sharcs_core.structures import Bank, Codes, DataSource, Ints

if TYPE_CHECKING:
    from sharcs_core.model import Multimodal


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
    codes: Codes,
    code_labels: Ints,
    metrics: Mapping[str, Any],
    data_license: str | None = None,
) -> None:
    """Write a run beside ``path`` and move it there whole; a former run at ``path`` is replaced at the end.

    Raises:
        RunError: if there is something at ``path`` that is not a run.
    """
    from safetensors.torch import save_file

    check_destination(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        save_file({name: value.contiguous() for name, value in model.state_dict().items()}, aside / WEIGHTS)
        arrays: dict[str, Any] = {
            **_bank_arrays("train", bank),
            **_bank_arrays("test", test_bank),
            "tree/codes": np.packbits(codes, axis=1),
            "tree/labels": code_labels.astype(np.int16),
        }
        np.savez_compressed(aside / BANK, **arrays)
        (aside / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
        if data_license is not None:
            (aside / LICENSE).write_text(data_license)
        facts = {
            "format": FORMAT,
            "config": config.to_json(),
            "source": vars(source),
            "versions": {package: version(package) for package in PACKAGES},
            "files": {name: sha256_of(aside / name) for name in FILES},
        }
        stamped = {**facts, "sha256": config_digest(facts)}
        (aside / CONFIG).write_text(json.dumps(stamped, indent=1) + "\n")
        aside.chmod(0o755)  # made private, as temporary folders and safetensors files are
        (aside / WEIGHTS).chmod(0o644)
        _move_into_place(aside, path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _move_into_place(aside: Path, path: Path) -> None:
    if not path.exists():
        os.replace(aside, path)
        return
    former = Path(tempfile.mkdtemp(prefix=f".{path.name}-former-", dir=path.parent))
    os.replace(path, former / path.name)
    os.replace(aside, path)
    shutil.rmtree(former, ignore_errors=True)
