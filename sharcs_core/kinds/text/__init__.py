"""Short texts: a module each for their form, splitting, learning words, preparing, files, and the encoder."""

from __future__ import annotations

from sharcs_core.kinds.kind import Kind
from sharcs_core.kinds.text.encoding import counts, encoder, faults, perturb, says, settings, vary
from sharcs_core.kinds.text.files import SUFFIXES, decode, read, write
from sharcs_core.kinds.text.form import TextForm, takes, words_of
from sharcs_core.kinds.text.learning import fit
from sharcs_core.kinds.text.preparing import prepare

__all__ = ["TEXT", "TextForm"]

TEXT = Kind(
    name="text",
    form=TextForm,
    arrays=("tokens",),
    suffixes=SUFFIXES,
    words=words_of,
    takes=takes,
    fit=fit,
    prepare=prepare,
    read=read,
    write=write,
    settings=settings,
    encoder=encoder,
    faults=faults,
    perturb=perturb,
    decode=decode,
    counts=counts,
    says=says,
    vary=vary,
    typed=True,
)
