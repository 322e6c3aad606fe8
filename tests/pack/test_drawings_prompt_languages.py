"""Prompts in the ten languages that the pack's drawings understand beside English."""

import pytest
from pixart_nodes.drawings.prompt import language, languages, read, vocabulary
from test_drawings_prompt import told

CODES = (*languages.SPACED, "zh", "ja")
PARTICLES = ("a", "the", "-", ">")  # meanings that aren't words of the English tables


@pytest.mark.parametrize(
    ("prompt", "subjects", "ground"),
    [
        ("ein roter Drache", "dragon body=red", ""),
        (
            "ein Ritter mit Schwert und Schild im Wald",
            "knight (holding sword) + sword + shield (held by knight)",
            "forest",
        ),
        ("Feuerdrache über einem Schloss", "dragon body=#e8622a (above castle) + castle", ""),
        ("ein lila Haus neben einem Baum", "house roof=purple (beside tree) + tree", ""),
        ("un chat noir avec un chapeau", "cat body=black (wearing hat) + hat", ""),
        ("trois lapins dans la forêt", "3×rabbit", "forest"),
        ("un chevalier tenant une épée", "knight (holding sword) + sword", ""),
        ("l'arbre vert et la maison violette", "tree body=green + house roof=purple", ""),
        ("un dragón rojo con alas verdes", "dragon body=red wing=green", ""),
        ("el caballero monta un caballo", "knight (riding horse) + horse", ""),
        ("gatto nero sul tavolo", "cat body=black (on table) + table", ""),
        ("due cani nel giardino", "2×dog", "garden"),
        ("um gato preto na mesa", "cat body=black (on table) + table", ""),
        ("três coelhos na floresta", "3×rabbit", "forest"),
        ("een rode draak", "dragon body=red", ""),
        ("twee katten op de tafel", "2×cat (on table) + table", ""),
        ("czerwony smok", "dragon body=red", ""),
        ("rycerz z mieczem w lesie", "knight (holding sword) + sword", "forest"),
        ("рыцарь с мечом", "knight (holding sword) + sword", ""),
        ("две кошки на столе", "2×cat (on table) + table", ""),
        ("红色的龙", "dragon body=red", ""),
        ("森林里的狐狸", "fox", "forest"),
        ("戴帽子的猫", "cat (wearing hat) + hat", ""),
        ("三只兔子", "3×rabbit", ""),
        ("森の中の狐", "fox", "forest"),
        ("テーブルの上の猫", "cat (on table) + table", ""),
        ("帽子をかぶった猫", "cat (wearing hat) + hat", ""),
        ("馬に乗る騎士", "knight (riding horse) + horse", ""),
        ("a cute gato with a hat", "cat (wearing hat) + hat", ""),
    ],
)
def test_a_prompt_in_another_language_says_the_same(prompt, subjects, ground):
    brief = read(prompt)
    assert (told(brief), brief.ground, brief.notes) == (subjects, ground, ())


@pytest.mark.parametrize("code", CODES)
def test_every_word_of_a_language_means_something_in_english(code):
    meanings = {
        meaning.lstrip(">")
        for table in (languages.language(code).words, languages.language(code).prefixes)
        for meaning in table.values()
    }
    unknown = [
        each for each in meanings - {"a", "the", "-", ""} if vocabulary.phrase(each) not in vocabulary.english().senses
    ]
    assert unknown == []


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_the_usual_nouns_colours_and_numbers(code):
    table = language.Language.read(code)
    meanings = set(table.words.values()) | set(table.prefixes.values())
    assert len(meanings) > 350
    assert {"red", "blue", "black", "two", "twelve", "forest", "night", "cat", "knight", "castle", "sword"} <= meanings
