"""A look on the jobs of dialects that have one as an object: what draws it, and what is said of the rest."""

import base64
import json

import pytest
from pixart_nodes.drawings.prompt import read
from pixart_nodes.pixel.palette import css_names
from sketches import TREE

from bridge.adapters import a1111, aleaart, imagegen, unified
from bridge.adapters.a1111.error_answers import Unprocessable
from bridge.adapters.dialect import Request
from bridge.adapters.styling import STYLES
from bridge.catalog.models import Catalog
from bridge.core.errors import BadRequest
from bridge.core.picture import color_names

TOKEN = {"tokenId": 1, "parameters": {"latentSeed": 5}}
PICTURE = base64.b64encode(TREE.read_bytes()).decode()


def spec(dialect, path, catalog=None, options=None, **body):
    """The job that a request means."""
    route = next(each for each in dialect.DIALECT.routes if each.path == path)
    options = options or dialect.DIALECT.options()
    return route.read(Request(body=body, options=options, token=7, catalog=catalog or Catalog())).spec


def unified_spec(**body):
    return spec(unified, "/generate", prompt="a tree", **body)


def scripted(look, **more):
    body = {"prompt": "a tree", "alwayson_scripts": {"Pixart": {"args": [look]}}, **more}
    return spec(a1111, "/sdapi/v1/txt2img", **body)


def test_words_with_a_look_are_drawn_by_the_mode_of_the_same_name_that_makes_pixel_art():
    made = unified_spec(mode="txt2img", width=40, height=24, pixart={"style": "low-res"})
    assert (made.mode, made.values["width"], made.values["palette"]) == ("txt2img_pixel", 40, "pixart-4")
    assert made.values["prompt"] == "pixel art, a tree, monochrome handheld style, high contrast"
    assert made.words["palette"] == "pixart.style" and made.notes == ()


@pytest.mark.parametrize("style", STYLES)
def test_of_words_that_a_style_adds_none_is_named_as_unknown_by_the_built_in_drawings(style):
    made = unified_spec(mode="txt2img", pixart={"style": style})
    assert read(f"{made.values['prompt']}, a zorblefrump").notes == ("Nothing is known of “zorblefrump”.",)


def test_a_picture_that_no_model_redraws_takes_nothing_of_a_sampler():
    made = unified_spec(mode="img2img", init_image=PICTURE, pixart={"redraw": False}, negative_prompt="fog", seed=3)
    assert made.mode == "pixelate" and not {"seed", "negative", "denoise", "steps"} & made.values.keys()
    assert made.notes == ("negative_prompt is for models, and none draws here; it was left out.",)
    assert made.cacheable


def test_a_workflow_that_is_named_goes_before_what_a_look_would_choose_and_that_is_said():
    look = {"redraw": False, "paper": True, "fit": "crop"}
    made = unified_spec(mode="img2img", init_image=PICTURE, workflow="img2img_pixel", pixart=look)
    assert (made.mode, made.values["fit"]) == ("img2img_pixel", "crop")
    why = "was left out: the workflow that is named, img2img_pixel, decides that."
    assert made.notes == (f"pixart.paper {why}", f"pixart.redraw {why}")
    same = unified_spec(mode="img2img", init_image=PICTURE, workflow="pixelate@2", pixart={"redraw": False})
    assert (same.mode, same.notes) == ("pixelate@2", ())


def test_what_is_for_pictures_is_left_out_of_words_and_said():
    made = unified_spec(mode="txt2img", pixart={"fit": "crop", "redraw": True, "animation": "gif"})
    assert made.mode == "txt2img_pixel" and not {"fit", "format"} & made.values.keys()
    fields = [note.split()[0] for note in made.notes]
    assert fields == ["pixart.fit", "pixart.redraw", "pixart.animation"]


def test_zero_is_a_value():
    values = unified_spec(mode="txt2img", pixart={"contrast": 0, "strength": 0, "style": "retro-8bit"}).values
    assert (values["contrast"], values["strength"]) == (0, 0)


