"""A run on a folder of pictures, sentences and a table with every kind of column, trained for a moment."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from made_folders import csv_of, folder
from sharcs_core import projection
from sharcs_core.pipeline import train_run
from sharcs_core.tasks.folder.task import folder_task

N, RUN = 96, "my ponds"
HEADER = ("id", "label", "picture", "note", "ph", "wet", "site")
NAMES, SITES = ("pond", "ditch", "bog"), ("north", "south", "west")
SETTINGS = """
title = "Ponds"
[modalities.picture]
[modalities.note]
[modalities.readings]
kind = "tabular"
numeric = ["ph", "wet"]
category = ["site"]
"""


def png(row):
    noise = np.random.default_rng(row).integers(0, 90, (16, 20, 3))
    content = io.BytesIO()
    Image.fromarray((noise + 80 * (row % 3 == 0)).astype(np.uint8)).save(content, "PNG")
    return content.getvalue()


def cells(row):
    name = NAMES[row % 3]
    numbers = (f"{4 + row % 3 + 0.013 * row:.3f}" if row % 9 else "", str(row % 2))
    return (f"p{row:03d}", name, f"pictures/{row}.png", f"this is a {name} of day {row}", *numbers, SITES[row % 3])


def sheet(rows):
    return csv_of(HEADER, *map(cells, rows))


def make_run(runs, aside, patch):
    """The run as ``runs / RUN``."""
    patch.setenv("SHARCS_CACHE", str(aside / "cache"))
    pictures = {f"pictures/{row}.png": png(row) for row in range(N)}
    folder(aside / "ponds", {"metadata.csv": sheet(range(N)), "task.toml": SETTINGS, **pictures})
    task = folder_task(aside / "ponds").task
    config = task.preset()
    short = replace(config.training, epochs=1, polish_epochs=0)
    patch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})
    train_run(replace(config, training=short, bank_size=50, test_size=12), task, runs / RUN)


@pytest.fixture(scope="module")
def ponds(tmp_path_factory):
    """The folder of the run, which pages read."""
    runs = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        make_run(runs, tmp_path_factory.mktemp("ponds"), patch)
        patch.setenv("SHARCS_RUNS", str(runs))
        yield runs


def made_of(file, what):
    """What a run made of a file that was brought."""
    (found,) = (value for (name, _), value in file.made.items() if name == what)
    return found


def zip_of(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()
