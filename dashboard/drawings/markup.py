"""What people write is never code: the one place where text becomes HTML, SVG or the words of a Plotly figure.

Templates stand in the code; whatever is put into one is escaped, unless it is HTML that another template gave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

NOTHING = Markup("")

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Characters that show nothing and act: controls, what turns the direction of writing, halves of a character."""


def visible(text: str) -> str:
    r"""A text with a sign in the place of each character that would act and not be seen.

    >>> visible("gpj.\u202eexe"), visible("a\x00b"), visible("née")
    ('gpj.�exe', 'a�b', 'née')
    """
    return _UNSEEN.sub("\ufffd", text)


def html(template: str, *parts: object, **named: object) -> Markup:
    """A template of HTML or SVG, filled as ``str.format`` does; parts are escaped, in attributes too.

    >>> html("<p title='{}'>{share:.0%}</p>", "it's <b>", share=0.5)
    Markup("<p title='it&#39;s &lt;b&gt;'>50%</p>")
    >>> html("<div>{}</div>", html("<b>{}</b>", "&"))
    Markup('<div><b>&amp;</b></div>')
    """
    return Markup(template).format(*map(_shown, parts), **{name: _shown(part) for name, part in named.items()})


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """Pieces of HTML as one; what is plain text among them is escaped.

    >>> joined([html("<b>{}</b>", "a"), "<c>"], " & ")
    Markup('<b>a</b> &amp; &lt;c&gt;')
    """
    return Markup(escape(between)).join(part if isinstance(part, Markup) else visible(part) for part in parts)


def figure_text(text: str) -> Markup:
    """A text as Plotly shows it letter by letter: in titles, labels, legends and what the pointer reads.

    Plotly takes tags, links and line breaks as such, ``%{…}`` in a template, and formulas between dollar signs.

    >>> print(figure_text("<b>%{x}</b> & $y$"))
    &lt;b&gt;&#37;{x}&lt;/b&gt; &amp; &#36;y&#36;
    """
    one_line = " ".join(visible(text).split())
    return Markup(str(escape(one_line)).replace("%", "&#37;").replace("$", "&#36;"))


def figure_html(template: str, *parts: object, **named: object) -> Markup:
    """A template of what Plotly takes for HTML, filled as :func:`html` does, with texts as :func:`figure_text` does.

    >>> print(figure_html("<b>{}</b> %{{y:.1%}}<extra></extra>", "<a> %{x}"))
    <b>&lt;a&gt; &#37;{x}</b> %{y:.1%}<extra></extra>
    """
    return Markup(template).format(*map(_drawn, parts), **{name: _drawn(part) for name, part in named.items()})


def _shown(part: object) -> object:
    return visible(part) if isinstance(part, str) and not isinstance(part, Markup) else part


def _drawn(part: object) -> object:
    return figure_text(part) if isinstance(part, str) and not isinstance(part, Markup) else part
