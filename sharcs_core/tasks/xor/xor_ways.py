"""XOR-AND-XOR told in three and in four ways: more witnesses of the same three bits.

The table and the picture know f1 and f2, the graph and the sentence f2 and f3; the question stays that of
XOR-AND-XOR. For an equal seed table, graph and labels are those of
:class:`~sharcs_core.tasks.xor.xor_and_xor.XorAndXor` to the bit, so that figures can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sharcs_core.config import EncoderConfig
from sharcs_core.errors import UserError
from sharcs_core.kinds.image import ImageForm
from sharcs_core.kinds.text import TextForm
from sharcs_core.tasks.card import Modality
from sharcs_core.tasks.task import Reader
from sharcs_core.tasks.xor.lamp_files import read_lamp_sentence
from sharcs_core.tasks.xor.lamp_sentences import MAX_WORDS, WORDS, lamp_sentences
from sharcs_core.tasks.xor.shape_files import read_shape_picture
from sharcs_core.tasks.xor.shape_pictures import SIDE, shape_pictures
from sharcs_core.tasks.xor.xor_and_xor import KEY_NAMES, WITNESSES, Witness, XorAndXor, bits_stated


def _key_names(*meanings: str) -> tuple[str, ...]:
    """The bits, as every modality has them, and what they look like in this one."""
    return tuple(f"{bits} ({meaning})" for bits, meaning in zip(KEY_NAMES, meanings, strict=True))


PICTURE_KEYS = _key_names("hollow disc", "filled disc", "hollow square", "filled square")
SENTENCE_KEYS = _key_names("lamp dark, door shut", "lamp dark, door open", "lamp lit, door shut", "lamp lit, door open")
ALL_WITNESSES = {**WITNESSES, "image": Witness(0, shape_pictures), "text": Witness(2, lamp_sentences)}
MODALITIES = (
    *XorAndXor.card.modalities,
    Modality("image", "Shape", ImageForm(SIDE, SIDE), PICTURE_KEYS),
    Modality("text", "Sentence", TextForm(WORDS, longest=MAX_WORDS), SENTENCE_KEYS),
)
READERS: Mapping[str, Reader] = {**XorAndXor.readers, "image": read_shape_picture, "text": read_lamp_sentence}
ENCODERS = {
    **XorAndXor.encoders,
    "image": EncoderConfig("image", 1, (8, 16, 32)),
    "text": EncoderConfig("text", len(WORDS), (32, 32)),
}
TOLD = (
    "a table of six bits shows the first and the second",
    "a graph of two possible rings the second and the third",
    "a picture the first (disc or square) and the second (hollow or filled)",
    "a sentence the second (door shut or open) and the third (lamp dark or lit)",
)
NUMBERS = {3: "three", 4: "four"}


class XorWays(XorAndXor):
    """Does the middle bit differ from both others? Three or four inputs each hold the middle bit and one other.

    Args:
        n_ways: how many of table, graph, image, text there are, in this order: 3 or 4.

    Raises:
        ValueError: for another number.
    """

    def __init__(self, n_ways: int) -> None:
        if n_ways not in NUMBERS:
            raise UserError(f"XOR-AND-XOR can be told in {sorted(NUMBERS)} ways (got {n_ways})")
        modalities = MODALITIES[:n_ways]
        names = [modality.name for modality in modalities]
        self.witnesses = {name: ALL_WITNESSES[name] for name in names}
        self.card = replace(
            XorAndXor.card,
            name=f"xor_{NUMBERS[n_ways]}_ways",
            title=f"XOR-AND-XOR, {NUMBERS[n_ways]} ways",
            summary=f"XOR-AND-XOR with {n_ways} witnesses. Three hidden bits; {', '.join(TOLD[:n_ways])}, "
            "all among random noise.",
            modalities=modalities,
            facts=bits_stated(self.witnesses),
        )
        self.readers = {name: READERS[name] for name in names}
        self.encoders = {name: ENCODERS[name] for name in names}
