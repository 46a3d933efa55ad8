"""What people write, in a real browser: shown letter by letter, and nothing of it runs or asks another machine."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from browsing import ERROR, PAGES, ROOT, Visit, person, running_app

RAN = "window.ran"
"""What payloads set; nobody else does."""
PAYLOADS = {
    "a picture of another machine": "![x](http://evil.example/x.png)",
    "a script in a link": f"[click]({RAN}=1)(javascript:{RAN}=1)",
    "a link": "[click](javascript:alert(1)) <http://evil.example> http://evil.example www.evil.example x@evil.example",
    "a tag": f"<img src=x onerror={RAN}=1> <b>bold</b> <a href='http://evil.example'>here</a>",
    "a script": f"<script>{RAN}=1</script></script><svg onload={RAN}=1>",
    "an attribute": f"' onfocus='{RAN}=1' autofocus='\" onfocus=\"{RAN}=1\" autofocus=\"",
    "icons and emoji": ":material/delete: :material_delete: :streamlit: :smile: :+1:",
    "colours": ":red[x] :blue-background[y] :small[z] :color[x]{foreground=red}",
    "formulas": "$x$ $$y$$ \\(z\\)",
    "weight": "**bold** *0* __u__ ~~gone~~ `code` ``more``",
    "entities": "&lt;b&gt; &amp;amp; &#101;",
    "a heading": "# head #",
    "a list": "- item",
    "a task": "- [ ] todo",
    "a number": "1. one",
    "another number": "12) twelve",
    "a quotation": "> quoted",
    "a rule": "---",
    "equals signs": "===",
    "a table": "| a | b |",
    "a template": "%{x} {x} {0} %s {{x}}",
    "arrows": "a -> b <- c <-> d -- e <= f >= g ~= h",
    "a definition": "[x]: http://evil.example",
    "backslashes": "\\*x\\* a\\",
    "lines": "one\n\n# two\n\n    three\n```\nfour",
    "a turn": "(gpj.\u202eexe) \u2066x",
}
SHOW = """
import json, sys
from pathlib import Path

import streamlit as st

sys.path[:0] = [{dashboard!r}, {root!r}]
from drawings.markup import html
from shared.plain import code, markdown, plain

st.title("Payloads")
for number, text in enumerate(json.loads(Path({payloads!r}).read_text(encoding="utf-8"))):
    for kind, show in {{
        "markdown": lambda said: st.markdown(plain(said)),
        "within": lambda said: st.markdown(markdown("**{{}}**", said)),
        "listed": lambda said: st.markdown(markdown("- {{}}", said)),
        "code": lambda said: st.markdown(code(said)),
        "caption": lambda said: st.caption(plain(said)),
        "error": lambda said: st.error(plain(said)),
        "heading": lambda said: st.header(plain(said), anchor=False),
        "button": lambda said: st.button(plain(said), key=f"own-button-{{number}}"),
        "label": lambda said: st.text_input(plain(said), key=f"own-input-{{number}}"),
        "option": lambda said: st.pills("Which", [said], format_func=plain, key=f"own-pills-{{number}}"),
        "tab": lambda said: st.tabs([plain(said)]),
        "fold": lambda said: st.expander(plain(said)),
        "html": lambda said: st.html(html("<p title='{{}}'>{{}}</p>", said, said)),
    }}.items():
        with st.container(key=f"{{kind}}-{{number}}"):
            show(text)
"""
"""An app that shows every payload in every kind of place."""
SHOWN = """
(key) => {
  const root = document.querySelector('.st-key-' + key);
  const own = '[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer], [data-testid=stHtml]';
  const named = { label: 'label', option: 'button', tab: '[role=tab]', fold: 'summary' }[key.split('-')[0]];
  const place = (named ? root.querySelector(named) : root).querySelector(own) ?? root.querySelector('h2') ?? root;
  return {
    text: place.textContent.replaceAll('\\u2060', '').replace(/\\s+/g, ' ').trim(),
    tags: [...place.querySelectorAll('*')].map((one) => one.tagName),
  };
}
"""
OURS = {"P", "SPAN", "DIV", "STRONG", "UL", "LI", "CODE", "H2"}
"""Elements that our templates, or Streamlit's frames of them, are made of."""


