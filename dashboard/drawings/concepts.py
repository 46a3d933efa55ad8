"""Concepts and class probabilities as bars, in HTML that takes its text colour from the page.

Plain HTML rather than Plotly: an edit is painted in a few milliseconds, the text keeps its size in a narrow column,
and a screen reader reads the same tables that are seen. ``static/style.css`` says how they look.

Shapes: T shared concepts, C classes.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drawings.theme import modality_colour, modality_mark
from sharcs_core.structures import THRESHOLD, Floats

FEW_CLASSES = 6
"""The bars of up to so many classes lie, a row each."""
SHORT_NAME = 3
"""More classes stand side by side where every name has at most so many letters, for longer ones would collide."""
SHARES_TOLD = 4
"""Of classes that stand, so many of the likeliest are told in words as well."""
SHARE_TOLD = 0.01
DIFFER = "<td class='differ'><span aria-hidden='true'>≠ </span><span class='word'>differ</span></td>"


def concept_bars(
    shared: Mapping[str, Floats],
    titles: Mapping[str, str],
    names: Sequence[str],
    meanings: Mapping[str, Sequence[str]],
    before: Mapping[str, Floats] | None = None,
) -> str:
    """The shared concepts of some inputs as a table: a row a concept, a column an input, so agreement is seen in line.

    A concept that is on in some inputs and off in others is marked at the end of its row.

    Args:
        shared: column name → (T,), each in [0, 1]. A name is a modality, or ``modality|anything``.
        titles: column name → what stands above the column.
        names: of the concepts, (T,).
        meanings: modality → a line a concept; stands below the name where it adds to it.
        before: the same before an edit; where it differs, a mark and words say what it was.
    """
    rows = "".join(_concept_row(t, name, shared, titles, meanings, before or {}) for t, name in enumerate(names))
    heads = "".join(f"<th scope='col'>{_column_head(column, titles)}</th>" for column in shared)
    ends = "<td class='end'></td>" if len(shared) > 1 else ""
    widths = f"<col>{f'<col style=width:{100 / max(len(shared), 1):.1f}%>' * len(shared)}{'<col>' if ends else ''}"
    return (
        f"<div class='concept-table'><table aria-label='{_told(shared, titles, names)}'><colgroup>{widths}</colgroup>"
        f"<thead><tr><th scope='col'><span class='read-out'>concept</span></th>{heads}{ends}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
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
    """Class probabilities (C,); the likeliest is set in bold, the true class ringed and said to be it.

    Args:
        label: the true class, where known.
        before: (C,) drawn grey beside, to compare.
    """
    best = int(np.argmax(probabilities))
    former = [None] * len(class_names) if before is None else [float(share) for share in before]
    shares = [
        _Share(name, float(probabilities[i]), former[i], colours[i], i == best, i == label)
        for i, name in enumerate(class_names)
    ]
    standing = len(shares) > FEW_CLASSES and all(len(name) <= SHORT_NAME for name in class_names)
    return _standing(shares) if standing else _lying(shares)


def spread_strip(probabilities: Floats, class_names: Sequence[str], colours: Sequence[str], height: int = 12) -> str:
    """Class shares (C,) as one strip of coloured parts, told as a whole; the words beside it are the page's."""
    present = [
        (name, float(share), colour)
        for name, share, colour in zip(class_names, probabilities, colours, strict=True)
        if share > 0
    ]
    told = ", ".join(f"{name}: {in_percent(share)}" for name, share, _ in present)
    parts = "".join(f"<i style='width:{share * 100:.2f}%;background:{colour}'></i>" for _, share, colour in present)
    return (
        f"<div class='share-strip' role='img' aria-label='{_attribute(told)}' style='height:{height}px'>{parts}</div>"
    )


def in_percent(value: float) -> str:
    """A share in whole per cent that never rounds a doubt away."""
    if 0 < value < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 < value < 1 else f"{value * 100:.0f} %"


def _column_head(column: str, titles: Mapping[str, str]) -> str:
    modality = _modality(column)
    mark = f"<span aria-hidden='true' style='color:{modality_colour(modality)}'>{modality_mark(modality)}</span>"
    return f"{mark} {html.escape(titles.get(column, column))}"


def _concept_row(
    concept: int,
    name: str,
    shared: Mapping[str, Floats],
    titles: Mapping[str, str],
    meanings: Mapping[str, Sequence[str]],
    before: Mapping[str, Floats],
) -> str:
    values = {column: float(of_input[concept]) for column, of_input in shared.items()}
    cells = "".join(
        _concept_cell(_modality(column), value, float(before[column][concept]) if column in before else value)
        for column, value in values.items()
    )
    states = {value > THRESHOLD for value in values.values()}
    end = "" if len(values) == 1 else DIFFER if len(states) > 1 else "<td></td>"
    head = html.escape(name) + _meaning_below(concept, name, values, titles, meanings)
    return f"<tr{' class=on' if True in states else ''}><th scope='row'><div>{head}</div></th>{cells}{end}</tr>"


