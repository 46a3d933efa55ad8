"""What reads something from outside: each reader with valid contents to begin with, and ways to spoil them.

A reader takes bytes and gives a value or raises UserError; whatever else comes of it is a fault.
"""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl

import networkx as nx
import numpy as np
import pandas as pd
from hypothesis import strategies as st
from PIL import Image

from mutating import archive, changed, changed_arrays, changed_json, changed_png, changed_zip, zipped
from sharcs_core.checkpoints import Run, load_run
from sharcs_core.checkpoints.layout import CONFIG, FILES, config_digest, sha256_of
from sharcs_core.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / "checkpoints"
SMALL = "xor_and_xor"
"""The run whose files are spoilt: it loads in hundredths of a second."""
PLAIN, SLOW, WHOLE = "plain", "slow", "whole"
"""How long an input takes: less than a millisecond, so that there can be very many; some; a tenth of a second and more,
so that there are but a twentieth of the others."""


@dataclass(frozen=True)
class Reader:
    """One way in.

    Attributes:
        seeds: valid contents.
        read: content → a value, or UserError.
        spoilt: strategies for contents that are spoilt in ways of their own.
        cost: one of ``PLAIN``, ``SLOW``, ``WHOLE``.
    """

    seeds: tuple[bytes, ...]
    read: Callable[[bytes], object]
    spoilt: tuple[st.SearchStrategy[bytes], ...] = ()
    cost: str = PLAIN

    @property
    def inputs(self) -> st.SearchStrategy[bytes]:
        return st.one_of(changed(self.seeds), *self.spoilt)


def readers(folder: Path) -> dict[str, Reader]:
    """All of them by name.

    Args:
        folder: an empty one, for those that read from a disk; best in memory.
    """
    return {
        **_texts(),
        **_folders(folder),
        **_graphs(),
        **_pictures(),
        **_brought(),
        **_annotations(folder),
        **_trainings(folder),
        **_run_files(folder),
        **_zips(folder),
        **_dashboard(),
    }


def _json(*seeds: bytes) -> dict[str, Any]:
    return {"seeds": seeds, "spoilt": (changed_json(seeds),)}


def _dumped(values: Any) -> bytes:
    return json.dumps(values).encode()


def _told(content: bytes) -> str:
    """What a person typed: any text that a browser can send."""
    return content.decode(errors="replace")


# what people type


def _texts() -> dict[str, Reader]:
    from sharcs_core.checkpoints.names import _checked
    from sharcs_core.guided.annotations import mask_of_box
    from sharcs_core.guided.taught import checked_sentence
    from sharcs_core.json_text import json_object
    from sharcs_core.storage import checked_name, safe_name
    from sharcs_core.tasks.folder.splits import split_named
    from sharcs_core.texts import WordTable

    names = (b"my plants", "Ünïcode 2-b.c".encode(), b"CON.txt", b"a" * 61)
    sentences = (b"a red cube", b'=cmd("x")', "ein rötlicher Würfel\u2028!".encode(), b" " * 9, b"w " * 3000)
    return {
        "json": Reader(**_json(b'{"a": [1, 2.5, null, {"b": "c"}], "d": true, "e": "\\u00e9"}'), read=json_object),
        "name of a run": Reader(names, lambda content: (checked_name(_told(content)), safe_name(_told(content), "x"))),
        "name of a concept": Reader(names, lambda content: _checked(_told(content), {0: "red"})),
        "sentence": Reader(sentences, lambda content: checked_sentence(_told(content))),
        "box": Reader(
            (b"1 0 3 1", b"(0, 0, 4, 2)", b"[0.5; 1; 2e1 3]"), lambda content: mask_of_box(_told(content), (2, 4))
        ),
        "words": Reader(sentences, lambda content: WordTable.of([_told(content), "a car"]).shares),
        "split": Reader((b"train", b"hold-out", b"eval"), lambda content: split_named(_told(content))),
    }


# a folder of people's own


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


