"""Writing a run, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.checkpoints.layout import (
    BANK,
    CARD,
    CONFIG,
    FILES,
    FORMAT,
    LICENSE,
    METRICS,
    PACKAGES,
    PARTS,
    UNUSUAL,
    WEIGHTS,
    RunError,
    config_digest,
    sha256_of,
)
from sharcs_core.checkpoints.outcome import choice_to_json
from sharcs_core.checkpoints.pictures import packed
from sharcs_core.config import RunConfig
from sharcs_core.json_text import json_text
from sharcs_core.storage import check_writable, replacing_folder
from sharcs_core.structures import Bank, Choice, Codes, DataSource, Ints, without_originals
from sharcs_core.tasks.card import TaskCard, card_values
from sharcs_core.tasks.redistribution import check_can_be_withheld

if TYPE_CHECKING:
    from sharcs_core.guided.keeping import KeptGuided
    from sharcs_core.model import Multimodal
    from sharcs_core.unusual import Usual

ELSE = "name a new folder, or that of a run to replace"


def _bank_arrays(prefix: str, bank: Bank) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {f"{prefix}/sample_ids": bank.sample_ids, f"{prefix}/labels": bank.labels}
    if bank.traits is not None:
        arrays[f"{prefix}/traits"] = bank.traits
    for name, side in bank.sides.items():
        at = f"{prefix}/{name}"
        arrays |= {f"{at}/inputs/{field}": values for field, values in packed(side.inputs.arrays).items()}
        arrays |= {f"{at}/maps/{method}": values for method, values in side.maps.items()}
        arrays |= {f"{at}/described/{other}": values for other, values in side.described.items()}
        for field in ("ids", "semantics", "sources", "local", "shared"):
            arrays[f"{at}/{field}"] = getattr(side, field)
    return arrays


def check_destination(path: Path) -> None:
    """Find out whether a run can be written to ``path``, before there is one.

    Raises:
        RunError: it would replace something that is not a run, or the folder that one stands in.
        StorageError: nothing can be written there.
    """
    check_writable(path.parent)
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise RunError(f"{path} is not a folder; {ELSE}")
    here = Path.cwd()
    if path.resolve() in (here, *here.parents):
        raise RunError(f"{path} is the folder you are in, or above it, which cannot be replaced; {ELSE}")
    if path.is_dir():
        check_writable(path)
        if not (path / CONFIG).is_file() and any(path.iterdir()):
            raise RunError(f"{path} holds something that is not a run; {ELSE}")


def save_run(
    path: Path,
    *,
    card: TaskCard,
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
    device: str = "cpu",
    parts: Mapping[str, Sequence[str]] | None = None,
    guided: KeptGuided | None = None,
) -> None:
    """Write a run beside ``path`` and move it there whole; a former run at ``path`` is replaced at the end.

    Of a task whose originals may not be kept nothing of them is written: banks go without, see
    :func:`~sharcs_core.structures.bank.without_originals`.

    Args:
        card: of the task, with which the run is shown and used where the task is unknown.
        config, choice: what the model was trained with, and what was chosen then; ``model`` is what came of them.
        answers, validation_answers: (n, Q) of all samples of a split; of a model without concepts (n, 0).
        tree_leaves: of the shown tree; 0 of a model without concepts.
        usual: modality → what its inputs are usually like.
        device: where it was trained.
        parts: see :mod:`sharcs_core.checkpoints.parts`; None where samples have no ids.
        guided: the classifier that explanations taught, of a model that reads pictures through its map.

    Raises:
        RunError: if there is something at ``path`` that is not a run.
        StorageError: it cannot be written.
        UserError: of a model that cannot do without originals, where these may not be kept.
        ValueError: for a model of other settings than ``config`` and ``choice`` make.
    """
    from sharcs_core.checkpoints.usual import usual_arrays
    from sharcs_core.choosing import narrowed

    check_destination(path)
    check_can_be_withheld(card, config.model.wiring)
    if model.config != narrowed(config.model, choice):
        raise ValueError(f"The model must be what config and choice make (got {model.config}); save those it came from")
    if not card.redistribute:
        bank, test_bank = without_originals(bank, test_bank)
    with replacing_folder(path) as folder:
        _write_weights(folder / WEIGHTS, model)
        arrays: dict[str, Any] = {
            **_bank_arrays("train", bank),
            **_bank_arrays("test", test_bank),
            **_answer_arrays("", answers, labels),
            **_answer_arrays("validation_", validation_answers, validation_labels),
        }
        np.savez_compressed(folder / BANK, **arrays)
        stored: dict[str, Any] = usual_arrays(usual)
        np.savez_compressed(folder / UNUSUAL, **stored)
        _write_text(folder / METRICS, json_text(metrics))
        if guided is not None:
            from sharcs_core.guided.keeping import write_guided

            write_guided(folder, guided)
        _write_text(folder / CARD, json_text(card_values(card)))
        if parts is not None:
            _write_text(folder / PARTS, json_text(parts))
        if card.license is not None:
            _write_text(folder / LICENSE, card.license)
        facts = {
            "format": FORMAT,
            "config": config.to_json(),
            "choice": choice_to_json(choice),
            "tree_leaves": tree_leaves,
            "source": vars(source),
            "versions": {package: version(package) for package in PACKAGES},
            "device": device,
            "files": {name: sha256_of(folder / name) for name in FILES},
        }
        _write_text(folder / CONFIG, json_text({**facts, "sha256": config_digest(facts)}))


def _write_weights(file: Path, model: Multimodal) -> None:
    from safetensors.torch import save

    file.write_bytes(save({name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}))


def _write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def _answer_arrays(part: str, answers: Codes, labels: Ints) -> dict[str, NDArray[Any]]:
    return {
        f"tree/{part}answers": np.packbits(np.asarray(answers, dtype=bool), axis=1),
        f"tree/{part}labels": labels.astype(np.int64),
    }
