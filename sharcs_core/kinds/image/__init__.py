"""Pictures: a module each for their form, what people bring, fitting, preparing, files, and the encoder."""

from __future__ import annotations

from sharcs_core.kinds.image.encoding import encoder, faults, perturb, settings, vary
from sharcs_core.kinds.image.files import decode, read, write
from sharcs_core.kinds.image.fitting import fit
from sharcs_core.kinds.image.form import ImageForm, sized, words_of
from sharcs_core.kinds.image.paper import paper
from sharcs_core.kinds.image.preparing import prepare
from sharcs_core.kinds.image.raw import takes
from sharcs_core.kinds.kind import Kind
from sharcs_core.readers.pictures import IMAGE_SUFFIXES, MAX_PICTURE_BYTES

__all__ = ["IMAGE", "ImageForm"]

IMAGE = Kind(
    name="image",
    form=ImageForm,
    arrays=("pixels",),
    suffixes=IMAGE_SUFFIXES,
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
    sized=sized,
    vary=vary,
    paper=paper,
    max_bytes=MAX_PICTURE_BYTES,
)
