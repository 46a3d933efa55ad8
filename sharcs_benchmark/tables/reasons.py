"""What explanations bring: tables for REASONS.md and the page, out of the cells that ``benchmarks/reasons.py`` kept.

What else stands in REASONS.md is left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sharcs_core.storage import write_text
from sharcs_core.tasks.reasons.patches import SHIFTS

BEGIN, END = "<!-- tables of {}: made by benchmarks/reasons.py, do not edit -->", "<!-- end of tables of {} -->"
TITLES = {
    "plain": "Plain classifier",
    "haics": "Masks, HAICS-like",
    "gradia": "Masks, GRADIA-like",
    "res": "Masks, RES-like",
    "right_reasons": "Right for the right reasons",
    "words": "Words only",
    "random_exchange": "Plain, random exchange",
    "megl": "MEGL",
    "no_visual": "MEGL without the visual loss",
    "no_words": "MEGL without words",
    "no_grounding": "MEGL, words not grounded",
    "no_consistency": "MEGL without consistency",
    "no_exchange": "MEGL without exchange",
    "no_stand_ins": "MEGL without stand-ins",
    "not_borne_out": "MEGL, stand-ins not borne out by words",
    "class_as_is": "MEGL, class of pictures as they are too",
}
PUBLISHED = ("haics", "gradia", "res", "right_reasons")
FIGURES = {
    "accuracy": "accuracy",
    "iou": "IoU at .5",
    "inside": "inside",
    "pointing": "pointing",
    "sentences": "sentences right",
    "bleu4": "BLEU-4",
    "rouge_l": "ROUGE-L",
    "agreement": "agreement",
}
FACTS = ("size", "colour", "shape", "side")


FOLDER = "reasons"
"""Below the folder of results."""
SAYS = """\
Scenes of three things, one of them of metal; the class is its shape. In the shifted form a patch in a corner of
training pictures gives the class away; in three test sets it is drawn by chance, absent, or elsewhere, and *under
shift* is their mean. IoU at .5: overlap of map and mask; inside: share of the map in the mask; pointing: the map's
highest place lies in it; sentences right: size, colour, shape and side are all true; agreement: the thing that is
lit is the one that is named. Mean ± standard deviation over seeds, where there are several."""


@dataclass(frozen=True)
class Section:
    """A table under its title: a row a model, or a share of masks."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_cells(folder: Path) -> pd.DataFrame:
    """A row a cell and test set."""
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*/*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        beside = {**found["cell"], "device": found["device"], "cpu_s": found["training"]["cpu_s"]}
        rows += [{**beside, "test": test, **figures} for test, figures in found["figures"].items()]
    return pd.DataFrame(rows)


def load_sections(folder: Path) -> tuple[Section, ...]:
    """The tables of a folder of cells; none where there are no cells, or files that are none."""
    try:
        cells = read_cells(folder)
        return tuple(sections(cells)) if len(cells) else ()
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def write_tables(folders: Path, report: Path) -> None:
    """Puts the tables of each folder of cells between the marks that the report has for it."""
    text = report.read_text(encoding="utf-8")
    for folder in sorted(folders.iterdir()):
        begin, end = BEGIN.format(folder.name), END.format(folder.name)
        if begin in text:
            before, after = text[: text.index(begin)], text[text.index(end) :]
            text = before + begin + "\n\n" + written(read_cells(folder)) + "\n\n" + after
    write_text(report, text)


def written(cells: pd.DataFrame) -> str:
    """All of them, in Markdown, and where the cells were trained."""
    parts = [f"### {one.title}\n\n{_markdown(one)}" for one in sections(cells)]
    return "\n\n".join([*parts, trained_on(cells)])


def sections(cells: pd.DataFrame) -> list[Section]:
    """All tables for which there are cells."""
    shifted = cells[(cells["form"] == "shifted") & (cells["share"] == 0.2)]
    shares = cells[(cells["form"] == "shifted") & (cells["model"] == "megl")]
    plain = cells[cells["form"] == "plain"]
    same = "The same: maps and sentences, mean of the three shifted test sets"
    found = [
        *([targets(shifted, plain)] if _can_be_judged(cells) else []),
        accuracies(shifted, "model", "Shifted form, masks on 20 %: accuracy"),
        under_shift(shifted, "model", same),
        facts(shifted),
        accuracies(shares, "share", "MEGL by the share of masks: accuracy"),
        under_shift(shares, "share", same),
        on_plain(plain),
    ]
    return [one for one in found if one.rows]


def _can_be_judged(cells: pd.DataFrame) -> bool:
    """Are there MEGL, a published loss and both models of the plain form?"""
    there = set(zip(cells["model"], cells["form"], strict=True))
    wanted = {("megl", "shifted"), ("megl", "plain"), ("plain", "plain")}
    return wanted <= there and any((name, "shifted") in there for name in PUBLISHED)


def accuracies(cells: pd.DataFrame, by: str, title: str) -> Section:
    """Mean ± standard deviation over seeds on each test set, and the mean of the shifted ones."""
    columns = ["as trained", *SHIFTS, "under shift"]
    rows = []
    for name, own in _groups(cells, by):
        by_seed = own.pivot(index="seed", columns="test", values="accuracy")
        by_seed["under shift"] = by_seed[list(SHIFTS)].mean(axis=1)
        rows.append([name, *(_spread(by_seed[column]) for column in columns), str(len(by_seed))])
    return _section(title, [_head(by), *columns, "seeds"], rows)


def under_shift(cells: pd.DataFrame, by: str, title: str) -> Section:
    """Mean ± standard deviation over seeds of every other figure, under shift."""
    names = [name for name in FIGURES if name != "accuracy"]
    rows = [[name, *(_spread(_shifted(own, figure)) for figure in names)] for name, own in _groups(cells, by)]
    return _section(title, [_head(by), *(FIGURES[name] for name in names)], rows)


def facts(cells: pd.DataFrame) -> Section:
    """How often each fact is said rightly under shift."""
    some = cells[cells["sentences"].notna()]
    rows = [[name, *(_spread(_shifted(own, fact)) for fact in FACTS)] for name, own in _groups(some, "model")]
    return _section("Facts of the sentences, mean of the three shifted test sets", ["model", *FACTS], rows)


def on_plain(cells: pd.DataFrame) -> Section:
    """All figures on pictures without any patch, of models that never saw one."""
    own = cells[cells["test"] == "as trained"]
    rows = [[name, *(_spread(some[figure]) for figure in FIGURES)] for name, some in _groups(own, "model")]
    return _section("Plain form", ["model", *FIGURES.values()], rows)


def targets(shifted: pd.DataFrame, plain: pd.DataFrame) -> Section:
    """Each aim beside what was measured."""
    megl = shifted[shifted["model"] == "megl"]
    published = {name: _shifted(own, "accuracy").mean() for name, own in shifted.groupby("model") if name in PUBLISHED}
    best = max(published, key=lambda name: published[name])
    accuracy = _shifted(megl, "accuracy").mean()
    aims: list[tuple[str, float, float]] = [
        ("accuracy under shift", 0.80, accuracy),
        (f"above the best published loss ({TITLES[best]})", 0.25, accuracy - published[best]),
        ("pointing", 0.97, _shifted(megl, "pointing").mean()),
        ("IoU at .5", 0.65, _shifted(megl, "iou").mean()),
        ("sentences right", 0.75, _shifted(megl, "sentences").mean()),
        ("agreement", 0.95, _shifted(megl, "agreement").mean()),
    ]
    rows = [[name, f"≥ {_plain(aim)}", _plain(found), "yes" if found >= aim else "no"] for name, aim, found in aims]
    rows.append(_no_loss(plain))
    return _section("What was to be reached, with masks on 20 %", ["aim", "asked", "measured", "reached"], rows)


def _no_loss(plain: pd.DataFrame) -> list[str]:
    """On the plain form MEGL is to lose nothing beyond two standard errors of the difference of means."""
    own = plain[plain["test"] == "as trained"].groupby("model")["accuracy"]
    mean, error = own.mean(), own.sem()
    off = mean["megl"] - mean["plain"]
    slack = 2 * float((error**2).sum() ** 0.5)
    asked = f"≥ −{_plain(slack)} (two standard errors)"
    return ["plain form: MEGL less the plain classifier", asked, _plain(off), "yes" if off >= -slack else "no"]


def trained_on(cells: pd.DataFrame) -> str:
    """A sentence on where the cells were trained."""
    counts = cells.drop_duplicates(["model", "form", "share", "seed"])["device"].value_counts()
    return "Trained on " + ", ".join(f"{device} ({n} cells)" for device, n in counts.items()) + "."


def _groups(cells: pd.DataFrame, by: str) -> list[tuple[str, pd.DataFrame]]:
    if by == "share":
        return [(f"{share:g}", own) for share, own in sorted(cells.groupby("share"), reverse=True)]
    found = dict(list(cells.groupby("model")))
    return [(title, found[name]) for name, title in TITLES.items() if name in found]


def _shifted(cells: pd.DataFrame, figure: str) -> pd.Series:
    """A seed's mean over the shifted test sets."""
    some = cells[cells["test"].isin(SHIFTS)]
    return some.groupby("seed")[figure].mean()


def _head(by: str) -> str:
    return "share of masks" if by == "share" else "model"


def _spread(values: pd.Series) -> str:
    if values.isna().all():
        return "n/a"
    return f"{_plain(values.mean())} ± {_plain(values.std())}" if len(values) > 1 else _plain(values.mean())


def _plain(value: float) -> str:
    """Such as ``.83``, ``1.00`` or ``−.02``."""
    text = f"{abs(value):.3f}"
    return ("−" if value < 0 and float(text) else "") + (text[1:] if text.startswith("0") else text)


def _section(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Section:
    return Section(title, tuple(head), tuple(map(tuple, rows)))


def _markdown(section: Section) -> str:
    head, rows = section.head, section.rows
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
