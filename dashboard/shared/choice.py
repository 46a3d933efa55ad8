"""The two choices that all pages share and the URL carries: the run, and one sample of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

import resources
from drawings.markup import html, joined
from sharcs_core.errors import UserError
from sharcs_core.tasks.examples import TRAIN_SHIPPED
from sharcs_core.tasks.redistribution import ORIGINALS_NOT_KEPT
from shared import own
from shared.own import OWN
from shared.plain import Markdown, code, markdown, plain
from shared.sample import OwnSample, Sample

if TYPE_CHECKING:
    from markupsafe import Markup

    from sharcs_core.checkpoints import Run, RunSummary

HOW_TO_TRAIN = markdown("Train one with {}, then reload this page.", code(TRAIN_SHIPPED))


def choose_run() -> None:
    """The picker of the run, in the sidebar: every model with a picture. Drawn by ``Home.py`` on every page."""
    names = run_names()
    if not names:
        return
    asked = st.query_params.get("run")
    if asked and asked not in names:
        st.session_state["unknown_run"] = asked
    if st.session_state.get("run") is None and asked not in names:
        st.session_state["run"] = names[0]
    # It stands in the URL by its folder's name, which only a plain list of names does; people see the picker below.
    st.selectbox(
        "Model",
        names,
        index=None,  # a default would be left out of the URL, and a link would follow whatever run comes first
        key="run",
        bind="query-params",
        on_change=_forget_sample,
    )
    _pick_run(names)


def _pick_run(names: list[str]) -> None:
    chosen, titles = st.session_state.get("run") or names[0], resources.run_titles()
    st.html(html('<div class="picker-label">Model</div>'))
    box = st.popover(plain(titles.get(chosen, chosen)), key="pick_run", on_change="rerun", width="stretch")
    if not box.open:  # the pictures of all models would be sent with every page
        return
    with box:
        st.caption("Each is one trained model with everything these pages show of it, a folder on disk.")
        for name in names:
            _run_row(name, titles[name], chosen == name)


def _run_row(name: str, title: str, is_chosen: bool) -> None:
    summary = summary_of(name)
    pictures, button = st.columns([2, 3], vertical_alignment="center")
    if summary is not None and not summary.error:
        pictures.html(html('<div class="run-pictures">{}</div>', _pictures_of(summary)))
    button.button(
        plain(title),
        key=f"pick|{name}",
        on_click=_choose,
        args=(name,),
        width="stretch",
        type="primary" if is_chosen else "secondary",
    )


def _pictures_of(summary: RunSummary) -> Markup:
    shown = resources.run_card(summary.name).modalities[:2]
    return joined(resources.run_picture(summary.name, modality.name) for modality in shown)


def _choose(name: str) -> None:
    select_run(name)
    st.session_state["pick_run"] = False


def choose_sample() -> None:
    """The field with the chosen sample's id, in the sidebar. Drawn by ``Home.py`` on every page."""
    st.text_input(
        "Sample",
        key="sample",
        bind="query-params",
        placeholder="the first unseen one",
        help="Inputs that belong together, such as a picture and a graph, are one *sample*, and have an id. Unseen "
        "ones are those that the model never trained on; all others are in its memory. The id stays with you from "
        "page to page.",
    )
    st.button(
        "Surprise me",
        on_click=_select_random,
        icon=":material/shuffle:",
        width="stretch",
        help="Chooses an unseen sample at random.",
    )
    _offer_own()


def _offer_own() -> None:
    """What was brought, by its name, as long as it is kept."""
    name = own.names_brought(st.session_state.get("run") or "")
    if name:
        st.button(
            markdown("Your own: {}", name),
            key="choose_own",
            on_click=own.choose,
            icon=":material/upload_file:",
            type="primary" if chosen_id() == OWN else "secondary",
            width="stretch",
            help="Makes what you brought the chosen sample, on every page.",
        )


def run_names() -> list[str]:
    """The runs by name, those that cannot be opened last."""
    return [summary.name for summary in sorted(resources.list_runs(), key=lambda summary: bool(summary.error))]


def summary_of(run_name: str) -> RunSummary | None:
    """What is known of a run without loading it; None for a name that is not there."""
    return next((summary for summary in resources.list_runs() if summary.name == run_name), None)


