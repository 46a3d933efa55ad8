"""Runs on disk: one self-describing folder a trained model, without a pickle in it.

config.json          format, settings, data source, versions, and the SHA-256 of the other files
weights.safetensors  the model
bank.npz             training samples that answer queries, unseen samples to look at, codes for the tree
metrics.json         the figures as measured when the run was made
LICENSE              of the data inside, where it has one
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import RunConfig, run_config_from_json
from sharcs_core.structures import Bank, BankSide, Codes, DataSource, Inputs, Ints

if TYPE_CHECKING:
    from sharcs_core.data.task import Task
    from sharcs_core.model import Sharcs
    from sharcs_core.tree import ConceptTree

FORMAT = 1
CONFIG, WEIGHTS, BANK, METRICS, LICENSE = "config.json", "weights.safetensors", "bank.npz", "metrics.json", "LICENSE"
FILES = (WEIGHTS, BANK, METRICS)
MAX_FILE_BYTES = 2_000_000_000
PACKAGES = ("torch", "numpy", "scikit-learn", "umap-learn")
RUNS_VARIABLE = "SHARCS_RUNS"

READ_ERRORS = (KeyError, ValueError, TypeError, OSError, RuntimeError, MemoryError, EOFError, zipfile.BadZipFile)
"""What the libraries that read a run raise for content that is not one."""


class RunError(ValueError):
    """A run cannot be found or read; the message says why and what to do."""


@dataclass(frozen=True)
class Run:
    """A trained model with all that is needed to explain it; light parts first, the model on first use.

    Attributes:
        bank: training samples; they answer queries.
        test_bank: unseen samples; they are only looked at.
        codes: (n_train, M·T) codes of all training samples in one fixed pairing, modality by modality.
        code_labels: (n_train,) their classes.
        metrics: as ``sharcs evaluate --json`` printed them when the run was made.
    """

    path: Path
    config: RunConfig
    source: DataSource
    versions: Mapping[str, str]
    bank: Bank
    test_bank: Bank
    codes: Codes
    code_labels: Ints
    metrics: Mapping[str, Any]
    model: Sharcs

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def task(self) -> Task:
        from sharcs_core.data import get_task

        return get_task(self.config.task)

    @cached_property
    def tree(self) -> ConceptTree:
        """The decision tree over all training codes, fitted afresh (seeded, a fraction of a second)."""
        from sharcs_core.tree import fit_tree

        model = self.config.model
        return fit_tree(self.codes, self.code_labels, model.modalities, model.n_shared, model.n_classes)

    def find(self, sample_id: str) -> tuple[Bank, int]:
        """The bank that holds a sample, and its row there. Raises KeyError for an unknown id."""
        bank = self.test_bank if sample_id.startswith("test/") else self.bank
        return bank, bank.row(sample_id)


@dataclass(frozen=True)
class RunSummary:
    """What a list of runs shows without loading them; ``error`` says why a run cannot be used."""

    name: str
    path: Path
    task: str
    metrics: Mapping[str, Any]
    error: str | None = None


# --- writing -------------------------------------------------------------------------------------------------


def _bank_arrays(prefix: str, bank: Bank) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {f"{prefix}/sample_ids": bank.sample_ids, f"{prefix}/labels": bank.labels}
    for name, side in bank.sides.items():
        at = f"{prefix}/{name}"
        arrays |= {f"{at}/inputs/{field}": values for field, values in side.inputs.arrays.items()}
        arrays |= {f"{at}/maps/{method}": values for method, values in side.maps.items()}
        arrays |= {f"{at}/described/{other}": values for other, values in side.described.items()}
        for field in ("ids", "semantics", "sources", "local", "shared"):
            arrays[f"{at}/{field}"] = getattr(side, field)
    return arrays


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _config_digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the configuration's content, its own digest left out; layout and order do not matter."""
    content = {name: value for name, value in facts.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


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
    model: Sharcs,
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
            "files": {name: _sha256(aside / name) for name in FILES},
        }
        stamped = {**facts, "sha256": _config_digest(facts)}
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


# --- finding -------------------------------------------------------------------------------------------------


