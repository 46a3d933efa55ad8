"""Text → words, and words → pieces: by the library ``tokenizers``, the vocabulary being the form's alone.

A text is read in Unicode's NFKC and in small letters, accents kept. A word is a run of letters, marks and digits;
each Chinese character and any other sign is a word of its own. In other scripts without spaces (kana, Thai) a word is
as long as a clause, and its pieces are words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from tokenizers import Encoding, Regex, Tokenizer, models, normalizers, pre_tokenizers

from sharcs_core.kinds.text.form import GOES_ON, UNKNOWN
from sharcs_core.readers.checks import visible

MAX_CHARACTERS = 100_000
"""Of a text; what goes beyond is far longer than any ``longest``."""
LONGEST_WORD = 100
"""Characters; what is longer is no word, and is read in parts."""
_LETTER = r"(?:(?!\p{Han})\w)"
_WORD = Regex(rf"{_LETTER}{{1,{LONGEST_WORD}}}|\p{{Han}}|[^\w\s]")
_LETTERS = pre_tokenizers.Split(Regex(_LETTER), "removed", invert=True)
_WITHOUT_SPACES = ("HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
"""First words of the names of characters that stand in runs as long as a clause."""
NORMALIZER = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])


def clean(text: str) -> str:
    """A text without what cannot be seen; half a character is U+FFFD, and control characters are spaces.

    >>> clean(" one\\u200b\\x00two\\ud800 ")
    'one two�'
    """
    if len(text) <= MAX_CHARACTERS and text.isprintable():  # nothing of the kind is in it
        return text.strip()
    whole = text[:MAX_CHARACTERS].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return visible("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in whole)).strip()


def normal(text: str) -> str:
    """A cleaned text as it is split.

    >>> normal("ＣＡＦÉ ﬁn")
    'café fin'
    """
    normalised: str = NORMALIZER.normalize_str(text)
    return normalised


@lru_cache(maxsize=10_000)
def joins(letter: str) -> bool:
    """Whether a character may go on with a word.

    >>> joins("é"), joins("7"), joins("!"), joins("猫")
    (True, True, False, False)
    """
    return bool(_LETTERS.pre_tokenize_str(letter))


@lru_cache(maxsize=10_000)
def is_without_spaces(letter: str) -> bool:
    """Whether a word that begins with a character may be many words.

    >>> is_without_spaces("ね"), is_without_spaces("n")
    (True, False)
    """
    return unicodedata.name(letter, "").startswith(_WITHOUT_SPACES)


def splitter(alphabet: str) -> pre_tokenizers.PreTokenizer:
    """What takes a text apart into words; characters out of the ``alphabet`` stand alone."""
    known = "".join(re.escape(letter) for letter in alphabet)
    alone = pre_tokenizers.Split(Regex(rf"[^{known}\s]"), "isolated")
    return pre_tokenizers.Sequence([alone, pre_tokenizers.Split(_WORD, "removed", invert=True)])


@lru_cache(maxsize=8)
def tokenizer(words: tuple[str, ...]) -> Tokenizer:
    """What splits texts into the tokens of a form with pieces."""
    vocabulary = {word: token for token, word in enumerate(words) if token}
    model = models.WordPiece(
        vocab=vocabulary,
        unk_token=UNKNOWN,
        max_input_chars_per_word=LONGEST_WORD,
        continuing_subword_prefix=GOES_ON,
    )
    made = Tokenizer(model)
    made.normalizer = NORMALIZER
    made.pre_tokenizer = splitter("".join(sorted({letter for word in words if word != UNKNOWN for letter in word})))
    return made


def split(words: tuple[str, ...], texts: list[str]) -> list[Encoding]:
    """The tokens of cleaned texts, and where in a text each stands."""
    encodings: list[Encoding] = tokenizer(words).encode_batch(texts, add_special_tokens=False)
    return encodings
