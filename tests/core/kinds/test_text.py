"""Texts of any language → tokens, and back."""

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from sharcs_core.config import EncoderConfig
from sharcs_core.errors import UserError
from sharcs_core.kinds import form_from_json
from sharcs_core.kinds.kind import form_values
from sharcs_core.kinds.text import TEXT, TextForm
from sharcs_core.kinds.text import learning as text_learning
from sharcs_core.kinds.text.learning import MAX_LONGEST, ROOM, share_cut
from sharcs_core.readers.checks import InputError
from sharcs_core.structures import Inputs
from sharcs_core.tensors import to_tensors

ROOT = Path(__file__).resolve().parents[3]

ENGLISH = ("the old dog sees the cat", "a cat bites the dog.", "The dog, the cat and the girl!", "girls and dogs run")
LANGUAGES = {
    "english": ENGLISH,
    "german": ("Die Straße führt übers Öl", "die Straße ist groß", "Größe führt", "übers Öl"),
    "french": ("Ça va? Déjà vu…", "déjà là, ça va", "naïve café", "le café va"),
    "russian": ("Привет, мир!", "мир привет", "это мир", "это Привет"),
    "greek": ("Καλημέρα κόσμε", "κόσμε μου", "καλημέρα μου", "ΚΌΣΜΕ"),
    "turkish": ("İstanbul ışık", "istanbul IŞIK", "ılık ışık", "İ ı I i"),
    "arabic": ("مرحبا بالعالم", "العالم كبير", "مرحبا يا عالم", "\u200fمرحبا\u200f"),
    "hebrew": ("שלום עולם", "עולם קטן", "שלום שלום", "קָטָן"),
    "persian": ("می\u200cخواهم", "می\u200cروم", "می خواهم", "کتاب‌ها"),
    "hindi": ("नमस्ते दुनिया", "दुनिया गोल है", "नमस्ते जी", "है जी"),
    "tamil": ("வணக்கம் உலகம்", "உலகம் பெரியது", "வணக்கம்", "பெரியது"),
    "korean": ("안녕 세상", "세상이 넓다", "안녕하세요", "넓다"),
    "chinese": ("我喜欢吃苹果。", "我不喜欢吃香蕉。", "她喜欢猫", "猫吃苹果"),
    "japanese": ("今日はいい天気ですね", "明日はいい天気です", "ねこがいる", "いぬがいるカタカナ"),
    "thai": ("สวัสดีครับ", "สวัสดีค่ะ", "แมวกินปลา", "ปลากินแมว"),
    "emoji": ("so good 😀😀", "so bad 😡", "👨\u200d👩\u200d👧 and 🇩🇪", "ok 👍🏽"),
    "signs": ("!!! ??? ...", "a+b=c², 3.5 % < 7", "#tag @name __init__", "x‿y ½ Ⅷ ①"),
    "hostile": ("half \ud800 a \udfff", "nul \x00 in\x00side\x1b[31m", "\ufeffbom so\u00adft \u200bzero", "a" * 300),
    "empty": ("", "   \n\t ", "\u200b\ufeff", "something"),
}


def tokens_of(form, *texts):
    return TEXT.prepare(form, texts)[0].arrays["tokens"]


def words_of(form, text):
    return [form.words[token] for token in tokens_of(form, text)[0] if token]


def notes_of(form, text):
    return " · ".join(TEXT.prepare(form, [text])[1][0])


def from_file(form, file):
    raw, _ = TEXT.read(form, f"a{file.suffix}", file.content)
    return TEXT.prepare(form, [raw])[0].arrays


REPERTOIRE = "".join("".join(texts) for texts in LANGUAGES.values()) + " " * 60


def random_texts(seed, n=60):
    draw = random.Random(seed)
    return ["".join(draw.choice(REPERTOIRE) for _ in range(draw.randint(0, 60))) for _ in range(n)]


# Written and read again.


def assert_files_bring_equal_tokens(form, texts):
    inputs, _ = TEXT.prepare(form, texts)
    for row in range(len(texts)):
        arrays = from_file(form, TEXT.write(form, inputs, row))
        np.testing.assert_array_equal(arrays["tokens"][0], inputs.arrays["tokens"][row])
        assert arrays["texts"][0] == inputs.arrays["texts"][row]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_come_back_from_their_files_in_every_language(language):
    assert_files_bring_equal_tokens(TEXT.fit(LANGUAGES[language]), LANGUAGES[language])
    assert_files_bring_equal_tokens(TEXT.fit(ENGLISH), LANGUAGES[language])


