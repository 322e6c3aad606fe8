"""The pack's drawings keep to one hand, by the rules of docs/DRAWINGS.md; each test lists all offenders."""

from functools import cache

import cv2
import numpy as np
import pytest
from pixart_nodes.drawings import library
from pixart_nodes.drawings.colors import border, tone
from pixart_nodes.drawings.gaze import GAZE
from pixart_nodes.drawings.rasterization import Frame
from pixart_nodes.drawings.recipe import EMPTY, MOODS, UNIT
from pixart_nodes.drawings.rendering import anchor, render
from pixart_nodes.drawings.scene.garments import WORN_AT
from pixart_nodes.drawings.scene.outfits import FITTED
from pixart_nodes.errors import DrawingError, UnknownName
from shared_parts import shared_parts

LIBRARY = library.built_in()
KITS = sorted(name for name, block in LIBRARY.blocks.items() if block.category == library.KITS)
NAMES = sorted(set(LIBRARY.blocks) - set(KITS))
SIZES = (24, 32)
LOUD = [
    (255, 0, 254),
    (1, 255, 0),
    (0, 2, 255),
    (255, 100, 1),
    (3, 255, 255),
    (120, 1, 10),
    (9, 90, 20),
    (200, 255, 90),
]
OF_KITS = {"animals", "birds", "sea", "reptiles", "insects", "people", "fantasy"}
STANDING = ("figure-kit", "four-legged-kit", "sitting-kit", "bird-kit", "building-kit", "vehicle-kit")
MOST_LINES = 12
LEAST_FEATURE = 5  # units
FULL = 87  # percent of a side that a drawing fills at least
SPECK = 4  # pixels: a part that lies alone has more


@pytest.fixture(scope="module", autouse=True)
def parts_are_shared():
    with shared_parts():
        yield


@cache
def drawn(name, size):
    drawing = LIBRARY.find(name)
    picture = render(drawing, size)
    if size == SIZES[-1]:
        loud(name)  # while its parts of this size are known
    return picture


@cache
def loud(name):
    """The colours of a drawing whose own roles are all in colours of LOUD."""
    return set(render(LIBRARY.find(name), SIZES[-1], loud_colors(name)).palette)


def loud_colors(name):
    own = [token.partition("=")[0] for token in LIBRARY.blocks[name].roles.split()]
    return {role: LOUD[place] for place, role in enumerate(own)}


def all_of(rule, names=NAMES):
    return [f"{name}: {trouble}" for name in names if (trouble := rule(LIBRARY.find(name)))]


def opaque(drawing, size):
    return drawn(drawing.name, size).pixels[..., 3] > 0


def test_every_drawing_shows_something_at_its_smallest():
    assert not [name for name in NAMES if not drawn(name, 16).pixels[..., 3].any()]


@pytest.mark.parametrize("size", [16, 48, 64, 256])
@pytest.mark.parametrize("name", KITS)
def test_every_kit_is_drawn_at_every_size(name, size):
    assert render(LIBRARY.find(name), size).pixels.shape == (size, size, 4)


@pytest.mark.parametrize("size", SIZES)
def test_a_drawing_fills_its_picture_along_one_axis(size):
    def rule(drawing):
        rows, columns = (np.flatnonzero(opaque(drawing, size).any(axis=axis)) for axis in (1, 0))
        longest = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
        if drawing.name.startswith(FITTED):
            return ""  # what is drawn for a body, in the square of its wearer
        return f"{longest} of {size} pixels" if longest * 100 < FULL * size else ""

    assert not all_of(rule)


@pytest.mark.parametrize("size", SIZES)
def test_what_stands_stands_on_the_ground(size):
    def rule(drawing):
        if not set(drawing.ancestors) & set(STANDING):
            return ""
        lowest = np.flatnonzero(opaque(drawing, size).any(axis=1))[-1]
        return f"its lowest row is {lowest}" if lowest < size - 3 else ""

    assert not all_of(rule)


@pytest.mark.parametrize("size", SIZES)
def test_the_outline_is_never_cut_off(size):
    def rule(drawing):
        pixels = drawn(drawing.name, size).pixels
        ink = drawing.color_of("ink")
        edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        return "cut" if (edges[edges[:, 3] > 0][:, :3] != ink).any() else ""

    assert not all_of(rule)


def test_every_role_of_a_recipes_first_line_is_seen():
    def rule(drawing):
        colors, shown = loud_colors(drawing.name), loud(drawing.name)
        return ", ".join(role for role, color in colors.items() if not shown & tones(color))

    assert not all_of(rule)


def tones(color):
    return {border(color), *(tone(color, step) for step in (-2, -1, 0, 1, 2))}


@pytest.mark.parametrize("size", SIZES)
def test_no_speck_lies_alone(size):
    def rule(drawing):
        sizes = islands(opaque(drawing, size))
        return f"{min(sizes)} pixels alone" if len(sizes) > 1 and min(sizes) < SPECK + 5 else ""

    assert not all_of(rule)


