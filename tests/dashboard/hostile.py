"""What people could write to be taken for code, a task that is full of it, and what a page shows of it.

Every payload has ``MARK`` in it, so that wherever something of it came through, all of it must stand there.
"""

from __future__ import annotations

import html.parser
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from google.protobuf.message import Message
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from drawings.markup import visible
from sharcs_core.kinds.kind import File, Form
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.kinds.text import TextForm
from sharcs_core.structures import Inputs
from sharcs_core.tasks.card import Target
from sharcs_core.tasks.xor.xor_ways import XorWays

Reader = Callable[[str, bytes], tuple[Inputs, tuple[str, ...]]]
MARK = "evil"
PAYLOADS = {
    "an image": "![evil](http://evil.example/x.png)",
    "a link": "[evil](javascript:alert(1))",
    "an address": "http://evil.example www.evil.example x@evil.example",
    "a tag": "<img src=x onerror=alert('evil')>",
    "a script": "</script><script>evil()</script>",
    "a style": "</style><b>evil</b>",
    "an attribute": "' onload='evil\" onload=\"evil",
    "an icon": ":material/evil: :material_evil: :streamlit:",
    "a colour": ":red[evil] :violet[evil]",
    "an emoji": "(evil) :smile:",
    "a formula": "$evil$ and $$evil$$",
    "weight": "**evil** *0* __evil__ ~~evil~~",
    "an entity": "&lt;evil&gt; &amp; &#101;",
    "code": "`evil` ``evil``",
    "a heading": "# evil #",
    "a list": "- evil",
    "a number": "1. evil",
    "a quotation": "> evil",
    "a template": "%{evil} {evil} {0} {{evil}} %s",
    "Graphviz": '"];evil[label="evil\\n',
    "an arrow": "(evil) -> b -- c <= d",
}
"""Kind of attack → a text. Each has room where a concept's name has."""
UNNAMEABLE = {
    "a turn": "(evil\u202egpj)",
    "breaks of lines": "(x)\n\n# evil\n\n- evil\n```\nevil",
    "controls": "(evil\x07\x1b[31m)",
}
"""The same, of such as no concept can be called."""
MIXED = {
    "tags": "![evil](http://evil.example) <img src=x onerror=evil>",
    "signs": "*0* $evil$ :red[evil] %{evil} &lt;evil&gt; \"';evil`",
    "a line": "- # evil :material/evil: :smile: x@evil.example",
    "what no name can be": "evil\n\n# evil \u202e\x07 **evil**",
}
"""Several at once, to send through every field of every page."""


def as_shown(text: str) -> str:
    """A text as a page shows it: white space as browsers do, a sign for each character that would act unseen."""
    return " ".join(visible(text).split())


def hostile_form(form: Form, payload: str) -> Form:
    """The form with payloads for its words, or for the names of its columns."""
    if isinstance(form, TextForm):
        return replace(
            form, words=tuple(f"{payload}{number}" if word else "" for number, word in enumerate(form.words))
        )
    if isinstance(form, TableForm):
        columns = tuple(replace(column, name=f"{payload}{number}") for number, column in enumerate(form.columns))
        return replace(form, columns=columns)
    return form


class HostileTask(XorWays):
    """A task of four modalities in which every text that a person could have written is a payload.

    Its files are those of the task that it was made from, as are its readers of them.
    """

    def __init__(self, payload: str) -> None:
        super().__init__(4)
        self.card = replace(
            self.card,
            name="hostile",
            title=payload,
            summary=f"({payload})",
            question=f"({payload})?",
            target=Target((f"{payload} 0", f"{payload} 1"), title=payload),
            modalities=tuple(
                replace(
                    modality,
                    title=f"{payload} {modality.name}",
                    key_names=tuple(f"{payload} {key}" for key in range(4)),
                    form=hostile_form(modality.form, payload),
                )
                for modality in self.card.modalities
            ),
        )

    def write(self, modality: str, inputs: Inputs, row: int = 0) -> File:
        return XorWays(4).write(modality, inputs, row)


# --- what a page shows ---------------------------------------------------------------------------------------

