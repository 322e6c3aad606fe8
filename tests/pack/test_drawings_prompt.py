"""What the pack's drawings make of words, as a table: a prompt, and the parts of the Brief that it asks for."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import briefs
import pytest
from pixart_nodes.drawings import library
from pixart_nodes.drawings.prompt import read
from pixart_nodes.drawings.prompt.inflection import article

SETTING = ("ground", "time", "weather", "season", "style", "palette")
TABLE = [line.split(" | ") for line in Path(__file__).with_name("drawings_prompts.txt").read_text().splitlines()[1:]]


def told(brief):
    """A Brief's subjects as one line: "2×cat, dog ~run, on table"."""
    return briefs.told(brief, _facts)


def _facts(subject):
    parts = [f"{role}={color}" for role, color in subject.colors.items()]
    parts += [f"{subject.print[0]} {subject.print[1]}"] if subject.print else []
    parts += [f"*{subject.size}"] * (subject.size != 1) + [f"~{subject.pose}"] * bool(subject.pose)
    parts += [f"-{slot}" for slot in subject.without] + [f"all {subject.cast}"] * bool(subject.cast)
    return parts + [f"in a {subject.arrangement}"] * bool(subject.arrangement)


@pytest.mark.parametrize(
    ("prompt", "subjects"),
    [
        ("a cat", "cat"),
        ("kitten", "cat"),
        ("three rabbits", "3×rabbit"),
        ("a pair of wolves", "2×wolf"),
        ("a dozen eggs", "12×egg"),
        ("fire truck", "fire truck"),
        ("hot-air balloon", "hot air balloon"),
        ("coffee mug", "cup"),
        ("a red car", "car body=red"),
        ("a black and white cat", "cat body=black belly=white"),
        ("a golden fish with green fins", "fish body=gold fin=green"),
        ("a blue-eyed siamese cat", "siamese cat eyes=blue"),
        ("a skull with glowing green eyes", "skull eye=green"),
        ("a skull with glowing eyes", "skull eye=glow"),
        ("a ghost with glowing red eyes", "ghost eye=red"),
        ("a diamond sword", "sword body=#8fe3ec"),
        ("a girl with pink hair", "girl hair=pink body=blue"),
        ("knight in blue armor", "knight body=blue"),
        ("a tiny robot", "robot *0.5"),
        ("a giant spider", "spider *1.7"),
        ("ice dragon", "dragon body=glass"),
        ("a baby dragon", "baby dragon"),
        ("sleeping cat", "cat/sleeping"),
        ("an orange cat asleep", "cat body=orange ~sleep"),
        ("a ninja jumping", "ninja ~jump"),
        ("a running knight", "knight ~run"),
        ("a cat with a hat", "cat (wearing hat) + hat"),
        ("a knight with a sword", "knight (holding sword) + sword"),
        ("a knight with a sword and a shield", "knight (holding sword) + sword + shield (held by knight)"),
        ("a house with a tree", "house (beside tree) + tree"),
        ("a table with a lamp", "table + lamp (on table)"),
        ("an astronaut riding a horse", "astronaut (riding horse) + horse"),
        ("a witch on a broom", "witch (riding broom) + broom"),
        ("an owl on a tree", "owl (on tree) + tree"),
        ("a bunny in a basket", "rabbit (in basket) + basket"),
        ("a dog chasing a cat", "dog ~run (beside cat) + cat ~run"),
        ("a boy flying a kite", "boy (holding kite) + kite"),
        ("a knight without a helmet", "person body=steel + armor body=steel (worn by person)"),
        ("a pirate cat", "cat (wearing pirate hat) + pirate hat"),
        ("a castle", "castle"),
        ("a wooden door", "door body=#6a4630"),
        ("baseball bat", "baseball bat"),
        ("a bat in a cave", "bat"),
        ("lightning bolt", "lightning"),
        ("🐱", "cat"),
        ("masterpiece, best quality, 8k, pixel art of a (red:1.3) dragon <lora:x:1>", "dragon body=red"),
    ],
)
def test_a_prompt_names_its_things(prompt, subjects):
    assert told(read(prompt)) == subjects


