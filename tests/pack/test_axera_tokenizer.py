"""The tokenizer gives the numbers that transformers' CLIPTokenizer gives with the same vocabulary."""

import random
import sys
import unicodedata

import numpy as np
import pytest
from pixart_nodes.axera.tokenizer import LENGTH, Tokenizer
from pixart_nodes.errors import AxeraError

from bridge.core.settings import Settings

VOCABULARY = Settings().comfyui_source / "comfy" / "sd1_tokenizer"
TEXTS = {
    "nothing": "",
    "only spaces": " \t\n\r\v\f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000 ",
    "a prompt": "pixel art of a knight, 16-bit style, vibrant colors, (masterpiece:1.2), 8k!!",
    "capitals": "A KNIGHT In Shining ARMOUR, ÀÉÎÕÜ ŒÆ ẞ İ ΑΣ ΟΔΟΣ Σ",
    "numbers": "1234567890 3.14 1,000 2nd ½ ⅷ ٣ ³ 一二三 ①",
    "contractions": "it's they're I've I'm we'll he'd don't 'S 'RE 'LL 'tis o'clock 's's ''s !'s",
    "punctuation": "...!?---(((a)))[[b]]{c}|d|~`@#$%^&*_+=\\/<>;:\"'“”‘’…—–",
    "accents": "café naïve e\u0301 a\u0308\u0323 \u0301 Å Å ﬁ ½",
    "other scripts": "кот на луне γάτα قطة في الليل חתול แมว बिल्ली გრინი ስላም",
    "east asian": "夜の街を歩く猫、ドット絵 猫咪 像素画 고양이 픽셀 아트 ｶﾅ Ａ１",
    "emoji": "🎨👾 👩‍👩‍👧‍👦 🧙🏽‍♀️ 1️⃣ 🇯🇵 ❤️ ☺",
    "control characters": "a\x00b\x01c\x07d\x1be\x1cf\x1fg\x7fh\x80i\x9fj\u200bk\u200dl\ufeffm\ufffd\U000e0041",
    "the ends": "<|endoftext|>a<|startoftext|>b<|endoftext|><|endoftext|> !<|endoftext|>!",
    "the ends in capitals": "<|ENDOFTEXT|>!a!<|EndOfText|> <|StartOfText|>b <|startoftext|",
    "an accent after an end": "e<|endoftext|>\u0301 e<|startoftext|>\u0301",
    "private and rare": "\ue000 \U0001f9ff \U00020000 \U0010fffd",
    "exactly 75 words": "cat " * 75,
    "76 words": "cat " * 76,
    "very many words": "a cat on the moon, " * 2000,
    "one very long word": "abcdefghij" * 2000,
    "one letter for ever": "a" * 20_000,
    "symbols for ever": "!?" * 10_000,
}


@pytest.fixture(scope="module")
def ours():
    return Tokenizer(VOCABULARY)


@pytest.fixture(scope="module")
def theirs():
    from transformers import CLIPTokenizer  # takes two seconds

    tokenizer = CLIPTokenizer.from_pretrained(VOCABULARY)
    return lambda text: tokenizer(text, padding="max_length", max_length=77, truncation=True, return_tensors="np")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_is_the_numbers_of_transformers(ours, theirs, text):
    np.testing.assert_array_equal(ours(text), theirs(text).input_ids)


def test_random_texts_are_the_numbers_of_transformers(ours, theirs):
    """Of Unicode 3.2: how newer marks combine is not in the tables of every library yet."""
    rng, known = random.Random(7), unicodedata.ucd_3_2_0
    letters = [chr(at) for at in range(sys.maxunicode) if known.category(chr(at)) not in ("Cn", "Cs")]
    pools = (letters[:3000], letters, list(" aAbBé'stdreLl<|>1.\t\n"))
    for _ in range(2000):
        text = "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(1, 30)))
        assert ours(text).tolist() == theirs(text).input_ids.tolist(), ascii(text)


def test_a_text_is_77_numbers_between_the_two_ends(ours):
    tokens = ours("a cat")
    assert (tokens.shape, tokens.dtype) == ((1, LENGTH), np.int64)
    assert tokens[0].tolist() == [49406, 320, 2368, *[49407] * 74]
    assert ours(TEXTS["76 words"])[0, [0, 75, 76]].tolist() == [49406, 2368, 49407]


def test_half_a_surrogate_pair_is_read_as_a_question_mark(ours):
    assert ours("a\ud800b").tolist() == ours("a?b").tolist()


@pytest.mark.parametrize("name", ["vocab.json", "merges.txt"])
def test_a_missing_file_is_named(tmp_path, name):
    for other in {"vocab.json", "merges.txt"} - {name}:
        (tmp_path / other).write_bytes((VOCABULARY / other).read_bytes())
    with pytest.raises(AxeraError, match=name):
        Tokenizer(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", "version https://git-lfs.github.com/spec/v1"])
def test_a_vocabulary_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "vocab.json").write_text(text)
    (tmp_path / "merges.txt").write_text("#version: 0.2\n")
    with pytest.raises(AxeraError, match=r"vocab\.json is no vocabulary"):
        Tokenizer(tmp_path)
