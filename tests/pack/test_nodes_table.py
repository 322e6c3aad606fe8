"""The node table: what workflows and clients rely on, and what a person at the editor reads."""

import importlib
import json
import os
import re
import sys
from contextlib import closing
from types import ModuleType, SimpleNamespace

import pytest
import websocket
from pixart_nodes import WEB_DIRECTORY, denoise, imagequant, library, menu, safety, search
from pixart_nodes.drawings.animation import MOTIONS
from pixart_nodes.drawings.illustration import NAME
from pixart_nodes.pixel.clean import orphan_pixels
from pixart_nodes.pixel.clean.paper import cleaning
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.dither import arithmetic, table
from pixart_nodes.pixel.edit import background, outline, repaint
from pixart_nodes.pixel.files import animation_file, engine_sheet, indexed, palette_file, sprite_sheet
from pixart_nodes.pixel.files.panel import lvgl, lvgl_indexed, panel, rgb565, transparency
from pixart_nodes.pixel.grid import grid, snap
from pixart_nodes.pixel.kind.treatment import AUTO
from pixart_nodes.pixel.machine import fit as machine_fit
from pixart_nodes.pixel.machine import table as machines
from pixart_nodes.pixel.machine import wishes
from pixart_nodes.pixel.palette import edit, extract
from pixart_nodes.pixel.resize import downscale, enlarge, frame

