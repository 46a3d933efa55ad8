"""Files that people bring: one reader a kind of input, and the templates that the readers read again.

Every reader takes a file's name and content and returns one input and notes, in plain words, on what was changed
to read it; every fault is an :class:`InputError`, one sentence that names the fault and the mend.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sharcs_core.errors import UserError
from sharcs_core.readers.checks import MAX_BYTES, InputError
from sharcs_core.readers.graphs.files import (
    GRAPH_SUFFIXES,
    MAX_STRUCTURE_NODES,
    read_structure_graph,
    to_node_link,
)
from sharcs_core.readers.pictures import IMAGE_SUFFIXES, MAX_PICTURE_BYTES, MAX_PIXELS, read_digit_image
from sharcs_core.readers.tables import COLUMNS, TABLE_SUFFIXES, read_bits_table
from sharcs_core.structures import Inputs
from sharcs_core.tasks.mnist.superpixel_files import read_superpixel_graph

if TYPE_CHECKING:
    from sharcs_core.tasks.task import Modality

__all__ = [
    "GRAPH_SUFFIXES",
    "IMAGE_SUFFIXES",
    "MAX_BYTES",
    "MAX_PICTURE_BYTES",
    "MAX_PIXELS",
    "MAX_STRUCTURE_NODES",
    "TABLE_SUFFIXES",
    "InputError",
    "graph_json",
    "image_png",
    "read_bits_table",
    "read_digit_image",
    "read_sentence",
    "read_structure_graph",
    "read_superpixel_graph",
    "sentence_txt",
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


def sentence_txt(inputs: Inputs, row: int, words: Sequence[str]) -> bytes:
    """A sentence as a text file; token t is ``words[t]``, and 0 is no word."""
    return (" ".join(words[token] for token in inputs.arrays["tokens"][row] if token) + "\n").encode()


def read_sentence(modality: Modality, sentence: str) -> tuple[Inputs, tuple[str, ...]]:
    """A sentence that was typed, read as a file with it would be.

    Raises:
        InputError: naming the fault and the mend.
    """
    if not sentence.strip():
        raise InputError("The sentence holds no words; write one, such as those of the examples")
    file = f"sentence{modality.suffixes[0]}"
    try:
        return modality.read(file, sentence.encode())
    except UnicodeEncodeError:
        raise InputError("The sentence holds bytes that are no text; write it in plain letters") from None
    except InputError as error:
        raise InputError(str(error).replace(file, "The sentence", 1)) from None


def template(inputs: Inputs, row: int = 0, words: Sequence[str] = ()) -> tuple[str, bytes, str]:
    """An input as a file to download: the suffix, the content and the media type.

    Args:
        words: of a text, as in :class:`~sharcs_core.tasks.task.Modality`.

    Raises:
        ValueError: for a text without its words.
    """
    if inputs.kind == "text":
        if not words:
            raise UserError("A text can be written only with the words of its modality (got none)")
        return ".txt", sentence_txt(inputs, row, words), "text/plain"
    suffix, write, media_type = {
        "graph": (".json", graph_json, "application/json"),
        "image": (".png", image_png, "image/png"),
        "tabular": (".csv", table_csv, "text/csv"),
    }[inputs.kind]
    return suffix, write(inputs, row), media_type