def _rows() -> list[list[str]]:
    head = ["id", "label", "story", "height", "site", "split", "photo"]
    rows = [["fern", "oak"][row % 2] for row in range(24)]
    return [
        head,
        *(
            [
                f"p{row}",
                label,
                f"it is rather {label} today",
                f"{row / 7:.2f}",
                "north",
                ["train", "test"][row % 2],
                "a.png",
            ]
            for row, label in enumerate(rows)
        ),
    ]


def _sheet(separator: str = ",") -> bytes:
    return "\n".join(separator.join(cells) for cells in _rows()).encode()


def _parquet() -> bytes:
    head, *rows = _rows()
    content = io.BytesIO()
    pd.DataFrame(rows, columns=head).astype({"height": float}).to_parquet(content)
    return content.getvalue()


def _folders(folder: Path) -> dict[str, Reader]:
    from sharcs_core.readers.rows import read_row
    from sharcs_core.tasks.folder.description import description_of
    from sharcs_core.tasks.folder.places import Places

    place = folder / "brought"
    place.mkdir()
    (place / "a.png").write_bytes(_picture("PNG"))
    (place / "B.JPG").write_bytes(_picture("JPEG"))
    places = Places.of(place)
    cells = (b"a.png", b"sub\\A.PNG", b"b", b"./a.png", b"../a.png", b"/etc/passwd")
    lines = b"".join(_dumped({"id": f"g{row}", "nodes": [{"id": 0}], "edges": []}) + b"\n" for row in range(4))
    row = b"ph,site,open\n7.5,north,1\n"
    columns = ("ph", "site", "open")
    return {
        "task.toml": Reader((TOML,), description_of),
        "metadata.csv": Reader(
            (_sheet(), _sheet(";"), _sheet("\t")), partial(_read_folder, folder, "metadata.csv"), cost=SLOW
        ),
        "metadata.parquet": Reader((_parquet(),), partial(_read_folder, folder, "metadata.parquet"), cost=SLOW),
        "graphs.jsonl": Reader((lines,), partial(_read_lines, folder), cost=SLOW),
        "a cell that names a file": Reader(cells, lambda content: places.find(_told(content), (".png", ".json"))),
        "a row of a table": Reader(
            (row, row.replace(b",", b";"), b"sep=;\n" + row.replace(b",", b";")),
            lambda content: read_row("row.csv", content, columns, {"ph"}, (".csv",)),
        ),
    }


def _read_folder(above: Path, name: str, content: bytes) -> object:
    """A folder whose sheet this is, with all that its columns are made of."""
    from sharcs_core.tasks.folder.description import description_of
    from sharcs_core.tasks.folder.places import Places
    from sharcs_core.tasks.folder.roles import roles_of
    from sharcs_core.tasks.folder.sheet import read_sheet

    folder = above / name.replace(".", "_")
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    places, description = Places.of(folder), description_of(b"")
    return roles_of(read_sheet(places, description), description, places)


def _read_lines(above: Path, content: bytes) -> object:
    from sharcs_core.tasks.folder.places import Places

    folder = above / "lines"
    folder.mkdir(exist_ok=True)
    (folder / "graphs.jsonl").write_bytes(content)
    places = Places.of(folder)
    return places.graph_lines, places.line_faults


# graphs and pictures


def _decode(kind: str, name: str) -> Callable[[bytes], object]:
    from sharcs_core.kinds import KINDS

    decode = KINDS[kind].decode
    assert decode is not None
    return lambda content: decode(name, content)


def _graph() -> nx.Graph:
    made = nx.cycle_graph(12)
    nx.set_node_attributes(made, {node: {"size": node / 3, "sort": "ab"[node % 2]} for node in made})
    nx.set_edge_attributes(made, {edge: {"w": 0.5} for edge in made.edges})
    return made