PACK = library.FOLDER.parent
HELP = PACK / WEB_DIRECTORY / "docs"
CHAIN_NUMBERS = [
    *("prompt_index", "style_index", "sampler_index", "aspect_index"),
    *("steps", "cfg", "latent_seed", "palette_id"),
]
# Class ids, inputs in order, outputs by name. Released workflows hang on these: add, don't change.
CONTRACT = {
    "PixartLoadImage": (["image"], ["IMAGE"]),
    "PixartCanvas": (
        ["width", "height", "generation_side"],
        ["canvas_width", "canvas_height", "generation_width", "generation_height"],
    ),
    "PixartFlatten": (["image", "background"], ["IMAGE"]),
    "PixartPalette": (["palette", "colors", "file"], ["PALETTE"]),
    "PixartPaletteEdit": (["palette", "add", "lock", "merge", "limit", "sort", "transparent"], ["PALETTE"]),
    "PixartPaletteMerge": (["first", "second"], ["PALETTE"]),
    "PixartPalettePreview": (["palette", "size", "columns", "indices"], ["IMAGE"]),
    "PixartPaletteSave": (["palette", "format", "filename_prefix"], []),
    "PixartPaletteSwap": (["image", "old_palette", "new_palette", "other_colors", "indices"], ["IMAGE"]),
    "PixartLoadIndexed": (["image"], ["IMAGE", "PALETTE", "MASK", "indices"]),
    "PixartContactSheet": (
        ["image", "palettes", "dithers", "methods", "width", "height", "fit", "zoom", "take", "palette"],
        ["sheet", "IMAGE", "PALETTE", "choice"],
    ),
    "PixartPaletteExtract": (["image", "colors", "method", "quality", "locked", "mask"], ["PALETTE"]),
    "PixartOwnColors": (["image", "palette", "colors", "method"], ["PALETTE"]),
    "PixartLook": (["image", "photo_method", "photo_dither"], ["LOOK", "kind", "report"]),
    "PixartAdjust": (["image", "contrast", "sharpen", "palette", "look"], ["IMAGE"]),
    "PixartDownscale": (["image", "width", "height", "method", "fit", "divisor", "look"], ["IMAGE"]),
    "PixartQuantize": (
        ["image", "palette", "metric", "dither", "strength", "serpentine", "alpha_threshold", "light", "look"],
        ["IMAGE"],
    ),
    "PixartSaveIndexed": (["images", "filename_prefix", "palette", "indices", "save_workflow", "look"], []),
    "PixartRGB565": (
        [
            "image",
            "width",
            "height",
            "fit",
            "rotation",
            "byte_order",
            "rounding",
            "invert",
            "bgr",
            "background",
            "format",
            "filename_prefix",
            *("transparency", "key_color", "alpha_threshold"),
        ],
        ["preview"],
    ),
    "PixartSaveLVGL": (["images", "version", "bits", "filename_prefix", "palette", "indices"], []),
    "PixartMachine": (
        [
            *("image", "machine", "fit", "method", "dither", "strength", "tiles", "shared_color", "quality", "seed"),
            *("locked", "locked_colors"),
        ],
        ["IMAGE", "MACHINE", "report"],
    ),
    "PixartMachineSave": (["pictures", "filename_prefix", "write", "name"], []),
    "PixartMachineCheck": (["image", "machine"], ["MASK", "report", "obeys"]),
    "PixartGenerationSize": (
        ["width", "height", "generation_side", "multiple"],
        ["width", "height", "generation_width", "generation_height"],
    ),
    "PixartLoras": (["model", "clip", "loras"], ["MODEL", "CLIP"]),
    "PixartVAE": (["vae", "name"], ["VAE"]),
    "PixartRefiner": (
        ["model", "checkpoint", "switch_at", "positive", "negative", "loras", "clip_layer"],
        ["MODEL"],
    ),
    "PixartSampler": (
        [
            *("model", "positive", "negative", "latent_image", "seed", "steps", "cfg", "sampler_name", "scheduler"),
            *("denoise", "arithmetic", "variation_seed", "variation_strength"),
        ],
        ["LATENT"],
    ),
    "PixartHiresUpscale": (["samples", "vae", "width", "height", "upscaler"], ["LATENT"]),
    "PixartUpscale": (["image", "upscaler", "width", "height"], ["IMAGE"]),
    "PixartFit": (["image", "width", "height", "fit", "divisor"], ["IMAGE"]),
    "PixartDrawWords": (
        ["drawings", "prompt", "negative", "width", "height", "seed", "pixel", "image", "mask", "lines_only"],
        ["IMAGE"],
    ),
    "PixartDrawSprite": (
        ["drawings", "prompt", "negative", "motion", "size", "seed"],
        ["IMAGE", "durations", "tags"],
    ),
    "PixartEnlarge": (["image", "method", "factor", "aspect"], ["IMAGE"]),
    "PixartTile": (["image", "columns", "rows", "offset"], ["IMAGE", "seam", "report"]),
    "PixartRepaintArea": (
        [
            *("image", "mask", "width", "height", "area", "padding", "blur", "invert", "fill", "fit"),
            *("result_width", "result_height", "enlarge", "transparency"),
        ],
        ["image", "mask", "region"],
    ),
    "PixartRepaintLatent": (["samples", "mask", "fill", "seed", "model"], ["LATENT"]),
    "PixartRepaintPaste": (["image", "region", "denoise"], ["IMAGE"]),
    "PixartFinish": (["image", "width", "height", "denoise", "original"], ["IMAGE"]),
    "PixartInpaintHint": (["image", "mask"], ["IMAGE"]),
    "PixartColorTransfer": (["image", "style", "amount"], ["IMAGE"]),
    "PixartCleanup": (
        ["image", "orphans", "specks", "contrast", "dither", "corners", "steps"],
        ["IMAGE", "changes"],
    ),
    "PixartSketchCleanup": (["image", "ground", "straighten", "strength", "remove_rulings"], ["IMAGE", "report"]),
    "PixartRemoveBackground": (["image", "method", "color", "tolerance", "holes"], ["IMAGE", "MASK"]),
    "PixartOutline": (
        ["image", "place", "neighbours", "thickness", "coloring", "color", "shade", "border", "palette"],
        ["IMAGE"],
    ),
    "PixartSheetPack": (
        [
            *("image", "columns", "margin", "spacing", "trim", "power_of_two", "atlas_form", "name"),
            *("duration", "durations", "tags", "extrude"),
        ],
        ["IMAGE", "atlas", "cell_width", "cell_height"],
    ),
    "PixartSaveSheet": (["image", "atlas", "filename_prefix", "palette", "engine", "save_workflow"], []),
    "PixartSheetUnpack": (
        ["image", "cell_width", "cell_height", "columns", "rows", "margin", "spacing", "count", "skip_empty"],
        ["IMAGE", "count"],
    ),
    "PixartQuantizeAnimation": (
        [
            *("image", "palette", "metric", "dither", "strength", "serpentine", "alpha_threshold", "tolerance"),
            *("light", "look"),
        ],
        ["IMAGE", "flicker_before", "flicker_after"],
    ),
    "PixartLoadAnimation": (["image"], ["IMAGE", "durations", "tags", "plays", "count"]),
    "PixartSaveAnimation": (
        [
            *("images", "filename_prefix", "format", "duration", "durations", "plays", "tags", "palette"),
            *("save_workflow", "look"),
        ],
        [],
    ),
    "PixartGridSnap": (
        [
            *("image", "method", "native_width", "native_height", "cell_size", "phase_x", "phase_y", "cells"),
            *("already_native", "per_frame"),
        ],
        ["IMAGE", "width", "height", "scale_x", "scale_y", "confidence", "report", "overlay"],
    ),
    "PixartChainDerive": (["seed"], CHAIN_NUMBERS),
    "PixartChainParameters": (
        CHAIN_NUMBERS,
        [
            *("prompt", "negative", "sampler", "scheduler", "width", "height", "steps", "cfg", "seed", "palette"),
            *("grid_width", "grid_height"),
        ],
    ),
    "PixartAxera": (
        ["models", "prompt", "seed", "steps", "denoise", "device", "service", "seconds", "image", "mask"],
        ["IMAGE"],
    ),
    "PixartA1111": (
        [
            *("prompt", "negative", "width", "height", "seed", "steps", "cfg", "sampler_name", "scheduler"),
            *("denoise", "variation_seed", "variation_strength", "checkpoint", "request", "server", "seconds"),
            *("image", "mask"),
        ],
        ["IMAGE"],
    ),
    "PixartSafety": (["image", "action", "threshold"], ["IMAGE"]),
    "PixartInterrogate": (
        [
            *("image", "model", "threshold", "character_threshold", "alphabetical", "spaces", "escape", "scores"),
            *("leave_out", "beams", "min_length", "max_length"),
        ],
        ["caption"],
    ),
}
OPTIONS = {
    ("PixartPalette", "palette"): library.palettes(),
    ("PixartPaletteEdit", "sort"): edit.SORTS,
    ("PixartPaletteSave", "format"): palette_file.written(),
    ("PixartPaletteSwap", "other_colors"): indexed.UNKNOWN_COLOR_CHOICES,
    ("PixartPaletteExtract", "method"): imagequant.methods(),
    ("PixartContactSheet", "fit"): downscale.FITS,
    ("PixartLook", "photo_method"): downscale.METHODS,
    ("PixartLook", "photo_dither"): table.DITHERS,
    ("PixartDownscale", "method"): (AUTO, *downscale.METHODS),
    ("PixartDownscale", "fit"): downscale.FITS,
    ("PixartDrawWords", "drawings"): (NAME,),
    ("PixartDrawSprite", "drawings"): (NAME,),
    ("PixartDrawSprite", "motion"): MOTIONS,
    ("PixartEnlarge", "method"): enlarge.METHODS,
    ("PixartQuantize", "metric"): spaces.METRICS,
    ("PixartQuantize", "dither"): (AUTO, *table.DITHERS),
    ("PixartQuantize", "light"): arithmetic.LIGHTS,
    ("PixartRGB565", "fit"): panel.FITS,
    ("PixartRGB565", "rotation"): panel.ROTATIONS,
    ("PixartRGB565", "byte_order"): rgb565.BYTE_ORDERS,
    ("PixartRGB565", "rounding"): rgb565.ROUNDINGS,
    ("PixartRGB565", "format"): lvgl.FORMATS,
    ("PixartCleanup", "dither"): orphan_pixels.DITHERS,
    ("PixartSketchCleanup", "ground"): cleaning.GROUNDS,
    ("PixartRemoveBackground", "method"): background.METHODS,
    ("PixartOwnColors", "method"): extract.METHODS,
    ("PixartSaveLVGL", "version"): lvgl_indexed.VERSIONS,
    ("PixartSaveLVGL", "bits"): lvgl_indexed.DEPTHS,
    ("PixartRGB565", "transparency"): transparency.WAYS,
    ("PixartSaveSheet", "engine"): engine_sheet.ENGINES,
    ("PixartOutline", "place"): outline.PLACES,
    ("PixartOutline", "neighbours"): outline.NEIGHBOURS,
    ("PixartOutline", "coloring"): outline.COLORINGS,
    ("PixartSheetPack", "atlas_form"): sprite_sheet.FORMS,
    ("PixartQuantizeAnimation", "metric"): spaces.METRICS,
    ("PixartQuantizeAnimation", "dither"): (AUTO, *table.DITHERS),
    ("PixartQuantizeAnimation", "light"): arithmetic.LIGHTS,
    ("PixartSaveAnimation", "format"): animation_file.FORMATS,
    ("PixartGridSnap", "method"): snap.METHODS,
    ("PixartGridSnap", "cells"): grid.CELLS,
    ("PixartSampler", "arithmetic"): denoise.ARITHMETICS,
    ("PixartFit", "fit"): frame.FITS,
    ("PixartMachine", "machine"): machines.MACHINES,
    ("PixartMachine", "fit"): machine_fit.FITS,
    ("PixartMachine", "method"): downscale.METHODS,
    ("PixartMachine", "dither"): wishes.DITHERS,
    ("PixartMachine", "quality"): wishes.QUALITIES,
    ("PixartMachineCheck", "machine"): machines.MACHINES,
    ("PixartRepaintArea", "area"): repaint.AREAS,
    ("PixartRepaintArea", "fill"): repaint.FILLS,
    ("PixartRepaintArea", "fit"): frame.FITS,
    ("PixartRepaintLatent", "fill"): repaint.FILLS,
    ("PixartSafety", "action"): safety.ACTIONS,
}


