"""Where in a text.

Shapes: L tokens with padding, W words, R versions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from sharcs_core.structures import Floats, Ints
from sharcs_core.structures.where import OnText, as_shares
from sharcs_core.where.algorithms import integrated_gradients, occlusion, shapley, summed
from sharcs_core.where.probe import Probe, rows_of


class Words(NamedTuple):
    """The words of a text.

    Attributes:
        text: what was read.
        places: (W, 2) where in it each stands.
        of_token: (tokens,) the word that each token, padding left out, is of.
    """

    text: str
    places: Ints
    of_token: Ints


def by_gradients(probe: Probe) -> OnText:
    """Integrated gradients from words that say nothing."""
    prepared = probe.prepared()
    nothing = {name: torch.zeros_like(values) for name, values in prepared.items()}
    added = integrated_gradients(probe, prepared, nothing)
    of_tokens = torch.stack([values[0].sum(-1) for values in added.values()]).sum(0)  # (L,)
    words = words_of(probe)
    values = of_tokens[: len(words.of_token)].double().cpu().numpy()
    return _on(words, summed(values, words.of_token, len(words.places)))


def by_words(probe: Probe) -> OnText:
    """What is lost where a word is left out."""
    words = words_of(probe)
    return _on(words, occlusion(len(words.places), kept(probe)))


def by_orders(probe: Probe) -> OnText:
    """Shapley values of the words."""
    words = words_of(probe)
    return _on(words, shapley(len(words.places), kept(probe)))


def kept(probe: Probe) -> Callable[[Tensor], Tensor]:
    """Which words are kept (R, W) → how much is said, (R,)."""
    of_token, tokens = torch.as_tensor(words_of(probe).of_token), probe.batch["tokens"]

    def amount(left: Tensor) -> Tensor:
        is_left = torch.zeros(len(left), tokens.shape[1], dtype=tokens.dtype, device=tokens.device)
        is_left[:, : len(of_token)] = left[:, of_token].to(is_left)
        return probe.of_batch({**rows_of(probe.batch, len(left)), "tokens": tokens * is_left})

    return amount


def _on(words: Words, values: Floats) -> OnText:
    said = tuple(words.text[start:end] for start, end in words.places.tolist())
    return OnText(words.text, said, words.places, as_shares(values))


def words_of(probe: Probe) -> Words:
    """The words of the text that is explained."""
    form: Any = probe.form
    tokens = [int(token) for token in probe.array("tokens") if token]
    text = str(probe.array("texts")) if "texts" in probe.inputs.arrays else ""
    found = _in_pieces(form, tokens, text) if form.pieces else _in_words(form, tokens, text)
    return found or _joined(form, tokens)


def _in_words(form: Any, tokens: list[int], text: str) -> Words | None:
    """Words between white space; None where a text does not have the very words of the tokens."""
    if text.split() != [form.words[token] for token in tokens]:
        return None
    places, start = [], 0
    for word in text.split():
        start = text.index(word, start)
        places.append((start, start + len(word)))
        start += len(word)
    return Words(text, np.array(places, dtype=np.int64).reshape(-1, 2), np.arange(len(tokens)))


def _in_pieces(form: Any, tokens: list[int], text: str) -> Words | None:
    """Words of one piece or more; None where a text does not have the very pieces of the tokens."""
    from sharcs_core.kinds.text.splitting import split

    found = split(form.words, [text])[0]
    if found.ids[: len(tokens)] != tokens:
        return None
    numbers = [int(word or 0) for word in found.word_ids[: len(tokens)]]
    offsets = np.array(found.offsets[: len(tokens)], dtype=np.int64).reshape(-1, 2)
    kinds, of_token = np.unique(np.array(numbers, dtype=np.int64), return_inverse=True)
    places = [(offsets[of_token == word, 0].min(), offsets[of_token == word, 1].max()) for word in range(len(kinds))]
    return Words(text, np.array(places, dtype=np.int64).reshape(-1, 2), of_token)


def _joined(form: Any, tokens: list[int]) -> Words:
    """A text of which only the tokens are known, with single spaces between them."""
    said = [form.words[token] for token in tokens]
    ends = np.cumsum([len(word) + 1 for word in said], dtype=np.int64) - 1
    places = np.stack([ends - [len(word) for word in said], ends], axis=1) if said else np.zeros((0, 2), dtype=np.int64)
    return Words(" ".join(said), places, np.arange(len(said)))


EXPLAINERS: Mapping[str, Callable[[Probe], OnText]] = {
    "integrated gradients": by_gradients,
    "occlusion": by_words,
    "Shapley values": by_orders,
}
