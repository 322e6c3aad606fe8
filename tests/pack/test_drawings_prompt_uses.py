"""Words that mean another thing beside others, and things that are in, on or at others, or used as something else."""

import briefs
import pytest
from pixart_nodes.drawings.brief import Brief, Relation, Subject
from pixart_nodes.drawings.prompt import read
from pixart_nodes.drawings.scene.actor import cast
from pixart_nodes.drawings.scene.layout import Stage, layout


def told(prompt):
    return briefs.told(read(prompt), lambda subject: [f"in a {subject.arrangement}"] * bool(subject.arrangement))


def pieces(*subjects):
    placed, _ = layout(cast(Brief(subjects), 30, 0)[0], Stage(64, 64, 60))
    return {piece.actor.drawing.name: piece for piece in placed}


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("penguin slide on ice", "penguin"),
        ("a yellow slide", "slide"),
        ("kangaroo boxing", "kangaroo (wearing boxing glove) + boxing glove"),
        ("boxing kangaroo", "kangaroo (wearing boxing glove) + boxing glove"),
        ("space shooter ship", "spaceship"),
        ("chess queen", "chess queen"),
        ("iron key on a ring", "key ring"),
        ("beach with an umbrella", "striped umbrella"),
        ("man with an umbrella", "person (holding umbrella) + umbrella"),
        ("elderly black woman", "old woman"),
        ("avocado cut in half", "half avocado"),
        ("a bowl of ramen with half an egg", "noodles"),
        ("herbs tied with string", "herb bundle"),
        ("gift with a bow on top", "gift"),
        ("a tree in a pot", "tree (in flower pot) + flower pot"),
        ("a river of lava", "lava"),
    ],
)
def test_a_word_means_what_it_does_beside_the_others(prompt, shown):
    assert told(prompt).replace("2×", "").replace("3×", "") == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("frog holding a leaf as an umbrella", "frog (holding leaf) + leaf in a overhead"),
        ("man with a bucket for a hat", "person (wearing bucket) + bucket"),
        ("snail with a teapot for a shell", "snail + teapot (shown on snail)"),
        ("a mimic disguised as a barrel", "barrel + drawn face (shown on barrel)"),
        ("barrel mimic", "barrel + drawn face (shown on barrel)"),
    ],
)
def test_what_is_used_as_another_thing_is_in_its_place(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("bicycle with a basket", "bicycle + basket (shown on bicycle)"),
        ("treehouse with a ladder", "treehouse + ladder (shown on treehouse)"),
        ("lily pad with a lotus", "lily pad + lotus (on lily pad)"),
        ("tea with lemon slice", "tea + half lemon (in tea)"),
        ("fried egg on toast", "fried egg (shown on toast) + toast"),
        ("corn on a stick", "corn + wooden skewer (behind corn)"),
        ("a hat on a frog", "hat + frog (wearing hat)"),
        ("goat standing on a car", "goat (on car) + car"),
        ("driver in a car", "chauffeur (in car) + car"),
        ("shield with an arrow stuck in it", "shield + arrow (shown on shield)"),
        ("snowman with a broom", "snowman (holding broom) + broom"),
        ("two swords crossed over a shield", "crossed swords (behind shield) + shield"),
        ("candy cane with a red bow", "candy cane + ribbon (shown on candy cane)"),
        ("dog sticking its head out of a car window", "dog (in car) + car"),
        ("fish jumping out of a bowl", "fish (on fishbowl) + fishbowl"),
        ("unicorn pooping a rainbow", "unicorn + rainbow in a leaving (a sign at unicorn)"),
        ("venus flytrap eating a fly", "venus flytrap + fly (above venus flytrap)"),
        (
            "tractor pulling a trailer full of pumpkins",
            "tractor (beside farm trailer) + farm trailer + 3×pumpkin (in farm trailer)",
        ),
    ],
)
def test_a_thing_is_in_on_or_at_the_one_it_belongs_to(prompt, shown):
    assert told(prompt) == shown


def test_who_gets_the_picture_is_not_in_it():
    assert told("a fire truck for my little brother") == "fire truck"
    assert told("a house for my cat") == "house + cat"


def test_what_is_said_to_be_larger_is_made_so():
    cat, house = read("a cat bigger than a house").subjects
    assert (cat.size, house.size, house.relation) == (1.6, 0.39, Relation.BESIDE)
    sunflower, fence = read("a sunflower taller than the fence").subjects
    assert sunflower.size == 1.6
    assert fence.size <= 1


def test_butter_that_melts_on_pancakes_leaves_no_puddle_under_them():
    assert told("stack of pancakes, butter melting") == "pancakes"


def test_a_headscarf_hides_the_hair():
    girl = pieces(Subject("girl", "a girl", relation=Relation.WEARING, other=1), Subject("headscarf", "headscarf"))[
        "girl"
    ]
    assert {"hair", "back"} <= set(girl.actor.without)


def test_a_stick_is_seen_below_the_food_that_is_on_it():
    made = pieces(Subject("corn", "corn"), Subject("wooden skewer", "stick", relation=Relation.BEHIND, other=0))
    assert made["wooden skewer"].box.bottom > made["corn"].box.bottom > made["wooden skewer"].box.top


def test_several_things_swim_in_a_cup_rather_than_standing_behind_it():
    cup = Subject("cup", "a cup")
    swimmer = Subject("marshmallow", "marshmallows", count=3, relation=Relation.IN, other=0)
    made = pieces(cup, swimmer)
    assert made["marshmallow"].box.width * 3 <= made["cup"].box.width * 13 // 10
    placed, _ = layout(cast(Brief((cup, swimmer)), 30, 0)[0], Stage(64, 64, 60))
    assert [piece.actor.drawing.name for piece in placed] == ["cup", "marshmallow", "marshmallow", "marshmallow"]


def test_what_comes_out_at_the_back_of_somebody_is_behind_the_tail():
    for seed in range(4):
        unicorn = Subject("unicorn", "a unicorn")
        rainbow = Subject("rainbow", "a rainbow", relation=Relation.MARKING, other=0, arrangement="leaving")
        placed, _ = layout(cast(Brief((unicorn, rainbow)), 30, seed)[0], Stage(64, 64, 60))
        made = {piece.actor.drawing.name: piece for piece in placed}
        looks_right = made["unicorn"].actor.mirror
        assert (made["rainbow"].box.center < made["unicorn"].box.center) == looks_right