def written_ids():
    return re.findall(r'node_id="(\w+)"', "".join(f.read_text("utf-8") for f in (PACK / "nodes").glob("*.py")))


@pytest.fixture
def nodes(comfy):
    return {name: node for name, node in comfy.object_info.items() if name.startswith("Pixart")}


def inputs_of(node):
    return {name: spec for group in ("required", "optional") for name, spec in node["input"].get(group, {}).items()}


def test_the_table_in_the_code_is_the_contract():
    assert sorted(written_ids()) == sorted(CONTRACT), "write a new node into CONTRACT; never change a released one"


@pytest.mark.parametrize("name", CONTRACT)
def test_a_node_has_a_help_page_that_explains_each_input(name):
    page = (HELP / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith("# ")
    missing = [one for one in CONTRACT[name][0] if f"`{one}`" not in page]
    assert not missing, f"{name}.md says nothing about {missing}"


# Menus that a person chooses from by what the page says of each option; of error diffusion's kernels it names some.
@pytest.mark.parametrize(
    ("node", "key"),
    [
        ("PixartPaletteExtract", "method"),
        ("PixartOwnColors", "method"),
        ("PixartDownscale", "method"),
        ("PixartEnlarge", "method"),
        ("PixartGridSnap", "method"),
        ("PixartQuantize", "metric"),
        ("PixartQuantize", "dither"),
        ("PixartRemoveBackground", "method"),
        ("PixartRGB565", "rounding"),
        ("PixartRGB565", "format"),
        ("PixartRGB565", "transparency"),
        ("PixartSaveLVGL", "version"),
        ("PixartSaveLVGL", "bits"),
        ("PixartSaveAnimation", "format"),
        ("PixartPaletteSave", "format"),
        ("PixartMachine", "machine"),
        ("PixartMachine", "fit"),
        ("PixartMachine", "method"),
        ("PixartMachine", "dither"),
        ("PixartMachine", "quality"),
        ("PixartMachineCheck", "machine"),
    ],
)
def test_a_help_page_names_each_option_of_a_menu(node, key):
    page = (HELP / f"{node}.md").read_text(encoding="utf-8")
    some = [name for family in table.FAMILIES if family.others for name in family.dithers]
    missing = [one for one in OPTIONS[node, key] if f"`{one}`" not in page and one not in some]
    assert not missing, f"{node}.md says nothing about {missing}"


def test_the_page_of_palettes_names_each_kind_of_file():
    page = (HELP / "PixartPalette.md").read_text(encoding="utf-8")
    missing = {form.suffix for form in palette_file.FORMATS.values() if f"`{form.suffix}`" not in page}
    assert not missing, f"PixartPalette.md says nothing about {missing}"


def test_there_is_no_help_page_without_a_node():
    assert {file.stem for file in HELP.glob("*.md")} == set(CONTRACT)


@pytest.mark.comfy
def test_comfyui_shows_exactly_the_contract(nodes):
    shown = {name: (list(inputs_of(node)), node["output_name"]) for name, node in nodes.items()}
    assert shown == CONTRACT


@pytest.mark.comfy
def test_every_node_has_a_name_a_category_and_a_description(nodes):
    for name, node in nodes.items():
        assert node["display_name"] and node["category"] == menu.CATEGORIES[name], name
        assert len(node["description"]) > 40, name


@pytest.mark.comfy
def test_every_input_and_output_has_a_tooltip(nodes):
    for name, node in nodes.items():
        for key, (_, options) in inputs_of(node).items():
            assert options["tooltip"].endswith("."), f"{name}.{key}"
        assert all(tip.endswith(".") for tip in node["output_tooltips"]), name


@pytest.mark.comfy
@pytest.mark.parametrize(("node", "key"), OPTIONS)
def test_a_menu_shows_its_registry(nodes, node, key):
    _, options = inputs_of(nodes[node])[key]
    assert options["options"] == list(OPTIONS[node, key])
    assert options["default"] in options["options"]


@pytest.mark.comfy
def test_words_and_names_are_searched_for_nodes_and_inputs_that_there_are(nodes):
    assert search.WORDS.keys() == nodes.keys()
    assert {(node, name) for node, names in search.NAMED.items() for name in names} <= {
        (node, name) for node, about in nodes.items() for name in inputs_of(about)
    }


@pytest.mark.comfy
def test_every_node_stands_in_one_submenu(nodes):
    assert sorted(name for names in menu.FAMILIES.values() for name in names) == sorted(nodes)


@pytest.mark.comfy
def test_advanced_are_exactly_the_inputs_that_few_need_and_each_has_a_default(nodes):
    marked = {
        name: tuple(key for key, (_, options) in inputs_of(node).items() if options.get("advanced"))
        for name, node in nodes.items()
    }
    assert {name: set(keys) for name, keys in marked.items() if keys} == {
        name: set(keys) for name, keys in menu.ADVANCED.items()
    }
    for name, keys in marked.items():
        assert all("default" in inputs_of(nodes[name])[key][1] for key in keys), name


@pytest.mark.comfy
def test_the_editor_is_told_what_else_a_node_is_called_by_a_comfyui_without_aliases_too(nodes):
    for name, node in nodes.items():
        assert node["search_aliases"][: len(search.WORDS[name])] == list(search.WORDS[name])
    assert {"pico-8", "gameboy", "swatches", "8-bit"} <= set(nodes["PixartPalette"]["search_aliases"])


class Node:
    """A node as ComfyUI knows it: its schema, and what `/object_info` says."""

    @classmethod
    def define_schema(cls):
        dithers = SimpleNamespace(id="dither", options=["none", "floyd-steinberg", "bayer-8"])
        inputs = [SimpleNamespace(id="image"), dithers, SimpleNamespace(id="light", options=["linear"])]
        return SimpleNamespace(node_id="PixartQuantize", inputs=inputs)

    @classmethod
    def GET_NODE_INFO_V1(cls):  # noqa: N802 - ComfyUI's name
        return {"name": "PixartQuantize"}


class NewerNode(Node):
    """As ComfyUI 0.10 and later have it."""

    @classmethod
    def define_schema(cls):
        return SimpleNamespace(**vars(Node.define_schema.__func__(cls)), search_aliases=[])

    @classmethod
    def GET_NODE_INFO_V1(cls):  # noqa: N802 - ComfyUI's name
        return {"name": "PixartQuantize", "search_aliases": cls.define_schema().search_aliases}


@pytest.mark.parametrize("kind", [Node, NewerNode], ids=["ComfyUI before 0.10", "ComfyUI 0.10 and later"])
def test_a_node_is_found_by_words_and_by_its_methods(kind):
    node = search.by_words(type("Fresh", (kind,), {}))
    assert node.GET_NODE_INFO_V1() == {
        "name": "PixartQuantize",
        "search_aliases": [*search.WORDS["PixartQuantize"], "floyd-steinberg", "bayer-8"],
    }


@pytest.mark.parametrize("node", [*menu.ESSENTIALS, *menu.REPORTING])
def test_a_newer_comfyui_is_told_who_is_essential_and_who_reports(node):
    def schema(_, **more):
        return SimpleNamespace(node_id=node, inputs=[], **more)

    def newer(cls):
        return schema(cls, essentials_category=None, has_intermediate_output=False)

    known = menu.placed(type("Newer", (), {"define_schema": classmethod(newer)})).define_schema()
    assert known.essentials_category == menu.ESSENTIALS.get(node)
    assert known.has_intermediate_output == (node in menu.REPORTING)
    older = menu.placed(type("Older", (), {"define_schema": classmethod(schema)})).define_schema()
    assert vars(older) == {"node_id": node, "inputs": [], "category": menu.CATEGORIES[node]}


@pytest.mark.comfy
def test_this_comfyui_hears_who_is_essential_and_who_reports_if_its_own_nodes_say_so(comfy, nodes):
    doors = {"essentials_category": menu.ESSENTIALS.get, "has_intermediate_output": menu.REPORTING.__contains__}
    core = [node for name, node in comfy.object_info.items() if name not in nodes]
    for key, about in doors.items():
        known = any(key in node for node in core)
        assert known == (version_of(comfy) >= (0, 33)), key
        expected = {name: about(name) for name in nodes} if known else {}
        assert {name: node[key] for name, node in nodes.items() if key in node} == expected


def version_of(comfy):
    """ComfyUI's first two numbers."""
    return tuple(map(int, comfy.get("/system_stats")["system"]["comfyui_version"].split(".")[:2]))


def reports(comfy, prompt):
    """What each node reports to the page that queues the prompt."""
    with closing(
        websocket.create_connection(f"{comfy.url.replace('http', 'ws')}/ws?clientId=again", timeout=60)
    ) as page:
        prompt_id = comfy.post("/prompt", {"prompt": prompt, "client_id": "again"})["prompt_id"]
        said = {}
        while True:
            event = page.recv()
            event = json.loads(event) if isinstance(event, str) else {"type": ""}
            if event["type"] == "executed":
                said[event["data"]["node"]] = event["data"]["output"]
            elif event["type"] == "execution_success" and event["data"]["prompt_id"] == prompt_id:
                return said


@pytest.mark.comfy
def test_what_a_node_said_is_said_again_to_a_page_when_it_need_not_run_anew_from_a_newer_comfyui_on(comfy):
    image = {"width": 8, "height": 8, "batch_size": 1, "color": 0x31A7C5}
    ground = {"method": "border-fill", "color": "", "tolerance": 0.0, "holes": 0}
    prompt = {
        "image": {"class_type": "EmptyImage", "inputs": image},
        "loud": {"class_type": "PixartRemoveBackground", "inputs": {"image": ["image", 0], **ground}},
        "shown": {"class_type": "PreviewImage", "inputs": {"images": ["loud", 0]}},
    }
    first = reports(comfy, prompt)["loud"]
    assert first["pixart"]
    again = reports(comfy, {**prompt, "other": prompt["shown"]})
    assert "other" in again
    assert again.get("loud") == (first if version_of(comfy) >= (0, 33) else None)


@pytest.mark.comfy
def test_no_node_is_replaced_by_another(comfy):
    newer = version_of(comfy) >= (0, 33)
    replacements = comfy.get("/node_replacements") if newer else {}
    assert bool(replacements) == newer
    assert [name for name in replacements if name.startswith("Pixart")] == []


@pytest.mark.comfy
def test_those_that_report_are_exactly_the_nodes_amid_a_graph_that_say_something(nodes):
    """By the code: a class's text with a `ui` in it, or in a function that only it calls."""
    saying = {
        node
        for file in (PACK / "nodes").glob("*.py")
        for node, text in re.findall(r'node_id="(\w+)"(.*?)(?=node_id="|\Z)', file.read_text("utf-8"), re.S)
        if re.search(r"\bui=", text)
    }
    assert {node for node in saying if not nodes[node]["output_node"]} == set(menu.REPORTING)


@pytest.fixture
def sockets(monkeypatch, request):
    """The shared inputs under a ComfyUI that has these kinds of them."""

    def kind(name):
        return SimpleNamespace(Input=lambda id, **options: (name, id, options))

    latest, nodes = ModuleType("comfy_api.latest"), ModuleType("pixart_nodes.nodes")
    latest.io = SimpleNamespace(Custom=kind, **{name: kind(name.upper()) for name in request.param})
    nodes.__path__ = [str(PACK / "nodes")]
    for module in (latest, nodes):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(sys.modules, "comfy_api", ModuleType("comfy_api"))
    yield importlib.import_module("pixart_nodes.nodes.sockets")
    del sys.modules["pixart_nodes.nodes.sockets"]


@pytest.mark.parametrize(
    ("sockets", "kind"), [(["String"], "STRING"), (["String", "Color"], "COLOR")], indirect=["sockets"]
)
def test_a_color_has_the_editors_own_field_where_comfyui_has_one(sockets, kind):
    assert sockets.color_input("color", "#ffffff", "The colour.", optional=True) == (
        kind,
        "color",
        {"default": "#ffffff", "tooltip": "The colour.", "optional": True},
    )


def test_the_menu_of_pictures_follows_the_input_folder(comfy):
    folder = comfy.settings.comfyui_base / "input"

    def menu():
        about = comfy.get("/object_info/PixartLoadImage")["PixartLoadImage"]["input"]["required"]["image"]
        return about[1]["options"] if about[0] == "COMBO" else about[0]

    comfy.put_input("menu-b.png", b"")
    comfy.put_input("menu-a.png", b"")
    comfy.put_input("menu.txt", b"")
    (folder / "menu-folder.png").mkdir()
    os.utime(folder, (1e9, 1e9))  # as long after the change
    for _ in range(2):  # read, and remembered
        assert [name for name in menu() if name.startswith("menu")] == ["menu-a.png", "menu-b.png"]
    comfy.put_input("menu-c.png", b"")
    (folder / "menu-a.png").unlink()
    assert [name for name in menu() if name.startswith("menu")] == ["menu-b.png", "menu-c.png"]
