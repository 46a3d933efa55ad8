"""Curves and spreads of SHARCS on every task: stand-in errors, missing rates, interventions, noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import plotly.graph_objects as go

from drawings.markup import figure_html, figure_text
from drawings.results import FAINT_LINE, OUR_COLOUR, panels_of, place, titled
from drawings.theme import QUIET, WRONG, mark_of
from sharcs_benchmark.tables.captions import in_titles, task_title, without
from sharcs_benchmark.tables.groups import Group
from sharcs_benchmark.tables.overviews import OVERVIEWS, Spread, majority_of, stand_in_spread

POLICIES = {
    "random": ("#8C8C1F", "dot", "circle"),
    "uncertainty": ("#44AA99", "dash", "square"),
    "gradient": ("#7A6DE5", "dashdot", "diamond"),
    "greedy": ("#CC6677", "solid", "triangle-up"),
    "wrong": (WRONG, "longdash", "x"),
}
"""Policy → colour, dash and mark."""
HANDLINGS = {"described": "solid", "absent": "dot"}


def error_drawing(groups: Sequence[Group]) -> go.Figure:
    """Distances from stand-ins to what they stand for beside those to another sample's: quartiles, median, 95 %."""
    drawing = go.Figure()
    labels = [(group, name) for group in groups for name in group.names("stand_in_error")]
    for kind, colour, shift in (("stand-in", OUR_COLOUR, -0.17), ("another sample's", QUIET, 0.17)):
        for number, (group, name) in enumerate(labels):
            spread = stand_in_spread(group, name, shuffled=kind != "stand-in")
            if spread is not None:
                _box(drawing, spread, number + shift, kind, colour, first=number == 0)
    rows = [figure_text(f"{task_title(group.task)}, {in_titles(group.task, name)}") for group, name in labels]
    drawing.update_yaxes(tickvals=list(range(len(rows))), ticktext=rows, range=[len(rows) - 0.4, -0.6], showgrid=False)
    drawing.update_xaxes(title_text="distance (box: the middle half; line: up to 95 %)", rangemode="tozero")
    titled(drawing, OVERVIEWS["errors"].title, 1, height=150 + 44 * len(rows))
    return drawing.update_xaxes(showgrid=True, gridcolor=FAINT_LINE, zeroline=False)


def _box(drawing: go.Figure, spread: Spread, y: float, kind: str, colour: str, first: bool) -> None:
    shared = {"mode": "lines", "legendgroup": kind, "hoverinfo": "skip", "showlegend": False}
    drawing.add_scatter(x=[spread.q75, spread.p95], y=[y, y], line={"color": colour, "width": 1.5}, **shared)
    drawing.add_scatter(
        x=[spread.q25, spread.q75], y=[y, y], line={"color": colour, "width": 11}, opacity=0.45, **shared
    )
    drawing.add_scatter(
        x=[spread.median],
        y=[y],
        mode="markers",
        name=kind,
        legendgroup=kind,
        showlegend=first,
        marker={"color": colour, "size": 10, "symbol": "circle" if kind == "stand-in" else "diamond"},
        hovertemplate=figure_html(
            "{}: median {:.2f}, middle half {:.2f} to {:.2f}, 95 % below {:.2f}<extra></extra>",
            kind,
            *(spread.median, spread.q25, spread.q75, spread.p95),
        ),
    )


def rate_drawing(groups: Sequence[Group]) -> go.Figure:
    """Accuracy by the share of samples that miss a modality: a panel a task; described drawn through, absent dotted."""
    drawing = panels_of([task_title(group.task) for group in groups])
    seen: set[str] = set()
    for number, group in enumerate(groups):
        rates = group.curve("missing_rates", "rates")
        _begin(drawing, group, number, rates, "samples that miss it")
        for name, how, curve in _rate_curves(group):
            label = f"no {name}"
            colour, symbol, _ = mark_of(name)
            line = _curve(rates, curve, label, colour, HANDLINGS[how], symbol, label not in seen)
            told = f"{without(group.task, name)}, {how}"
            line.update(hovertemplate=figure_html("{} %{{y:.3f}}<extra>%{{x}}</extra>", told))
            drawing.add_trace(line, *place(number))
            seen.add(label)
    drawing.update_xaxes(tickformat=".0%")
    for how, dash in HANDLINGS.items():  # for the legend only
        drawing.add_trace(
            go.Scatter(x=[None], y=[None], mode="lines", name=how, line={"color": QUIET, "dash": dash}), 1, 1
        )
    return _of_shares(drawing, "missing_rates", len(groups))