@pytest.mark.parametrize("seed", range(4))
def test_random_texts_of_all_scripts_come_back_from_their_files(seed):
    texts = random_texts(seed)
    assert_files_bring_equal_tokens(TEXT.fit(texts), texts)
    assert_files_bring_equal_tokens(TEXT.fit(random_texts(99)), texts)


def test_texts_that_are_cut_come_back_from_their_files():
    form = TextForm(TEXT.fit(ENGLISH).words, longest=4, pieces=True)
    texts = ["zebras and the dog", "the dog sees the girls", "unseen", "e\u0301e\u0301e\u0301 dogs", "ﷺ ﷺ"]
    assert_files_bring_equal_tokens(form, texts)
    assert_files_bring_equal_tokens(form, [" " * 5000 + f" {text} " + "\n" * 5000 + text for text in texts])


def test_tokens_without_their_text_are_written_in_words():
    form = TextForm(("", "[UNK]", "red", "##dish", "cube"), longest=5, pieces=True)
    inputs = Inputs("text", {"tokens": np.array([[2, 3, 4, 1, 0]])})
    file = TEXT.write(form, inputs, 0)
    assert file.content.decode() == "reddish cube \ufffd\n"
    np.testing.assert_array_equal(from_file(form, file)["tokens"], inputs.arrays["tokens"])
    fixed = TextForm(("", "red", "cube"), longest=3)
    assert TEXT.write(fixed, Inputs("text", {"tokens": np.array([[2, 1, 0]])}), 0).content == b"cube red\n"


# Words that are learned.


def test_frequent_words_are_whole_and_rare_ones_fall_into_pieces():
    form = TEXT.fit(["the cat sat"] * 20 + ["the zebra sat"])
    assert words_of(form, "The CAT sat") == ["the", "cat", "sat"]
    assert words_of(form, "zebra")[0] != "zebra"
    assert "".join(piece.removeprefix("##") for piece in words_of(form, "zebra")) == "zebra"


def test_words_that_training_never_had_are_read_in_pieces_that_it_had():
    form = TEXT.fit(["play played plays", "jump jumped jumps", "walk walked walks"] * 3 + ["jumping walking"])
    assert words_of(form, "playing")[0] == "play"
    assert notes_of(form, "we walk playing jump") == "Words not known, read in pieces: 2 of 4"


def test_a_character_that_training_had_is_never_unknown_wherever_it_stands():
    form = TEXT.fit(LANGUAGES["german"])
    letters = sorted({letter for text in LANGUAGES["german"] for letter in text.lower() if not letter.isspace()})
    for letter in letters:
        assert "[UNK]" not in words_of(form, letter + "e" + letter), letter


def test_only_characters_that_training_never_had_are_unknown():
    form = TEXT.fit(ENGLISH)
    assert words_of(form, "the☂dog ☂☂ cat☂") == ["the", "[UNK]", "dog", "[UNK]", "[UNK]", "cat", "[UNK]"]
    assert notes_of(form, "the☂dog") == "Characters that training did not have: '☂'"
    assert "'☂', '☃', '☄' and 1 more" in notes_of(form, "☂☃☄★☂")


def test_what_a_text_says_of_tokens_is_read_as_text():
    form = TEXT.fit(["[UNK] ## # ##a [PAD] unk pad a"] * 2)
    words = words_of(form, "[UNK] ##a [PAD]")
    assert words == ["[", "unk", "]", "#", "#", "a", "[", "pad", "]"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dog", "dog"),
        ("ＤＯＧ", "dog"),
        ("cafe\u0301", "café"),
        ("ﬁne", "fine"),
        ("so\u00adft", "soft"),
        ("a\u00a0b", "a b"),
        ("a\x00b", "a b"),
        ("\u202eabc\u202c", "abc"),
        ("Ⅷ", "viii"),
        ("  a\n\tb  ", "a b"),
    ],
)
def test_what_looks_the_same_is_the_same(one, other):
    form = TEXT.fit([one, other, "dog fine soft café viii abc a b"])
    np.testing.assert_array_equal(*tokens_of(form, one, other))


