"""Concepts and class probabilities as bars, in HTML that takes its text colour from the page.

Plain HTML rather than Plotly: an edit is painted in a few milliseconds, and the text keeps its size in a narrow
column.

Shapes: T shared concepts, C classes.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np

from figures.theme import CHOSEN, QUIET, modality_colour, modality_mark
from sharcs_core.structures import THRESHOLD, Floats

BAR_HEIGHT = 46
FAINT = "color-mix(in srgb, currentColor 9%, transparent)"
SHARE_TOLD = 0.2
FEW_CONCEPTS = 3
"""The names of up to so many stand under their bars as they are; those of more are turned to stand upright."""
NAME_HEIGHT = "7.5rem"
"""What of an upright name is longer is cut; hovering tells it whole."""
FEW_CLASSES = 6
"""Up to so many classes, their bars lie; more of them stand side by side."""


def concept_bars(
    shared: Mapping[str, Floats],
    titles: Mapping[str, str],
    names: Sequence[str],
    meanings: Mapping[str, Sequence[str]],
    before: Mapping[str, Floats] | None = None,
) -> str:
    """The shared concepts of some inputs, a row each, in common columns: what agrees stands in line.

    Args:
        shared: row name → (T,), each in [0, 1]. A name is a modality, or ``modality|anything``.
        titles: row name → what stands before the row.
        names: of the concepts, (T,).
        meanings: modality → a line a concept, shown on hover.
        before: the same before an edit; where it differs, a mark shows the former height.
    """
    rows = "".join(
        _label(row, titles.get(row, row))
        + "".join(
            _concept(row, t, name, values, meanings, None if before is None else before.get(row))
            for t, name in enumerate(names)
        )
        for row, values in shared.items()
    )
    few = len(names) <= FEW_CONCEPTS
    below = "<div></div>" + "".join(_name_below(name, upright=not few) for name in names)
    columns = f"minmax(3.6rem,max-content) repeat({len(names)},minmax(0,{'6.5rem' if few else '2.8rem'}))"
    return (
        f"<div role='img' aria-label='{_told(shared, titles, names)}' style='display:grid;"
        f"grid-template-columns:{columns};gap:.3rem .25rem;font-size:.78rem;align-items:end;line-height:1.2'>"
        f"{rows}{below}</div>"
    )


def beyond_name(name: str, meaning: str) -> str:
    """What a meaning in words adds to a concept's name: nothing where it only repeats it.

    >>> beyond_name("red", "on for red"), beyond_name("not red", "off for red"), beyond_name("warm", "on for red")
    ('', '', 'on for red')
    """
    said = meaning.removeprefix("on for ") if meaning.startswith("on for ") else meaning.replace("off for", "not", 1)
    return "" if said.replace("mostly on for", "mostly", 1) == name else meaning


def probability_bars(
    probabilities: Floats,
    class_names: Sequence[str],
    colours: Sequence[str],
    *,
    label: int | None = None,
    before: Floats | None = None,
) -> str:
    """Class probabilities (C,); the likeliest is set in bold, the true class marked.

    Args:
        label: the true class, where known.
        before: (C,) drawn grey beside, to compare.
    """
    lying = len(class_names) <= FEW_CLASSES
    draw = _lying_class if lying else _standing_class
    best = int(np.argmax(probabilities))
    bars = "".join(
        draw(
            name,
            float(probabilities[i]),
            None if before is None else float(before[i]),
            colours[i],
            i == best,
            i == label,
        )
        for i, name in enumerate(class_names)
    )
    columns = "minmax(1.2rem,max-content) 1fr 3.2rem" if lying else f"repeat({len(class_names)},minmax(0,1fr))"
    told = f"probability of {class_names[best]}: {in_percent(float(probabilities[best]))}"
    # cqw is a hundredth of this drawing's width: two figures fit under a bar however narrow the column is.
    size = ".78rem" if lying else "clamp(.45rem,3.6cqw,.78rem)"
    return (
        f"<div style='container-type:inline-size'><div role='img' aria-label='{html.escape(told, quote=True)}' "
        f"style='display:grid;grid-template-columns:{columns};gap:.35rem min(.18rem,.6cqw);font-size:{size};"
        f"align-items:end;line-height:1.2'>{bars}</div></div>"
    )


def spread_strip(probabilities: Floats, class_names: Sequence[str], colours: Sequence[str], height: int = 12) -> str:
    """Class shares (C,) as one strip of coloured parts, wide parts named; the rest tells on hover."""
    parts = "".join(
        f"<div title='{html.escape(name)}: {in_percent(share)}' style='width:{share * 100:.2f}%;background:{colour};"
        f"height:{height}px'></div>"
        for name, share, colour in zip(class_names, map(float, probabilities), colours, strict=True)
        if share > 0
    )
    return f"<div style='display:flex;border-radius:3px;overflow:hidden;background:{FAINT}'>{parts}</div>"


def concept_chips(
    concepts: Sequence[int], names: Sequence[str], modality: str, meanings: Mapping[str, Sequence[str]]
) -> str:
    """Names of concepts as small chips; each tells its whole name and its meaning on hover."""
    if not concepts:
        return "<span style='font-size:.78rem;opacity:.7'>no concept in common</span>"
    colour = modality_colour(modality)
    chips = "".join(
        f"<span title='{html.escape(_with_meaning(names[t], meanings, modality, t), quote=True)}' "
        f"style='border:1px solid {colour};border-radius:999px;padding:0 .45rem;font-size:.75rem;line-height:1.35rem;"
        f"max-width:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap'>{html.escape(names[t])}</span>"
        for t in concepts
    )
    return f"<div style='display:flex;flex-wrap:wrap;gap:.2rem;justify-content:center'>{chips}</div>"


def _label(name: str, title: str) -> str:
    modality = _modality(name)
    mark = f"<span style='color:{modality_colour(modality)}'>{modality_mark(modality)}</span>"
    return f"<div style='align-self:center;padding-right:.4rem;max-width:8rem'>{mark} {html.escape(title)}</div>"


def _name_below(name: str, upright: bool) -> str:
    """A concept's name under its column."""
    look = "text-align:center;align-self:start;overflow-wrap:anywhere"
    if upright:
        look = (
            f"writing-mode:vertical-rl;transform:rotate(180deg);max-height:{NAME_HEIGHT};justify-self:center;"
            "align-self:start;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;text-align:right"
        )
    return f"<div title='{html.escape(name, quote=True)}' style='opacity:.8;{look}'>{html.escape(name)}</div>"