def current_summary() -> RunSummary:
    """The chosen run without its model. Ends the page with a sentence where there is none, or a damaged one."""
    _tell_unknown_run()
    names = run_names()
    summary = summary_of(st.session_state.get("run") or (names[0] if names else ""))
    if summary is None:
        st.title("No model yet")
        folder = code(f"{resources.runs_folder().name}/")
        st.info(markdown("There is no trained model in {} yet. {}", folder, HOW_TO_TRAIN))
        st.stop()
    if summary.error:
        _refuse(summary.error)
    return summary


def current_run(*, explained: bool = True) -> Run:
    """The chosen run, loaded. Ends the page with a sentence where that cannot be.

    Args:
        explained: whether the page explains by concepts; then a model without any ends it too.
    """
    summary = current_summary()
    try:
        run = resources.run(summary.name)
    except UserError as error:
        _refuse(str(error))
    if explained:
        _refuse_without_concepts(run)
    if not run.bank.is_kept:
        st.caption(ORIGINALS_NOT_KEPT)
    return run


def current_sample(run: Run) -> Sample:
    """The chosen sample: one that the run keeps, or what was brought; else the first that it gets right."""
    asked = chosen_id()
    if asked == OWN:
        own.take_along(run)
        if brought := own_sample(run):
            return brought
    first = resources.first_samples(run.name).ids[0]
    try:
        return Sample.kept(run, asked or first)
    except KeyError:
        _tell_unknown_sample(run, asked, first)
        return Sample.kept(run, first)


def own_sample(run: Run) -> OwnSample | None:
    """What was brought to a run; None for nothing that it can explain."""
    if not run.questions:
        return None
    inputs = {name: one.inputs for name, one in own.all_read(run).items()}
    return OwnSample(run, OWN, inputs, None, own.names_brought(run.name)) if inputs else None


def kept_id(run: Run) -> str:
    """Id of the chosen sample if the run keeps it; "" where what was brought is chosen."""
    return "" if chosen_id() == OWN else current_sample(run).id


def chosen_id() -> str:
    """Id of the chosen sample as the address has it; "" for none."""
    return (st.session_state.get("sample") or "").strip()


def _tell_unknown_sample(run: Run, asked: str, first: str) -> None:
    if asked == OWN:
        st.warning(markdown("{}, so you see {}.", own.why_not(run), code(first)))
        return
    st.warning(
        markdown(
            "This model keeps no sample “{}”, so you see {first}. Ids look like {first} (unseen) or {} (in its "
            "memory); not every sample of the data is kept.",
            asked,
            code(run.bank.sample_ids[0]),
            first=code(first),
        )
    )


def select_run(name: str | None) -> None:
    """Makes a run the chosen one, on every page and in the URL; None for whichever comes first. For callbacks."""
    st.session_state["run"] = name
    _forget_sample()


def select_sample(sample_id: str) -> None:
    """Makes a sample the chosen one, on every page and in the URL. Use it as a callback (``on_click``)."""
    st.session_state["sample"] = str(sample_id)


def _refuse(fault: str) -> NoReturn:
    st.title("This model cannot be opened")
    st.error(plain(fault))
    st.caption("Choose another model in the sidebar, or train this one again.")
    st.stop()


def _refuse_without_concepts(run: Run) -> None:
    """Ends the page where a model has no concepts, in the model's own words."""
    try:
        _ = run.concept_names
    except UserError as error:
        st.error(plain(str(error)))
        st.caption("Choose another model in the sidebar. How good this one is stands on Home.")
        st.stop()


def _select_random() -> None:
    try:
        ids = resources.run(current_summary().name).test_bank.sample_ids
    except UserError:
        return  # the page itself says what is wrong with the run
    select_sample(str(ids[secrets.randbelow(len(ids))]))


def _forget_sample() -> None:
    """Another model has other samples; what was brought may be read by it too."""
    if chosen_id() != OWN:
        st.session_state["sample"] = ""


def _tell_unknown_run() -> None:
    asked = st.session_state.pop("unknown_run", None)
    if asked:
        names = Markdown(", ".join(map(code, run_names())))
        st.warning(
            markdown("There is no model “{}”. You see another one; choose from {} in the sidebar.", asked, names)
        )