PLAIN_FIELDS = frozenset(
    (
        *("id", "type", "icon", "page", "page_script_hash", "raw_value", "raw_values", "query_param_key", "default"),
        *("placeholder", "theme", "config", "alt", "url", "component_name", "js_content", "js_source_path", "value"),
        *("html_content", "css_content", "css_source_path", "format", "deferred_file_id", "form_id", "element_id"),
    )
)
"""Fields of Streamlit's messages that are shown as they are, or not at all. Of all others it is taken for granted that
they are Markdown, new ones included."""
PLAIN_OPTIONS = frozenset((("Selectbox", "options"), ("MultiSelect", "options")))
OWN_SYNTAX = re.compile(
    r":material[/_](?!(check|close|info):)|:streamlit:|:(?!material)[\w+-]+:(?!:)"
    r"|:(?!small\[|gray\[|green-badge\[|red-badge\[)[a-z][\w-]*\[|\$|https?://|www\.|\w@\w|(?<!\S)(->|<-|--|<=|>=)(?!\S)",
    re.IGNORECASE,
)
"""Streamlit's additions to Markdown, but for those that our own templates use."""
ESCAPED = re.compile(r"\\[^\w\s]|(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
"""What does not act: an escaped sign, and what stands in the fount of code."""
SAID = ("text", "softbreak", "code_inline")
ACTING = ("image", "link_open", "html_inline", "html_block", "fence", "code_block", "hr", "table_open", "s_open")
"""Tokens of Markdown that none of our templates makes."""
_PARSER = MarkdownIt("commonmark").enable(["strikethrough", "table"])
_PARSER.validateLink = lambda url: True  # whether a browser follows it is another question


def strings(message: Message) -> Iterator[tuple[str, str, str]]:
    """Message, field and value of every text in a message of Streamlit's."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else [value]
        if field.type == field.TYPE_STRING:
            yield from ((message.DESCRIPTOR.name, field.name, one) for one in values)
        elif field.type == field.TYPE_MESSAGE and not field.message_type.GetOptions().map_entry:
            for one in values:
                yield from strings(one)


def texts_of(app: AppTest) -> Iterator[tuple[str, str, str]]:
    """Message, field and value of every text that is sent to the browser."""
    waiting: list[Any] = [app._tree]
    while waiting:
        node = waiting.pop()
        waiting += getattr(node, "children", {}).values()
        if getattr(node, "proto", None) is not None:
            yield from strings(node.proto)


def acting(app: AppTest, payloads: Sequence[str], *, whole: bool = True) -> list[str]:
    """The texts of a page in which something of a payload is no plain text.

    Args:
        whole: whether each payload is to be shown letter by letter; else it may be cut, or some of its signs replaced.
    """
    found, told = [], payloads if whole else None
    for message, field, value in texts_of(app):
        kind = f"{message}.{field}"
        if MARK not in value or field in PLAIN_FIELDS or (message, field) in PLAIN_OPTIONS:
            continue
        if kind == "Html.body":
            found += faults_of_html(value, told, kind)
        elif kind == "PlotlyChart.spec":
            found += faults_of_figure(value, told)
        elif kind == "BidiComponent.json":
            found += faults_of_html(json.loads(value).get("svg", ""), told, kind)
        else:
            found += faults_of_markdown(value, told, kind)
    return found


def faults_of_markdown(source: str, payloads: Sequence[str] | None, where: str = "Markdown") -> list[str]:
    """What of a Markdown text acts or, of payloads, is not shown as it was written."""
    tokens = [inner for token in _PARSER.parse(source) for inner in token.children or [token]]
    said = "".join(" " if token.type == "softbreak" else token.content for token in tokens if token.type in SAID)
    faults = _unlike(said.replace("\u2060", ""), source, payloads, where)
    own = [found[0] for found in OWN_SYNTAX.finditer(ESCAPED.sub("", source))]
    own += [token.type for token in tokens if token.type in ACTING]
    return faults + [f"{where} has {one!r}: {source}" for one in own]


def faults_of_figure(spec: str, payloads: Sequence[str] | None) -> list[str]:
    """What of a Plotly figure acts: in all its texts but those that only the page's scripts read."""
    return [
        fault
        for key, text in _texts_in(json.loads(spec))
        if MARK in text and key not in ("customdata", "meta", "ids", "parents")
        for fault in [
            *faults_of_html(text.replace("<extra></extra>", ""), payloads, f"figure, {key}"),
            *(f"figure, {key} has {own!r}" for own in re.findall(r"%\{evil\}|\$.*\$", text)),
        ]
    ]


def _texts_in(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts_in(inner, key if key in ("customdata", "meta") else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner, key)


def faults_of_html(source: str, payloads: Sequence[str] | None, where: str = "HTML") -> list[str]:
    """What of HTML or SVG acts, or is not shown as it was written."""
    page = _Page()
    page.feed(source)
    page.close()
    faults = [f"{where} has {one}: {source[:2000]}" for one in page.acting]
    return faults + _unlike("".join([*page.said, *page.attributes]), source, payloads, where)


class _Page(html.parser.HTMLParser):
    """Collects what is said in HTML, in attributes too, and what would act."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.attributes: list[str] = []
        self.acting: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "link", "base", "meta", "form", "a") or MARK in tag:
            self.acting.append(f"<{tag}>")
        self.said.append(" ")
        for name, value in attrs:
            text = value or ""
            self.attributes.append(f" {text} ")
            if name.startswith("on") or MARK in name or (name in ("style", "class") and MARK in text):
                self.acting.append(f"the attribute {name}={text}")
            if name in ("src", "href") and not text.startswith("data:image/"):
                self.acting.append(f"the address {text}")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is not None and MARK in data:
            self.acting.append(f"a text in <{self.cdata_elem}>")
        self.said.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.said.append(" ")


def _unlike(said: str, source: str, payloads: Sequence[str] | None, where: str) -> list[str]:
    """A fault where not every mark in a text belongs to a payload that is shown whole; without payloads none."""
    if payloads is None:
        return []
    shown, n_whole = " ".join(said.split()), 0
    for payload in sorted(map(as_shown, payloads), key=len, reverse=True):
        n_whole += shown.count(payload) * payload.count(MARK)
        shown = shown.replace(payload, "")
    n_marks = source.count(MARK)
    return [] if n_whole == n_marks else [f"{where} shows {n_whole} of {n_marks} marks: {source[:2000]}"]