@pytest.fixture(scope="module")
def shown(browser, tmp_path_factory) -> Iterator[Visit]:
    """A tab on the app that shows the payloads."""
    folder = tmp_path_factory.mktemp("payloads")
    shutil.copytree(ROOT / "dashboard" / ".streamlit", folder / ".streamlit")
    payloads, script = folder / "payloads.json", folder / "show.py"
    payloads.write_text(json.dumps(list(PAYLOADS.values())), encoding="utf-8")
    places = {"dashboard": str(ROOT / "dashboard"), "root": str(ROOT), "payloads": str(payloads)}
    script.write_text(SHOW.format(**places), encoding="utf-8")
    with running_app(folder / "log", script=script) as address, browser.new_context() as context:
        tab = Visit(context, address)
        tab.open("")
        tab.settle()
        yield tab
        tab.close()


def as_shown(text: str) -> str:
    from drawings.markup import visible

    return " ".join(visible(text).split())


@pytest.mark.parametrize(
    "kind",
    [
        *("markdown", "within", "listed", "code", "caption", "error", "heading"),
        *("button", "label", "option", "tab", "fold", "html"),
    ],
)
def test_every_payload_is_shown_letter_by_letter(shown, kind):
    seen = [shown.ask(SHOWN, f"{kind}-{number}") for number in range(len(PAYLOADS))]
    assert [one["text"] for one in seen] == [as_shown(text) for text in PAYLOADS.values()]
    assert not {tag for one in seen for tag in one["tags"]} - OURS


def test_no_payload_runs_or_asks_another_machine(shown):
    assert not shown.faults
    assert shown.ask(f"{RAN} === undefined")


# --- the pages -----------------------------------------------------------------------------------------------

NAME = f"<img src=x onerror={RAN}=1> ![a](http:x) *0* $b$ :red[c]"
"""Of a run's folder and of a concept: as long as a concept's name may be, and without what a folder cannot have."""
FREE_RUN = "half_mnist"
NEW_NAME = "open to the left <b>"
ACTING = "a[href^='javascript:'], a[href*='evil'], img[src*='evil'], img[src='x'], svg[onload], .katex, [onfocus]"


@pytest.fixture(scope="module")
def hostile_address(browser, shipped_runs, tmp_path_factory) -> Iterator[str]:
    """The dashboard on a run of a hostile name, whose concepts were given such names too, and on one as it was."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(shipped_runs / "xor_and_xor", folder / "runs" / NAME)
    names = {str(concept): f"{NAME[:57]} {concept}" for concept in range(2)}
    (folder / "runs" / NAME / "names.json").write_text(json.dumps(names), encoding="utf-8")
    shutil.copytree(shipped_runs / FREE_RUN, folder / "runs" / FREE_RUN, ignore=shutil.ignore_patterns("names.json"))
    with running_app(folder / "log", folder / "runs") as address:
        yield address


@pytest.fixture(scope="module")
def somebody(browser):
    """One more person's browser."""
    with person(browser) as one:
        yield one


def nothing_acts(tab: Visit) -> None:
    """Nothing may have run, asked another machine, or become an element of the page."""
    assert not tab.faults
    assert tab.ask(f"{RAN} === undefined")
    assert not tab.page.locator(ACTING).count()


@pytest.fixture
def hostile(somebody, hostile_address) -> Iterator[Visit]:
    """A tab on which at the end nothing acts."""
    tab = Visit(somebody, hostile_address)
    yield tab
    nothing_acts(tab)
    tab.close()


def told(text: str) -> re.Pattern[str]:
    """A text as a page tells it: between any two letters there may be one of no width."""
    return re.compile("\u2060?".join(map(re.escape, text)))