@pytest.mark.parametrize(
    ("prompt", "setting"),
    [
        ("a fox in the forest", {"ground": "forest"}),
        ("knight in a castle", {"ground": "castle"}),
        ("sunset over the sea", {"ground": "sea", "time": "sunset"}),
        ("a lighthouse at night", {"ground": "beach", "time": "night"}),
        ("a pirate ship in a storm", {"ground": "sea", "weather": "storm"}),
        ("an autumn forest", {"ground": "forest", "season": "autumn"}),
        ("a sword, transparent background", {"ground": "none"}),
        ("potion icon", {"ground": "none"}),
        ("line art of a cat", {"style": "outline"}),
        ("a hero, game boy style", {"palette": "gameboy"}),
        ("penguins in the snow", {"ground": "snow"}),
    ],
)
def test_a_prompt_names_its_setting(prompt, setting):
    brief = read(prompt)
    assert {field: getattr(brief, field) for field in SETTING if getattr(brief, field)} == setting


@pytest.mark.parametrize(
    "prompt",
    [
        "x" * 10_000,
        "cat " * 3_000,
        "🔥🐉🏰👨‍👩‍👧‍👦🏳️‍🌈",
        "مرحبا بالعالم",
        "Robert'); DROP TABLE students;--",
        "1000000 cats",
        "99999999999999999999 cats",
        "\x00\x07\x1b[31m\ud800",
        "((((((:1.3)))[[|]] <lora:x:1> BREAK {{{}}}",
        "of of of with and in on without a the",
        "red blue green, and, and of",
        "without without a",
        "a cat with",
    ],
)
def test_any_string_gives_a_brief_whose_every_drawing_is_there(prompt):
    brief = read(prompt)
    assert all(library.built_in().has(subject.drawing) and 1 <= subject.count <= 12 for subject in brief.subjects)
    assert all(subject.other is None or 0 <= subject.other < len(brief.subjects) for subject in brief.subjects)
    assert brief.subjects or brief.ground or brief.time or brief.sign


@pytest.mark.parametrize(("prompt", "subjects", "setting"), [(*row, "")[:3] for row in TABLE])
def test_a_prompt_as_people_type_it(prompt, subjects, setting):
    brief = read(prompt)
    said = [f"{field}={getattr(brief, field)}" for field in SETTING if getattr(brief, field)]
    assert (told(brief), " ".join(said)) == (subjects, setting)


def test_what_cant_be_drawn_is_written_on_a_sign_and_said():
    brief = read("zorgon qwixel of the vrabnak empires")
    assert (brief.subjects, brief.sign) == ((), "zorgon qwixel of the")
    assert "Nothing in these words can be drawn, so they are written on a sign." in brief.notes


def test_nothing_stands_to_itself_by_way_of_others():
    subjects = read("holding inside top clerk inside hat with on ball in").subjects
    for index in range(len(subjects)):
        seen, at = [], index
        while at is not None:
            assert at not in seen
            seen.append(at)
            at = subjects[at].other


def test_no_words_leave_the_choice_to_the_seed_and_the_negative_prompt():
    first = read("", seed=7)
    assert first == read("  \n", seed=7)
    assert first.notes == (f"There are no words, so the seed chose {article(first.subjects[0].drawing)}.",)
    assert read("", seed=7, negative=first.subjects[0].drawing).subjects != first.subjects


def test_a_heap_of_several_has_an_article_and_several_have_none():
    assert [article(noun) for noun in ("rack of ribs", "ufo", "owl", "coins")] == [
        "a rack of ribs",
        "a ufo",
        "an owl",
        "coins",
    ]


def test_more_than_a_dozen_of_a_kind_are_a_dozen_and_a_note():
    brief = read("1000000 cats")
    assert brief.subjects[0].count == 12
    assert brief.notes == ("12 of “cats” are drawn: a picture shows no more of a kind.",)


def test_a_seed_changes_nothing_that_the_prompt_says():
    assert len({json.dumps(dataclasses.asdict(read("two red cats on a table", seed=seed))) for seed in range(50)}) == 1


def test_a_slip_of_the_hand_is_read_as_what_was_meant():
    brief = read("a red drgaon")
    assert (told(brief), brief.notes) == ("dragon body=red", ("“drgaon” is read as “dragon”.",))


@pytest.mark.parametrize(
    ("word", "drawing"), [("baloon", "balloon"), ("dragn", "dragon"), ("buterfly", "butterfly"), ("carrrot", "carrot")]
)
def test_a_letter_that_should_be_doubled_or_should_not_is_what_was_mistaken(word, drawing):
    assert told(read(f"a {word}")) == drawing


