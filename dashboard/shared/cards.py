"""Cards that show a sample, or one input, as drawings with what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup

import resources
from drawings.inputs import width_of
from drawings.markup import NOTHING, html, joined
from drawings.theme import mark_of
from sharcs_core.named import listed, lowered
from sharcs_core.why import short_truth, short_words
from shared.choice import select_sample
from shared.plain import Markdown, markdown, plain

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.readings import Reading
    from sharcs_core.structures import Unusual
    from sharcs_core.why import Agreement, Why
    from shared.sample import Sample

RIGHT = markdown(":green-badge[:material/check: right]")
WRONG = markdown(":red-badge[:material/close: wrong]")

AGREE = html('<td class="right">✓ <span>agree</span></td>')
DIFFER = html('<td class="wrong">✗ <span>differ</span></td>')


def modality_heading(run: Run, modality: str) -> Markup:
    """A modality's title behind its mark, in its colour."""
    mark = mark_of(modality, run.card.names)
    return html(
        '<div style="font-size:.86rem;font-weight:600;margin-bottom:.35rem;line-height:1.3">'
        '<span style="color:{}">{}</span> {}</div>',
        mark.colour,
        mark.sign,
        run.card.modality(modality).title,
    )


def key_name(run: Run, modality: str, key: int) -> str:
    """What a semantics key says in words, such as ``digit 7``."""
    return run.card.modality(modality).key_name(int(key))


def draw_sample(sample: Sample, size: int = 128) -> None:
    """The inputs of a sample side by side, each under its modality's title and over what the model reads it as."""
    cells = joined(_drawn(sample, name, size) for name in sample.run.card.names)
    st.html(html('<div style="display:flex;flex-wrap:wrap;gap:.9rem 1.2rem">{}</div>', cells))


def _drawn(sample: Sample, name: str, size: int) -> Markup:
    heading = modality_heading(sample.run, name)
    if name not in sample.inputs:
        return html('<div style="width:{}px">{}<div class="reads">{}</div></div>', size, heading, "not brought")
    read = sample.why().readings if sample.run.questions else {}
    unusual = sample.explanation().unusual if sample.run.questions else {}
    return html(
        '<div style="width:{}px">{}{}<div class="reads">{}{}</div></div>',
        sample.width(name, size),
        heading,
        sample.picture(name, size),
        reading_line(sample.run, read[name]) if name in read else sample.meaning(name),
        usual_line(unusual.get(name)),
    )


def reading_line(run: Run, reading: Reading) -> Markup:
    """What the model reads an input as, and beside it the truth, marked where they differ."""
    read, truth = short_words(run.task, reading), short_truth(run.task, reading)
    if run.card.own_keys:
        return html("<b>{}</b>", read)
    if run.card.factors and not run.card.stated_by(reading.modality):
        return html("{}", "nothing known to read")
    if reading.truth is None:
        return html("reads <b>{}</b>", read)
    if not reading.is_misread and reading.key == reading.truth:
        return html('<span class="right">✓</span> reads <b>{}</b>', read)
    if not reading.is_misread:
        return html("reads <b>{}</b> · known <b>{}</b>", read, truth)
    return html('<span class="wrong">✗</span> reads <b>{}</b> · truth <b>{}</b>', read, truth)


def usual_line(unusual: Unusual | None) -> Markup:
    """How far an input lies from what the model was trained on, marked where that is too far."""
    if unusual is None:
        return NOTHING
    mark = html('<span class="wrong">✗</span> ') if unusual.is_unusual else NOTHING
    return html('<div class="usual">{}{}</div>', mark, unusual.says)


def say_why(run: Run, why: Why) -> None:
    """The sentence of why, what was misread, and what the answer compares as a small table."""
    fault = html('<p class="fault"><span class="wrong">✗</span> {}</p>', why.fault) if why.fault else NOTHING
    st.html(html('<div class="why"><p>{}</p>{}{}</div>', why.sentence, fault, _agreement_table(run, why)))


def _agreement_table(run: Run, why: Why) -> Markup:
    """Factors as rows, modalities as columns, and whether they agree; nothing where nothing is compared."""
    if not why.agreements:
        return NOTHING
    names = list(dict.fromkeys(name for row in why.agreements for name in row.words))
    return html(
        "<table><thead><tr><td></td>{}<td></td></tr></thead><tbody>{}</tbody></table>",
        joined(html('<th scope="col">{}</th>', run.card.modality(name).title) for name in names),
        joined(_agreement_row(row, names) for row in why.agreements),
    )


def _agreement_row(row: Agreement, names: Sequence[str]) -> Markup:
    cells = joined(html("<td>{}</td>", row.words.get(name, "–")) for name in names)
    return html('<tr><th scope="row">{}</th>{}{}</tr>', row.name, cells, AGREE if row.agrees else DIFFER)


def verdict(sample: Sample) -> Markdown:
    """The true class, where it is known, and the model's in one line of Markdown; of what lacks inputs, only likely."""
    card, guess = sample.run.card, sample.class_index
    if sample.absent:
        lacking = listed([lowered(card.modality(name).title) for name in sample.absent])
        return markdown("Without the {} not known for sure; likeliest **{}**", lacking, card.target.names[guess])
    if sample.label is None:
        return markdown("Model **{}** · truth not known", card.target.names[guess])
    mark = RIGHT if sample.label == guess else WRONG
    return markdown("Model **{}** · truth **{}** {}", card.target.names[guess], card.target.names[sample.label], mark)


def sample_card(sample: Sample, *, size: int = 128) -> None:
    """A framed sample: id, inputs of every modality, truth and prediction."""
    with st.container(border=True):
        st.markdown(markdown("{} :small[:gray[{}]]", sample.shown, sample.origin))
        draw_sample(sample, size)
        st.markdown(verdict(sample))


def input_card(
    run: Run,
    modality: str,
    row: int,
    caption: Markup = NOTHING,
    *,
    test: bool = False,
    size: int = 96,
    on_click: Callable[[str], None] | None = select_sample,
    key: str = "input",
) -> None:
    """One input of a bank with a caption, and a button that gives its sample's id to ``on_click``."""
    bank = run.test_bank if test else run.bank
    size = width_of(bank.sides[modality].inputs, size)
    sample_id = str(bank.sample_ids[row])
    picture = resources.drawing(run.name, modality, row, test=test, size=size)
    words = caption or key_name(run, modality, bank.sides[modality].semantics[row])
    st.html(
        html(
            '<div style="display:flex;flex-direction:column;align-items:center;gap:.3rem">{}'
            '<div style="font-size:.82rem;opacity:.75;text-align:center;line-height:1.25">{}</div></div>',
            picture,
            words,
        )
    )
    if on_click is not None:
        st.button(
            plain(sample_id),
            key=f"{key}-{modality}-{sample_id}",
            on_click=on_click,
            args=(sample_id,),
            type="tertiary",
            width="stretch",
            help="Makes this sample the chosen one.",
        )
