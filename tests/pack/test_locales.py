"""What the editor shows in other languages is there for every text of the nodes used most, and none of it is stale."""

import io
import json
import re
import sys

import numpy as np
import pytest
from PIL import Image
from pixart_nodes import imagequant, palette_source, picture_file
from pixart_nodes.drawings.prompt.reading import read
from pixart_nodes.pixel.dither import table
from pixart_nodes.pixel.edit import background, contact_sheet, outline
from pixart_nodes.pixel.errors import PixelError, require
from pixart_nodes.pixel.files import animation_file, indexed, timing
from pixart_nodes.pixel.files.animation_file import Film
from pixart_nodes.pixel.grid import grid
from pixart_nodes.pixel.palette import extract, picture
from pixart_nodes.pixel.palette.color_text import parse_color
from pixart_nodes.pixel.palette.palette import Entry, Palette
from pixart_nodes.pixel.resize import downscale, enlarge

from bridge.core.places import ROOT

sys.path.append(str(ROOT / "docs"))  # the script that makes the files
import locales

BOOK = locales.book()
OPTIONS = {
    *(*downscale.METHODS, *table.DITHERS, *imagequant.methods(), *enlarge.METHODS, *background.METHODS),
    *outline.COLORINGS,
} - {"none", "mode", "contrast", "box", "checkerboard", "selective", "nearest"}  # which are words too
FOLDERS = {"en", *locales.LANGUAGES}
KEPT = re.compile(r"#rr\w+|\.[a-z]{3,8}\b(?= ?[,.]|$)|%\w+%")


def numbers(text):
    return sorted(re.findall(r"\d+(?:[.,]\d+)?", text.replace(",", ".")))


@pytest.mark.comfy
def test_every_text_has_its_translations_and_every_translation_its_text(comfy):
    assert locales.faults(comfy.object_info) == [], "translate it in docs/phrases.txt, or take out what is stale"


@pytest.mark.comfy
def test_the_files_are_what_the_phrases_make(comfy):
    for path, text in locales.files(comfy.object_info).items():
        assert path.read_text(encoding="utf-8") == text, "run: python docs/locales.py URL"


def raised(work, *arguments, **more):
    with pytest.raises(PixelError) as error:
        work(*arguments, **more)
    return str(error.value)


def encoded(width, height, mode="1"):
    """A PNG, or a TIFF in floating point, of that many black pixels."""
    data = io.BytesIO()
    Image.new(mode, (width, height)).save(data, "TIFF" if mode == "F" else "PNG")
    return data.getvalue()


def opaque(colors):
    """One frame of a row of so many colours."""
    row = np.zeros((1, 1, colors, 4), np.uint8)
    row[..., 0], row[..., 1], row[..., 3] = np.arange(colors) % 256, np.arange(colors) // 256, 255
    return row


CLEAR = np.zeros((8, 8, 4), np.uint8)
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
OF_SHEETS = ("is empty: name at least one, or", "at most: compare fewer.", "pictures, numbered from 0.")

# What nodes say while they run, each said here by the code that says it.
SAID = [
    lambda: raised(parse_color, "reed"),
    lambda: raised(require, "blox", ["box", "nearest"], what="Downscale method"),
    lambda: raised(require, "xyz", ["box"], what="Downscale method"),
    lambda: raised(palette_source.of_text, "no-such-slug"),
    lambda: raised(palette_source.of_text, "https://lospec.com/palette-list/never-heard-of"),
    lambda: raised(picture.kept_shape, (8, 8), 0, 0),
    lambda: raised(picture_file.decode, b"no picture", "a.png"),
    lambda: raised(Palette, (Entry((1, 2, 3)),) * 257, "Mine"),
    lambda: raised(indexed.required, np.full((1, 1, 4), 99, np.uint8)),
    lambda: read("zzqx", seed=0).notes[0],
    lambda: read("", seed=0).notes[0],
    lambda: read("zzqx", seed=0).notes[1],
    lambda: raised(picture_file.decode, encoded(64, 64)[:50], "a.png"),
    lambda: raised(palette_source.of_bytes, encoded(5000, 4000), "a.png"),
    lambda: raised(picture_file.decode, POSTSCRIPT, "a.eps"),
    lambda: raised(picture_file.decode, encoded(1, 1, "F"), "a.tif"),
    lambda: raised(parse_color, "#ff000080"),
    lambda: raised(extract.extract, CLEAR, 4),
    lambda: raised(extract.extract, CLEAR, 1, locked=Palette((Entry((1, 2, 3)), Entry((2, 2, 3))))),
    lambda: raised(grid.find, CLEAR[None], grid.Wish(width=9)),
    lambda: raised(grid.find, CLEAR[None], grid.Wish(cell=9)),
    lambda: raised(contact_sheet.sheet, [CLEAR], [np.zeros((1, 1), bool)], 1, contact_sheet.LARGEST_SIDE),
    lambda: raised(indexed.required, np.full((1, 1, 4), 255, np.uint8), Palette((Entry((1, 2, 3)),))),
    lambda: raised(indexed.required, np.full((1, 1, 4), 255, np.uint8), Palette((Entry((255,) * 3, alpha=99),))),
    lambda: raised(animation_file.encode, Film(np.full((1, 1, 1, 4), 99, np.uint8), [100]), "gif"),
    lambda: raised(animation_file.encode, Film(opaque(300), [100]), "gif"),
    lambda: raised(timing.durations, "x", 100, 2),
    lambda: raised(timing.durations, "1 2 3", 100, 2),
    lambda: raised(timing.tags, "x", 2),
    lambda: raised(timing.tags, "walk 0-9", 2),
    # these modules need ComfyUI: their sentences as they are written there
    lambda: f"There is no file {'x.png'!r} in ComfyUI's input folder; upload it first.",
    lambda: f"{'../x.png'!r} leads out of ComfyUI's input folder.",
    lambda: "dithers is empty: name at least one, or all.",
    lambda: "9 palettes x 9 dithers x 9 methods are 729 pictures, and a sheet has 256 at most: compare fewer.",
    lambda: "take is 9, but the sheet has 4 pictures, numbered from 0.",
    lambda: "There is no palette 'mine'; choose another.",
    lambda: "width is 9999, and may be 1 to 4096: look at what is linked to it.",
]

