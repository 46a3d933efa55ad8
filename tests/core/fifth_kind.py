"""A kind of modality that the project does not have: series of numbers. It stands here as ARCHITECTURE.md says that a
new kind is added, in one module and one line, so that a test can try whether that is all it takes.

Shapes: n inputs, L steps of a series, K local concepts.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from sharcs_core.config import EncoderConfig
from sharcs_core.errors import UserError
from sharcs_core.kinds.kind import File, Form, Kind, frozen_form
from sharcs_core.readers.checks import InputError, check_file, text_of
from sharcs_core.structures import Inputs


@frozen_form
class SeriesForm(Form):
    kind = "series"

    longest: int
    mean: float
    scale: float


def takes(raw):
    return isinstance(raw, np.ndarray) and raw.ndim == 1 and raw.dtype == np.float64 and len(raw) > 3


def fit(raws):
    values = np.concatenate(raws)
    return SeriesForm(max(map(len, raws)), float(values.mean()), float(values.std()) or 1.0)


def prepare(form, raws):
    steps, n_steps = np.zeros((len(raws), form.longest), dtype=np.float32), np.zeros(len(raws), dtype=np.int16)
    notes = []
    for row, raw in enumerate(raws):
        raw = np.asarray(raw, dtype=np.float64)
        if not len(raw) or not np.isfinite(raw).all():
            raise UserError("A series must be of finite numbers; bring some")
        kept = raw[: form.longest]
        steps[row, : len(kept)], n_steps[row] = (kept - form.mean) / form.scale, len(kept)
        notes.append((f"Of {len(raw)} steps the first {form.longest} were read",) if len(raw) > form.longest else ())
    return Inputs("series", {"steps": steps, "n_steps": n_steps}), tuple(notes)


def read(form, name, content):
    file = check_file(name, content, (".txt",), "series")
    try:
        return np.array([float(word) for word in text_of(file, content).split()]), ()
    except ValueError:
        raise InputError(f"{file} is no series; write numbers with spaces between them") from None


def write(form, inputs, row):
    steps = inputs.arrays["steps"][row][: inputs.arrays["n_steps"][row]].astype(np.float64)
    return File(".txt", " ".join(repr(float(v)) for v in steps * form.scale + form.mean).encode(), "text/plain")


class SeriesEncoder(nn.Module):
    def __init__(self, config, n_local):
        super().__init__()
        self.steps = nn.Sequential(nn.Conv1d(1, config.hidden[0], 3, padding=1), nn.ReLU())
        self.scores = nn.Linear(2 * config.hidden[0], n_local)

    def forward(self, batch):
        there = torch.arange(batch["steps"].shape[1]) < batch["n_steps"].long().unsqueeze(1)
        found = self.steps(batch["steps"].float().unsqueeze(1)) * there.unsqueeze(1)
        return self.scores(torch.cat([found.mean(2), found.amax(2)], dim=1))


def faults(config, inputs):
    if inputs.arrays["steps"].ndim != 2:
        yield "steps of shape (n, L)", str(inputs.arrays["steps"].shape)


def perturb(inputs, level, rng, positions):
    steps = inputs.arrays["steps"]
    return {"steps": (steps + level * rng.normal(size=steps.shape)).astype(np.float32)}


def counts(form, inputs):
    return inputs.arrays["n_steps"][:, None].astype(np.float64)


SERIES = Kind(
    name="series",
    form=SeriesForm,
    arrays=("steps", "n_steps"),
    suffixes=(".txt",),
    words=lambda form: (),
    takes=takes,
    fit=fit,
    prepare=prepare,
    read=read,
    write=write,
    settings=lambda form: EncoderConfig("series", 1, (16,)),
    encoder=SeriesEncoder,
    faults=faults,
    perturb=perturb,
    counts=counts,
    says=lambda form, place, value: f"it has {value:.0f} steps",
)


def waves(n, seed):
    """Slow and fast waves of different lengths, and rows that say how fast in other numbers; classes and inputs."""
    rng = np.random.default_rng(seed)
    fast = rng.integers(0, 2, n)
    series = [
        np.sin(np.arange(length) * (0.3 + 1.2 * of) + start) + rng.normal(0, 0.1, length)
        for of, length, start in zip(fast, rng.integers(20, 33, n), rng.random(n) * 6, strict=True)
    ]
    rows = [{"speed": float(of + rng.normal(0, 0.2)), "noise": float(rng.normal())} for of in fast]
    return fast, {"wave": series, "numbers": rows}
