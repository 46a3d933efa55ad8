"""What is known of one concept as HTML: how often it is on, the inputs that show it, the answers that go with it.

``static/style.css`` says how it looks, under ``.profile``.

Shapes: C classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from drawings.theme import modality_colour, modality_mark
from sharcs_core.profiles import Agreement, Association, Said
from sharcs_core.profiles.words import in_percent

FEW_CLASSES = 6
"""The shares of up to so many classes stand in a table, a row each; the differences of more stand side by side."""


def spread_of(said: Said, title: str) -> str:
    """How many inputs of one modality have the concept on, over a histogram of its activations, from off to on."""
    return (
        f"<div class='spread' style='--colour:{modality_colour(said.modality)}'>"
        f"<p><b>{modality_title(said.modality, title)}</b>: on in <b>{in_percent(said.share_on)}</b>, "
        f"{said.n_on:,} of {said.n_inputs:,} training inputs</p>{_bars(said, title)}"
        "<div class='ends' aria-hidden='true'><span>off</span><span>on</span></div></div>"
    )


def modality_title(modality: str, title: str) -> str:
    """A modality's title behind its mark."""
    mark = f"<span aria-hidden='true' style='color:{modality_colour(modality)}'>{modality_mark(modality)}</span>"
    return f"{mark} {escape(title)}"


def list_head(titles: Mapping[str, str], n_inputs: int) -> str:
    """The heading of the list of concepts: a column a modality, and two on what a concept is good for."""
    heads = [
        f"{modality_title(name, title)} <small>share on, of {n_inputs:,}</small>" for name, title in titles.items()
    ]
    cells = "".join(f"<div>{head}</div>" for head in (*heads, "Goes with answers", "Tree asks"))
    return f"<div class='profile'><div class='row head' aria-hidden='true'>{cells}</div></div>"


def list_row(said: Mapping[str, Said], titles: Mapping[str, str], answers: str, n_asked: int, about: str) -> str:
    """A concept in the list: small histograms and shares, answers, and how often the tree asks about it.

    Args:
        about: what it means, below all, where its name does not say it.
    """
    shares = "".join(
        f"<div class='spread' style='--colour:{modality_colour(name)}'>{_bars(one, titles[name])}"
        f"<span><span class='label'>{escape(titles[name])} </span>{in_percent(one.share_on)}</span></div>"
        for name, one in said.items()
    )
    times = {0: "never", 1: "once"}.get(n_asked, f"at {n_asked} places")
    use = (
        f"<div><span class='label'>goes with </span>{escape(answers)}</div>"
        f"<div><span class='label'>tree asks </span>{times}</div>"
    )
    below = f"<div class='about'>{escape(about)}</div>" if about else ""
    return f"<div class='profile'><div class='row'>{shares}{use}</div>{below}</div>"


def sample_head(titles: Mapping[str, str]) -> str:
    """The heading of a table of samples: a column a modality, and the answer."""
    cells = "".join(f"<div>{modality_title(name, title)}</div>" for name, title in titles.items())
    return f"<div class='profile'><div class='row head' aria-hidden='true'>{cells}<div>Answer</div></div></div>"


def sample_row(inputs: Mapping[str, tuple[str, str]], answer: str) -> str:
    """A sample in the table: each input drawn beside its words, then the answer.

    Args:
        inputs: title → HTML of the drawing, and of what is read in it.
        answer: HTML.
    """
    cells = "".join(
        f"<div class='input'>{drawing}<div><span class='label'>{escape(title)} </span>{words}</div></div>"
        for title, (drawing, words) in inputs.items()
    )
    cells += f"<div><span class='label'>answer </span>{answer}</div>"
    return f"<div class='profile'><div class='row'>{cells}</div></div>"


def _bars(said: Said, title: str) -> str:
    highest = max(int(said.histogram.max()), 1)
    bars = "".join(f"<i style='height:{_visible(int(count) / highest)}'></i>" for count in said.histogram)
    told = f"{title}: on in {said.n_on:,} of {said.n_inputs:,} training inputs, {in_percent(said.share_on)}"
    return f"<div class='bars' role='img' aria-label='{_attribute(told)}'>{bars}</div>"


def pictures(drawn: Sequence[tuple[str, str]], heading: str, remark: str = "") -> str:
    """Drawn inputs side by side, each over its words, below a heading; without any a remark says so."""
    cells = "".join(f"<figure>{drawing}<figcaption>{escape(words)}</figcaption></figure>" for drawing, words in drawn)
    below = f"<p>{escape(remark)}</p>" if remark else ""
    return f"<div class='shown'><h5>{escape(heading)}</h5><div>{cells}</div>{below}</div>"