# What the editor's parts for colours write by themselves, each word of it in a call of `translated`.
SCRIPTS = "".join((locales.SENTENCES.parent / f"{name}.js").read_text("utf-8") for name in ("palette", "swatches"))
WORDS = [
    words.replace("${length}", "16")
    for call in re.findall(r"translated\(([^()]*)\)", SCRIPTS)
    for words in re.findall(r"['`]([^'`]+)['`]", call)
]
SHOWN = re.compile(r"(?:textContent|title|ariaLabel): *['`]\w|\[['`]\w+ ?[^\]]*['`], *\(\) =>")


def patterns():
    """Each message with holes, as the page reads it."""
    return {each: re.compile(re.sub(r"<\d>", ".+", re.escape(each))) for each in locales.book(locales.MESSAGES)}


def test_each_message_that_is_translated_is_said_by_the_code():
    said = [*(say() for say in SAID), *WORDS]
    assert [each for each, pattern in patterns().items() if not any(map(pattern.fullmatch, said))] == []
    assert [each for each in said if not any(pattern.fullmatch(each) for pattern in patterns().values())] == []
    source = "".join(file.read_text("utf-8") for file in locales.PACK.parent.glob("nodes/*.py"))
    for words in ("folder; upload it first.", "leads out of ComfyUI's", "look at what is linked to it.", *OF_SHEETS):
        assert words in source
    assert "There is no palette '${name}'; choose another." in SCRIPTS


def test_the_editors_parts_for_colours_write_nothing_that_is_not_translated():
    assert SHOWN.findall(SCRIPTS) == []


@pytest.mark.parametrize("language", locales.LANGUAGES)
def test_a_translated_message_has_the_same_holes(language):
    for english, said in locales.book(locales.MESSAGES).items():
        assert sorted(re.findall(r"<\d>", said[language])) == sorted(re.findall(r"<\d>", english)), english


def test_there_is_a_folder_for_each_language_and_none_besides():
    assert {path.name for path in locales.FOLDER.iterdir()} == FOLDERS


@pytest.mark.comfy
def test_comfyui_hands_them_to_its_editor(comfy):
    shown = comfy.get("/i18n")
    assert shown["en"]["templateWorkflows"]["category"]["pixart_nodes"] == "Pixart"
    for language in locales.LANGUAGES:
        text = json.loads((locales.FOLDER / language / "nodeDefs.json").read_text(encoding="utf-8"))
        assert shown[language]["nodeDefs"] == text
        assert shown[language]["nodeCategories"].keys() == shown["de"]["nodeCategories"].keys()


@pytest.mark.parametrize("language", locales.LANGUAGES)
def test_names_of_options_and_numbers_are_the_same_in_every_language(language):
    for english, said in BOOK.items():
        text = said[language]
        assert [
            name for name in OPTIONS if re.search(rf"(?<![\w-]){name}(?![\w-])", english) and name not in text
        ] == []
        assert [kept for kept in KEPT.findall(english) if kept not in text] == [], english
        assert set(numbers(english)) <= set(numbers(text)), english


@pytest.mark.parametrize("language", [each for each in locales.LANGUAGES if each in ("zh", "zh-TW", "ja", "ko", "ru")])
def test_a_language_with_its_own_letters_is_written_in_them(language):
    letters = {"zh": "[一-鿿]", "zh-TW": "[一-鿿]", "ja": "[ぁ-ヿ一-鿿]", "ko": "[가-힣]", "ru": "[а-яА-Я]"}[language]
    assert [english for english, said in BOOK.items() if not re.search(letters, said[language])] == []