def islands(mask):
    """Numbers of pixels of the parts of a mask that touch nowhere, not even at corners."""
    _, _, parts, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return [int(size) for size in parts[1:, cv2.CC_STAT_AREA]]


def test_no_feature_with_a_border_is_smaller_than_five_units():
    def extent(shape):
        if shape.kind == "o":
            return 2 * min(shape.numbers[2:4])
        if shape.kind == "r":
            return min(shape.numbers[2:4])
        if shape.points and shape.kind in ("p", "s"):
            xs, ys = zip(*shape.points, strict=True)
            return min(max(xs) - min(xs), max(ys) - min(ys))
        return LEAST_FEATURE * UNIT

    def rule(drawing):
        small = [
            f"{shape.kind} {shape.role} {extent(shape) / UNIT:g}"
            for shape in drawing.shapes
            if shape.kind != EMPTY and not shape.is_eye and not shape.is_detail and extent(shape) < LEAST_FEATURE * UNIT
        ]
        return ", ".join(small)

    assert not all_of(rule)


def test_a_recipe_has_at_most_twelve_lines():
    assert not all_of(lambda drawing: f"{drawing.lines} lines" if drawing.lines > MOST_LINES else "")


def test_figures_and_animals_inherit_a_kit():
    def rule(drawing):
        wants = drawing.category in OF_KITS and not set(drawing.ancestors) & set(KITS)
        return "no kit" if wants else ""

    assert not all_of(rule)


def test_a_figures_head_without_hair_and_hat_is_a_third_to_six_tenths_of_it():
    def rule(drawing):
        if "figure-kit" not in drawing.ancestors:
            return ""
        head = max(
            (shape for shape in drawing.shapes if shape.slot == "head" and shape.kind in "ohsr"), key=lambda s: tall(s)
        )
        return f"{tall(head)} units" if not 28 <= tall(head) <= 62 else ""

    def tall(shape):
        ys = [y for _, y in shape.points]
        if not ys:
            return shape.numbers[3] * (2 if shape.kind == "o" else 1) / UNIT
        return (max(ys) - min(ys)) / UNIT

    assert not all_of(rule)


def test_faces_are_to_the_left_or_the_front_and_sizes_are_of_this_world():
    assert not all_of(lambda drawing: "" if drawing.faces in ("left", "front") else drawing.faces)
    assert not all_of(lambda drawing: "" if 1 <= drawing.centimeters <= 2_000_000 else str(drawing.centimeters))


def test_every_pose_of_every_drawing_can_be_drawn():
    for name in [*NAMES, *KITS]:
        drawing = LIBRARY.find(name)
        for pose, frames in drawing.poses.items():
            assert len(frames) <= 8
            for motions in frames:
                unknown = {limb.removesuffix("'") for limb in motions} - {"all", *drawing.anchors}
                assert not unknown, f"{name}: {pose} moves {unknown}"


@pytest.mark.parametrize("kit", ["figure-kit", "four-legged-kit", "sitting-kit", "bird-kit", "fish-kit"])
def test_a_kits_poses_change_the_picture_from_frame_to_frame(kit):
    drawing = LIBRARY.find(kit)
    for name, frames in drawing.poses.items():
        pictures = {render(drawing, 32, pose=name, frame=number).pixels.tobytes() for number in range(len(frames))}
        assert len(pictures) > 1 or len(frames) == 1, f"{kit}: {name}"


def test_every_mood_of_every_face_is_seen():
    def rule(drawing):
        usual = drawn(drawing.name, 48).pixels if drawing.moods else None
        return ", ".join(mood for mood in drawing.moods if (render(drawing, 48, mood=mood).pixels == usual).all())

    assert not all_of(rule)
    moods = {"happy", "sad", "angry", "surprised", "sleep"}
    for name in ("person", "king", "cat", "fox", "smiley"):
        assert set(LIBRARY.find(name).moods) == moods


def test_whoever_has_eyes_has_every_mood():
    def rule(drawing):
        eyes = [shape for shape in drawing.shapes if shape.is_eye or (shape.slot == GAZE and shape.kind != EMPTY)]
        is_blind = all(shape.state for shape in eyes)
        return "" if is_blind else ", ".join(mood for mood in MOODS if mood not in drawing.moods)

    assert not all_of(rule)


def test_who_walks_and_has_a_face_has_moods():
    names = [name for category in ("people", "fantasy") for name in LIBRARY.names(category)]
    moodless = [name for name in names if "figure-kit" in LIBRARY.find(name).ancestors and not LIBRARY.find(name).moods]
    assert moodless == ["photographer"], "behind a camera"


def test_figures_animals_and_birds_can_sit_and_sleep():
    seated = {"figure-kit", "four-legged-kit", "sitting-kit", "bird-kit"}

    def rule(drawing):
        return "" if not seated & set(drawing.ancestors) or {"sit", "sleep"} <= set(drawing.poses) else "it stands only"

    assert not all_of(rule)


