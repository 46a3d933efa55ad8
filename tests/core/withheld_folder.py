"""A folder whose originals may not be kept with a run, full of what would be known again, and short trainings on it."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from made_folders import csv_of, folder
from sharcs_core import projection
from sharcs_core.pipeline import train_run
from sharcs_core.tasks.folder.task import folder_task

N, SIDE = 96, 20
HEADER = ("id", "label", "picture", "note", "ph", "depth", "always", "site", "title", "meant")
LABELS = ("heathland", "peat bog")
SITES = ("riverside", "hillside")
MEANT = ("wet ground", "dry ground")
CONSTANT = "73121.5"
SETTINGS = """
label = "label"
ignore = ["title"]
redistribute = {}
[modalities.picture]
kind = "image"
column = "picture"
means = {{ground = "meant"}}
[modalities.note]
kind = "text"
column = "note"
[modalities.readings]
kind = "tabular"
numeric = ["ph", "depth", "always"]
category = ["site"]
"""


def pixels(row):
    """A picture that no other row has, its shade that of its class."""
    noise = np.random.default_rng(row).integers(0, 60, (SIDE, SIDE, 3))
    return (noise + 120 * (row % 2)).astype(np.uint8)


def rows():
    """The cells of the sheet, without its header."""
    rng = np.random.default_rng(7)
    return [
        (
            f"visit-{row:03d}-{rng.integers(10**6):06d}",
            LABELS[row % 2],
            f"pictures/walk-{row:03d}.png",
            f"seen by Quill{'abcdefghij'[row % 10]}feather{row} at noon, {('soft', 'hard')[row % 2]} to walk on",
            f"{rng.uniform(4, 9):.7f}",
            f"{100 * (row % 2) + rng.uniform(11, 50):.6f}",
            CONSTANT,
            SITES[row % 2] if row % 24 else f"lonely hut {row}",
            f"A walk of day {row} through the mist",
            MEANT[row // 2 % 2],
        )
        for row in range(N)
    ]


def png(row):
    content = io.BytesIO()
    Image.fromarray(pixels(row)).save(content, "PNG")
    return content.getvalue()


def make_folder(path, redistribute):
    """The folder at ``path``, of which originals may be kept or not."""
    pictures = {f"pictures/walk-{row:03d}.png": png(row) for row in range(N)}
    cells = [tuple(f'"{cell}"' for cell in row) for row in rows()]
    sheet = {"metadata.csv": csv_of(HEADER, *cells), "task.toml": SETTINGS.format(str(redistribute).lower())}
    folder(path, {**sheet, **pictures})
    return path


def trained(data, out, note=lambda _: None):
    """A run on a folder, trained for a moment, with its task."""
    task = folder_task(data).task
    config = task.preset()
    config = replace(config, training=replace(config.training, epochs=2, polish_epochs=0), bank_size=0, test_size=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})
        return train_run(config, task, out, note=note), task
