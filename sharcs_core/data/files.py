"""Files that people bring: one reader a kind of input, and the templates that the readers read again.

Every reader takes a file's name and content and returns one input and notes, in plain words, on what was changed
to read it; every fault is an :class:`InputError`, one sentence that names the fault and the mend.
"""

from __future__ import annotations

import io
import json

from sharcs_core.data.file_checks import MAX_BYTES, InputError
from sharcs_core.data.graph_files import (
    GRAPH_SUFFIXES,
    MAX_STRUCTURE_NODES,
    read_structure_graph,
    read_superpixel_graph,
    to_node_link,
)
from sharcs_core.data.image_files import IMAGE_SUFFIXES, MAX_PIXELS, read_digit_image
from sharcs_core.data.table_files import COLUMNS, TABLE_SUFFIXES, read_bits_table
from sharcs_core.structures import Inputs

__all__ = [
    "GRAPH_SUFFIXES",
    "IMAGE_SUFFIXES",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_STRUCTURE_NODES",
    "TABLE_SUFFIXES",
    "InputError",
    "graph_json",
    "image_png",
    "read_bits_table",
    "read_digit_image",
    "read_structure_graph",
    "read_superpixel_graph",
    "table_csv",
    "template",
    "to_node_link",
]


def graph_json(inputs: Inputs, row: int = 0) -> bytes:
    """A graph as a node-link JSON file."""
    return json.dumps(to_node_link(inputs, row), indent=1).encode()


def image_png(inputs: Inputs, row: int = 0) -> bytes:
    """A picture as a PNG file."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(inputs.arrays["pixels"][row]).save(content, "PNG")
    return content.getvalue()


def table_csv(inputs: Inputs, row: int = 0) -> bytes:
    """A row of bits as a CSV file with a header."""
    bits = (str(int(value)) for value in inputs.arrays["values"][row])
    return f"{','.join(COLUMNS)}\n{','.join(bits)}\n".encode()


def template(inputs: Inputs, row: int = 0) -> tuple[str, bytes, str]:
    """An input as a file to download: the suffix, the content and the media type.

    Raises:
        ValueError: for a kind of input that has no file of its own.
    """
    writers = {
        "graph": (".json", graph_json, "application/json"),
        "image": (".png", image_png, "image/png"),
        "tabular": (".csv", table_csv, "text/csv"),
    }
    if inputs.kind not in writers:
        raise ValueError(f"No file is written for inputs of kind {inputs.kind!r}; choose one of {sorted(writers)}")
    suffix, write, media_type = writers[inputs.kind]
    return suffix, write(inputs, row), media_type