def _meaning_below(
    concept: int,
    name: str,
    columns: Mapping[str, float],
    titles: Mapping[str, str],
    meanings: Mapping[str, Sequence[str]],
) -> str:
    """What the meanings add to the name, once where all modalities mean the same."""
    said = {column: beyond_name(name, _meaning(meanings, _modality(column), concept)) for column in columns}
    if len(set(said.values())) == 1:
        lines = [next(iter(said.values()))]
    else:
        lines = [f"{titles.get(column, column)}: {words}" for column, words in said.items() if words]
    return "".join(f"<small>{html.escape(line)}</small>" for line in lines if line)


def _concept_cell(modality: str, value: float, was: float) -> str:
    """A bar from 0 to 1 with its value, and the former one where an edit changed it."""
    on = value > THRESHOLD
    edited = abs(was - value) > 1e-6
    mark = f"<i class='was' style='left:{was * 100:.1f}%'></i>" if edited else ""
    words = f"<small>was {was:.2f}</small>" if edited else ""
    return (
        f"<td{' class=on' if on else ''}><div class='reading'><div class='track' aria-hidden='true'>"
        f"<i class='bar' style='width:{value * 100:.1f}%;background:{modality_colour(modality)}'></i>{mark}</div>"
        f"<span>{value:.2f}<span class='read-out'> {'on' if on else 'off'}</span></span>{words}</div></td>"
    )


@dataclass(frozen=True)
class _Share:
    """The probability of one class, and what there is to say of it."""

    name: str
    value: float
    before: float | None
    colour: str
    best: bool
    true: bool

    @property
    def bars(self) -> Iterator[tuple[str, float, str]]:
        """Class, share and style of the former bar, if any, and of the present one."""
        if self.before is not None:
            yield "former", self.before, ""
        yield "present", self.value, f"background:{self.colour}"

    @property
    def change(self) -> str:
        """What the share was, where its words differ."""
        if self.before is None or in_percent(self.before) == in_percent(self.value):
            return ""
        return f"was {in_percent(self.before)}"


def _lying(shares: Sequence[_Share]) -> str:
    """A row a class: name, bar, share."""
    return f"<div class='class-shares'><table><tbody>{''.join(map(_lying_row, shares))}</tbody></table></div>"


def _lying_row(share: _Share) -> str:
    name = html.escape(share.name)
    head = f"<span class='ring'>{name}</span> <small>truth</small>" if share.true else name
    bars = "".join(
        f"<i class='{which}' style='width:{size * 100:.1f}%;{look}'></i>" for which, size, look in share.bars
    )
    change = f"<small>{html.escape(share.change)}</small>" if share.change else ""
    return (
        f"<tr{' class=best' if share.best else ''}><th scope='row'><div>{head}</div></th>"
        f"<td aria-hidden='true'><div class='track'>{bars}</div></td>"
        f"<td>{html.escape(in_percent(share.value))}{change}</td></tr>"
    )


def _standing(shares: Sequence[_Share]) -> str:
    """A column a class over its name, and the likeliest in words: a figure over each bar would not fit."""
    columns = "".join(map(_standing_column, shares))
    return f"<div class='class-shares'>{_likeliest(shares)}<ul class='standing' role='list'>{columns}</ul></div>"


def _standing_column(share: _Share) -> str:
    bars = "".join(
        f"<i class='{which}' style='height:{size * 100:.1f}%;{look}'></i>" for which, size, look in share.bars
    )
    told = ", ".join(filter(None, (in_percent(share.value), share.change, "the true class" if share.true else "")))
    name = f"<span{' class=ring' if share.true else ''}>{html.escape(share.name)}</span>"
    return (
        f"<li{' class=best' if share.best else ''}><div class='track' aria-hidden='true'>{bars}</div>{name}"
        f"<span class='read-out'>: {html.escape(told)}</span></li>"
    )


def _likeliest(shares: Sequence[_Share]) -> str:
    """The likeliest classes, and the true one, in a line of words; a list that follows tells all to a screen reader."""
    ranked = sorted(shares, key=lambda share: -share.value)
    told = [one for one in ranked[:SHARES_TOLD] if one.best or one.value >= SHARE_TOLD]
    words = [f"{one.name}: {in_percent(one.value)}" for one in told]
    parts = [f"<b>{html.escape(words[0])}</b>", *map(html.escape, words[1:])]
    parts += [f"truth: {html.escape(one.name)}" for one in shares if one.true]
    return f"<p aria-hidden='true'>{' · '.join(parts)}</p>"


def _modality(column: str) -> str:
    return column.partition("|")[0]


def _meaning(meanings: Mapping[str, Sequence[str]], modality: str, concept: int) -> str:
    lines = meanings.get(modality, ())
    return lines[concept] if concept < len(lines) else ""


def _told(shared: Mapping[str, Floats], titles: Mapping[str, str], names: Sequence[str]) -> str:
    """What a screen reader reads first: of each input the concepts that are on."""
    on = {
        titles.get(column, column): [names[t] for t in np.flatnonzero(np.asarray(values) > THRESHOLD).tolist()]
        for column, values in shared.items()
    }
    return _attribute("; ".join(f"{column}: {', '.join(which) or 'nothing'} on" for column, which in on.items()))


def _attribute(words: str) -> str:
    return html.escape(words, quote=True)