def test_a_picture_of_its_own_shape_needs_both_sides():
    with pytest.raises(BadRequest, match=r"^pixart\.fit 'longest' needs width and height\. Send both\.$") as caught:
        unified_spec(mode="img2img", init_image=PICTURE, pixart={"fit": "longest", "redraw": False})
    assert caught.value.field == "pixart.fit"


def test_the_image_generation_apis_own_fields_of_a_look_make_no_difference_beside_the_object():
    body = {"prompt": "a tree", "dither": "bayer-4", "ditherStrength": 0, "pixart": {"dither": "none"}}
    made = spec(imagegen, "/generate/text2img", **body)
    assert made.values["dither"] == "none"
    assert "With pixart, dither, ditherStrength made no difference: pixart has its own." in made.notes


def test_a_script_is_read_whatever_the_case_of_its_name_and_is_not_missed():
    made = scripted({"dither": "bayer-4"})
    assert (made.mode, made.values["dither"], made.notes) == ("txt2img_pixel", "bayer-4", ())
    assert made.words["dither"] == "alwayson_scripts.Pixart.args[0].dither"
    assert scripted(None).mode == "txt2img"


def test_of_two_looks_the_scripts_is_taken_and_that_is_said():
    made = scripted({"dither": "bayer-4"}, pixart={"dither": "none"})
    assert made.values["dither"] == "bayer-4"
    assert made.notes == ("pixart made no difference: alwayson_scripts.Pixart.args[0] goes before it.",)
    assert scripted(None, pixart={"dither": "none"}).notes == ()


def test_what_finishes_pixels_is_obeyed_where_a_picture_or_words_are_drawn():
    look = {"clean": True, "outline": "Black", "snap": "true"}
    words = unified_spec(mode="txt2img", pixart=look)
    assert (words.mode, words.values["clean"], words.values["outline"]) == ("txt2img_pixel", 1, "black")
    assert words.notes == ("pixart.snap was left out: it is for a picture alone.",) and "snap" not in words.values
    made = unified_spec(mode="img2img", init_image=PICTURE, pixart={**look, "clean": 0}, seed=3)
    assert (made.mode, made.values["snap"], made.values["clean"]) == ("pixelate", "median", 0)
    assert made.values["divisor"] == 1 and not {"seed", "denoise"} & made.values.keys()
    assert made.words["snap"] == "pixart.snap"
    nothing = unified_spec(mode="img2img", init_image=PICTURE, pixart={"clean": False, "snap": False, "outline": None})
    assert nothing.mode == "img2img_pixel" and not {"clean", "snap", "outline"} & nothing.values.keys()


def test_a_model_of_a_workflow_that_is_named_redraws_what_was_snapped():
    body = {"mode": "img2img", "init_image": PICTURE, "workflow": "img2img_pixel", "seed": 3}
    made = unified_spec(**body, pixart={"snap": "mean"})
    assert (made.mode, made.values["snap"], made.values["seed"], made.notes) == ("img2img_pixel", "mean", 3, ())


@pytest.mark.parametrize("colour", ["#0f0", "00ff00", "rgb(0, 255, 0)", " Lime "])
def test_an_outlines_colour_is_written_as_anywhere(colour):
    assert unified_spec(mode="txt2img", pixart={"outline": colour}).values["outline"] == colour.strip().lower()


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ({"snap": 1}, "pixart.snap must be true, false or the name of a way such as k-centroid, not 1."),
        ({"clean": "much"}, "pixart.clean must be a whole number from 0 to 64, not 'much'."),
        ({"outline": 5}, "pixart.outline must be text, not 5."),
        ({"outline": "qqq"}, "pixart.outline must be a colour like #000000 or black, not 'qqq'."),
        ({"outline": "purpel"}, "pixart.outline: Colour 'purpel' is unknown. Did you mean 'purple'?"),
    ],
)
def test_what_is_no_finish_is_refused_by_its_place_in_the_request(look, said):
    with pytest.raises(BadRequest) as caught:
        unified_spec(mode="img2img", init_image=PICTURE, pixart=look)
    assert (str(caught.value), caught.value.field) == (said, f"pixart.{next(iter(look))}")


