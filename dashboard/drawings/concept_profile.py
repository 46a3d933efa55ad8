"""What is known of one concept as HTML: how often it is on, the inputs that show it, the answers that go with it.

``static/style.css`` says how it looks, under ``.profile``.

Shapes: C classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from drawings.markup import NOTHING, html, joined
from drawings.theme import mark_of
from sharcs_core.marks import Mark
from sharcs_core.named import counted
from sharcs_core.profiles import Agreement, Association, Said
from sharcs_core.profiles.words import in_percent

MOST_LETTERS = 60
"""Names of classes with more letters in all do not stand side by side; they are turned."""
FEW_CLASSES = 6
"""The shares of up to so many classes stand in a table, a row each; the differences of more stand side by side."""


def spread_of(said: Said, titles: Mapping[str, str]) -> Markup:
    """How many inputs of one modality have the concept on, over a histogram of its activations, from off to on."""
    return html(
        "<div class='spread' style='--colour:{colour}'><p><b>{head}</b>: on in <b>{share}</b>, "
        "{said.n_on:,} of {inputs}</p>{bars}"
        "<div class='ends' aria-hidden='true'><span>off</span><span>on</span></div></div>",
        colour=mark_of(said.modality, tuple(titles)).colour,
        head=modality_title(said.modality, titles),
        share=in_percent(said.share_on),
        said=said,
        inputs=_inputs(said),
        bars=_bars(said, titles[said.modality]),
    )


def _inputs(said: Said) -> str:
    return counted(said.n_inputs, "training input")


def modality_title(modality: str, titles: Mapping[str, str]) -> Markup:
    """A modality's title behind its mark, one of the ``titles`` of all."""
    mark = mark_of(modality, tuple(titles))
    return html("<span aria-hidden='true' style='color:{}'>{}</span> {}", mark.colour, mark.sign, titles[modality])


def list_head(titles: Mapping[str, str], n_inputs: int) -> Markup:
    """The heading of the list of concepts: a column a modality, and two on what a concept is good for."""
    heads: list[str] = [
        html("{} <small>share on, of {:,}</small>", modality_title(name, titles), n_inputs) for name in titles
    ]
    cells = joined(html("<div>{}</div>", head) for head in (*heads, "Goes with answers", "Tree asks"))
    return html("<div class='profile'><div class='row head' aria-hidden='true'>{}</div></div>", cells)


def list_row(
    said: Mapping[str, Said],
    titles: Mapping[str, str],
    answers: str,
    n_asked: int,
    about: str,
    shown: Mapping[str, Markup] | None = None,
) -> Markup:
    """A concept in the list: small histograms and shares, answers, and how often the tree asks about it.

    Args:
        about: what it means, below all, where its name does not say it.
        shown: modality → inputs that have it on, below its histogram.
    """
    shares = joined(_small_spread(one, titles, (shown or {}).get(one.modality, NOTHING)) for one in said.values())
    times = {0: "never", 1: "once"}.get(n_asked, f"at {n_asked} places")
    use = html(
        "<div><span class='label'>goes with </span>{}</div><div><span class='label'>tree asks </span>{}</div>",
        answers,
        times,
    )
    below = html("<div class='about'>{}</div>", about) if about else NOTHING
    return html("<div class='profile'><div class='row'>{}{}</div>{}</div>", shares, use, below)


def side_by_side(drawings: Iterable[Markup]) -> Markup:
    """A few drawn inputs that have a concept on."""
    return html("<div class='examples'>{}</div>", joined(drawings))