def _rate_curves(group: Group) -> Iterator[tuple[str, str, tuple[float, ...]]]:
    """Each single modality, each way to do without it, and the accuracies."""
    for name in group.names("missing_rates"):
        for how in HANDLINGS:
            curve = group.curve("missing_rates", name, how)
            if curve and "+" not in name:
                yield name, how, curve


def intervention_drawing(groups: Sequence[Group]) -> go.Figure:
    """Accuracy by the number of concepts set: a panel a task, a line a policy, wrong values in long dashes."""
    drawing = panels_of([task_title(group.task) for group in groups])
    for number, group in enumerate(groups):
        counts = group.curve("interventions", "counts")
        _begin(drawing, group, number, counts, "concepts set")
        for policy, looks in POLICIES.items():
            curve = group.curve("interventions", policy)
            if curve:
                drawing.add_trace(_curve(counts, curve, policy, *looks, number == 0), *place(number))
    return _of_shares(drawing, "interventions", len(groups))


def noise_drawing(groups: Sequence[Group]) -> go.Figure:
    """Accuracy by the level of noise: a panel a task, with the majority to fall to."""
    drawing = panels_of([task_title(group.task) for group in groups])
    for number, group in enumerate(groups):
        levels, curve = group.curve("noise", "levels"), group.curve("noise", "accuracy")
        _begin(drawing, group, number, levels, "level of noise")
        drawing.add_trace(_curve(levels, curve, "SHARCS", OUR_COLOUR, "solid", "circle", number == 0), *place(number))
    return _of_shares(drawing, "noise", len(groups))


def _begin(drawing: go.Figure, group: Group, number: int, x: Sequence[float], title: str) -> None:
    """A panel's axis, and the accuracy of always saying the commonest class as a thin line."""
    row, column = place(number)
    drawing.update_xaxes(title_text=title, row=row, col=column)
    majority = majority_of(group)
    if majority is None or not x:
        return
    drawing.add_trace(
        go.Scatter(
            x=[min(x), max(x)],
            y=[majority, majority],
            mode="lines",
            name="majority",
            legendgroup="majority",
            showlegend=number == 0,
            line={"color": QUIET, "width": 1.2, "dash": "dot"},
            hovertemplate=figure_html("majority %{{y:.3f}}<extra></extra>"),
        ),
        row,
        column,
    )


def _curve(
    x: Sequence[float], y: Sequence[float], name: str, colour: str, dash: str, symbol: str, first: bool
) -> go.Scatter:
    return go.Scatter(
        x=list(x),
        y=list(y),
        mode="lines+markers",
        name=figure_text(name),
        legendgroup=name,
        showlegend=first,
        line={"color": colour, "dash": dash, "width": 2},
        marker={"color": colour, "symbol": symbol, "size": 7},
        hovertemplate=figure_html("{} %{{y:.3f}}<extra>%{{x}}</extra>", name),
    )


def _of_shares(drawing: go.Figure, name: str, n_panels: int) -> go.Figure:
    drawing.update_yaxes(range=[-0.02, 1.03], tickvals=[0, 0.25, 0.5, 0.75, 1])
    titled(drawing, OVERVIEWS[name].title, n_panels)
    many = len({trace.name for trace in drawing.data}) > 4  # their legend takes two lines in a narrow window
    return drawing.update_layout(margin_t=124, height=drawing.layout.height + 28) if many else drawing


CURVES: dict[str, Callable[[Sequence[Group]], go.Figure]] = {
    "errors": error_drawing,
    "missing_rates": rate_drawing,
    "interventions": intervention_drawing,
    "noise": noise_drawing,
}
"""Name of an overview → its drawing."""