def test_accents_tell_words_apart():
    form = TEXT.fit(["cote côte côté coté"] * 3)
    assert len({tuple(row) for row in tokens_of(form, "cote", "côte", "côté", "coté")}) == 4


def test_languages_without_spaces_share_pieces_between_sentences():
    chinese = TEXT.fit(["我喜欢苹果", "她喜欢香蕉"] * 50)
    assert words_of(chinese, "我喜欢香蕉") == ["我", "喜", "欢", "香", "蕉"]
    japanese = TEXT.fit([f"{who}が{what}" for who in ("ねこ", "いぬ") for what in ("たべる", "ねむる")] * 50)
    held_out = words_of(japanese, "いぬがたべる")
    assert 1 < len(held_out) < 6
    assert not notes_of(japanese, "ねこがたべる"), "words of such languages are always read in pieces"


def test_symbols_are_words_of_their_own():
    form = TEXT.fit(["(a) a, b; #c 😀😀!"] * 2)
    assert words_of(form, "(a),😀#c") == ["(", "a", ")", ",", "😀", "#", "c"]


def test_no_piece_is_learned_that_no_training_text_is_read_with():
    texts = [f"word{letter} stone{letter}" for letter in "abcdefgh"] * 2
    form = TEXT.fit(texts)
    used = {form.words[token] for token in np.unique(tokens_of(form, *texts))}
    assert {word for word in form.words[2:] if len(word.removeprefix("##")) > 1} <= used


def test_the_vocabulary_is_bounded():
    draw = random.Random(0)
    texts = [" ".join("".join(draw.choice("abcdefghij") for _ in range(5)) for _ in range(20)) for _ in range(1500)]
    form = TEXT.fit(texts * 2)
    assert 2000 < len(form.words) <= text_learning.MAX_WORDS
    characters = [chr(code) for code in range(0xAC00, 0xAC00 + 8000)]
    many = TEXT.fit(["".join(characters[start : start + 50]) for start in range(0, 8000, 50)])
    assert len(many.words) <= text_learning.MAX_WORDS


def test_characters_that_are_too_rare_are_unknown(monkeypatch):
    monkeypatch.setattr(text_learning, "MAX_LETTERS", 6)  # three letters, as they begin a word and as they go on
    form = TEXT.fit(["aabbc abc cad"])
    assert words_of(form, "d") == ["[UNK]"]
    assert "[UNK]" not in words_of(form, "cab")


# The form.


def test_the_order_of_training_texts_changes_nothing():
    texts = [*ENGLISH * 3, *random_texts(3)]
    shuffled = random.Random(0).sample(texts, len(texts))
    assert TEXT.fit(texts) == TEXT.fit(shuffled)


LEARN = """
import json, sys
from sharcs_core.kinds.kind import form_values
from sharcs_core.kinds.text import TEXT
print(json.dumps(form_values(TEXT.fit(json.load(sys.stdin)))))
"""


