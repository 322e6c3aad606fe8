"""The tables of words beside the pack's drawings name what there is, and stay small."""

import pytest
from pixart_nodes.drawings import library
from pixart_nodes.drawings.colors import rgb
from pixart_nodes.drawings.prompt import emblems, likeness, read, traits, vocabulary
from pixart_nodes.drawings.prompt.coloring import STONES
from pixart_nodes.drawings.prompt.nearest import one_slip
from pixart_nodes.drawings.prompt.reading import RAINBOW
from pixart_nodes.drawings.scene.interiors import INTERIORS

GROUNDS = (
    "meadow forest beach desert oasis snow mountains sea harbor quay lake lakeside underwater sky space city street "
    "village castle dungeon cave room kitchen garden farm swamp volcano graveyard jungle road moon mars planet plain "
    "none bedroom library bathroom classroom tavern laboratory stage gym museum "
    "bakery cafe hospital workshop shop smithy hall spaceship alley"
)
OF_TWO_WORDS = {"neon city", "frozen lake", "forest path", "desert road", "mountain road", "lavender field"}

MOST_BYTES = 1_000_000


def meanings(section):
    return {meaning for kind, meaning, _ in vocabulary.rows("english") if kind == section}


@pytest.mark.parametrize("table", ["synonyms", "stand_ins", "broader"])
def test_every_drawing_that_a_table_names_is_there(table):
    assert [name for _, name, _ in vocabulary.rows(table) if not library.built_in().has(name)] == []


def test_every_drawing_that_a_word_means_by_its_context_is_there():
    clues = [clue for _, _, listed in vocabulary.rows("homonyms") for clue in ", ".join(listed).split("; ")]
    assert [clue for clue in clues if not library.built_in().has(clue.partition(" if ")[0])] == []


@pytest.mark.parametrize(
    ("table", "kinds"),
    [
        ("wearers", {"wears", "holds", "colored"}),
        ("doing", {"wears", "holds", "rides", "shows", "in", "tosses", "under", "lifts", "nothing"}),
    ],
)
def test_every_costume_and_every_tool_is_there(table, kinds):
    costumes = [each.partition(" ") for line in vocabulary.lines(table).values() for each in line.split(", ")]
    assert {kind for kind, _, _ in costumes} == kinds
    assert [what for kind, _, what in costumes if kind != "colored" and not library.built_in().has(what)] == []


def test_what_shows_emblems_has_faces_or_is_molded_is_there():
    names = {*emblems.PRINTED, *emblems.PRINTED_BUT_FOOD, *emblems.EMBLEMS_TOO, *likeness.MOLDED, *traits.HOLLOW}
    assert [name for name in sorted(names) if not library.built_in().has(name)] == []


def test_every_room_is_known_for_one_by_the_words_too():
    assert INTERIORS.keys() <= set(vocabulary.INDOORS)


def test_every_colour_word_means_colours():
    for _, colors, _ in vocabulary.rows("colors"):
        assert colors == RAINBOW or all(len(rgb(color)) == 3 for color in colors.split())


def test_places_are_the_grounds_that_are_painted():
    assert meanings("ground") == {*GROUNDS.split(" "), *OF_TWO_WORDS}


def test_palettes_are_the_packs_own():
    folder = library.FOLDER.parent.parent / "palettes"
    assert meanings("palette") <= {file.stem for file in folder.glob("*.hex")}


def test_the_tables_are_small():
    folder = vocabulary.FOLDER.parent
    assert sum(file.stat().st_size for file in folder.rglob("*.txt")) < MOST_BYTES


def beside_the_library(table):
    """Rows of one word each, without the words that a drawing has for a name by now."""
    rows = [(word, name) for _, name, listed in vocabulary.rows(table) for word in listed]
    return [(word, name) for word, name in rows if not library.built_in().has(word)]


@pytest.mark.parametrize("table", ["broader", "stand_ins"])
def test_what_has_no_drawing_is_drawn_as_what_comes_nearest_and_a_note_says_so(table):
    rows = [row for row in beside_the_library(table) if " " not in row[0]][::12]
    told = {word: read(f"a {word}") for word, _ in rows}
    assert len(rows) > 20
    assert [word for word, name in rows if library.find(name).name not in drawn(told[word])] == []
    assert [word for word, _ in rows if f"“{word}” is drawn as " not in "".join(told[word].notes)] == []


def drawn(brief):
    return [subject.drawing for subject in brief.subjects]


@pytest.mark.parametrize("word", ["freedom", "democracy", "organism", "policy", "government", "thought"])
def test_what_is_no_thing_is_nothing(word):
    assert read(word).sign == word


def test_one_slip_is_a_letter_wrong_missing_too_many_or_swapped():
    assert all(one_slip(word, "dragon") for word in ("dragon", "dragom", "dragn", "draggon", "drgaon"))
    assert not any(one_slip(word, "dragon") for word in ("dragoons", "dagnor", "wagon", ""))


def test_what_is_known_only_by_who_has_it_is_shown_on_them():
    assert drawn(read("a mohawk")) == ["person", "mohawk"]
    assert "person" not in drawn(read("a mohawk on a cat"))
    assert [name for _, _, listed in vocabulary.rows("alone") for name in listed if read(name).sign] == []


@pytest.mark.parametrize("word", ["leg", "arm", "eyes", "wing", "circle", "square", "spiral"])
def test_a_part_of_a_body_or_a_form_is_drawn_only_where_it_is_all_that_is_asked_for(word):
    assert drawn(read(word)) == [word]
    assert drawn(read(f"a {word} on a heron")) == ["heron"]


@pytest.mark.parametrize("link", ["with", "on", "in", "of", "holding", "wearing", "without", "made of", "covered in"])
def test_a_place_alone_may_be_said_to_have_whatever_words_there_are(link):
    kinds = {kind for senses in vocabulary.english().senses.values() for kind in senses}
    words = [" ".join(phrase) for kind in sorted(kinds) for phrase in first_phrases(kind)]
    briefs = [read(f"cave {link} {word}") for word in [*words, *STONES]]
    assert all(brief.subjects or brief.ground or brief.notes for brief in briefs)


def first_phrases(kind, most=3):
    return [phrase for phrase, senses in vocabulary.english().senses.items() if kind in senses][:most]
