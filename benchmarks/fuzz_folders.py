"""Do mutated files of a folder ever end in anything but one sentence, take long, or fill the memory?

    python benchmarks/fuzz_folders.py [--n 100000] [--seed 0]

Of each sort of file (task.toml, metadata.csv, graphs as JSON, GraphML and lines, pictures as PNG, JPEG and WebP) copies
with something changed, cut out or put in are read as ``sharcs check`` reads them. Prints a line a sort: how many were
read, how many refused in a sentence, tracebacks, the longest CPU seconds of one, and how memory grew. Ends with 1 where
anything else than a sentence came of one, or one took more than 2 s.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import networkx as nx
import numpy as np
from PIL import Image

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.tasks.folder.description import description_of
from sharcs_core.tasks.folder.places import Places
from sharcs_core.tasks.folder.roles import roles_of
from sharcs_core.tasks.folder.sheet import read_sheet

LONGEST = 2.0
"""CPU seconds of one file."""
TOML = b"""title = "Plants"
label = "kind"
classes = ["fern", "oak"]
missing = ["-999"]
redistribute = false
[modalities.photo]
column = "photo"
means = {colour = "colour"}
[modalities.readings]
kind = "tabular"
numeric = ["ph"]
category = ["site"]
"""
SPLICED = (
    *(b"=", b'"', b"'", b",", b"\n", b"\r\n", b";", b"\t", b"\0", b"[", b"]", b"{", b"}", b"../", b"\\", b"<", b"&"),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"NaN",
        b"Infinity",
        b"1e999",
        b"-",
        b"9" * 40,
        b"{{{{",
        b"[[[[",
        "é".encode("cp1252"),
    ),
)


def mutations(content: bytes, n: int, rng: np.random.Generator) -> Iterator[bytes]:
    """The content with one or two places of it changed, cut out or put in."""
    for _ in range(n):
        changed = content
        for _ in range(int(rng.integers(1, 3))):
            start, length = int(rng.integers(len(changed) + 1)), int(rng.integers(0, 12))
            put = SPLICED[int(rng.integers(len(SPLICED)))] if rng.random() < 0.5 else rng.bytes(int(rng.integers(0, 9)))
            changed = changed[:start] + put + changed[start + length :]
        yield changed


def sheet() -> bytes:
    rows = [f"p{row},{('fern', 'oak')[row % 2]},it is rather green today,{row / 7:.2f},north" for row in range(40)]
    return "\n".join(["id,label,story,height,site", *rows]).encode()


def picture(suffix: str) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 32, 3), dtype=np.uint8)).save(content, suffix)
    return content.getvalue()


def graph() -> nx.Graph:
    made = nx.cycle_graph(12)
    nx.set_node_attributes(made, {node: {"size": node / 3, "sort": "ab"[node % 2]} for node in made})
    return made


def reader_of_folder(folder: Path) -> Callable[[bytes], object]:
    """Reads a metadata.csv with all that its columns are made of."""

    def read(content: bytes) -> object:
        (folder / "metadata.csv").write_bytes(content)
        places = Places.of(folder)
        description = description_of(b"")
        return roles_of(read_sheet(places, description), description, places)

    return read


def reader_of_lines(folder: Path) -> Callable[[bytes], object]:
    def read(content: bytes) -> object:
        (folder / "graphs.jsonl").write_bytes(content)
        places = Places.of(folder)
        return places.graph_lines, places.line_faults

    return read


def decoder(kind: str, name: str) -> Callable[[bytes], object]:
    decode = KINDS[kind].decode
    assert decode is not None
    return lambda content: decode(name, content)


def is_sentence(said: str) -> bool:
    return bool(said.strip()) and said.isprintable()


def fuzz(title: str, content: bytes, read: Callable[[bytes], object], n: int, seed: int) -> bool:
    """Whether all went well; prints the line of a sort."""
    told = {"read": 0, "refused": 0, "not in a sentence": 0, "tracebacks": 0}
    longest, before = 0.0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for mutated in mutations(content, n, np.random.default_rng(seed)):
        began = time.process_time()
        try:
            read(mutated)
            told["read"] += 1
        except UserError as error:
            told["refused" if is_sentence(str(error)) else "not in a sentence"] += 1
        except Exception:
            told["tracebacks"] += 1
            print(repr(mutated[:2000]), traceback.format_exc(), file=sys.stderr)
        longest = max(longest, time.process_time() - began)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    said = ", ".join(f"{count:,} {name}" for name, count in told.items())
    print(f"{title:16} {said}; longest {longest:.2f} s; memory + {grown:.0f} MB", flush=True)
    return not told["tracebacks"] + told["not in a sentence"] and longest <= LONGEST


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100_000, help="mutated files in all")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    graphml = io.BytesIO()
    nx.write_graphml(graph(), graphml)
    node_link = json.dumps(nx.node_link_data(graph(), edges="edges")).encode()
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        sorts = {
            "task.toml": (TOML, description_of),
            "metadata.csv": (sheet(), reader_of_folder(folder)),
            "graph.json": (node_link, decoder("graph", "a.json")),
            "graph.graphml": (graphml.getvalue(), decoder("graph", "a.graphml")),
            "graphs.jsonl": (b'{"id": "g1", "nodes": [], "edges": []}\n' * 5, reader_of_lines(folder)),
            "picture.png": (picture("PNG"), decoder("image", "a.png")),
            "picture.jpg": (picture("JPEG"), decoder("image", "a.jpg")),
            "picture.webp": (picture("WEBP"), decoder("image", "a.webp")),
        }
        each = -(-arguments.n // len(sorts))
        fine = [fuzz(title, *of, each, arguments.seed) for title, of in sorts.items()]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