def _graphs() -> dict[str, Reader]:
    from sharcs_core.readers.graphs.files import read_structure_graph
    from sharcs_core.tasks.mnist.superpixel_files import read_superpixel_graph

    graphml = io.BytesIO()
    nx.write_graphml(_graph(), graphml)
    directed = _dumped(nx.node_link_data(nx.DiGraph(_graph()), edges="links"))
    node_link = _dumped(nx.node_link_data(_graph(), edges="edges"))
    superpixels = _dumped(
        {"nodes": [{"id": n, "intensity": n / 9, "x": n / 9, "y": 0.5} for n in range(9)], "edges": []}
    )
    return {
        "graph.json": Reader(**_json(node_link, directed), read=_decode("graph", "a.json")),
        "graph.graphml": Reader((graphml.getvalue(),), _decode("graph", "a.graphml")),
        "structure.json": Reader(**_json(node_link), read=partial(read_structure_graph, "a.json")),
        "structure.graphml": Reader((graphml.getvalue(),), partial(read_structure_graph, "a.graphml")),
        "superpixels.json": Reader(**_json(superpixels), read=partial(read_superpixel_graph, "a.json")),
    }


def _picture(suffix: str, mode: str = "RGB") -> bytes:
    content = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(content, suffix)
    return content.getvalue()


def _digit() -> bytes:
    content = io.BytesIO()
    pixels = np.zeros((28, 28), np.uint8)
    pixels[5:23, 13:16] = 255
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def _pictures() -> dict[str, Reader]:
    from sharcs_core.guided.taught import mask_of_painting
    from sharcs_core.readers.pictures import read_digit_image

    pngs = (_picture("PNG"), _picture("PNG", "P"), _picture("PNG", "LA"), _picture("PNG", "I;16"), _picture("PNG", "1"))
    return {
        "picture.png": Reader(pngs, _decode("image", "a.png"), (changed_png(pngs),)),
        "picture.jpg": Reader(
            (_picture("JPEG"), _picture("JPEG", "L"), _picture("JPEG", "CMYK")), _decode("image", "a.jpg")
        ),
        "picture.webp": Reader((_picture("WEBP"), _picture("WEBP", "RGBA")), _decode("image", "a.webp")),
        "digit.png": Reader(
            (_digit(), _picture("PNG", "L")), partial(read_digit_image, "a.png"), (changed_png([_digit()]),), SLOW
        ),
        "painting": Reader((_digit(), *pngs), lambda content: mask_of_painting(content, (28, 28))),
    }


# what a run reads


@cache
def _run(name: str) -> Run:
    return load_run(RUNS / name)


BROUGHT = (
    *((SMALL, "table"), (SMALL, "graph"), ("molecules", "graph"), ("molecules", "depiction")),
    *(("molecules", "descriptors"), ("molecules", "name"), ("clevr", "text"), ("clevr", "image"), ("icons", "strokes")),
)


def _brought() -> dict[str, Reader]:
    return {f"brought to {run}: {modality}": _of_run(run, modality) for run, modality in BROUGHT}


def _of_run(name: str, modality: str) -> Reader:
    run = _run(name)
    inputs = run.bank.sides[modality].inputs
    files = [run.task.write(modality, inputs, row) for row in range(3)]
    contents = [file.content for file in files]
    ways = {".json": changed_json, ".png": changed_png}
    spoilt = (ways[files[0].suffix](contents),) if files[0].suffix in ways else ()
    cost = SLOW if name == "clevr" and modality == "image" else PLAIN
    read = partial(run.task.read, modality, f"a{files[0].suffix}")
    return Reader(tuple(contents), read, spoilt, cost)


# what people teach


def _annotations(folder: Path) -> dict[str, Reader]:
    from sharcs_core.guided.annotation_sheet import Row, sheet_of

    rows = [Row(f"{n:016x}", "cube", f"masks/{n:016x}-{n:08x}.png" if n % 2 else "", "a red cube") for n in range(3)]
    entries = {
        f"p{n}": {
            "image_path": "a.png",
            "class_id": n % 2,
            "visual_exp": ["m.png", ""][n % 2],
            "exp": [["red"], "one"][n % 2],
        }
        for n in range(2)
    }
    mapping = {"cube": 0, "ball": 1}
    both = [_dumped(entries), _dumped(mapping)]
    either = st.tuples(changed_json(both[:1]) | changed(both[:1]), changed_json(both[1:]) | st.just(both[1]))
    return {
        "annotation sheet": Reader((sheet_of(rows),), partial(_read_annotations, folder)),
        "annotations of others": Reader(
            (b"\0".join(both),), partial(_import, folder), (either.map(b"\0".join),), cost=SLOW
        ),
    }


