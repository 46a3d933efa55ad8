"""Concepts and class probabilities as bars, in HTML that takes its text colour from the page.

Plain HTML rather than Plotly: an edit is painted in a few milliseconds, the text keeps its size in a narrow column,
and a screen reader reads the same tables that are seen. ``static/style.css`` says how they look.

Shapes: T shared concepts, C classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from drawings.markup import NOTHING, html, joined
from drawings.theme import Mark, mark_of
from sharcs_core.structures import THRESHOLD, Floats

FEW_CLASSES = 6
"""The bars of up to so many classes lie, a row each."""
SHORT_NAME = 3
"""More classes stand side by side where every name has at most so many letters, for longer ones would collide."""
SHARES_TOLD = 4
"""Of classes that stand, so many of the likeliest are told in words as well."""
SHARE_TOLD = 0.01
DIFFER = html("<td class='differ'><span aria-hidden='true'>≠ </span><span class='word'>differ</span></td>")


def concept_bars(
    shared: Mapping[str, Floats],
    titles: Mapping[str, str],
    names: Sequence[str],
    meanings: Mapping[str, Sequence[str]],
    before: Mapping[str, Floats] | None = None,
    among: Sequence[str] = (),
) -> Markup:
    """The shared concepts of some inputs as a table: a row a concept, a column an input, so agreement is seen in line.

    A concept that is on in some inputs and off in others is marked at the end of its row.

    Args:
        shared: column name → (T,), each in [0, 1]. A name is a modality, or ``modality|anything``.
        titles: column name → what stands above the column.
        names: of the concepts, (T,).
        meanings: modality → a line a concept; stands below the name where it adds to it.
        before: the same before an edit; where it differs, a mark and words say what it was.
        among: all modalities of the task, from whose marks those of the columns are to be told.
    """
    marks = {column: mark_of(_modality(column), among) for column in shared}
    rows = joined(_concept_row(t, name, shared, titles, meanings, before or {}, marks) for t, name in enumerate(names))
    heads = joined(html("<th scope='col'>{}</th>", _column_head(marks[one], titles.get(one, one))) for one in shared)
    several = len(shared) > 1
    return html(
        "<div class='concept-table'><table aria-label='{told}'><colgroup><col>{widths}</colgroup>"
        "<thead><tr><th scope='col'><span class='read-out'>concept</span></th>{heads}{ends}</tr></thead>"
        "<tbody>{rows}</tbody></table></div>",
        told=_told(shared, titles, names),
        widths=html("<col style='width:{:.1f}%'>", 100 / max(len(shared), 1)) * len(shared) + html("<col>") * several,
        heads=heads,
        ends=html("<td class='end'></td>") if several else NOTHING,
        rows=rows,
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
) -> Markup:
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


def spread_strip(probabilities: Floats, class_names: Sequence[str], colours: Sequence[str], height: int = 12) -> Markup:
    """Class shares (C,) as one strip of coloured parts, told as a whole; the words beside it are the page's."""
    present = [
        (name, float(share), colour)
        for name, share, colour in zip(class_names, probabilities, colours, strict=True)
        if share > 0
    ]
    told = ", ".join(f"{name}: {in_percent(share)}" for name, share, _ in present)
    parts = joined(
        html("<i style='width:{:.2f}%;background:{}'></i>", share * 100, colour) for _, share, colour in present
    )
    return html("<div class='share-strip' role='img' aria-label='{}' style='height:{}px'>{}</div>", told, height, parts)


def in_percent(value: float) -> str:
    """A share in whole per cent that never rounds a doubt away."""
    if 0 < value < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 < value < 1 else f"{value * 100:.0f} %"


def _column_head(mark: Mark, title: str) -> Markup:
    return html("<span aria-hidden='true' style='color:{}'>{}</span> {}", mark.colour, mark.sign, title)


def _concept_row(
    concept: int,
    name: str,
    shared: Mapping[str, Floats],
    titles: Mapping[str, str],
    meanings: Mapping[str, Sequence[str]],
    before: Mapping[str, Floats],
    marks: Mapping[str, Mark],
) -> Markup:
    values = {column: float(of_input[concept]) for column, of_input in shared.items()}
    cells = joined(
        _concept_cell(marks[column].colour, value, float(before[column][concept]) if column in before else value)
        for column, value in values.items()
    )
    states = {value > THRESHOLD for value in values.values()}
    end = NOTHING if len(values) == 1 else DIFFER if len(states) > 1 else html("<td></td>")
    return html(
        "<tr class='{}'><th scope='row'><div>{}{}</div></th>{}{}</tr>",
        "on" if True in states else "",
        name,
        _meaning_below(concept, name, values, titles, meanings),
        cells,
        end,
    )


