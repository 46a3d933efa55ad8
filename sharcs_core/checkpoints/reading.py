"""Loading a run, with every part checked: format, hashes, shapes, values."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.checkpoints.layout import (
    BANK,
    CONFIG,
    FILES,
    LAST_UNCENTRED,
    METRICS,
    WEIGHTS,
    RunError,
    check_file,
    read_config,
    read_json,
)
from sharcs_core.checkpoints.pictures import unpacked
from sharcs_core.checkpoints.run import Run
from sharcs_core.config import RunConfig, run_config_from_json
from sharcs_core.structures import Bank, BankSide, Codes, DataSource, Inputs, Ints

if TYPE_CHECKING:
    from sharcs_core.model import Multimodal

READ_ERRORS = (KeyError, ValueError, TypeError, OSError, RuntimeError, MemoryError, EOFError, zipfile.BadZipFile)
"""What the libraries that read a run raise for content that is not one."""


def load_run(path: Path) -> Run:
    """Load a run and check it: format, hashes, shapes, values.

    Raises:
        RunError: one sentence that names what is wrong with the run.
    """
    facts = read_config(path)
    for name in FILES:
        check_file(path, name, facts["files"])
    try:
        config = run_config_from_json(facts["config"])
        source = DataSource(str(facts["source"]["name"]), str(facts["source"]["sha256"]))
        model = _load_model(path, config, facts["format"])
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
        metrics=read_json(path / METRICS),
        model=model,
    )


def _load_model(path: Path, config: RunConfig, format_: int) -> Multimodal:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from sharcs_core.baselines import build_model
    from sharcs_core.checkpoints.former import centred_weights

    model = build_model(config.model)
    try:
        weights = load_file(path / WEIGHTS)
        model.load_state_dict(centred_weights(weights, config.model) if format_ <= LAST_UNCENTRED else weights)
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
            inputs=Inputs(encoder.kind, unpacked(below("inputs"))),
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