PLACED = {"drum kit", "gong", "gramophone", "grand piano", "metronome", "music box", "piano", "speaker", "xylophone"}
PLACED |= {"bass drum", "music stand", "pipe organ", "turntable", "wind chimes"}
PLACED |= {"battering ram", "cannonball", "catapult", "easel", "lawnmower", "loom", "typewriter"}
PLACED |= {"workbench", "hose"}
PLACED |= {"anchor", "cannon", "gear", "ladder", "microscope", "record"}  # these stand, and these are worn
PLACED |= {"armor", "gauntlet", "headphones", "helmet", "viking helmet"}
HELD = ("tools", "weapons", "instruments")


def lies_on(drawing, anchor_name):
    """Whether an anchor is on what is painted, or next to it."""
    x, y = anchor(drawing, anchor_name, 48)
    return opaque(drawing, 48)[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].any()


def test_what_is_held_has_a_grip_and_whoever_holds_it_a_hand():
    def rule(drawing):
        name = "hand" if "figure-kit" in drawing.ancestors else "grip" if drawing.category in HELD else ""
        if not name or drawing.name.partition("/")[0] in PLACED:
            return ""
        return "" if name in drawing.anchors and lies_on(drawing, name) else f"no {name}"

    assert not all_of(rule)


def test_what_is_ridden_has_a_back_under_whoever_sits_on_it():
    def rule(drawing):
        ridden = "four-legged-kit" in drawing.ancestors or "back" in drawing.anchors
        return "" if not ridden or lies_on(drawing, "back") else "no back"

    assert not all_of(rule)
    assert all(
        "back" in LIBRARY.find(name).anchors for name in ("dragon", "whale", "ostrich", "turtle", "bird", "fish")
    )


def test_clothes_are_hats_or_it_is_known_where_they_are_worn():
    hats = ("hat", "cap", "beanie", "beret", "sombrero")
    placeless = [name for name in LIBRARY.names("clothes") if name not in WORN_AT and not name.endswith(hats)]
    placeless = [name for name in placeless if not name.startswith(FITTED)]
    assert not placeless


def test_the_library_is_small():
    texts = list(library.FOLDER.glob("*.txt"))
    assert sum(text.stat().st_size for text in texts) < 2_000_000
    assert len(LIBRARY.names()) > 2000  # as README, documents and the node say


def test_a_drawing_is_known_by_its_synonyms_however_they_are_written():
    assert library.find("Kitten") is library.find("cat")
    assert library.find("UFO").name == library.find("flying_saucer").name == library.find("flying-saucer").name == "ufo"
    with pytest.raises(UnknownName, match=r"Drawing 'dargon' is unknown\. Did you mean 'dragon'"):
        library.find("dargon")


def test_a_seed_chooses_among_the_drawings_of_a_thing():
    assert LIBRARY.variants("tree") == ["tree", "tree/autumn", "tree/leafy", "tree/round"]
    assert library.find("tree").name == "tree"
    assert {library.find("tree", seed).name for seed in range(20)} == set(LIBRARY.variants("tree"))
    assert library.find("tree", 7) is library.find("tree", 7)
    assert library.find("autumn tree", 7).name == "tree/autumn"


def test_kits_are_no_things_to_draw():
    assert not set(LIBRARY.names()) & set(KITS)
    assert library.KITS not in LIBRARY.categories()
    assert "cat" in LIBRARY.names("animals")


TROUBLE = {
    "two of a name": ("a: b=red\n o b 1 2 3 4\nc, a: b=red\n", "'a' is a name of 'a' already"),
    "no parent": ("a < c: b=red\n", "there is no 'c' to inherit from"),
    "a circle": ("a < b: c=red\nb < a: c=red\n", "it inherits from itself"),
}


@pytest.mark.parametrize("what", TROUBLE)
def test_what_cant_be_a_library_is_named(what):
    text, trouble = TROUBLE[what]
    with pytest.raises(DrawingError, match=trouble):
        library.Library.of([("strange", text)]).find("a")


def test_an_outline_is_a_pixel_up_to_65_pixels_and_grows_from_there():
    assert [Frame(size).margin for size in (16, 32, 65, 66, 128, 256)] == [1, 1, 1, 2, 3, 6]


STEPPING = {"leg", "fore", "hind"}
FOOTLESS = {"beluga", "dolphin", "manatee", "narwhal", "orca", "seal", "walrus", "whale", "bat", "hanging monkey"}
FOOTLESS |= {"curled cat", "curled dog", "curled fox", "rabbit in a hat", "teddy bear", "easter bunny", "roaring lion"}
HOPPING = {"chinchilla", "meerkat", "mole", "otter", "pika", "quokka", "shrew", "sloth", "sugar glider"}
HOPPING |= {"tarsier", "baby elephant"}  # drawn sitting, hanging or lying


def test_animals_have_legs_that_step_themselves_or_in_a_variant():
    def steps(name):
        return any(STEPPING & LIBRARY.find(each).moved_limbs("walk") for each in LIBRARY.variants(name))

    assert {name for name in LIBRARY.names("animals") if not steps(name)} == FOOTLESS | HOPPING