@pytest.mark.parametrize("seed", ["0", "1"])
def test_every_process_learns_the_same_words(seed):
    texts = [*ENGLISH * 3, *random_texts(7, 400)]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    learned = subprocess.run(
        [sys.executable, "-c", LEARN],
        input=json.dumps(texts),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert learned.stdout.strip() == json.dumps(form_values(TEXT.fit(texts)))


def test_a_form_goes_through_json_unchanged():
    form = TEXT.fit([*ENGLISH, *random_texts(1), *LANGUAGES["hostile"]])
    assert form_from_json(json.loads(json.dumps(form_values(form)))) == form
    assert form_from_json(json.loads(json.dumps(form_values(form), ensure_ascii=False))) == form


def test_preparing_other_texts_changes_neither_the_form_nor_those_of_training():
    form = TEXT.fit(ENGLISH)
    before = tokens_of(form, *ENGLISH)
    np.testing.assert_array_equal(tokens_of(form, *ENGLISH, *random_texts(5))[: len(ENGLISH)], before)
    assert form == TEXT.fit(ENGLISH)


@pytest.mark.parametrize(
    "wrong", [{"words": ["", "a", "a"]}, {"words": ["", "a"], "pieces": True}, {"words": [""], "longest": 0}]
)
def test_a_form_that_cannot_be_is_refused(wrong):
    with pytest.raises(UserError, match="form of a modality"):
        form_from_json({"kind": "text", **wrong})


# Length.


def test_the_longest_is_what_99_of_100_training_texts_need_and_room_for_unseen_words():
    texts = ["a " * 5] * 99 + ["a " * 80]
    assert TEXT.fit(texts).longest == 6 + ROOM  # the 99th percentile is a little above 5
    assert TEXT.fit(["a " * 900] * 3).longest == MAX_LONGEST
    assert TEXT.fit(["", ""]).longest == ROOM


def test_a_text_that_is_cut_says_how_much_was_read():
    form = TextForm(("", "[UNK]", "dog"), longest=3, pieces=True)
    inputs, notes = TEXT.prepare(form, ["Dog dog  dog dog", "dog dog dog"])
    assert inputs.arrays["texts"].tolist() == ["Dog dog  dog", "dog dog dog"]
    assert notes == (("Only the first 12 of 16 characters were read (75%); longer texts are cut",), ())


def test_the_share_of_texts_that_are_cut_can_be_had():
    form = TEXT.fit(["a b c"] * 198 + ["a " * 50] * 2)
    assert share_cut(form, ["a b c"] * 198 + ["a " * 50] * 2) == 0.01
    assert share_cut(TextForm(("", "a"), longest=2), ["a a", "a a a", "", "a"]) == 0.25


# What says nothing, and what is no text.


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b\ufeff", "\x00\x1f"])
def test_an_empty_text_says_nothing_and_is_no_error(text):
    form = TEXT.fit(ENGLISH)
    inputs, notes = TEXT.prepare(form, [text, "dog"])
    assert not inputs.arrays["tokens"][0].any()
    assert inputs.arrays["texts"][0] == ""
    assert notes == (("The text is empty, so that it says nothing",), ())


@pytest.mark.parametrize("texts", [[""], ["   ", "\u200b"], ["!!!"], ["\ud800"], ["😀"], ["\x00"]])
def test_words_are_learned_from_next_to_nothing(texts):
    form = TEXT.fit(texts)
    assert tokens_of(form, *texts, "anything").shape == (len(texts) + 1, form.longest)


@pytest.mark.parametrize("raw", [None, 3, float("nan"), b"bytes", ["a"], np.array("a")])
def test_what_is_no_text_is_refused_in_one_sentence(raw):
    with pytest.raises(UserError, match=r"Training text 1 \(counted from 0\) must be a text"):
        TEXT.fit(["a", raw])
    with pytest.raises(UserError, match="The text must be a text"):
        TEXT.prepare(TEXT.fit(["a"]), [raw])


def test_no_training_text_is_refused():
    with pytest.raises(UserError, match="bring at least one"):
        TEXT.fit([])


def test_strings_of_numpy_and_pandas_are_texts():
    import pandas

    form = TEXT.fit(np.array(ENGLISH))
    assert form == TEXT.fit(pandas.Series(ENGLISH)) == TEXT.fit(list(ENGLISH))
    np.testing.assert_array_equal(tokens_of(form, *np.array(ENGLISH)), tokens_of(form, *ENGLISH))


@pytest.mark.parametrize(
    "text",
    [
        "z" * 10_000_000,
        "ab " * 3_000_000,
        " " * 10_000_000,
        "é\u0301" * 4_000_000,
        "the" + " " * 90_000 + "dog" + " " * 10**6,
    ],
)
def test_a_text_of_megabytes_is_cut_and_keeps_little_memory(text):
    form = TEXT.fit(ENGLISH)
    inputs, notes = TEXT.prepare(form, [text])
    assert inputs.arrays["texts"].nbytes < 100_000
    assert f"of {len(text):,} characters" in notes[0][-1]
    assert len(TEXT.fit([text, *ENGLISH]).words) < 100


def test_no_texts_are_no_inputs_of_the_right_shape():
    inputs, notes = TEXT.prepare(TextForm(("", "a"), longest=7), [])
    assert (inputs.arrays["tokens"].shape, len(inputs), notes) == ((0, 7), 0, ())


# Words that are fixed.


def test_fixed_words_are_read_between_white_space():
    form = TextForm(("", "red", "cube"), longest=3)
    assert tokens_of(form, " cube\n red ").tolist() == [[2, 1, 0]]
    assert_files_bring_equal_tokens(form, ["cube red", "", "red red red red"])
    assert "first 3 of 4 words" in notes_of(form, "red red red red")


def test_a_word_beyond_the_fixed_ones_is_refused():
    with pytest.raises(InputError, match=r"the word 'ball'; use known words alone, such as 'red' and 'cube'"):
        TEXT.prepare(TextForm(("", "red", "cube")), ["red ball"])


# Files.


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"", "empty"),
        ("a.docx", b"PK\x03\x04", "choose a"),
        ("a.txt", b"PK\x03\x04", "ZIP"),
        ("a.txt", b"\xff\xfe\x00\xd8", "UTF-8"),
        ("a.txt", b"caf\xe9", "UTF-8"),
        ("a.txt", b"a" * 10_000_000, "too large"),
    ],
)
def test_files_that_are_no_text_are_refused_in_one_sentence(name, content, says):
    with pytest.raises(InputError, match=says) as refused:
        TEXT.read(TEXT.fit(["a"]), name, content)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_file_is_read_in_the_encodings_that_editors_write(encoding):
    form = TEXT.fit(LANGUAGES["french"])
    raw, notes = TEXT.read(form, "a.txt", "Déjà vu…\r\n".encode(encoding))
    np.testing.assert_array_equal(*tokens_of(form, raw, "déjà vu…"))
    assert notes == ()


