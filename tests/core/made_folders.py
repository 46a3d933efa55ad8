"""Folders as people bring them, made up for tests."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from sharcs_core.tasks.folder.places import Places


def picture(shade=0, suffix="PNG"):
    """The bytes of a small picture."""
    content = io.BytesIO()
    Image.new("RGB", (4, 4), (shade % 256, 7, 9)).save(content, suffix)
    return content.getvalue()


def folder(path, files):
    """A folder of the files, name → content; its places."""
    for name, content in files.items():
        where = path / name
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Places.of(path)


def csv_of(header, *rows):
    return "\n".join(",".join(row) for row in (header, *rows)) + "\n"


def mutations(content, n, seed):
    """The content with something in it changed, cut out or put in, ``n`` times."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        start, length = int(rng.integers(len(content))), int(rng.integers(0, 9))
        yield content[:start] + rng.bytes(int(rng.integers(0, 9))) + content[start + length :]