def _read_annotations(above: Path, content: bytes) -> object:
    from sharcs_core.guided.annotation_sheet import SHEET as FILE
    from sharcs_core.guided.annotation_sheet import rows_of

    folder = above / "annotations"
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_bytes(content)
    return rows_of(folder)


def _import(above: Path, content: bytes) -> object:
    from sharcs_core.guided.importing import ANNOTATIONS, CLASSES, import_annotations

    source, target = above / "theirs", above / "imported"
    source.mkdir(exist_ok=True)
    entries, _, mapping = content.partition(b"\0")
    (source / ANNOTATIONS).write_bytes(entries)
    (source / CLASSES).write_bytes(mapping)
    if not (source / "a.png").exists():
        (source / "a.png").write_bytes(_picture("PNG"))
        Image.fromarray(np.eye(24, 32, dtype=np.uint8) * 255).save(source / "m.png")
    shutil.rmtree(target, ignore_errors=True)
    return import_annotations(source, target)


# what trainings keep


def _trainings(folder: Path) -> dict[str, Reader]:
    job = {"folder": "/data", "epochs": 3, "n_concepts": None, "balanced": False, "seed": 0, "split_from": None}
    epoch = {
        "epoch": 0,
        "of": 3,
        "train_loss": 0.5,
        "validation_loss": 0.5,
        "validation_accuracy": 1.0,
        "cpu_seconds": 1,
    }
    way = {"query": "a", "target": "b", "recall": 0.5, "chance": 0.1, "n": 10}
    told = [
        {"event": "waiting", "at": 1.0},
        {"event": "began", "at": 2.0},
        {"event": "epoch", "at": 3.0, "epoch": epoch},
    ]
    told += [{"event": "found", "at": 4.0, "after": 1, "ways": [way]}, {"event": "failed", "at": 5.0, "says": "no"}]
    lines = b"\n".join(map(_dumped, told)) + b"\n"
    a_line = changed_json([_dumped(line) for line in told]).map(lambda line: lines + line + b"\n")
    return {
        "job.json": Reader(**_json(_dumped(job)), read=partial(_read_job, folder)),
        "progress.jsonl": Reader((lines,), partial(_read_progress, folder), (a_line,)),
    }


def _read_job(above: Path, content: bytes) -> object:
    from sharcs_core.trainings.job import Place, read_job, write_job

    place = Place(above, "plants")
    place.folder.mkdir(parents=True, exist_ok=True)
    place.job.write_bytes(content)
    job = read_job(place)
    write_job(place, job)
    return job


def _read_progress(above: Path, content: bytes) -> object:
    from sharcs_core.trainings.progress import lasting, read_progress

    file = above / "progress.jsonl"
    file.write_bytes(content)
    found = read_progress(file)
    return found.share_done, found.n_done, lasting(found.seconds_left or 0.0)


# the files of a run


