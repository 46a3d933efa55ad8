"""The Tabler icons as a folder that ``sharcs train`` reads: a picture, its tags and its strokes, and where it is filed.

    npm pack @tabler/icons@3.52.0 @tabler/icons-png@3.48.0
    python examples/icons/make.py DIR OUT

DIR holds both archives; OUT is made.

Two ways to hold out a fifth: ``random``, within each category, so that a new icon mostly has relatives among those
learned from; and ``family``, where all icons whose names begin with the same word stay together, so that it has none.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from svgelements import SVG, Arc, Close, CubicBezier, Move, QuadraticBezier, Shape
from svgelements import Path as Strokes

ARCHIVES = {"icons": "tabler-icons-3.52.0.tgz", "png": "tabler-icons-png-3.48.0.tgz"}
FETCH = "npm pack @tabler/icons@3.52.0 @tabler/icons-png@3.48.0"
"""The newest of each; icons that have no picture yet are left out."""
LEAST = 60
"""Outline icons of a category; of fewer there is too little to learn from and to test on."""
LEFT_OUT = ("Brand",)
"""Logos of companies: what the picture shows, and what the name says, is nothing but the company."""
SIDE = 48
"""Pixels of a picture: the grid of 24 that icons are drawn on, twice."""
GRID = 24.0
DECIMALS = 2
"""Of a place on the grid; two strokes that end closer than that meet."""
SUMMARY = "Icons of the Tabler set: a picture, the tags it is found by, and the graph of its strokes."
BY_FAMILY = Path(__file__).with_name("by_family.json")
"""What ``measure.py`` found of icons that have no relative among those learned from."""
SETTINGS = """
[settings.model]
n_local = 64
n_shared = 64
projection_hidden = 96
votes = true

[settings.model.encoders.tags]
positions = false
drop_words = 0.5
linear = true

[settings.model.encoders.picture]
shift = 2

[settings.model.encoders.strokes]
jitter = 0.01

