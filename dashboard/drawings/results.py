"""Results as drawings: the studies, and the models beside each other. Curves and spreads are in ``result_curves``.

Every drawing has its title in it, so that it can stand alone, and no ground of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from drawings.markup import figure_html, figure_text
from drawings.theme import QUIET, quiet
from sharcs_benchmark.models import SHARCS_FREE, SHARCS_NAMED
from sharcs_benchmark.tables.captions import group_title, task_title
from sharcs_benchmark.tables.comparison import COMPARED
from sharcs_benchmark.tables.groups import Group, Value
from sharcs_benchmark.tables.studies import STUDY_COLUMNS, Panel, Study
from sharcs_benchmark.tables.table import EARLIER, NOT_AVAILABLE, Column, show

COLOURS = {"accuracy": "#7A6DE5", "plain completeness": "#CC6677", "recall@1": "#2A9D8F", "described": "#C9A227"}
SYMBOLS = {
    "accuracy": "circle",
    "plain completeness": "square",
    "recall@1": "diamond",
    "described": "triangle-up",
}
DASHES = {"accuracy": "solid", "plain completeness": "dash", "recall@1": "solid", "described": "dot"}
MARKS = tuple(column for column in STUDY_COLUMNS if column.title in COLOURS)
"""What is drawn of a study."""

STEP_ASIDE = 0.05
"""Between the marks of one setting, so that equal figures do not hide each other."""

OUR_COLOUR, OTHER_COLOUR = "#7A6DE5", QUIET
FAINT_LINE = "rgba(138,147,166,.28)"
PANEL_HEIGHT = 300
ABOVE_PANELS, AROUND_PANELS = 26, 160
"""What the panels' titles take, and margins with axes, in pixels."""
IN_WORDS = {"showarrow": False, "xanchor": "left", "font": {"size": 11, "color": QUIET}}
"""The look of what stands where there is no mark."""
OF_TITLE = 26
"""What a drawing's own title takes."""


def study_drawing(study: Study) -> go.Figure:
    """A study: a panel a task, the settings along it, a mark a figure; thin lines from the worst seed to the best."""
    drawing = panels_of([panel.title for panel in study.panels])
    for number, panel in enumerate(study.panels):
        for mark in MARKS:
            drawing.add_trace(_line(study, panel, mark, first=number == 0), *place(number))
        row, column = place(number)
        labels = [figure_text(point.label) for point in panel.points]
        ticks = {"tickvals": list(range(len(labels))), "ticktext": labels, "range": [-0.4, len(labels) - 0.6]}
        drawing.update_xaxes(title_text=figure_text(study.setting), **ticks, row=row, col=column)
    drawn = [value.low for group in study.groups for mark in MARKS if (value := group.value(*mark.path))]
    least = min(drawn, default=0)
    drawing.update_yaxes(range=[math.floor(min(least, 0.95) * 10) / 10 - 0.02, 1.03])
    return titled(drawing, study.title, len(study.panels))


def _line(study: Study, panel: Panel, column: Column, first: bool) -> go.Scatter:
    have = [(i, point.label, point.group.value(*column.path)) for i, point in enumerate(panel.points)]
    found = [(i, label, value) for i, label, value in have if value]
    values, mark = [value for *_, value in found], column.title
    shift = (MARKS.index(column) - (len(MARKS) - 1) / 2) * STEP_ASIDE
    return go.Scatter(
        x=[i + shift for i, *_ in found],
        y=[value.mean for value in values],
        error_y=spread(values),
        mode="lines+markers" if study.ordered else "markers",
        name=mark,
        legendgroup=mark,
        showlegend=first,
        line={"color": COLOURS[mark], "dash": DASHES[mark], "width": 2},
        marker={"color": COLOURS[mark], "symbol": SYMBOLS[mark], "size": 9},
        customdata=[told(value) for value in values],
        hovertext=[figure_text(f"{study.setting} {label}") for _, label, _ in found],
        hovertemplate=figure_html("{} %{{customdata}}<extra>%{{hovertext}}</extra>", mark),
    )


def comparison_drawing(groups: Sequence[Group], chosen: str | None = None) -> go.Figure:
    """The models of one task beside each other: a panel a figure, a row a model, SHARCS stressed, n/a in words.

    Hollow marks were measured under an earlier definition.

    Args:
        chosen: title of the model that is chosen; its name is marked.
    """
    titles = [group_title(group) for group in groups]
    names = [figure_html("<b>▸ {}</b>", title) if title == chosen else figure_text(title) for title in titles]
    shown = [column for column in COMPARED if any(group.value(*column.path) for group in groups)]
    headings = tuple(figure_text(column.title) for column in shown)
    drawing = make_subplots(1, max(1, len(shown)), shared_yaxes=True, horizontal_spacing=0.03, subplot_titles=headings)
    for column, asked in enumerate(shown, start=1):
        values = [group.value(*asked.path) for group in groups]
        drawing.add_trace(_stems(names, values), 1, column)
        drawing.add_trace(_dots(groups, names, values, asked.title), 1, column)
        for name in (name for name, value in zip(names, values, strict=True) if value is None):
            drawing.add_annotation(x=0, y=name, text=NOT_AVAILABLE, **IN_WORDS, row=1, col=column)
    drawing.update_xaxes(range=[-0.04, 1.06], tickvals=[0, 0.5, 1])
    drawing.update_yaxes(autorange="reversed", categoryorder="array", categoryarray=names)
    task = groups[0].task if groups else ""
    titled(drawing, f"{task_title(task)}: the models compared", 1, height=110 + 27 * len(groups), legend=False)
    return drawing.update_yaxes(showgrid=False)


