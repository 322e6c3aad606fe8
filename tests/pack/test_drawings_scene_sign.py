"""Words on a sign: read where there is room, and said where not."""

import string

import numpy as np
import pytest
from pixart_nodes.drawings.brief import Brief, Subject
from pixart_nodes.drawings.scene import paint
from pixart_nodes.drawings.scene.font import font

LATIN = [chr(code) for code in (*range(0x21, 0x7F), *range(0xA1, 0x100)) if code != 0xAD]


def test_the_larger_font_has_a_different_glyph_for_every_letter_of_ascii():
    face = font("5x7")
    glyphs = {face.line(letter).tobytes() for letter in string.ascii_letters + string.digits + string.punctuation}
    assert len(glyphs) == 94


def test_the_larger_font_lacks_nothing_of_latin_1():
    assert font("5x7").lacks("".join(LATIN)) == []


def test_the_smaller_font_has_capitals_for_small_letters():
    assert (font("3x5").line("abc") == font("3x5").line("ABC")).all()
    assert font("3x5").lacks(string.printable.strip()) == []


@pytest.mark.parametrize(
    ("plain", "accented"), [("a", "ä"), ("U", "Ü"), ("n", "ñ"), ("c", "ç"), ("i", "î"), ("E", "É")]
)
def test_an_accent_is_drawn_about_its_letter(plain, accented):
    own, other = font("5x7").line(plain), font("5x7").line(accented)
    assert own.shape == other.shape
    assert (other & ~own).any()


def test_letters_of_other_scripts_are_spelled_and_others_are_boxes():
    face = font("5x7")
    assert (face.line("мир") == face.line("mir")).all()
    assert (face.line("ψ") == face.line("ps")).all()
    assert face.lacks("日a本") == ["日", "本"]


def test_words_that_nothing_is_drawn_for_are_on_a_sign():
    blank, written = (paint(Brief(sign=words), 64, 64) for words in ("...", "Hello"))
    assert written.notes == ()
    assert written.subject.any()
    assert (blank.pixels != written.pixels).any()


def test_boxes_are_said():
    assert paint(Brief(sign="日本"), 64, 64).notes == ("The sign's font lacks 日 本: boxes stand for them.",)


def test_where_not_all_words_fit_that_is_said():
    scene = paint(Brief(sign="so many words that " * 500), 64, 64)
    assert scene.notes == ("The sign has no room for all words at 64 x 64 pixels.",)


def test_where_nothing_can_be_read_the_note_says_the_words():
    assert "'abc'" in paint(Brief(sign="abc"), 8, 8).notes[0]


@pytest.mark.parametrize("words", ["", " ", "\n\t", "a" * 10_000, "🙂", "ﷺ" * 50, "\u0301\u0301", "x\x00y"])
@pytest.mark.parametrize("size", [8, 16, 64, 240])
def test_any_words_at_all_can_be_on_a_sign(words, size):
    assert paint(Brief(sign=words), size, size).pixels.shape == (size, size, 4)


def test_a_sign_stands_only_where_there_is_nothing_else():
    cat = (Subject("cat", "cat"),)
    assert (paint(Brief(cat, sign="cat"), 48, 48).pixels == paint(Brief(cat), 48, 48).pixels).all()
    assert np.unique(paint(Brief(), 48, 48).subject).tolist() == [False]
