"""Rubbish files in a real browser: one clear sentence each, never a traceback, and the page goes on working."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from browsing import ERROR, Visit
from sharcs_core.tasks.files import MAX_BYTES, MAX_PICTURE_BYTES

XOR, PICTURES = "xor_and_xor", "mnist_superpixels"


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(side: int = 20_000) -> bytes:
    """A valid PNG of a few kilobytes, black and ``side`` pixels wide and high."""
    packer = zlib.compressobj(9)
    line = bytes(1 + side // 8)
    body = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = png_chunk(b"IHDR", header), png_chunk(b"IDAT", body), png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def many_nodes() -> bytes:
    """As many nodes as fit below the limit on a file's size."""
    start, node, end = b'{"edges":[],"nodes":[', b'{"id":100000},', b'{"id":1}]}'
    return start + node * ((MAX_BYTES - len(start) - len(end)) // len(node)) + end


def not_a_number(good: bytes) -> bytes:
    graph = json.loads(good)
    graph["nodes"][0]["intensity"] = float("nan")
    return json.dumps(graph).encode()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><graphml><graph><node id="&c;"/></graph></graphml>'
)


@dataclass(frozen=True)
class Rubbish:
    """A bad file: where it goes, its name, how it is made of a good one, and a word that its sentence must have."""

    run: str
    modality: str
    name: str
    make: Callable[[bytes], bytes]
    told: str


RUBBISH = {
    "text named .png": Rubbish(PICTURES, "image", "notes.png", lambda good: b"just words", "not a PNG"),
    "cut off": Rubbish(PICTURES, "image", "half.png", lambda good: good[: len(good) // 2], "damaged"),
    "bomb of 20,000 × 20,000": Rubbish(PICTURES, "image", "bomb.png", lambda good: png_bomb(), "20,000×20,000"),
    "not a number": Rubbish(PICTURES, "graph", "nan.json", not_a_number, "intensity"),
    "nested a thousand deep": Rubbish(XOR, "graph", "deep.json", lambda good: b"[" * 1000 + b"]" * 1000, "deep"),
    "entities": Rubbish(XOR, "graph", "laughs.graphml", lambda good: LAUGHS, "entities"),
    "a million things": Rubbish(XOR, "graph", "zeros.json", lambda good: b'{"nodes":[' + b"0," * 999_999 + b"0]}", ""),
    "nodes up to the limit": Rubbish(XOR, "graph", "huge.json", lambda good: many_nodes(), "too many"),
    "columns missing": Rubbish(XOR, "table", "short.csv", lambda good: b"bit_0,bit_1\n0,1\n", "bit_2"),
}


@pytest.fixture(scope="session")
def goods(shipped_runs) -> dict[tuple[str, str], tuple[str, bytes]]:
    """A good file a run and modality: suffix and content."""
    from sharcs_core.checkpoints import load_run

    runs = {name: load_run(shipped_runs / name) for name in (XOR, PICTURES)}
    return {
        (name, modality): run.task.write(modality, side.inputs, 3)[:2]
        for name, run in runs.items()
        for modality, side in run.test_bank.sides.items()
    }


@pytest.fixture(scope="session")
def tabs(context, address):
    """One tab a run that all rubbish goes through: so each case also shows that those before it broke nothing."""
    opened: dict[str, Visit] = {}

    def tab(run: str) -> Visit:
        if run not in opened:
            opened[run] = Visit(context, address)
            opened[run].open(f"upload?run={run}")
        return opened[run]

    yield tab
    for one in opened.values():
        one.close()


def errors(tab: Visit) -> list[str]:
    return [found.inner_text() for found in tab.page.locator(ERROR).all()]


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH)
def test_rubbish_gets_one_sentence_and_a_good_file_works_after(tabs, goods, rubbish):
    tab = tabs(rubbish.run)
    suffix, good = goods[rubbish.run, rubbish.modality]
    content = rubbish.make(good)
    assert len(content) <= MAX_BYTES
    tab.bring(rubbish.run, rubbish.modality, rubbish.name, content)
    tab.wait_for_text(rubbish.name, ERROR)
    (said,) = errors(tab)
    assert rubbish.told in said
    assert len(said) < 300
    assert "Traceback" not in tab.text("body")
    tab.bring(rubbish.run, rubbish.modality, f"good{suffix}", good)
    tab.wait_for_text(f"Using good{suffix}")
    tab.wait_for_text("The model reads the ")
    tab.settle()
    assert not errors(tab)
    tab.press("Clear")
    tab.wait_for_text("Nothing to explain yet")
    assert not tab.faults


@pytest.mark.parametrize(("name", "size"), [("novel.txt", 20), ("large.png", MAX_PICTURE_BYTES + 1_500_000)])
def test_the_box_itself_refuses_other_kinds_and_large_files(tabs, tmp_path, name, size):
    tab, file = tabs(PICTURES), tmp_path / name
    file.write_bytes(b"x" * size)
    box = tab.page.locator(f'[class*="st-key-upload-{PICTURES}-image-"]')
    box.locator("input[type=file]").set_input_files(file)
    tab.settle()
    box.get_by_text(name).wait_for()
    tab.wait_for_text("Nothing to explain yet")
    assert "Traceback" not in tab.text("body")
    assert not tab.faults