def marks_table(marks: Sequence[Mark], heading: str) -> Markup:
    """What samples have of which a concept is on, or off, in nearly all inputs: a row each, with the share."""
    rows = joined(
        html(
            "<tr><th scope='row'>{}</th><td><div class='track'><i style='width:{:.1f}%'></i></div>{}</td>"
            "<td><small>{} {}</small></td></tr>",
            mark.text,
            100 * mark.on,
            in_percent(mark.on),
            counted(mark.n, "sample"),
            {"word": "with the word", "trait": "that have it", "class": "of the answer"}[mark.kind],
        )
        for mark in marks
    )
    return html(
        "<div class='answers'><table><thead><tr><th scope='col'>{}</th><th scope='col'>on in</th><th></th></tr></thead>"
        "<tbody>{}</tbody></table></div>",
        heading,
        rows,
    )


def _small_spread(said: Said, titles: Mapping[str, str], shown: Markup) -> Markup:
    title = titles[said.modality]
    return html(
        "<div><div class='spread' style='--colour:{}'>{}<span><span class='label'>{} </span>{}</span></div>{}</div>",
        mark_of(said.modality, tuple(titles)).colour,
        _bars(said, title),
        title,
        in_percent(said.share_on),
        shown,
    )


def sample_head(titles: Mapping[str, str]) -> Markup:
    """The heading of a table of samples: a column a modality, and the answer."""
    cells = joined(html("<div>{}</div>", modality_title(name, titles)) for name in titles)
    return html("<div class='profile'><div class='row head' aria-hidden='true'>{}<div>Answer</div></div></div>", cells)


def sample_row(inputs: Mapping[str, tuple[Markup, Markup]], answer: Markup) -> Markup:
    """A sample in the table: each input drawn beside its words, then the answer.

    Args:
        inputs: title → the drawing, and what is read in it.
    """
    cells = joined(
        html(
            "<div class='input'>{}<div><span class='label'>{} </span>{}</div></div>",
            drawing,
            title,
            words,
        )
        for title, (drawing, words) in inputs.items()
    )
    return html(
        "<div class='profile'><div class='row'>{}<div><span class='label'>answer </span>{}</div></div></div>",
        cells,
        answer,
    )


def _bars(said: Said, title: str) -> Markup:
    highest = max(int(said.histogram.max()), 1)
    bars = joined(html("<i style='height:{}'></i>", _visible(int(count) / highest)) for count in said.histogram)
    told = f"{title}: on in {said.n_on:,} of {_inputs(said)}, {in_percent(said.share_on)}"
    return html("<div class='bars' role='img' aria-label='{}'>{}</div>", told, bars)


def pictures(drawn: Sequence[tuple[Markup, str]], heading: str, remark: str = "") -> Markup:
    """Drawn inputs side by side, each over its words, below a heading; without any a remark says so."""
    cells = joined(html("<figure>{}<figcaption>{}</figcaption></figure>", *one) for one in drawn)
    below = html("<p>{}</p>", remark) if remark else NOTHING
    return html("<div class='shown'><h5>{}</h5><div>{}</div>{}</div>", heading, cells, below)


def answers_with(association: Association, class_names: Sequence[str], sentence: str) -> Markup:
    """Which answers go with a question: a sentence over the shares of few classes, or the differences of many."""
    draw = _few if len(class_names) <= FEW_CLASSES else _many
    return html("<div class='answers'><p>{}</p>{}</div>", sentence, draw(association, class_names))


def agreement_table(agreements: Sequence[Agreement], titles: Mapping[str, str]) -> Markup:
    """How often two modalities say the same: where they mean the same, or else belong together, and any two inputs."""
    wholes = dict.fromkeys("sample" if one.by_sample else "meaning" for one in agreements)
    return html(
        "<div class='answers'><table><thead><tr><th scope='col'>agree on it in</th><th scope='col'>pairs of one {}</th>"
        "<th scope='col'>all pairs</th></tr></thead><tbody>{}</tbody></table></div>",
        " or ".join(wholes),
        joined(_agreement_row(one, titles, several=len(wholes) > 1) for one in agreements),
    )