def _run_files(folder: Path) -> dict[str, Reader]:
    from sharcs_core.config import run_config_from_json
    from sharcs_core.json_text import json_object
    from sharcs_core.tasks.card import card_from_json

    run = RUNS / SMALL
    cards = [(RUNS / name / "card.json").read_bytes() for name in (SMALL, "molecules", "icons")]
    parts = b'{"train": ["002939efb02bdbb9"], "validation": ["007c45207166e3ca"], "test": ["0080558de9e76371"]}'
    copy = folder / "run"
    shutil.copytree(run, copy)
    files = [name for name in (CONFIG, *FILES) if name != "metrics.json"]
    named = tuple(name.encode() + b"\0" + (run / name).read_bytes() for name in files)
    arrays = [_spoilt_arrays(run, name) for name in ("bank.npz", "unusual.npz")]
    jsons = [changed_json([(run / name).read_bytes()]).map(partial(_named, name)) for name in (CONFIG, "card.json")]
    settings = _dumped(json.loads((run / CONFIG).read_bytes())["config"])
    return {
        "settings of a run": Reader(**_json(settings), read=lambda content: run_config_from_json(json_object(content))),
        "card.json": Reader(**_json(cards[0]), read=lambda content: card_from_json(json_object(content)), cost=SLOW),
        "config.json": Reader(**_json((run / CONFIG).read_bytes()), read=partial(_read_config, folder)),
        "metrics.json": Reader(**_json((run / "metrics.json").read_bytes()), read=partial(_read_metrics, folder)),
        "names.json": Reader(**_json(b'{"0": "red", "1": "large"}'), read=partial(_read_names, folder)),
        "split.json": Reader(**_json(parts), read=partial(_read_parts, folder)),
        "arrays of a run": Reader(
            ((run / "unusual.npz").read_bytes(),), partial(_read_arrays, folder), (_spoilt_file(run),)
        ),
        "a run": Reader(named, partial(load_spoilt, copy), (*jsons, *arrays, _spoilt_weights(run)), cost=SLOW),
    }


def _named(name: str, content: bytes) -> bytes:
    return name.encode() + b"\0" + content


def _arrays(run: Path, name: str) -> dict[str, Any]:
    with np.load(run / name, allow_pickle=False) as found:
        return dict(found)


def _spoilt_arrays(run: Path, name: str) -> st.SearchStrategy[bytes]:
    return changed_arrays(_arrays(run, name)).map(archive).map(partial(_named, name))


def _spoilt_file(run: Path) -> st.SearchStrategy[bytes]:
    return changed_arrays(_arrays(run, "unusual.npz")).map(archive)


def _spoilt_weights(run: Path) -> st.SearchStrategy[bytes]:
    from safetensors.numpy import load_file, save

    name = "weights.safetensors"
    return changed_arrays(load_file(run / name)).map(_kept).map(save).map(partial(_named, name))


def _kept(weights: Mapping[str, Any]) -> dict[str, Any]:
    """Those that the file format has a type for."""
    return {name: np.ascontiguousarray(values) for name, values in weights.items() if values.dtype.kind in "iufb"}


def _read_config(above: Path, content: bytes) -> object:
    from sharcs_core.checkpoints.layout import read_config

    folder = above / "config"
    folder.mkdir(exist_ok=True)
    (folder / CONFIG).write_bytes(_sealed(content))
    return read_config(folder)


def _sealed(content: bytes) -> bytes:
    """A configuration with the digest that belongs to it, where it is one."""
    try:
        values = json.loads(content)
        values["sha256"] = config_digest(values)
        return _dumped(values)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return content


def _file_of_run(above: Path, name: str, content: bytes) -> Path:
    folder = above / "files"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder


def _read_metrics(above: Path, content: bytes) -> object:
    from sharcs_core.checkpoints.layout import read_metrics

    return read_metrics(_file_of_run(above, "metrics.json", content))


def _read_names(above: Path, content: bytes) -> object:
    from sharcs_core.checkpoints.names import read_names

    return read_names(_file_of_run(above, "names.json", content), 4)


def _read_parts(above: Path, content: bytes) -> object:
    from sharcs_core.checkpoints.parts import read_parts

    return read_parts(_file_of_run(above, "split.json", content))


def _read_arrays(above: Path, content: bytes) -> object:
    from sharcs_core.checkpoints.arrays import read_arrays

    return read_arrays(_file_of_run(above, "some.npz", content), "some.npz")