@pytest.mark.parametrize("page", PAGES.values())
def test_what_a_link_asks_for_is_shown_and_does_not_act(hostile, page):
    kinds = ("a picture of another machine", "a link", "a tag", "a script", "an attribute", "weight", "icons and emoji")
    asked = " ".join(PAYLOADS[kind] for kind in kinds)
    choices = ("leaves", "node", "selected", "see", "concept", "on", "map_colour", "part", "task", "tour")
    hostile.open(f"{page}?{'&'.join(f'{name}={quote(asked)}' for name in ('run', 'sample', *choices))}")
    if page not in ("results", "train"):  # which are of no one model
        hostile.wait_for_text(told(f"There is no model “{as_shown(asked)}”"))
    if page in ("", "retrieval", "tree"):
        hostile.wait_for_text(told(f"This model keeps no sample “{as_shown(asked)}”"))


def test_the_names_of_runs_and_concepts_do_not_act(hostile):
    hostile.open(f"?run={quote(NAME)}")
    for title, place in PAGES.items():
        hostile.go_to(title)
        if place in ("concepts", "intervention", "tree"):
            hostile.wait_for_text(told(NAME[:50]), "body")
        nothing_acts(hostile)


@pytest.mark.parametrize("kind", ["a picture of another machine", "a tag", "an attribute", "icons and emoji", "weight"])
def test_no_file_acts_whatever_it_is_called_and_holds(hostile, kind):
    text = PAYLOADS[kind]
    name = f"{text.replace('/', '∕')}.csv"
    hostile.open(f"upload?run={quote(NAME)}")
    box = hostile.page.locator('[class*="st-key-upload-"][class*="-table-"] input[type=file]')
    content = f"bit_0,bit_1,bit_2,bit_3,bit_4,bit_5\n1,0,{json.dumps(text)},0,0,1\n"
    box.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content.encode()})
    hostile.settle()
    hostile.wait_for_text(told(text[:20]), ERROR)
    sent = name.replace('"', "%22")  # as browsers do
    hostile.wait_for_text(told(sent))


@pytest.mark.parametrize("kind", ["a picture of another machine", "a tag", "colours", "a template"])
def test_no_scenario_acts_whatever_it_is_called(hostile, kind):
    name = PAYLOADS[kind][:60].strip()
    hostile.open(f"intervention?run={quote(NAME)}")
    hostile.page.locator('[class*="st-key-changer-"] button').first.click()
    hostile.settle()
    hostile.page.get_by_label("Name of the scenario").fill(name)
    hostile.page.get_by_label("Name of the scenario").press("Enter")
    hostile.settle()
    hostile.press("Keep these edits")
    hostile.page.locator('[class*="st-key-load-"]').nth(1).wait_for()
    hostile.wait_for_text(told(name))


@pytest.mark.parametrize("kind", ["a tag", "a link"])
def test_a_concept_is_called_like_a_payload_by_a_person(hostile, kind):
    name = PAYLOADS[kind][:50].strip()
    hostile.open(f"concepts?run={quote(NAME)}&see={quote('One concept')}&concept={quote(NAME[:57] + ' 1')}")
    field = hostile.page.get_by_label("Name", exact=True)
    field.fill(name)
    field.press("Enter")
    hostile.settle()
    hostile.wait_for_text(told(f"It is called “{name}” now"))
    hostile.open(f"concept_map?map_colour=Concept&run={quote(NAME)}")
    hostile.wait_for_text(told(name), "body")
    for title in ("Concepts", "Decision tree"):
        hostile.go_to(title)
        hostile.wait_for_text(told(name), "body")


def test_a_renamed_concept_bears_its_name_on_four_pages_and_in_the_address(hostile):
    tab = hostile
    tab.open(f"concepts?run={FREE_RUN}")
    former = tab.page.locator('[class*="st-key-look_at-"] button').first.inner_text()
    tab.page.locator('[class*="st-key-look_at-"] button').first.click()
    tab.wait_for_text(former, "h2")
    tab.settle()
    tab.page.get_by_role("textbox", name="Name").fill(NEW_NAME)
    tab.press("Save")
    tab.wait_for_text(f"It is called “{NEW_NAME}” now")
    tab.wait_for_address("concept", NEW_NAME)
    for title in ("Retrieval", "Intervention", "Decision tree", "Concepts"):
        tab.go_to(title)
        tab.wait_for_text(NEW_NAME)
    tab.page.reload()
    tab.wait_for_text(NEW_NAME, "h2")
    tab.settle()
    tab.press("Take it back")
    tab.wait_for_text(former, "h2")
    tab.settle()
