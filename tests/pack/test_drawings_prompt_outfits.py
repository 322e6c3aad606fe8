"""What people have on, how their hair is done, what is seen open or in mind, and words beside a palette."""

import briefs
import pytest
from pixart_nodes.drawings import library
from pixart_nodes.drawings.prompt import read
from pixart_nodes.drawings.prompt.outfits import HAIRDOS, OUTFITS
from pixart_nodes.drawings.prompt.subjects import OPEN_FORMS
from pixart_nodes.drawings.scene.actor import cast
from pixart_nodes.drawings.scene.piece import Piece
from pixart_nodes.drawings.scene.relations import placed


def shown(prompt):
    """What a prompt shows: each drawing, and how it stands to the others."""
    return briefs.told(read(prompt), lambda subject: [f"without {slot}" for slot in subject.without])


def test_every_drawing_of_clothes_hair_and_open_things_is_there():
    names = [*(outfit.drawing for outfit in OUTFITS.values()), *HAIRDOS.values(), *OPEN_FORMS, *OPEN_FORMS.values()]
    assert [name for name in names if not library.built_in().has(name)] == []


@pytest.mark.parametrize(
    ("prompt", "drawn"),
    [
        ("man in a suit", "person + worn suit (worn by person)"),
        ("girl in a red hoodie", "girl + worn hoodie (worn by girl)"),
        ("1girl, hoodie", "woman + worn hoodie (worn by woman)"),
        ("girl in a school uniform", "girl + worn sailor suit (worn by girl)"),
        ("a bear in a suit", "bear (wearing suit) + suit"),
        ("grandma knitting a sweater", "old woman (holding sweater) + sweater + yarn (held by old woman)"),
        ("girl with a ponytail", "girl without back without hat + ponytail (worn by girl)"),
        ("man with long hair", "person + long hair (worn by person)"),
        ("bald man", "person without hair"),
        ("girl with green hair and a hoodie", "girl + worn hoodie (worn by girl)"),
        ("woman with a scarf", "woman + worn scarf (worn by woman)"),
        ("skeleton in a suit", "skeleton (wearing suit) + suit"),
        ("skeleton with a red scarf", "skeleton + worn scarf (worn by skeleton)"),
        ("nurse in uniform", "nurse"),
        ("boy in a uniform", "boy + worn uniform (worn by boy)"),
        ("boy in a red cape", "boy (wearing cape) + cape"),
        ("man with a mustache", "person (wearing mustache) + mustache"),
        ("girl, twin tails, pink dress, magical girl", "girl"),
        ("cat in boots", "cat (wearing boot) + boot"),
        ("cat in a boot", "cat (in boot) + boot"),
        ("skull with horns", "skull (wearing demon horns) + demon horns"),
    ],
)
def test_people_have_on_what_is_said_and_their_hair_is_done_so(prompt, drawn):
    assert shown(prompt) == drawn


@pytest.mark.parametrize(
    ("prompt", "sleeves", "legs"),
    [
        ("man in a suit", "dark", "dark"),
        ("man in a green suit", "green", "green"),
        ("woman in a vest", "white", None),
        ("woman in a lab coat", "white", None),
        ("boy in shorts", None, "skin"),
        ("man in tights", None, "leaf"),
    ],
)
def test_sleeves_and_legs_have_the_colour_of_what_is_worn(prompt, sleeves, legs):
    colors = read(prompt).subjects[0].colors
    assert (colors.get("body"), colors.get("legs")) == (sleeves, legs)


@pytest.mark.parametrize(("size", "pose"), [(32, ""), (64, ""), (64, "jump")])
def test_an_outfit_is_on_the_body_of_its_wearer(size, pose):
    brief = read(f"a man {pose}ing in a suit" if pose else "a man in a suit")
    [man], _ = cast(brief, 30, 0)
    wearer = Piece(man, size, 7, 9)
    suit, is_behind = placed(man.children[0], wearer)
    assert suit.box.lies_in(wearer.box)
    assert not is_behind