def load_spoilt(copy: Path, content: bytes) -> object:
    """The run with one file spoilt and all hashes made to fit, so that they alone do not keep it out."""
    name, _, spoilt = content.partition(b"\0")
    file = name.decode(errors="replace")
    if file not in (CONFIG, *FILES):
        return None
    before = (copy / file).read_bytes(), (copy / CONFIG).read_bytes()
    try:
        (copy / file).write_bytes(spoilt)
        _seal(copy)
        return load_run(copy)
    finally:
        (copy / file).write_bytes(before[0])
        (copy / CONFIG).write_bytes(before[1])


def _seal(copy: Path) -> None:
    content = (copy / CONFIG).read_bytes()
    try:
        values = json.loads(content)
        values["files"] = {**values["files"], **{name: sha256_of(copy / name) for name in FILES}}
        content = _dumped(values)
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    (copy / CONFIG).write_bytes(_sealed(content))


# zips


def _zips(folder: Path) -> dict[str, Reader]:
    run = RUNS / SMALL
    whole = {f"{SMALL}/{file.name}": file.read_bytes() for file in run.iterdir()}
    told = {name: content for name, content in whole.items() if name.endswith(".json")}
    graph = _run(SMALL).task.write("graph", _run(SMALL).bank.sides["graph"].inputs, 0).content
    graphs = {"graph/a.json": graph, "graph/b.json": graph}
    row = _run(SMALL).task.write("table", _run(SMALL).bank.sides["table"].inputs, 0).content
    sheet = {"x/metadata.csv": b"id," + row.replace(b"\n", b"\na,", 1)}
    spoilt = (changed_zip(sheet), changed_zip(graphs))
    return {
        "zip of samples": Reader((zipped(sheet), zipped(graphs)), _samples_of, spoilt, SLOW),
        "zip of a run": Reader((zipped(told),), partial(_bring, folder), (changed_zip(told), changed_zip(whole)), SLOW),
    }


def _samples_of(content: bytes) -> object:
    from sharcs_core.bundles import samples_of

    with samples_of(_run(SMALL).task, [("a.zip", io.BytesIO(content))]) as found:
        return list(found.samples)


def _bring(above: Path, content: bytes) -> object:
    from sharcs_core.trainings.runs import bring_run

    runs = above / "runs"
    place = bring_run(runs, "mine.zip", io.BytesIO(content))
    shutil.rmtree(place)
    return place


# what a browser sends


def _dashboard() -> dict[str, Reader]:
    from streamlit.components.v2 import manifest_scanner

    from views.upload.board import HEAD

    manifest_scanner.scan_component_manifests = list  # what is installed, looked for anew for every page

    drawn = _dumped({"png": HEAD + base64.b64encode(_digit()).decode()})
    spoilt = changed([_digit()]).map(lambda png: _dumped({"png": HEAD + base64.b64encode(png).decode()}))
    return {
        "drawing board": Reader((drawn, b'{"png": ""}'), _drawn, (spoilt, changed_json([drawn])), cost=SLOW),
        "what the map asks for": Reader(_asked(), _ask),
        "what the map tells": Reader(**_json(_dumped(TOLD)), read=_tell),
        "address": Reader(ADDRESSES, _follow, cost=SLOW),
        "address of a whole page": Reader(ADDRESSES, _open, cost=WHOLE),
    }


def _drawn(content: bytes) -> object:
    """What a board sends, as JSON, to the end that a digit is read."""
    from sharcs_core.json_text import json_values
    from sharcs_core.readers.pictures import read_digit_image
    from views.upload.board import content_of

    png = content_of(json_values(content), 5_000_000)
    return read_digit_image("drawing.png", png) if png else png


def _asked() -> tuple[bytes, ...]:
    """What the script of the map asks for; the state of the run stands for itself, since else nothing were read."""
    pointed = f"run={SMALL}&side=train/graph&row=3"
    colours = ("colour=Kind&detail=0", "colour=Concept&detail=1", "colour=Meaning&detail=whole")
    seeds = (f"run={SMALL}&method=UMAP", pointed, *(f"run={SMALL}&{colour}&unseen=1" for colour in colours))
    return tuple(seed.encode() for seed in seeds)


