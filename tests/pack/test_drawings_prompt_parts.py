"""What prompts say is missing of things, written on them, led on a rope, or seen of what somebody does."""

import briefs
import pytest
from pixart_nodes.drawings.prompt import read


def told(prompt):
    """What a prompt shows: each drawing with what is missing of it, written on it and how it stands."""
    return briefs.told(read(prompt), _facts)


def _facts(subject):
    parts = [f"cut: {subject.cut}"] * bool(subject.cut) + [f"“{subject.text}”"] * bool(subject.text)
    parts += [f"rainbow {role}" for role in subject.rainbow] + [f"~{subject.pose}"] * bool(subject.pose)
    return parts + [f"looking {subject.mood}"] * bool(subject.mood) + [f"in {subject.glow} light"] * bool(subject.glow)


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("half a burger", "burger cut: half"),
        ("half of a cookie", "cookie cut: half"),
        ("half an orange", "half orange"),
        ("half a heart", "half heart"),
        ("a slice of chocolate cake", "chocolate cake slice"),
        ("a piece of strawberry cake", "cake slice"),
        ("slices of blueberry pie on a plate", "pie slice (on plate) + plate"),
        ("two slices of bread", "2×bread slice"),
        ("two slices of watermelon", "2×watermelon"),
        ("bitten apple", "apple cut: bite"),
        ("an apple with a bite", "apple cut: bite"),
        ("a half eaten cookie", "cookie cut: bite"),
        ("broken sword", "sword cut: break"),
        ("a broken vase", "vase cut: crack"),
        ("cracked stone golem", "golem cut: crack"),
        ("half orc", "orc"),
        ("a dozen broken eggs", "12×broken egg"),
    ],
)
def test_a_thing_may_lack_a_half_or_a_bite_and_what_lives_only_cracks(prompt, shown):
    """Where a drawing shows half of a thing by itself, that one is drawn."""
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a sign that says hello", "sign “HELLO”"),
        ("welcome sign in a forest", "sign “WELCOME”"),
        ("a tombstone with the word rest", "tombstone “REST”"),
        ("stop sign", "stop sign “STOP”"),
        ("jersey with number 10", "tank top “10”"),
        ("red racing car number 7", "racing car “7”"),
        ("level 5 fire mage", "wizard “LV 5” + fireball (a sign at wizard)"),
        ("goblin lvl12", "goblin “LV 12”"),
        ("rank S slime", "slime “RANK S”"),
        ("truck that says pizza in the city", "truck “PIZZA”"),
    ],
)
def test_words_that_are_to_be_read_are_written(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("unicorn with a rainbow mane", "unicorn rainbow mane"),
        ("rainbow sword", "sword rainbow body"),
        ("spider boss with red eyes", "spider looking angry in red light"),
        ("boss dragon", "dragon looking angry in red light"),
        ("castle with a red roof", "castle"),
    ],
)
def test_a_rainbow_is_all_its_colours_in_one_part_and_a_boss_looks_like_one(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a girl walking her dog", "girl ~walk (leading dog) + dog"),
        ("girl holding a dog on a leash", "girl (leading dog) + dog"),
        ("donkey pulling a cart", "donkey (leading cart) + cart"),
        ("dog on a leash with a boy", "dog + boy (leading dog)"),
        ("a dog on a leash", "dog + lead (worn by dog)"),
        ("bear pulling a fish", "bear (holding fish) + fish"),
        ("a robot walking on mars", "robot ~walk (beside mars) + mars"),
        ("shark jumping out of water", "shark ~jump + splash (under shark)"),
        ("boy climbing a tree", "boy ~climb (shown on tree) + tree"),
        ("monkey hanging from a branch", "hanging monkey (under branch) + branch"),
        ("goalkeeper diving for the ball", "diving goalkeeper"),
        ("grandma knitting a scarf", "old woman (holding scarf) + scarf + yarn (held by old woman)"),
        ("a whale carrying a city", "whale + city (on whale)"),
        ("mole popping out of a hole", "mole (in hole) + hole"),
        ("girl blowing bubble gum", "girl (wearing bubble gum) + bubble gum"),
    ],
)
def test_deeds_that_are_moves_are_seen(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("ape with laser eyes and hoodie", "monkey (wearing laser eyes) + laser eyes + hoodie (worn by monkey)"),
        ("punk with 3d glasses", "punk (wearing 3d glasses) + 3d glasses"),
        ("man with a white beard", "person (wearing beard) + beard"),
        ("dwarf with a red beard", "dwarf"),
        ("robot with heart on chest", "robot + heart (shown on robot)"),
        ("cat on a chest", "cat (on chest) + chest"),
        ("skull with a rose in its mouth", "skull (holding rose) + rose"),
        ("burger with cheese and lettuce", "burger"),
        ("tree with lanterns", "tree + 3×lantern (in tree)"),
        ("torch on a wall", "torch (shown on wall) + wall"),
        ("chef holding a tray of cupcakes", "chef (holding tray) + tray + 2×cupcake (on tray)"),
        ("orc wizard", "orc (wearing wizard hat) + wizard hat"),
        ("crystal cave with a chest", "2×crystal (beside chest) + chest"),
        ("corn field with a scarecrow", "5×corn (beside scarecrow) + scarecrow"),
    ],
)
def test_what_somebody_or_something_has_is_where_it_belongs(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("cat eat fish", "cat (holding fish) + fish"),
        ("girl ride horse", "girl (riding horse) + horse"),
        ("man fight with bear", "person (beside bear) + bear + clash (a sign at person)"),
        ("2girls, umbrella", "2×girl + umbrella"),
        ("cat girl", "girl (wearing cat ears) + cat ears"),
        ("a butterfly on a girl's nose", "butterfly (on girl) + girl"),
        ("an alien with three eyes", "alien (wearing third eye) + third eye"),
        ("a sword with flames", "sword + fire (behind sword)"),
        ("train coming out of a tunnel", "train (in tunnel) + tunnel"),
        ("ambulance at the hospital", "ambulance (beside hospital) + hospital"),
        ("jar full of candy", "jar + 3×candy (in jar)"),
        ("mushroom forest", "3×mushroom"),
        ("log cabin with smoking chimney", "cabin ~smoke"),
        ("teacher writing on a blackboard", "teacher (beside chalkboard) + quill (held by teacher) + chalkboard"),
    ],
)
def test_short_and_simple_english_is_understood(prompt, shown):
    assert told(prompt) == shown