def answers_with(association: Association, class_names: Sequence[str], sentence: str) -> str:
    """Which answers go with a question: a sentence over the shares of few classes, or the differences of many."""
    draw = _few if len(class_names) <= FEW_CLASSES else _many
    return f"<div class='answers'><p>{escape(sentence)}</p>{draw(association, class_names)}</div>"


def agreement_table(agreements: Sequence[Agreement], titles: Mapping[str, str]) -> str:
    """How often two modalities say the same: where they mean the same, and any two inputs."""
    shares = [("no such pair" if one.same is None else in_percent(one.same), one) for one in agreements]
    rows = "".join(
        f"<tr><th scope='row'>{escape(' and '.join(titles[name] for name in one.modalities))}</th>"
        f"<td>{same}</td><td>{in_percent(one.any_pair)}</td></tr>"
        for same, one in shares
    )
    return (
        "<div class='answers'><table><thead><tr><th scope='col'>agree on it in</th><th scope='col'>pairs of one "
        f"meaning</th><th scope='col'>all pairs</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def sentences(said: Sequence[str], kind: str = "") -> str:
    """Sentences as a list, or as a paragraph where there is one."""
    if len(said) == 1:
        return f"<p class='said {kind}'>{escape(said[0])}</p>"
    return f"<ul class='said {kind}'>{''.join(f'<li>{escape(sentence)}</li>' for sentence in said)}</ul>"


def tags(words: Sequence[str]) -> str:
    """Words in frames, such as what is doubtful about a concept."""
    return "".join(f"<span class='tag'>{escape(word)}</span>" for word in words)


def _few(association: Association, class_names: Sequence[str]) -> str:
    """A row a class: its share where the question is true, its share elsewhere, and the difference."""
    rows = "".join(
        f"<tr{'' if beyond else ' class=chance'}><th scope='row'>{escape(name)}</th>{_share(yes)}{_share(no)}"
        f"<td>{_points(yes - no)} <small>by chance up to {100 * reach:.1f}</small></td></tr>"
        for name, yes, no, reach, beyond in zip(
            class_names,
            association.when_yes,
            association.when_no,
            association.reach,
            association.is_beyond,
            strict=True,
        )
    )
    n, n_yes = association.n_samples, association.n_yes
    return (
        "<table><thead><tr><th scope='col'>answer</th>"
        f"<th scope='col'>here <small>{n_yes:,} samples</small></th>"
        f"<th scope='col'>elsewhere <small>{n - n_yes:,} samples</small></th>"
        f"<th scope='col'>difference</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _share(share: float) -> str:
    return f"<td><div class='track'><i style='width:{100 * share:.1f}%'></i></div>{in_percent(float(share))}</td>"


def _many(association: Association, class_names: Sequence[str]) -> str:
    """A column a class: how much more, or less, frequent it is where the question is true."""
    differences = association.difference
    highest = max(float(abs(differences).max()), 1e-9)
    columns = "".join(
        f"<div{'' if beyond else ' class=chance'}><div class='up'>{_column(max(difference, 0) / highest)}</div>"
        f"<div class='down'>{_column(max(-difference, 0) / highest)}</div><span>{escape(name)}</span></div>"
        for name, difference, beyond in zip(class_names, map(float, differences), association.is_beyond, strict=True)
    )
    told = ", ".join(
        f"{name}: {_points(difference)}"
        for name, difference, beyond in zip(class_names, map(float, differences), association.is_beyond, strict=True)
        if beyond
    )
    most, told = _points(highest).removeprefix("+"), told or "no difference beyond chance"
    return (
        f"<div class='differences' role='img' aria-label='{_attribute(told)}'>{columns}"
        f"</div><small>Up: more frequent than elsewhere, down: less; the highest is {most}. "
        "Pale: within chance.</small>"
    )


def _column(share: float) -> str:
    return f"<i style='height:{100 * share:.1f}%'></i>" if share else ""


def _visible(share: float) -> str:
    """A bar's height; what is there at all is seen."""
    return f"max({100 * share:.1f}%,2px)" if share else "0"


def _points(difference: float) -> str:
    """A difference of shares in points of a hundred.

    >>> _points(0.123), _points(-0.05)
    ('+12.3 points', '−5.0 points')
    """
    return f"{100 * difference:+.1f} points".replace("-", "−")


def _attribute(text: str) -> str:
    return escape(text, quote=True)