def _ask(content: bytes) -> object:
    """All answers to an address; what is none of a value and a sentence is raised."""
    import resources
    from views.concept_map import asked

    query = dict(parse_qsl(_told(content), keep_blank_values=True))
    query.setdefault("of", resources.state_of(SMALL))
    replies = [answer(query) for answer in (asked.points, asked.inks, asked.pointed)]
    faults = [json.loads(reply.body)["fault"] for reply in replies if reply.status_code == 404]
    assert all(faults)
    assert {reply.status_code for reply in replies} <= {200, 404}
    if len(faults) == len(replies):
        raise UserError(faults[0])
    return replies


TOLD = {
    "drawn": [[[-1, -1], [1, -1], [0.5, 2]], [[0, 0], [0.1, 0], [0.1, 0.3], [0, 0.3]]],
    "clicked": {"side": "train/graph", "row": 3},
    "restored": {"train/graph": "AQID", "test/table": "gA=="},
}


def _tell(content: bytes) -> object:
    """What the script of the map tells, to the end that inputs are selected and a sample chosen."""
    import resources
    from sharcs_core.json_text import json_object
    from views.concept_map import selection

    told = dict.fromkeys(TOLD) | json_object(content)
    session: dict[str, Any] = {selection.CHART: told}
    with patch.object(selection.st, "session_state", session), resources.one_look():
        selection.remember_selection(SMALL, "PCA", unseen=True)
        selection.choose_clicked(SMALL)
        selection.restore_selection(SMALL)
        known = set(resources.map_inputs(SMALL).ids.tolist())
    assert known.issuperset(session.get(f"map_inputs|{SMALL}", ()))
    return session


ADDRESSES = tuple(
    address.encode()
    for address in (
        *(f"page={page}&run={SMALL}&sample=test/00001" for page in ("overview", "retrieval", "intervention", "upload")),
        *(f"page=tree&run={SMALL}&leaves=4&node=2", f"page=concepts&run={SMALL}&concept=1&upload=abc&see=One concept"),
        f"page=concept_map&run={SMALL}&selected={SMALL}:test/00001/table,train/00003/graph",
        *("page=results&task=clevr", "page=overview&tour=2&sample=own", f"page=reasons&run={SMALL}"),
    )
)


def _queried(app: Any, content: bytes) -> str:
    """Sets what an address asks for; its page."""
    query = parse_qsl(_told(content), keep_blank_values=True)
    for name, value in query:
        if name != "page":
            app.query_params[name] = value
    page = dict(query).get("page", "")
    return page if (ROOT / "dashboard" / "views" / page / f"{page}.py").is_file() else "overview"


def _ran(app: Any) -> object:
    """A page once it has run; what it shows of a fault of the program is raised."""
    app.run()
    for fault in app.exception:
        raise AssertionError(fault.message)
    return app


def _open(content: bytes) -> object:
    """A page by an address."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(ROOT / "dashboard" / "Home.py"), default_timeout=120)
    page = _queried(app, content)
    return _ran(app.switch_page(f"views/{page}/{page}.py"))


def _follow(content: bytes) -> object:
    """All that pages make of an address, without the pages."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_function(_reads_address, default_timeout=120)
    _queried(app, content)
    return _ran(app)


def _reads_address() -> None:
    import resources
    from sharcs_core.errors import UserError
    from shared.choice import choose_run, choose_sample, current_run, current_sample
    from shared.keeping import follow_link, was_forgotten, write_link
    from shared.tour import _place
    from views.concept_map.selection import selected_rows
    from views.concepts.choice import choose_concept, choose_part, n_patterns
    from views.tree.choice import chosen_leaves, chosen_node

    with resources.one_look():
        follow_link()
        choose_run()
        choose_sample()
        write_link(True)
        try:
            run = current_run()
            current_sample(run)
            chosen_leaves(run, resources.size_curve(run.name).most_leaves)
            chosen_node(9, [0, 1])
            selected_rows(run.name, resources.map_inputs(run.name), unseen=True)
            choose_part(run), choose_concept(run), n_patterns(), _place(), was_forgotten()
        except UserError:
            pass