@pytest.mark.parametrize(
    ("prompt", "drawing"),
    [
        ("a bonsai tree", "bonsai"),
        ("a rooster bird", "rooster"),
        ("a katana sword", "katana"),
        ("corgi dogs", "2×corgi"),
    ],
)
def test_a_kind_after_its_own_member_says_nothing_more(prompt, drawing):
    brief = read(prompt)
    assert (told(brief), brief.notes) == (drawing, ())


@pytest.mark.parametrize(("prompt", "drawing"), [("an apple tree", "apple tree"), ("a tomato plant", "potted plant")])
def test_a_kind_of_another_category_is_what_is_drawn(prompt, drawing):
    assert told(read(prompt)) == drawing


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_every_process_reads_the_same_and_importing_needs_no_numpy(hash_seed):
    prompts = [row[0] for row in TABLE[::10]] + ["cats and dogs", "", "zwei rote Drachen", "森の中の狐", "🐸👑"]
    code = (
        "import sys; from pixart_nodes.drawings.prompt import read; assert 'numpy' not in sys.modules;"
        f"print([repr(read(prompt, seed=5)).encode() for prompt in {prompts!a}])"
    )
    variables = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(library.FOLDER.parents[2])}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=variables, check=True)
    assert run.stdout.strip() == str([repr(read(prompt, seed=5)).encode() for prompt in prompts])


@pytest.mark.parametrize(
    ("prompt", "subjects"),
    [
        ("green floor lamp", "floor lamp shade=green"),
        ("red sandwich", "sandwich bread=red"),
        ("a castle with blue flags", "castle flag=blue"),
        ("red drum", "drum body=red"),
        ("silver bell", "bell body=steel"),
        ("blue tulip", "tulip body=blue"),
        ("a hat, green and gold", "hat body=green band=gold"),
        ("a pair of sneakers, blue and white", "2×shoe body=blue sole=white"),
        ("skeleton key, gold", "dungeon key body=gold"),
        ("trophy, silver", "trophy body=steel"),
        ("car, orange", "car body=orange"),
        ("apple, orange, banana", "apple + orange + banana"),
        ("dragon, fire", "dragon + fire"),
        ("emerald ring", "ring gem=#2fa866"),
        ("ruby crown", "crown gem=#b3202e"),
        ("sapphire necklace", "necklace gem=#2b57c0"),
        ("glowing green slime", "slime body=green"),
        ("glowing slime", "slime body=glow"),
        ("a green tractor in the mud", "tractor body=green"),
        ("orc warrior, green", "orc skin=green (holding sword) + sword"),
        ("chocolate bunny", "rabbit body=#6a4630"),
        ("a golem made of flames", "golem all #e8622a"),
        ("zombie hand", "zombie hand"),
        ("black and yellow bee", "bee body=yellow stripe=black"),
        ("blue and gold macaw", "parrot body=blue wing=gold"),
    ],
)
def test_a_colour_goes_to_what_shows_it(prompt, subjects):
    """A role that is painted, a stone of jewellery; and before terms such as "blue flag"."""
    assert told(read(prompt)) == subjects


@pytest.mark.parametrize(
    ("prompt", "subjects"),
    [
        ("a wooden shield with iron rim", "shield/wooden rim=steel"),
        ("an axe with a diamond head", "axe head=#8fe3ec"),
        ("a robot with laser eyes", "robot (wearing laser eyes) + laser eyes"),
        ("bomb with lit fuse", "bomb"),
        ("spell book with a leather cover", "magic book body=#8a6f4a"),
        ("demon lord boss with four arms", "devil"),
        ("skeleton boss", "skeleton"),
        ("cool robot dude", "robot"),
        ("cottage with a smoking chimney", "house ~smoke"),
        ("cabin with a white chimney", "cabin chimney=white"),
        ("wine in a glass", "wine"),
        ("a blue potion in a round bottle", "mana potion"),
        ("tropical island with one palm tree", "island"),
        ("steam train crossing a bridge", "train (on bridge) + bridge"),
        ("a cat walking across a wall", "cat/strolling (on wall) + wall"),
    ],
)
def test_a_part_or_a_state_is_no_thing_beside_it(prompt, subjects):
    """What a part is made of, what something is in by itself, and heads that say less than the noun before them."""
    assert told(read(prompt)) == subjects