def runs_folder(folder: Path | None = None) -> Path:
    """Where runs are looked for by name: ``folder``, else ``$SHARCS_RUNS``, else ``./checkpoints``."""
    return folder or Path(os.environ.get(RUNS_VARIABLE) or "checkpoints")


def free_folder(name: str, folder: Path | None = None) -> Path:
    """Where a new run of that name loses no other: ``name``, else ``name_2``, ``name_3`` …"""
    home = runs_folder(folder)
    names = chain([name], (f"{name}_{number}" for number in count(2)))
    return next(path for path in map(home.joinpath, names) if not path.exists())


def resolve_run(name_or_path: str, folder: Path | None = None) -> Path:
    """The folder of a run, given as a folder or as a name. Raises RunError that lists what there is."""
    as_path = Path(name_or_path)
    if (as_path / CONFIG).is_file():
        return Path(os.path.abspath(as_path))  # so that "." has a name
    home = runs_folder(folder)
    if name_or_path == as_path.name and (home / name_or_path / CONFIG).is_file():
        return home / name_or_path
    known = [run.name for run in list_runs(home)]
    choice = f"choose one of {known}" if known else "train one with: sharcs train xor_and_xor"
    raise RunError(f"There is no run {name_or_path!r}, neither as a folder nor under {home}; {choice}")


def list_runs(folder: Path | None = None) -> tuple[RunSummary, ...]:
    """The runs in a folder, by name; quick, for nothing but the two JSON files is read."""
    home = runs_folder(folder)
    if not home.is_dir():
        return ()
    found = sorted(entry for entry in home.iterdir() if not entry.name.startswith(".") and (entry / CONFIG).is_file())
    return tuple(_summary(path) for path in found)


def _summary(path: Path) -> RunSummary:
    try:
        facts = _read_config(path)
        _check_file(path, METRICS, facts["files"])
        return RunSummary(path.name, path, facts["config"]["task"], _read_json(path / METRICS))
    except RunError as error:
        return RunSummary(path.name, path, "", {}, str(error))


# --- reading -------------------------------------------------------------------------------------------------


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text())
    except FileNotFoundError:
        raise RunError(f"The run {path.parent.name!r} lacks {path.name}; copy the whole folder again") from None
    except (OSError, ValueError, RecursionError):
        raise RunError(f"{path.name} of the run {path.parent.name!r} is damaged; copy the run again") from None
    if not isinstance(values, dict):
        raise RunError(f"{path.name} of the run {path.parent.name!r} is damaged; copy the run again")
    return values


def _read_config(path: Path) -> dict[str, Any]:
    facts = _read_json(path / CONFIG)
    found = facts.get("format")
    if isinstance(found, int) and found > FORMAT:
        raise RunError(
            f"The run {path.name!r} is of format {found}, newer than the {FORMAT} this version reads; update SHARCS"
        )
    if found != FORMAT or not isinstance(facts.get("config"), dict) or not isinstance(facts.get("files"), dict):
        raise RunError(f"{CONFIG} of the run {path.name!r} is damaged; copy the run again")
    if facts.get("sha256") != _config_digest(facts):
        raise RunError(f"{CONFIG} of the run {path.name!r} is damaged (its SHA-256 differs); copy the run again")
    _check_task(path, facts["config"].get("task"))
    return facts


def _check_task(path: Path, task: Any) -> None:
    from sharcs_core.data import TASKS

    if not isinstance(task, str) or task not in TASKS:
        raise RunError(
            f"The run {path.name!r} is of the task {task!r}, which this version does not know; "
            f"it knows {sorted(TASKS)}, so update SHARCS"
        )


def _check_file(path: Path, name: str, hashes: Mapping[str, str]) -> None:
    file = path / name
    if not file.is_file():
        raise RunError(f"The run {path.name!r} lacks {name}; copy the whole folder again")
    if file.stat().st_size > MAX_FILE_BYTES or _sha256(file) != hashes.get(name):
        raise RunError(f"{name} of the run {path.name!r} is damaged (its SHA-256 differs); copy the run again")


