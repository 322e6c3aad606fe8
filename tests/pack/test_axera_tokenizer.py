"""The tokenizer gives the numbers that were recorded, and those of transformers' CLIPTokenizer with its vocabulary."""

import hashlib
import json
import random
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from pixart_nodes.axera.tokenizer import LENGTH, Tokenizer
from pixart_nodes.errors import AxeraError

from bridge.core.places import ROOT
from bridge.core.settings import Settings

VOCABULARY = Settings().comfyui_source / "comfy" / "sd1_tokenizer"
# Both by a tokenizer of our own, which was held equal to transformers' over 20,000 texts: of TEXTS, without the ends
# that fill up, and the SHA-256 of the numbers of 2,000 random texts as little-endian 64-bit integers.
RECORDED = json.loads(Path(__file__).with_name("clip_tokens.json").read_text())
RECORDED_RANDOM = "fd767c9b703b632bcb68ec585f1effc74ea93e409bf74e3ae81b9aa4494f07c5"
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
    "weights in brackets": "(masterpiece:1.2), [bad:0.5], ((a)), {b|c}, <lora:x:0.8>, a:1.5), \\(escaped\\)",
    "half a surrogate pair": "a\ud800b \udfff",
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


def random_texts():
    """Of Unicode 3.2: how newer marks combine is not in the tables of every library yet."""
    rng, known = random.Random(7), unicodedata.ucd_3_2_0
    letters = [chr(at) for at in range(sys.maxunicode) if known.category(chr(at)) not in ("Cn", "Cs")]
    pools = (letters[:3000], letters, list(" aAbBé'stdreLl<|>1.\t\n"))
    for _ in range(2000):
        yield "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(1, 30)))


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_the_numbers_that_were_recorded(ours, name):
    tokens = RECORDED[name]
    assert ours(TEXTS[name])[0].tolist() == tokens + [49407] * (LENGTH - len(tokens))


def test_random_texts_are_the_numbers_that_were_recorded(ours):
    tokens = hashlib.sha256()
    for text in random_texts():
        tokens.update(ours(text).astype("<i8").tobytes())
    assert tokens.hexdigest() == RECORDED_RANDOM


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "half a surrogate pair"])  # which they refuse
def test_a_text_is_the_numbers_of_transformers(ours, theirs, name):
    np.testing.assert_array_equal(ours(TEXTS[name]), theirs(TEXTS[name]).input_ids)


def test_random_texts_are_the_numbers_of_transformers(ours, theirs):
    for text in random_texts():
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


@pytest.mark.parametrize(
    "text",
    [
        *("{", "[]", "{}", "version https://git-lfs.github.com/spec/v1"),
        *(f'{{"<|startoftext|>": 1, "<|endoftext|>": {id}}}' for id in ('"a"', "-1", "1.5", "99999999999")),
    ],
)
def test_a_vocabulary_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "vocab.json").write_text(text)
    (tmp_path / "merges.txt").write_text("#version: 0.2\n")
    with pytest.raises(AxeraError, match=r"vocab\.json is no vocabulary"):
        Tokenizer(tmp_path)


def test_a_folders_own_vocabulary_is_used(tmp_path):
    ids = {"<|startoftext|>": 0, "<|endoftext|>": 1, "a": 2, "b</w>": 3, "ab</w>": 4, "c</w>": 5}
    (tmp_path / "vocab.json").write_text(json.dumps(ids))
    (tmp_path / "merges.txt").write_text("#version: 0.2\na b</w>\nnot known\n")
    assert Tokenizer(tmp_path)("AB c d")[0, :6].tolist() == [0, 4, 5, 1, 1, 1]


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(AxeraError, match=r"tokenizers, which isn't installed\..*pip install tokenizers"):
        Tokenizer(VOCABULARY)


def test_the_library_is_imported_only_when_a_tokenizer_is_made():
    code = (
        "import sys, pixart_nodes.axera.pipeline; sys.exit(bool({'tokenizers', 'transformers'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT / "custom_nodes").returncode == 0
