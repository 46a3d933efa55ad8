"""The encoder that fits a form, and noise on texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import EncoderConfig
from sharcs_core.kinds.kind import Arrays, Faults
from sharcs_core.kinds.text.form import TextForm
from sharcs_core.structures import Floats, Inputs

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

HIDDEN = (32, 64)


def settings(form: TextForm) -> EncoderConfig:
    """An embedding of each word, padding included, and a layer that reads their mean.

    Of texts in people's own words it also reads what stands beside what, as ``positions`` has it.
    """
    return EncoderConfig("text", len(form.words), HIDDEN, positions=form.pieces)


def encoder(config: EncoderConfig, n_local: int) -> nn.Module:
    """The encoder of texts, raw scores (B, K) out of ``tokens``."""
    from sharcs_core.encoders.text import OrderedTextEncoder, TextEncoder

    return (OrderedTextEncoder if config.positions else TextEncoder)(config, n_local)


def vary(config: EncoderConfig, batch: Mapping[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Which words are heard in training, (B, L), one of each text at least.

    Each text loses a share of its own, drawn evenly around ``drop_words`` as far as there is room: of .5 from none to
    all but one. So texts of one word are learned from as well as long ones, as a search is short.
    """
    import torch

    if not config.drop_words:
        return {}
    tokens, spread = batch["tokens"], min(config.drop_words, 1 - config.drop_words)
    shares = config.drop_words + spread * (2 * torch.rand((len(tokens), 1), generator=generator) - 1)
    chances = torch.rand(tokens.shape, generator=generator)
    surest = chances.masked_fill((tokens == 0).cpu(), -1.0).argmax(1, keepdim=True)
    return {"kept": (chances >= shares).scatter(1, surest, True)}


def faults(config: EncoderConfig, inputs: Inputs) -> Faults:
    """What does not go with an encoder of these settings."""
    tokens = inputs.arrays["tokens"]
    if tokens.ndim != 2 or tokens.dtype.kind not in "iu":
        yield "tokens of shape (n, L), whole numbers", f"{tokens.dtype} {tokens.shape}"
    if tokens.size and not 0 <= tokens.min() <= tokens.max() < config.n_features:
        yield f"tokens from 0 to {config.n_features - 1}", f"{tokens.min()} to {tokens.max()}"


def counts(form: TextForm, inputs: Inputs) -> Floats:
    """The words of each text, (n, 1)."""
    n_words: Floats = (inputs.arrays["tokens"] != 0).sum(1, keepdims=True).astype(np.float64)
    return n_words


def says(form: TextForm, place: int, value: float) -> str:
    """Such as ``3 words``."""
    return f"{value:.4g} word{'' if value == 1 else 's'}"


def perturb(inputs: Inputs, level: float, rng: np.random.Generator, positions: bool = False) -> Arrays:
    """Each word is replaced with probability ``level`` by another one, of those up to the largest token that occurs.

    A text that lost words is not kept beside its tokens.
    """
    tokens = inputs.arrays["tokens"]
    n_words = int(tokens.max(initial=0))
    if n_words < 2:
        return {}  # there is no other word
    others = (tokens - 1 + rng.integers(1, n_words, tokens.shape)) % n_words + 1
    replaced = (tokens != 0) & (rng.random(tokens.shape) < level)
    noisy: dict[str, NDArray[Any]] = {"tokens": np.where(replaced, others, tokens).astype(tokens.dtype)}
    if "texts" in inputs.arrays:
        noisy["texts"] = np.where(replaced.any(axis=1), "", inputs.arrays["texts"])
    return noisy