def _meaning_below(
    concept: int,
    name: str,
    columns: Mapping[str, float],
    titles: Mapping[str, str],
    meanings: Mapping[str, Sequence[str]],
) -> Markup:
    """What the meanings add to the name, once where all modalities mean the same."""
    said = {column: beyond_name(name, _meaning(meanings, _modality(column), concept)) for column in columns}
    if len(set(said.values())) == 1:
        lines = [next(iter(said.values()))]
    else:
        lines = [f"{titles.get(column, column)}: {words}" for column, words in said.items() if words]
    return joined(html("<small>{}</small>", line) for line in lines if line)


def _concept_cell(colour: str, value: float, was: float) -> Markup:
    """A bar from 0 to 1 with its value, and the former one where an edit changed it."""
    on = value > THRESHOLD
    edited = abs(was - value) > 1e-6
    return html(
        "<td class='{kind}'><div class='reading'><div class='track' aria-hidden='true'>"
        "<i class='bar' style='width:{width:.1f}%;background:{colour}'></i>{mark}</div>"
        "<span>{value:.2f}<span class='read-out'> {state}</span></span>{words}</div></td>",
        kind="on" if on else "",
        width=value * 100,
        colour=colour,
        mark=html("<i class='was' style='left:{:.1f}%'></i>", was * 100) if edited else NOTHING,
        value=value,
        state="on" if on else "off",
        words=html("<small>was {:.2f}</small>", was) if edited else NOTHING,
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


def _lying(shares: Sequence[_Share]) -> Markup:
    """A row a class: name, bar, share."""
    rows = joined(map(_lying_row, shares))
    return html("<div class='class-shares'><table><tbody>{}</tbody></table></div>", rows)


def _lying_row(share: _Share) -> Markup:
    head = html("<span class='ring'>{}</span> <small>truth</small>", share.name) if share.true else share.name
    bars = joined(
        html("<i class='{}' style='width:{:.1f}%;{}'></i>", which, size * 100, look) for which, size, look in share.bars
    )
    return html(
        "<tr class='{}'><th scope='row'><div>{}</div></th>"
        "<td aria-hidden='true'><div class='track'>{}</div></td><td>{}{}</td></tr>",
        "best" if share.best else "",
        head,
        bars,
        in_percent(share.value),
        html("<small>{}</small>", share.change) if share.change else NOTHING,
    )


def _standing(shares: Sequence[_Share]) -> Markup:
    """A column a class over its name, and the likeliest in words: a figure over each bar would not fit."""
    return html(
        "<div class='class-shares'>{}<ul class='standing' role='list'>{}</ul></div>",
        _likeliest(shares),
        joined(map(_standing_column, shares)),
    )


def _standing_column(share: _Share) -> Markup:
    bars = joined(
        html("<i class='{}' style='height:{:.1f}%;{}'></i>", which, size * 100, look)
        for which, size, look in share.bars
    )
    told = ", ".join(filter(None, (in_percent(share.value), share.change, "the true class" if share.true else "")))
    return html(
        "<li class='{}'><div class='track' aria-hidden='true'>{}</div><span class='{}'>{}</span>"
        "<span class='read-out'>: {}</span></li>",
        "best" if share.best else "",
        bars,
        "ring" if share.true else "",
        share.name,
        told,
    )


def _likeliest(shares: Sequence[_Share]) -> Markup:
    """The likeliest classes, and the true one, in a line of words; a list that follows tells all to a screen reader."""
    ranked = sorted(shares, key=lambda share: -share.value)
    told = [one for one in ranked[:SHARES_TOLD] if one.best or one.value >= SHARE_TOLD]
    best, *others = [f"{one.name}: {in_percent(one.value)}" for one in told]
    truth = [f"truth: {one.name}" for one in shares if one.true]
    return html("<p aria-hidden='true'>{}</p>", joined([html("<b>{}</b>", best), *others, *truth], " · "))


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
    return "; ".join(f"{column}: {', '.join(which) or 'nothing'} on" for column, which in on.items())
