"""Curves and spreads of SHARCS on every task: stand-in errors, missing rates, interventions, noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from drawings.results import FAINT_LINE, OUR_COLOUR, panels_of, place, titled
from drawings.theme import QUIET, WRONG, modality_colour, modality_symbol
from sharcs_benchmark.tables.captions import in_titles, task_title, without
from sharcs_benchmark.tables.overviews import OVERVIEWS, Spread, majority_of, stand_in_spread
from sharcs_benchmark.tables.seeds import Group

POLICIES = {
    "random": ("#8C8C1F", "dot", "circle"),
    "uncertainty": ("#44AA99", "dash", "square"),
    "gradient": ("#7A6DE5", "dashdot", "diamond"),
    "greedy": ("#CC6677", "solid", "triangle-up"),
    "wrong": (WRONG, "longdash", "x"),
}
"""Policy → colour, dash and mark."""
HANDLINGS = {"described": "solid", "absent": "dot"}


def error_figure(groups: Sequence[Group]) -> go.Figure:
    """Distances from stand-ins to what they stand for beside those to another sample's: quartiles, median, 95 %."""
    figure = go.Figure()
    labels = [(group, name) for group in groups for name in group.names("stand_in_error")]
    for kind, colour, shift in (("stand-in", OUR_COLOUR, -0.17), ("another sample's", QUIET, 0.17)):
        for number, (group, name) in enumerate(labels):
            spread = stand_in_spread(group, name, shuffled=kind != "stand-in")
            if spread is not None:
                _box(figure, spread, number + shift, kind, colour, first=number == 0)
    rows = [f"{task_title(group.task)}, {in_titles(group.task, name)}" for group, name in labels]
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=rows, range=[len(rows) - 0.4, -0.6], showgrid=False)
    figure.update_xaxes(title_text="distance (box: the middle half; line: up to 95 %)", rangemode="tozero")
    titled(figure, OVERVIEWS["errors"].title, 1, height=150 + 44 * len(rows))
    return figure.update_xaxes(showgrid=True, gridcolor=FAINT_LINE, zeroline=False)


def _box(figure: go.Figure, spread: Spread, y: float, kind: str, colour: str, first: bool) -> None:
    says = f"{kind}: median {spread.median:.2f}, middle half {spread.q25:.2f} to {spread.q75:.2f}, "
    shared = {"mode": "lines", "legendgroup": kind, "hoverinfo": "skip", "showlegend": False}
    figure.add_scatter(x=[spread.q75, spread.p95], y=[y, y], line={"color": colour, "width": 1.5}, **shared)
    figure.add_scatter(
        x=[spread.q25, spread.q75], y=[y, y], line={"color": colour, "width": 11}, opacity=0.45, **shared
    )
    figure.add_scatter(
        x=[spread.median],
        y=[y],
        mode="markers",
        name=kind,
        legendgroup=kind,
        showlegend=first,
        marker={"color": colour, "size": 10, "symbol": "circle" if kind == "stand-in" else "diamond"},
        hovertemplate=f"{says}95 % below {spread.p95:.2f}<extra></extra>",
    )


def rate_figure(groups: Sequence[Group]) -> go.Figure:
    """Accuracy by the share of samples that miss a modality: a panel a task; described drawn through, absent dotted."""
    figure = panels_of([task_title(group.task) for group in groups])
    seen: set[str] = set()
    for number, group in enumerate(groups):
        rates = group.curve("missing_rates", "rates")
        _floor(figure, group, number, rates)
        for name in group.names("missing_rates"):
            for how, dash in HANDLINGS.items():
                curve = group.curve("missing_rates", name, how) if name != "rates" and "+" not in name else ()
                if not curve:
                    continue
                label, told = f"no {name}", f"{without(group.task, name)}, {how}"
                line = _curve(
                    rates, curve, label, modality_colour(name), dash, modality_symbol(name), label not in seen
                )
                figure.add_trace(line.update(hovertemplate=f"{told} %{{y:.3f}}<extra>%{{x}}</extra>"), *place(number))
                seen.add(label)
        row, column = place(number)
        figure.update_xaxes(title_text="samples that miss it", tickformat=".0%", row=row, col=column)
    for how, dash in HANDLINGS.items():  # for the legend only
        figure.add_trace(
            go.Scatter(x=[None], y=[None], mode="lines", name=how, line={"color": QUIET, "dash": dash}), 1, 1
        )
    return _of_shares(figure, "missing_rates", len(groups))