def _stems(names: Sequence[str], values: Sequence[Value | None]) -> go.Bar:
    """A thin line from 0 to each value, so that a mark far from its name is still its row's."""
    found = [(name, value.mean) for name, value in zip(names, values, strict=True) if value is not None]
    return go.Bar(
        x=[mean for _, mean in found],
        y=[name for name, _ in found],
        orientation="h",
        width=0.06,
        marker={"color": FAINT_LINE, "line": {"width": 0}},
        hoverinfo="skip",
        showlegend=False,
    )


def _dots(groups: Sequence[Group], names: Sequence[str], values: Sequence[Value | None], title: str) -> go.Scatter:
    found = [(g, name, value) for g, name, value in zip(groups, names, values, strict=True) if value is not None]
    ours = [group.model in (SHARCS_FREE, SHARCS_NAMED) for group, _, _ in found]
    symbols = ["diamond" if own else "circle" for own in ours]
    return go.Scatter(
        x=[value.mean for _, _, value in found],
        y=[name for _, name, _ in found],
        error_x={**spread([value for _, _, value in found]), "color": QUIET},
        mode="markers",
        marker={
            "color": [OUR_COLOUR if own else OTHER_COLOUR for own in ours],
            "symbol": [f"{s}-open" if v.behind else s for s, (*_, v) in zip(symbols, found, strict=True)],
            "size": [12 if own else 9 for own in ours],
        },
        customdata=[told(value) for _, _, value in found],
        hovertemplate=figure_html("{} %{{customdata}}<extra>%{{y}}</extra>", title),
        showlegend=False,
    )


def spread(values: Sequence[Value]) -> dict[str, object]:
    """Bars from the lowest seed to the highest; none where there is one seed."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [value.high - value.mean for value in values],
        "arrayminus": [value.mean - value.low for value in values],
        "visible": any(value.n_seeds > 1 for value in values),
        "thickness": 1.2,
        "width": 0,
    }


def told(value: Value) -> str:
    """A value for the pointer: mean, and over how many seeds from where to where."""
    seeds = "one seed" if value.n_seeds == 1 else f"{value.n_seeds} seeds, {show(value.low)} to {show(value.high)}"
    return f"{show(value.mean)} ({seeds}{f'; {EARLIER}' if value.behind else ''})"


def panels_of(titles: Sequence[str], shared_y: bool = True) -> go.Figure:
    """An empty drawing with two panels in a row; one alone takes the width."""
    columns = min(2, max(1, len(titles)))
    rows = max(1, -(-len(titles) // 2))
    return make_subplots(
        rows,
        columns,
        subplot_titles=tuple(map(figure_text, titles)),
        shared_yaxes=shared_y,
        horizontal_spacing=0.06,
        vertical_spacing=min(0.3, 0.34 / rows),
    )


def place(number: int) -> tuple[int, int]:
    """Row and column of a panel, from 1."""
    return number // 2 + 1, number % 2 + 1


def titled(drawing: go.Figure, title: str, n_panels: int, *, height: int = 0, legend: bool = True) -> go.Figure:
    """The look of all: title at the left, legend below it, faint lines to read the height of a mark by."""
    rows = max(1, -(-n_panels // 2))
    height = height or 110 + PANEL_HEIGHT * rows
    quiet(drawing, height)
    drawing.update_layout(
        title={
            "text": figure_text(title),
            "x": 0,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 6, "l": 8},
            "font": {"size": 17},
        },
        margin={"l": 14, "r": 14, "t": 96 if legend else 66, "b": 8},
        showlegend=legend,
        # its lines, one or more by the width of the window, grow from above the panels' titles towards the top
        legend={"y": 1 + ABOVE_PANELS / (height - AROUND_PANELS), "yanchor": "bottom"},
    )
    drawing.update_xaxes(showgrid=False, zeroline=False, automargin=True, linecolor=FAINT_LINE, showline=True, ticks="")
    drawing.update_yaxes(gridcolor=FAINT_LINE, zeroline=False, automargin=True, ticks="")
    drawing.for_each_annotation(_calm)
    return drawing


def without_title(drawing: go.Figure) -> go.Figure:
    """The same for a page that says the title itself, with as much less above the panels."""
    height, margin = drawing.layout.height - OF_TITLE, drawing.layout.margin.t - OF_TITLE
    return drawing.update_layout(title_text="", height=height, margin_t=margin)


def _calm(annotation: go.layout.Annotation) -> None:
    if annotation.xref == "x domain" or "paper" in str(annotation.xref):
        annotation.update(font={"size": 14}, yshift=4)