@pytest.mark.parametrize(
    ("prompt", "drawn"),
    [
        ("kitten in a cardboard box", "cat (in open box) + open box"),
        ("baby dragon inside an egg", "baby dragon (in hatched egg) + hatched egg"),
        ("cracked egg with a dragon hatching", "hatched egg + dragon (in hatched egg)"),
        ("vampire sleeping in a coffin", "vampire (in open coffin) + open coffin"),
        ("apple with a worm coming out", "apple + worm (in apple)"),
        ("egg in a nest", "egg (in nest) + nest without eggs"),
        ("dog looking for a bone", "dog + thought bubble (a sign at dog) + bone (shown on thought bubble)"),
        ("badger who lost its shovel", "badger + thought bubble (a sign at badger) + shovel (shown on thought bubble)"),
        ("alien abducting a cow", "ufo (above cow) + cow"),
        ("two swords crossed", "crossed swords"),
        ("heart with an arrow", "heart + arrow (behind heart)"),
        ("blacksmith hitting an anvil", "blacksmith (beside anvil) + anvil"),
        ("lightning hitting a tree", "lightning (above tree) + tree"),
        ("teapot pouring tea", "teapot (beside tea) + tea"),
        ("snake hiding in the grass", "snake + 5×grass (all around snake)"),
        ("robot with one eye", "robot without gaze (wearing cyclops eye) + cyclops eye"),
        ("one eyed pirate", "pirate (wearing eye patch) + eye patch"),
        ("strawberry cake", "cake without candle + 3×strawberry (on cake)"),
        ("vampire girl", "vampire without cape + cape (worn by vampire) + long hair (worn by vampire)"),
        ("city inside a snow globe", "city (in snow globe) + snow globe"),
        ("knight looking in a mirror", "knight (beside mirror) + mirror"),
        ("cat looking at its reflection", "cat (beside mirror) + mirror"),
        ("car with a smoke trail", "car + smoke (a sign at car)"),
        ("an archer shooting an arrow", "archer"),
        ("an elf shooting an arrow", "elf (holding bow) + bow"),
        ("pizza with pineapple", "pizza + 5×pineapple (shown on pizza)"),
        ("rpg character, female archer", "archer + long hair (worn by archer)"),
    ],
)
def test_what_happens_to_things_is_seen_on_them(prompt, drawn):
    assert shown(prompt) == drawn


@pytest.mark.parametrize(
    ("prompt", "mood"), [("evil king", "angry"), ("evil castle", ""), ("yawning lion", "sleep"), ("a good king", "")]
)
def test_who_is_evil_looks_so_and_a_castle_has_no_face(prompt, mood):
    [subject] = read(prompt).subjects
    assert subject.mood == mood


def test_both_arms_are_up():
    assert read("man with two arms up").subjects[0].pose == "cheer"


@pytest.mark.parametrize("prompt", ["northern lights over a cabin", "cabin, aurora borealis"])
def test_northern_lights_fill_the_sky_of_a_night(prompt):
    brief = read(prompt)
    assert ([each.drawing for each in brief.subjects], brief.weather, brief.time) == (["cabin"], "aurora", "night")


@pytest.mark.parametrize(
    ("prompt", "palette"),
    [
        ("forest, game boy palette", "gameboy"),
        ("a dragon, nes color palette", "nes"),
        ("c64 graphics, castle", "c64"),
        ("forest, pastel palette", ""),
    ],
)
def test_words_after_a_palettes_name_are_no_thing(prompt, palette):
    brief = read(prompt)
    assert "palette" not in [each.drawing for each in brief.subjects]
    assert brief.palette == palette


def test_a_palette_that_somebody_has_is_a_thing():
    assert shown("a wooden palette") == "palette"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("mashroom house", "mushroom house"), ("astronaught", "astronaut"), ("cristmas tree", "christmas tree")],
)
def test_a_slip_is_mended_in_a_phrase_and_where_a_word_is_written_as_it_sounds(typed, meant):
    brief = read(typed)
    assert [each.drawing for each in brief.subjects] == [meant]
    assert brief.notes[0].startswith("“")


@pytest.mark.parametrize(("prompt", "turn"), [("girl doing a handstand", 180), ("bat hanging from the ceiling", 180)])
def test_who_stands_on_hands_or_hangs_as_bats_do_is_upside_down(prompt, turn):
    assert read(prompt).subjects[0].turn == turn


@pytest.mark.parametrize(("prompt", "hair"), [("male elf, blonde", "#f8e08a"), ("a blonde woman", "#f8e08a")])
def test_a_colour_that_only_hair_has_is_the_hairs(prompt, hair):
    assert read(prompt).subjects[0].colors["hair"] == hair


def test_rain_is_a_weather_and_rain_boots_are_none():
    assert (read("a duck in rain boots").weather, read("a duck in rain").weather) == ("", "rain")


def test_a_robot_that_is_broken_has_a_crack():
    assert read("broken robot").subjects[0].cut == "crack"


@pytest.mark.parametrize(
    ("prompt", "drawn"),
    [
        ("Mädchen mit Zöpfen", "girl without back without hat + braids (worn by girl)"),
        ("chat dans un carton", "cat (in open box) + open box"),
        ("gato en una caja", "cat (in open box) + open box"),
        ("gatto nella scatola", "cat (in open box) + open box"),
        ("gato na caixa", "cat (in open box) + open box"),
        ("vis in een kom", "fish (in fishbowl) + fishbowl without fish"),
        ("pies w pudełku", "dog (in open box) + open box"),
        ("кот в коробке", "cat (in open box) + open box"),
        ("穿西装的熊", "bear (wearing suit) + suit"),
        ("箱の中の猫", "cat (in open box) + open box"),
        ("menina de vestido vermelho", "girl"),
        ("drago che sputa fuoco", "dragon (holding fire) + fire"),
    ],
)
def test_boxes_bowls_braids_and_suits_are_understood_in_ten_languages(prompt, drawn):
    assert shown(prompt) == drawn