def intervention_figure(groups: Sequence[Group]) -> go.Figure:
    """Accuracy by the number of concepts set: a panel a task, a line a policy, wrong values in long dashes."""
    figure = panels_of([task_title(group.task) for group in groups])
    for number, group in enumerate(groups):
        counts = group.curve("interventions", "counts")
        _floor(figure, group, number, counts)
        for policy, (colour, dash, symbol) in POLICIES.items():
            curve = group.curve("interventions", policy)
            if curve:
                figure.add_trace(_curve(counts, curve, policy, colour, dash, symbol, number == 0), *place(number))
        row, column = place(number)
        figure.update_xaxes(title_text="concepts set", row=row, col=column)
    return _of_shares(figure, "interventions", len(groups))


def noise_figure(groups: Sequence[Group]) -> go.Figure:
    """Accuracy by the level of noise: a panel a task, with the majority to fall to."""
    figure = panels_of([task_title(group.task) for group in groups])
    for number, group in enumerate(groups):
        levels, curve = group.curve("noise", "levels"), group.curve("noise", "accuracy")
        _floor(figure, group, number, levels)
        figure.add_trace(_curve(levels, curve, "SHARCS", OUR_COLOUR, "solid", "circle", number == 0), *place(number))
        row, column = place(number)
        figure.update_xaxes(title_text="level of noise", row=row, col=column)
    return _of_shares(figure, "noise", len(groups))


def _curve(
    x: Sequence[float], y: Sequence[float], name: str, colour: str, dash: str, symbol: str, first: bool
) -> go.Scatter:
    return go.Scatter(
        x=list(x),
        y=list(y),
        mode="lines+markers",
        name=name,
        legendgroup=name,
        showlegend=first,
        line={"color": colour, "dash": dash, "width": 2},
        marker={"color": colour, "symbol": symbol, "size": 7},
        hovertemplate=f"{name} %{{y:.3f}}<extra>%{{x}}</extra>",
    )


def _floor(figure: go.Figure, group: Group, number: int, x: Sequence[float]) -> None:
    """The accuracy of always saying the commonest class, as a thin line."""
    majority = majority_of(group)
    if majority is None or not x:
        return
    figure.add_trace(
        go.Scatter(
            x=[min(x), max(x)],
            y=[majority, majority],
            mode="lines",
            name="majority",
            legendgroup="majority",
            showlegend=number == 0,
            line={"color": QUIET, "width": 1.2, "dash": "dot"},
            hovertemplate="majority %{y:.3f}<extra></extra>",
        ),
        *place(number),
    )


def _of_shares(figure: go.Figure, name: str, n_panels: int) -> go.Figure:
    figure.update_yaxes(range=[-0.02, 1.03], tickvals=[0, 0.25, 0.5, 0.75, 1])
    titled(figure, OVERVIEWS[name].title, n_panels)
    many = len({trace.name for trace in figure.data}) > 4  # their legend takes two lines in a narrow window
    return figure.update_layout(margin_t=124, height=figure.layout.height + 28) if many else figure


CURVES: dict[str, Callable[[Sequence[Group]], go.Figure]] = {
    "errors": error_figure,
    "missing_rates": rate_figure,
    "interventions": intervention_figure,
    "noise": noise_figure,
}
"""Name of an overview → its figure."""
