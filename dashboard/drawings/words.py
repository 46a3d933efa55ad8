"""Words that were suggested, as chips."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from markupsafe import Markup

from drawings.markup import html, joined

if TYPE_CHECKING:
    from sharcs_core.suggestions import Word


def word_chips(words: Iterable[Word]) -> Markup:
    """A chip a word, with the number of samples that have it."""
    chips = joined(html("<li>{} <i>{}</i></li>", word.text, word.n) for word in words)
    return html("<ul class='word-chips'>{}</ul>", chips)