def _agreement_row(one: Agreement, titles: Mapping[str, str], *, several: bool) -> Markup:
    """A pair of modalities; which pairs of inputs are meant stands here where that differs from row to row."""
    same = "no such pair" if one.same is None else in_percent(one.same)
    of_what = f" of one {'sample' if one.by_sample else 'meaning'}" if several and one.same is not None else ""
    return html(
        "<tr><th scope='row'>{}</th><td>{}{}</td><td>{}</td></tr>",
        " and ".join(titles[name] for name in one.modalities),
        same,
        of_what,
        in_percent(one.any_pair),
    )


def sentences(said: Sequence[str], kind: str = "") -> Markup:
    """Sentences as a list, or as a paragraph where there is one."""
    if len(said) == 1:
        return html("<p class='said {}'>{}</p>", kind, said[0])
    return html("<ul class='said {}'>{}</ul>", kind, joined(html("<li>{}</li>", sentence) for sentence in said))


def tags(words: Sequence[str]) -> Markup:
    """Words in frames, such as what is doubtful about a concept."""
    return joined(html("<span class='tag'>{}</span>", word) for word in words)


def _few(association: Association, class_names: Sequence[str]) -> Markup:
    """A row a class: its share where the question is true, its share elsewhere, and the difference."""
    differences, reaches = association.difference, association.reach
    columns = (association.when_yes, association.when_no, differences, reaches, association.is_beyond)
    rows = joined(
        html(
            "<tr class='{}'><th scope='row'>{}</th>{}{}<td>{} <small>by chance up to {:.1f}</small></td></tr>",
            "" if beyond else "chance",
            name,
            _share(yes),
            _share(no),
            _points(float(difference)),
            100 * reach,
        )
        for name, yes, no, difference, reach, beyond in zip(class_names, *columns, strict=True)
    )
    return html(
        "<table><thead><tr><th scope='col'>answer</th>"
        "<th scope='col'>here <small>{}</small></th>"
        "<th scope='col'>elsewhere <small>{}</small></th>"
        "<th scope='col'>difference</th></tr></thead><tbody>{}</tbody></table>",
        counted(association.n_yes, "sample"),
        counted(association.n_no, "sample"),
        rows,
    )


def _share(share: float) -> Markup:
    return html(
        "<td><div class='track'><i style='width:{:.1f}%'></i></div>{}</td>", 100 * share, in_percent(float(share))
    )


def _many(association: Association, class_names: Sequence[str]) -> Markup:
    """A column a class: how much more, or less, frequent it is where the question is true."""
    differences = [float(difference) for difference in association.difference]
    highest = max(*map(abs, differences), 1e-9)
    classes = list(zip(class_names, differences, association.is_beyond, strict=True))
    columns = joined(
        html(
            "<div class='{}'><div class='up'>{}</div><div class='down'>{}</div><span>{}</span></div>",
            "" if beyond else "chance",
            _column(max(difference, 0) / highest),
            _column(max(-difference, 0) / highest),
            name,
        )
        for name, difference, beyond in classes
    )
    told = ", ".join(f"{name}: {_points(difference)}" for name, difference, beyond in classes if beyond)
    return html(
        "<div class='differences {}' role='img' aria-label='{}'>{}</div><small>Up: more frequent than elsewhere, "
        "down: less; the highest is {}. Pale: within chance.</small>",
        "long" if len("".join(class_names)) > MOST_LETTERS else "",
        told or "no difference beyond chance",
        columns,
        _points(highest).removeprefix("+"),
    )


def _column(share: float) -> Markup:
    return html("<i style='height:{:.1f}%'></i>", 100 * share) if share else NOTHING


def _visible(share: float) -> str:
    """A bar's height; what is there at all is seen."""
    return f"max({100 * share:.1f}%,2px)" if share else "0"


def _points(difference: float) -> str:
    """A difference of shares in points of a hundred.

    >>> _points(0.123), _points(-0.05)
    ('+12.3 points', '−5.0 points')
    """
    return f"{100 * difference:+.1f} points".replace("-", "−")