# Encoder and noise.


@torch.inference_mode()
def scores(config, tokens):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = TEXT.encoder(config, 5).eval()
    return encoder(to_tensors(Inputs("text", {"tokens": np.asarray(tokens)}))).numpy()


ORDERED = EncoderConfig("text", 9, (6, 6), positions=True)


def test_a_form_in_peoples_own_words_has_an_encoder_that_reads_them_in_their_order():
    form = TEXT.fit(ENGLISH)
    settings = TEXT.settings(form)
    assert (settings.n_features, settings.positions) == (len(form.words), True)
    found = scores(settings, tokens_of(form, "the dog bites the girl", "the girl bites the dog", ""))
    assert np.isfinite(found).all()
    assert np.abs(found[0] - found[1]).max() > 1e-4


def test_fixed_words_have_the_encoder_that_counts_them():
    form = TextForm(("", "red", "cube"), longest=3)
    settings = TEXT.settings(form)
    assert settings == EncoderConfig("text", 3, (32, 64))
    found = scores(settings, tokens_of(form, "red cube", "cube red"))
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def test_padding_changes_nothing_where_order_counts():
    found = scores(ORDERED, [[3, 5, 8, 0, 0, 0]])
    np.testing.assert_allclose(found, scores(ORDERED, [[3, 5, 8]]), atol=1e-6)
    np.testing.assert_allclose(found, scores(ORDERED, [[3, 5, 8, 0]]), atol=1e-6)


def says_who_bites(n, seed):
    """Sentences of two animals, and which of them bites: the words are the same, their order tells."""
    draw = random.Random(seed)
    texts, biters = [], []
    for _ in range(n):
        biter = draw.randint(0, 1)
        one, other = ("dog", "cat")[biter], ("cat", "dog")[biter]
        texts.append(f"{draw.choice(['', 'today', 'then'])} the {one} {draw.choice(['bites', 'hurts'])} the {other}")
        biters.append(biter)
    return texts, torch.tensor(biters)


def accuracy(positions):
    texts, biters = says_who_bites(300, 0)
    form = TEXT.fit(texts)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = TEXT.encoder(EncoderConfig("text", len(form.words), (16, 16), positions=positions), 2)
    batch = {"tokens": torch.as_tensor(tokens_of(form, *texts))}
    optimiser = torch.optim.Adam(encoder.parameters(), 0.02)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(encoder(batch), biters).backward()
        optimiser.step()
    texts, biters = says_who_bites(200, 1)
    found = encoder({"tokens": torch.as_tensor(tokens_of(form, *texts))}).argmax(1)
    return float((found == biters).float().mean())