def _concept(
    row: str,
    concept: int,
    name: str,
    values: Floats,
    meanings: Mapping[str, Sequence[str]],
    before: Floats | None,
) -> str:
    modality = _modality(row)
    value = float(values[concept])
    colour, on = modality_colour(modality), value > THRESHOLD
    told = f"{name} is {'on' if on else 'off'} ({value:.2f})"
    meaning = beyond_name(name, _meaning(meanings, modality, concept))
    told += f" · {meaning}" if meaning else ""
    former = ""
    if before is not None and abs(float(before[concept]) - value) > 1e-6:
        told += f" · was {float(before[concept]):.2f}"
        former = (
            f"<div style='position:absolute;left:-2px;right:-2px;height:3px;background:{CHOSEN};border-radius:2px;"
            f"bottom:calc({float(before[concept]) * 100:.1f}% - 1.5px)'></div>"
        )
    bar = (
        f"<div style='position:absolute;left:0;right:0;bottom:0;height:{max(value * 100, 3):.1f}%;background:{colour};"
        f"opacity:{1 if on else 0.45};border-radius:3px 3px 0 0'></div>"
    )
    line = f"<div style='position:absolute;left:0;right:0;bottom:50%;border-top:1px dashed {QUIET};opacity:.8'></div>"
    return (
        f"<div title='{html.escape(told, quote=True)}' style='position:relative;height:{BAR_HEIGHT}px;"
        f"background:{FAINT};border-radius:3px'>{bar}{line}{former}</div>"
    )


def _standing_class(name: str, value: float, before: float | None, colour: str, best: bool, true: bool) -> str:
    former = "" if before is None else _standing_bar(before, QUIET)
    told = f"{name}: {in_percent(value)}" + ("" if before is None else f" (was {in_percent(before)})")
    amount = in_percent(value) if best or value >= SHARE_TOLD else ""
    weight = "700" if best else "400"
    return (
        f"<div title='{html.escape(told, quote=True)}' style='text-align:center;font-weight:{weight}'>"
        f"<div style='height:1rem;white-space:nowrap;display:flex;justify-content:center'>{amount}</div>"
        f"<div style='display:flex;gap:1px;align-items:end;height:96px;background:{FAINT};border-radius:3px'>"
        f"{former}{_standing_bar(value, colour)}</div>{_class_name(name, true)}</div>"
    )


def _standing_bar(value: float, colour: str) -> str:
    return f"<div style='flex:1;height:{value * 100:.1f}%;background:{colour};border-radius:3px 3px 0 0'></div>"


def _lying_class(name: str, value: float, before: float | None, colour: str, best: bool, true: bool) -> str:
    weight = "700" if best else "400"
    former = "" if before is None else _lying_bar(before, QUIET, 8)
    told = f"{name}: {in_percent(value)}" + ("" if before is None else f" (was {in_percent(before)})")
    return (
        f"<div style='align-self:center;font-weight:{weight};font-size:.95rem'>{_class_name(name, true)}</div>"
        f"<div title='{html.escape(told, quote=True)}' style='align-self:center;background:{FAINT};border-radius:3px'>"
        f"{former}{_lying_bar(value, colour, 20)}</div>"
        f"<div style='align-self:center;text-align:right;font-weight:{weight};font-size:.95rem'>"
        f"{in_percent(value)}</div>"
    )


def _lying_bar(value: float, colour: str, height: int) -> str:
    return (
        f"<div style='height:{height}px;width:{value * 100:.1f}%;background:{colour};border-radius:0 3px 3px 0'></div>"
    )


def _class_name(name: str, true: bool) -> str:
    shown = html.escape(name)
    if not true:
        return f"<div>{shown}</div>"
    ring = f"outline:2px solid {CHOSEN};border-radius:3px"
    return f"<div title='the true class' style='{ring}'>{shown}</div>"


def in_percent(value: float) -> str:
    """A share in whole per cent that never rounds a doubt away."""
    if 0 < value < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 < value < 1 else f"{value * 100:.0f} %"


def _modality(name: str) -> str:
    return name.partition("|")[0]


def _meaning(meanings: Mapping[str, Sequence[str]], modality: str, concept: int) -> str:
    lines = meanings.get(modality, ())
    return lines[concept] if concept < len(lines) else ""


def _with_meaning(name: str, meanings: Mapping[str, Sequence[str]], modality: str, concept: int) -> str:
    meaning = beyond_name(name, _meaning(meanings, modality, concept))
    return f"{name}: {meaning}" if meaning else name


def _told(shared: Mapping[str, Floats], titles: Mapping[str, str], names: Sequence[str]) -> str:
    """What a screen reader reads: of each row the concepts that are on."""
    on = {
        titles.get(row, row): [names[t] for t in np.flatnonzero(np.asarray(values) > THRESHOLD).tolist()]
        for row, values in shared.items()
    }
    return html.escape("; ".join(f"{row}: {', '.join(which) or 'nothing'} on" for row, which in on.items()), quote=True)
