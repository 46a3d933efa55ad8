"""Files that people bring: one reader a kind of input, and the templates that the readers read again.

Every reader takes a file's name and content and returns one input and notes, in plain words, on what was changed
to read it; every fault is an :class:`InputError`, one sentence that names the fault and the mend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sharcs_core.readers.checks import MAX_BYTES, InputError
from sharcs_core.readers.graphs.files import (
    GRAPH_SUFFIXES,
    MAX_STRUCTURE_NODES,
    read_structure_graph,
    to_node_link,
)
from sharcs_core.readers.pictures import IMAGE_SUFFIXES, MAX_PICTURE_BYTES, MAX_PIXELS, read_digit_image
from sharcs_core.readers.tables import TABLE_SUFFIXES, read_bits_table
from sharcs_core.tasks.mnist.superpixel_files import read_superpixel_graph

if TYPE_CHECKING:
    pass

__all__ = [
    "GRAPH_SUFFIXES",
    "IMAGE_SUFFIXES",
    "MAX_BYTES",
    "MAX_PICTURE_BYTES",
    "MAX_PIXELS",
    "MAX_STRUCTURE_NODES",
    "TABLE_SUFFIXES",
    "InputError",
    "read_bits_table",
    "read_digit_image",
    "read_structure_graph",
    "read_superpixel_graph",
    "to_node_link",
]