def test_reading_words_in_their_order_tells_what_their_mean_cannot():
    assert accuracy(positions=True) > 0.99
    assert accuracy(positions=False) < 0.65


def test_noise_replaces_words_by_others_and_drops_the_text_that_no_longer_holds():
    form = TEXT.fit(ENGLISH)
    inputs, _ = TEXT.prepare(form, ENGLISH * 50)
    tokens = inputs.arrays["tokens"]
    found = TEXT.perturb(inputs, 0.1, np.random.default_rng(0))
    changed = found["tokens"] != tokens
    assert not changed[tokens == 0].any()
    assert changed[tokens != 0].mean() == pytest.approx(0.1, abs=0.02)
    assert found["tokens"].dtype == tokens.dtype
    kept = ~changed.any(axis=1)
    assert 0 < kept.sum() < len(kept)
    assert (found["texts"][kept] == inputs.arrays["texts"][kept]).all()
    assert (found["texts"][~kept] == "").all()
    assert_noisy_tokens_are_written(form, Inputs("text", {**inputs.arrays, **found}), int(np.flatnonzero(~kept)[0]))


def assert_noisy_tokens_are_written(form, noisy, row):
    letters = "".join(form.words[token].removeprefix("##") for token in noisy.arrays["tokens"][row] if token)
    written = TEXT.write(form, noisy, row).content.decode()
    assert written.replace(" ", "").strip() == letters.replace("[UNK]", "\ufffd")


def test_noise_draws_what_it_always_drew():
    inputs = Inputs("text", {"tokens": np.array([[1, 2, 0]])})
    assert TEXT.perturb(inputs, 1.0, np.random.default_rng(0))["tokens"].tolist() == [[2, 1, 0]]
    alone = Inputs("text", {"tokens": np.array([[1, 1, 0]])})
    assert TEXT.perturb(alone, 1.0, np.random.default_rng(0)) == {}


def test_words_are_left_out_in_training_but_one_of_each_text():
    config = EncoderConfig("text", 50, (8, 8), drop_words=0.9)
    tokens = torch.zeros(200, 6, dtype=torch.int32)
    tokens[:, :3] = torch.arange(1, 4)
    kept = TEXT.vary(config, {"tokens": tokens}, torch.Generator().manual_seed(0))["kept"]
    heard = (tokens * kept != 0).sum(1)
    assert heard.min() == 1
    assert 1.0 < heard.float().mean() < 1.6  # 3 · 0.1, and one at least
    assert TEXT.vary(replace(config, drop_words=0.0), {"tokens": tokens}, torch.Generator()) == {}


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_each_text_loses_a_share_of_its_own(share):
    config = EncoderConfig("text", 50, (8, 8), drop_words=share)
    tokens = torch.ones(2000, 40, dtype=torch.int32)
    kept = TEXT.vary(config, {"tokens": tokens}, torch.Generator().manual_seed(0))["kept"]
    lost = 1 - kept.float().mean(1)
    spread = min(share, 1 - share)
    assert abs(lost.mean() - share) < 0.02
    assert abs(lost.std() - (spread**2 / 3 + share * (1 - share) / 40) ** 0.5) < 0.03  # even, and by chance


@pytest.mark.parametrize("positions", [False, True])
def test_what_words_say_one_by_one_is_added_to_the_scores(positions):
    config = EncoderConfig("text", 50, (8, 8), positions=positions, linear=True)
    model = TEXT.encoder(config, 4).eval()
    assert not model.by_word.scores.weight.any()
    nn.init.normal_(model.by_word.scores.weight)
    nn.init.zeros_(model.by_word.scores.weight[0].detach())
    batch = {"tokens": torch.tensor([[3, 7, 0, 0], [0, 0, 0, 0]])}
    whole = model(batch)
    words = model.by_word.scores.weight
    with torch.no_grad():
        torch.testing.assert_close(model.by_word(batch["tokens"])[0], (words[3] + words[7]) / 2**0.5)
        assert not model.by_word(batch["tokens"])[1].any()
        words.zero_()
        assert not torch.allclose(whole[0], model(batch)[0])
        torch.testing.assert_close(whole[1], model(batch)[1])


def test_only_texts_drop_words():
    with pytest.raises(UserError, match="Only texts"):
        EncoderConfig("tabular", 2, (4,), drop_words=0.5)