@pytest.mark.parametrize(
    ("prompt", "subjects", "setting"),
    [
        ("cherry blossom tree, spring", "cherry tree", {"season": "spring"}),
        ("autumn, a squirrel", "squirrel", {"season": "autumn"}),
        ("a metal spring", "spring pad=steel", {}),
        ("rainbow after the rain", "rainbow", {"weather": "rain"}),
        ("a pig in the mud", "pig", {"ground": "swamp"}),
        ("cat in the galaxy", "cat", {"ground": "space"}),
        ("galaxy cat", "cat body=#3b2a55", {}),
    ],
)
def test_a_word_for_a_season_or_a_place_is_no_thing_where_it_stands_alone(prompt, subjects, setting):
    brief = read(prompt)
    assert (told(brief), {field: getattr(brief, field) for field in SETTING if getattr(brief, field)}) == (
        subjects,
        setting,
    )


@pytest.mark.parametrize("word", ["cover", "battle", "angle", "blind", "makes", "games", "stood", "cannot", "beacon"])
def test_an_ordinary_english_word_is_no_misspelt_name(word):
    assert not any("is read as" in note for note in read(f"a dog {word}").notes)


@pytest.mark.parametrize("word", ["icon", "sprite", "sticker", "game asset", "transparent background"])
@pytest.mark.parametrize("things", ["mana crystal", "fire", "", "red", "health potion, purple", "rain", "autumn"])
def test_what_is_cut_out_is_never_nothing(things, word):
    """A transparent place alone shows nothing, so there is a thing, or the words on a sign."""
    for prompt in (f"{things} {word}", f"{word}, {things}", f"{things}, {word}, blue", f"pixel {word} of {things}"):
        brief = read(prompt)
        assert brief.subjects or brief.sign, prompt


@pytest.mark.parametrize(
    ("prompt", "subjects"),
    [
        ("a purple potion, glowing", "potion liquid=purple"),
        ("a potion bottle, glowing green", "potion liquid=green"),
        ("a bowl of cherries", "bowl + 2×cherry (in bowl)"),
        ("a bowl of rice", "rice"),
        ("fish tank with two goldfish", "aquarium + 2×goldfish (in aquarium)"),
        ("a snow globe with a house", "snow globe + house (in snow globe)"),
        ("a glass jar full of cookies", "jar + 3×cookie (in jar)"),
        ("a gold crown with rubies", "crown body=gold gem=#b3202e"),
        ("green gem ring", "ring gem=#2fa866"),
        ("a zombie chef", "zombie (wearing chef hat) + chef hat + frying pan (held by zombie)"),
        ("a goblin king", "goblin (wearing crown) + crown"),
        ("an elf archer", "elf (holding bow) + bow"),
        ("a ghost ship", "ship sail=white"),
        ("a kitten with a bow", "cat (wearing ribbon) + ribbon"),
        ("an archer with a bow", "archer"),
        ("a poison bottle with skull label", "poison"),
        ("a bat hanging near a lit lamp", "bat ~idle (beside lamp) + lamp"),
    ],
)
def test_what_is_in_on_or_called_after_something_is_drawn_with_it(prompt, subjects):
    assert told(read(prompt)) == subjects


@pytest.mark.parametrize(
    ("prompt", "subjects", "setting"),
    [
        ("a cloud, raining", "rain cloud", {"weather": "rain"}),
        ("full moon, forest", "full moon", {"ground": "forest", "time": "night"}),
        ("a submarine under the waves", "submarine", {"ground": "underwater"}),
        ("a frozen lake in the winter", "", {"ground": "frozen lake", "season": "winter"}),
    ],
)
def test_weather_and_places_say_what_is_in_them(prompt, subjects, setting):
    brief = read(prompt)
    given = {field: getattr(brief, field) for field in SETTING if getattr(brief, field)}
    assert (told(brief), given) == (subjects, setting)


@pytest.mark.parametrize("word", ["lit", "pain", "slang", "rot", "stern", "os"])
def test_an_english_word_is_never_read_as_another_languages(word):
    assert told(read(f"a candle on a {word} table")) == "candle (on table) + table"


def test_who_sleeps_in_a_chair_sits_there_with_closed_eyes():
    man, cat = read("grandpa sleeping in an armchair").subjects[0], read("a dog sleeping under a tree").subjects[0]
    assert (man.pose, man.mood, cat.pose) == ("", "sleep", "sleep")