def load_run(path: Path) -> Run:
    """Load a run and check it: format, hashes, shapes, values.

    Raises:
        RunError: one sentence that names what is wrong with the run.
    """
    facts = _read_config(path)
    for name in FILES:
        _check_file(path, name, facts["files"])
    try:
        config = run_config_from_json(facts["config"])
        source = DataSource(str(facts["source"]["name"]), str(facts["source"]["sha256"]))
        model = _load_model(path, config)
        with np.load(path / BANK, allow_pickle=False) as file:
            arrays = dict(file)
        bank, test_bank = (_read_bank(prefix, arrays, config) for prefix in ("train", "test"))
        codes, labels = _read_codes(arrays, config)
    except RunError:
        raise
    except READ_ERRORS as error:
        raise RunError(f"The run {path.name!r} does not fit together ({error}); copy the run again") from error
    return Run(
        path=path,
        config=config,
        source=source,
        versions=dict(facts.get("versions", {})),
        bank=bank,
        test_bank=test_bank,
        codes=codes,
        code_labels=labels,
        metrics=_read_json(path / METRICS),
        model=model,
    )


def _load_model(path: Path, config: RunConfig) -> Sharcs:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from sharcs_core.model import build_model

    model = build_model(config.model)
    try:
        model.load_state_dict(load_file(path / WEIGHTS))
    except (RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise RunError(
            f"{WEIGHTS} of the run {path.name!r} does not fit its {CONFIG} ({reason}); copy the run again"
        ) from None
    return model.eval()


def _expect(name: str, values: NDArray[Any], shape: tuple[int | None, ...]) -> NDArray[Any]:
    fits = len(values.shape) == len(shape) and all(
        wanted in (None, got) for wanted, got in zip(shape, values.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{name} must be of shape {shape} (got {values.shape})")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError(f"{name} holds values that are not finite")
    return values


def _expect_classes(name: str, values: NDArray[Any], n_classes: int) -> NDArray[Any]:
    if (
        values.dtype.kind not in "iu"
        or values.ndim != 1
        or (len(values) and not 0 <= values.min() <= values.max() < n_classes)
    ):
        raise ValueError(f"{name} must be whole numbers from 0 to {n_classes - 1}, one a sample")
    return values


def _read_bank(prefix: str, arrays: Mapping[str, NDArray[Any]], config: RunConfig) -> Bank:
    labels = _expect_classes(f"{prefix}/labels", arrays[f"{prefix}/labels"], config.model.n_classes)
    n = len(labels)
    sides = {}
    for name, encoder in config.model.encoders.items():
        at = f"{prefix}/{name}/"

        def read(field: str, *shape: int, at: str = at) -> NDArray[Any]:
            return _expect(at + field, arrays[at + field], (n, *shape))

        def below(folder: str, at: str = at) -> dict[str, NDArray[Any]]:
            start = f"{at}{folder}/"
            return {key.removeprefix(start): values for key, values in arrays.items() if key.startswith(start)}

        sides[name] = BankSide(
            ids=read("ids"),
            inputs=Inputs(encoder.kind, below("inputs")),
            semantics=read("semantics"),
            sources=read("sources"),
            local=read("local", config.model.n_local),
            shared=read("shared", config.model.n_shared),
            maps={k: _expect(k, v, (n, 2)) for k, v in below("maps").items()},
            described={k: _expect(k, v, (n, config.model.n_shared)) for k, v in below("described").items()},
        )
        if len(sides[name].inputs) != n:
            raise ValueError(f"{at}inputs must hold {n} inputs (got {len(sides[name].inputs)})")
        others = {other for other in config.model.encoders if other != name}
        if set(sides[name].described) != others:
            raise ValueError(f"{at}described must name {sorted(others)} (got {sorted(sides[name].described)})")
    return Bank(_expect(f"{prefix}/sample_ids", arrays[f"{prefix}/sample_ids"], (n,)), labels, sides)


def _read_codes(arrays: Mapping[str, NDArray[Any]], config: RunConfig) -> tuple[Codes, Ints]:
    n_codes = len(config.model.encoders) * config.model.n_shared
    labels = _expect_classes("tree/labels", arrays["tree/labels"], config.model.n_classes).astype(np.int64)
    packed = _expect("tree/codes", arrays["tree/codes"], (len(labels), (n_codes + 7) // 8))
    return np.unpackbits(packed, axis=1, count=n_codes).astype(bool), labels