[settings.training]
epochs = 34
polish_epochs = 4
batch_size = 128
learning_rate = 0.008
weight_decay = 0.1
alignment_weight = 1.0
temperature = 0.3
sparse_weight = 0.5
"""
TEST_PARTS, VALIDATION_PARTS = 5, 8
"""One part in so many is held out: a fifth to test on, an eighth of what is left to choose on."""


@dataclass(frozen=True)
class Icon:
    """One outline icon: its name, where it is filed, and the words it is found by."""

    name: str
    category: str
    tags: str

    @property
    def family(self) -> str:
        """The first word of the name, such as ``arrow`` of ``arrow-left``."""
        return self.name.split("-")[0]


def unpack(folder: Path) -> dict[str, Path]:
    """Where each package lies, unpacked beside its archive if it is not yet."""
    places = {}
    for name, archive in ARCHIVES.items():
        place = folder / archive.removesuffix(".tgz")
        if not (place / "package").is_dir():
            if not (folder / archive).is_file():
                raise SystemExit(f"{folder} has no {archive}; fetch it there: {FETCH}")
            with tarfile.open(folder / archive) as packed:
                packed.extractall(place, filter="data")
        places[name] = place / "package"
    return places


def icons_in(packages: Mapping[str, Path]) -> list[Icon]:
    """The outline icons that have a picture, of the categories that are large enough, by name."""
    told = json.loads((packages["icons"] / "icons.json").read_text(encoding="utf-8"))
    outline = [told[name] for name in sorted(told) if _picture(packages, name).is_file()]
    sizes = Counter(icon["category"] for icon in outline)
    kept = {name for name, n in sizes.items() if n >= LEAST and name not in LEFT_OUT}
    given_away = {_stem(word) for name in kept for word in _words(name)}
    return [
        Icon(icon["name"], icon["category"], _tags(icon["tags"], given_away))
        for icon in outline
        if icon["category"] in kept
    ]


def _picture(packages: Mapping[str, Path], name: str) -> Path:
    return packages["png"] / "icons" / "outline" / f"{name}.png"


def _tags(tags: Sequence[object], given_away: set[str]) -> str:
    """The words of the tags, each once, without those of any category.

    Of its own category alone, a word that is there would say what the category is not.
    """
    words = dict.fromkeys(word for tag in tags for word in _words(str(tag)))
    return " ".join(word for word in words if _stem(word) not in given_away)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _stem(word: str) -> str:
    """Without the ending of the plural: ``currency`` of currencies, ``letter`` of letters."""
    return re.sub(r"ies$", "y", word) if word.endswith("ies") else word.removesuffix("s")


def write_picture(source: Path, to: Path) -> None:
    """Black strokes on white; the package has them as opaque parts of a clear picture."""
    with Image.open(source) as opened:
        strokes = opened.convert("RGBA").getchannel("A").resize((SIDE, SIDE), Image.Resampling.BOX)
    Image.fromarray(255 - np.asarray(strokes)).save(to, optimize=True)


def graph_of(svg: Path) -> dict[str, object]:
    """The strokes as node-link JSON: ends and bends are nodes, x to the right and y down in [0, 1].

    A node is ``curved`` in the middle of a curve or an arc, and not where strokes begin, turn and end.
    """
    nodes: dict[tuple[float, float], bool] = {}
    edges: dict[tuple[int, int], None] = {}
    for line in _lines(svg):
        before = None
        for place, is_curved in line:
            nodes[place] = nodes.get(place, True) and is_curved
            number = list(nodes).index(place)
            if before is not None and before != number:
                edges[min(before, number), max(before, number)] = None
            before = number
    return {
        "nodes": [
            {"id": number, "curved": int(curved), "x": round(x / GRID, 4), "y": round(y / GRID, 4)}
            for number, ((x, y), curved) in enumerate(nodes.items())
        ],
        "edges": [{"source": one, "target": other} for one, other in edges],
    }


def _lines(svg: Path) -> Iterator[list[tuple[tuple[float, float], bool]]]:
    """Each line that is drawn without lifting the pen: its places, and whether each is the middle of a curve."""
    shapes = (shape for shape in SVG.parse(str(svg), width=GRID, height=GRID).elements() if isinstance(shape, Shape))
    for shape in shapes:
        if shape.stroke is None or shape.stroke.value is None:
            continue  # the clear square that every icon of the set has behind it
        for part in Strokes(shape).as_subpaths():
            yield _line(part)


def _line(part: Iterable[object]) -> list[tuple[tuple[float, float], bool]]:
    line: list[tuple[tuple[float, float], bool]] = []
    for command in part:
        if isinstance(command, Arc | CubicBezier | QuadraticBezier):
            line.append((_place(command.point(0.5)), True))
        if isinstance(command, Move | Close) and command.end is None:
            continue
        line.append((_place(command.end), False))  # type: ignore[attr-defined]
    return line


def _place(point: object) -> tuple[float, float]:
    return round(point.x, DECIMALS), round(point.y, DECIMALS)  # type: ignore[attr-defined]


def parts_of(icons: Sequence[Icon], split: str, seed: int) -> list[str]:
    """The part that each icon is in: ``test``, ``validation`` or ``train``."""
    parts = np.full(len(icons), "train", dtype="<U10")
    rest = np.arange(len(icons))
    for name, n_parts in (("test", TEST_PARTS), ("validation", VALIDATION_PARTS)):
        held = rest[_held_out([icons[row] for row in rest], split, n_parts, seed)]
        parts[held] = name
        rest = np.setdiff1d(rest, held)
    return [str(part) for part in parts]


def _held_out(icons: Sequence[Icon], split: str, n_parts: int, seed: int) -> np.ndarray:
    """One part of so many, with every category as near its share as may be."""
    categories = [icon.category for icon in icons]
    families = [icon.family for icon in icons]
    kind = StratifiedGroupKFold if split == "family" else StratifiedKFold
    folds = kind(n_parts, shuffle=True, random_state=seed)
    return next(folds.split(categories, categories, families if split == "family" else None))[1]


def by_family() -> str:
    """What was found by family, in a sentence; empty where it was not measured."""
    if not BY_FAMILY.is_file():
        return ""
    found = json.loads(BY_FAMILY.read_text(encoding="utf-8"))
    alone = ", ".join(f"by their {name} alone {_in_hundred(share)}" for name, share in found["alone"].items())
    rightly = f"{_in_hundred(found['all'])} are filed rightly, {alone}"
    return f" Of 100 icons without relatives among those learned from, {rightly}."


def _in_hundred(share: float) -> str:
    return f"{100 * share:.0f}"


def task_toml(split: str, license_text: str) -> str:
    """What ``sharcs init`` could not guess, and the settings that served best on validation icons (REPORT.md)."""
    family = 'group = "family"' if split == "family" else 'ignore = ["family"]'
    return f'''title = "Icons"
summary = "{SUMMARY}{by_family()}"
question = "Where is this icon filed?"
label = "category"
license = """
{license_text.strip()}
"""
{family}

[modalities.tags]
kind = "text"
title = "Tag list"
column = "tags"

[modalities.picture]
column = "picture"

[modalities.strokes]
kind = "graph"
title = "Stroke graph"
column = "strokes"

{SETTINGS}'''


def _drawn_once(icons: Sequence[Icon], drawn: Path) -> dict[Icon, dict[str, object]]:
    """The icons with their strokes, without those that are drawn as one before: they would be in two parts."""
    graphs = {icon: graph_of(drawn / f"{icon.name}.svg") for icon in icons}
    first: dict[str, Icon] = {}
    for icon, graph in graphs.items():
        first.setdefault(json.dumps(graph), icon)
    return {icon: graphs[icon] for icon in first.values()}


def write_folder(packages: Mapping[str, Path], out: Path, split: str, seed: int) -> int:
    """Everything into ``out``; how many icons there are."""
    graphs = _drawn_once(icons_in(packages), packages["icons"] / "icons" / "outline")
    icons = list(graphs)
    (out / "images").mkdir(parents=True, exist_ok=True)
    for icon in icons:
        write_picture(_picture(packages, icon.name), out / "images" / f"{icon.name}.png")
    lines = (json.dumps({"id": icon.name, **graph}) + "\n" for icon, graph in graphs.items())
    (out / "strokes.jsonl").write_text("".join(lines), encoding="utf-8")
    with (out / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file, lineterminator="\n")
        sheet.writerow(("id", "category", "split", "family", "tags", "picture", "strokes"))
        for icon, part in zip(icons, parts_of(icons, split, seed), strict=True):
            picture = f"images/{icon.name}.png"
            sheet.writerow((icon.name, icon.category, part, icon.family, icon.tags, picture, icon.name))
    license_text = (packages["icons"] / "LICENSE").read_text(encoding="utf-8")
    (out / "LICENSE").write_text(license_text, encoding="utf-8")
    (out / "task.toml").write_text(task_toml(split, license_text), encoding="utf-8")
    return len(icons)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path, metavar="DIR", help="holds the two archives that npm pack fetched")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to make")
    parser.add_argument("--split", choices=("random", "family"), default="random", help="default: random")
    parser.add_argument("--seed", type=int, default=0, help="of the split (default: 0)")
    given = parser.parse_args()
    n_icons = write_folder(unpack(given.dir), given.out, given.split, given.seed)
    print(f"{n_icons:,} icons in {given.out}; next: sharcs train {given.out}")


if __name__ == "__main__":
    main()