def test_the_bridge_and_the_nodes_know_the_same_names_of_colours():
    assert set(css_names.NAMES) == color_names.COLOR_NAMES


def test_a_models_size_is_not_the_one_of_its_pixel_art():
    assert scripted(None).values["generation_side"] == 0  # exactly the size asked
    assert "generation_side" not in scripted({}).values


@pytest.mark.parametrize("arguments", ["dither", [{}, {}]])
def test_a_script_with_other_arguments_is_refused(arguments):
    body = {"prompt": "a tree", "alwayson_scripts": {"pixart": {"args": arguments}}}
    with pytest.raises(Unprocessable, match=r"^alwayson_scripts\.pixart\.args: must be a list of one object"):
        spec(a1111, "/sdapi/v1/txt2img", **body)


def test_a_look_in_the_place_of_a_scripts_arguments_is_obeyed_and_that_is_said():
    body = {"prompt": "a tree", "alwayson_scripts": {"pixart": {"style": "retro-8bit", "palete": "nes"}}}
    made = spec(a1111, "/sdapi/v1/txt2img", **body)
    assert (made.mode, made.values["palette"]) == ("txt2img_pixel", "pixart-8")
    place, unknown = made.notes
    assert place == "alwayson_scripts.pixart: its fields were read as the only object of args, where they belong."
    assert unknown.startswith("'alwayson_scripts.pixart.palete' is not a field of this request")
    with pytest.raises(BadRequest, match=r"^alwayson_scripts\.pixart\.contrast must be a number"):
        spec(a1111, "/sdapi/v1/txt2img", alwayson_scripts={"pixart": {"contrast": 9}})


def test_fields_beside_a_scripts_arguments_are_said():
    made = spec(a1111, "/sdapi/v1/txt2img", alwayson_scripts={"pixart": {"args": [{}], "style": "low-res"}})
    assert made.values["palette"] == "pixart-32"
    [note] = made.notes
    assert note.startswith("alwayson_scripts.pixart: 'style' made no difference beside args")


@pytest.mark.parametrize("script", [{}, [], {"args": []}], ids=str)
def test_a_script_without_arguments_is_no_look_and_that_is_said(script):
    made = spec(a1111, "/sdapi/v1/txt2img", prompt="a tree", alwayson_scripts={"pixart": script})
    assert made.mode == "txt2img"
    [note] = made.notes
    assert note.startswith("alwayson_scripts.pixart: it has no arguments, so it made no difference")


def test_a_second_pass_makes_no_pixel_art():
    with pytest.raises(BadRequest, match=r"^alwayson_scripts\.Pixart\.args\[0\]: txt2img_hires makes no pixel art"):
        scripted({}, enable_hr=True)


def test_another_automatic1111_gets_the_request_without_the_look_which_is_put_on_here():
    body = {"prompt": "a tree", "alwayson_scripts": {"pixart": {"args": [{}]}, "Tiled": {"args": [1]}}, "pixart": {}}
    made = spec(a1111, "/sdapi/v1/txt2img", catalog=Catalog(engine="a1111"), **body)
    sent = json.loads(made.values["request"])
    assert (made.mode, sent["alwayson_scripts"], "pixart" in sent) == ("txt2img_pixel", {"Tiled": {"args": [1]}}, False)


def test_a_token_keeps_its_size_and_its_words():
    made = spec(aleaart, "/generate-image", **TOKEN, pixart={"style": "low-res"})
    assert (made.mode, made.values["palette"]) == ("aleaart", "pixart-4")
    assert not {"width", "height", "prompt"} & made.values.keys()


@pytest.mark.parametrize(("literal", "taken"), [(False, None), (True, "000000 ffffff ff0000 00ff00 0000ff")])
def test_the_operators_reading_of_the_editors_default_colours_is_that_of_all_dialects(literal, taken):
    colors = ["#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff"]
    options = aleaart.Options(literal_default_palette=literal)
    made = spec(aleaart, "/generate-image", options=options, **TOKEN, pixart={"colorPalette": colors})
    assert made.values.get("colors") == taken
