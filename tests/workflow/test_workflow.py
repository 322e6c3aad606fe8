"""A workflow file holds what it says, a request's values end up in its graph, and what is wrong is said plainly."""

import copy
import io
import json
import re

import pytest
import sketches
from PIL import Image

from bridge.app.doctor import report
from bridge.core.errors import BadRequest, MissingParts, UnknownName, WorkflowError
from bridge.core.places import ROOT
from bridge.core.settings import Settings
from bridge.workflow.bind import bind
from bridge.workflow.convert import convert, places
from bridge.workflow.file import ENGINES, FILE_NAME, load, misnamed
from bridge.workflow.library import Library
from bridge.workflow.selection import missing

FOLDER = ROOT / "workflows"
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix == ".json")
LIBRARY = Library.open(FOLDER)
NAMES = sorted(workflow.name for workflow in LIBRARY)
PICTURE = {"image": "sketch.png"}
KEEPING = ("img2img_pixel_builtin@1",)  # it recolours a picture, and so its alpha stays


def pixelate():
    return json.loads((FOLDER / "pixelate.v1.json").read_text(encoding="utf-8"))


def write(folder, graph, name="pixelate.v1.json"):
    path = folder / name
    path.write_text(graph if isinstance(graph, str) else json.dumps(graph), encoding="utf-8")
    return path


def node(graph, title):
    return next(each for each in graph["nodes"] if each.get("title") == title)


def handle(graph):
    return graph["extra"]["pixart"]


def offering(object_info, checkpoints, controlnets=("tiny_cn_alias.pth",)):
    """The same ComfyUI with other model files."""
    info = {**object_info}
    for name, key, files in (
        ("CheckpointLoaderSimple", "ckpt_name", checkpoints),
        ("ControlNetLoader", "control_net_name", controlnets),
    ):
        info[name] = copy.deepcopy(info[name])
        info[name]["input"]["required"][key][0] = list(files)
    return info


# What is in the files


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_of_the_folder_is_called_like_a_workflow(path):
    assert FILE_NAME.fullmatch(path.name)


@pytest.mark.parametrize("name", NAMES)
def test_every_input_is_explained(name):
    assert [entry.name for entry in LIBRARY.get(name).inputs.values() if len(entry.summary) < 10] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_names_the_nodes_of_the_pack_that_it_uses(name):
    workflow = LIBRARY.get(name)
    used = {each["type"] for each in workflow.graph["nodes"] if each["type"].startswith("Pixart")}
    assert set(workflow.needs["nodes"]) == used


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_has_a_note_and_lies_in_groups(name):
    graph = LIBRARY.get(name).graph
    assert [each["type"] for each in graph["nodes"]].count("MarkdownNote") == 1
    boxes = [group["bounding"] for group in graph["groups"]]
    for each in graph["nodes"]:
        (x, y), (width, height) = each["pos"], each["size"]
        inside = [bx <= x and by <= y and x + width <= bx + w and y + height <= by + h for bx, by, w, h in boxes]
        assert sum(inside) == (each["type"] != "MarkdownNote"), each["title"]


@pytest.mark.parametrize("name", NAMES)
def test_a_bare_mode_means_its_newest_version(name):
    mode = name.partition("@")[0]
    assert LIBRARY.get(mode).version == max(each.version for each in LIBRARY if each.mode == mode)


@pytest.mark.comfy
@pytest.mark.parametrize("name", NAMES)
def test_a_real_comfyui_with_models_lacks_nothing(name, comfy):
    assert missing(LIBRARY.get(name), comfy.object_info) == ()


# Files that are not right


def drop(key):
    return lambda graph: handle(graph).pop(key)


def change(**more):
    return lambda graph: handle(graph).update(more)


def width(**more):
    return lambda graph: handle(graph)["inputs"]["width"].update(more)


def retitle(old, new):
    return lambda graph: node(graph, old).update(title=new)


WIDGET = {"name": "width", "widget": {"of": "width"}}
BROKEN = [
    (lambda graph: graph.pop("nodes"), "It is not a graph that ComfyUI's editor saved. Save it there"),
    (lambda graph: graph["extra"].pop("pixart"), "It has no extra.pixart."),
    (drop("outputs"), "extra.pixart lacks outputs."),
    (change(inputs=[]), "extra.pixart.inputs must be an object."),
    (change(mode=3), "extra.pixart.mode must be a text."),
    (change(input={}), "extra.pixart has an unknown key 'input'. Did you mean 'inputs'?"),
    (change(version=2), "says inside that it is pixelate@2. Mode and version must be those of its name."),
    (width(too=[]), "extra.pixart.inputs.width has an unknown key 'too'. Did you mean 'to'?"),
    (width(to=[]), "extra.pixart.inputs.width.to must have addresses like 'Node title.widget'."),
    (width(to="Downscale.width"), "extra.pixart.inputs.width.to must be a list."),
    (width(max="9"), "extra.pixart.inputs.width.max must be a number."),
    (width(kind="model", model="loras", summary=""), "extra.pixart.inputs.width needs a summary that says what to get"),
    (width(kind="picure"), "extra.pixart.inputs.width.kind is 'picure'. It must be one of: value, picture, model."),
    (width(kind="model"), "must have both kind 'model' and its folder in 'model', or neither."),
    (width(to=["Downscale.widht"]), "the node 'Downscale' has no widget 'widht'. Its widgets: width, height, method"),
    (width(to=["Downscale.height"]), "Inputs 'width' and 'height' both set 'Downscale.height'."),
    (
        retitle("Downscale", "Shrink"),
        "For input 'width' ('Downscale.width') there is no node with the title 'Downscale'",
    ),
    (retitle("Downscale", "Shrink"), "Titles: Adjust, Colours, Quantize, Result, Shrink, Sketch."),
    (retitle("Adjust", "Downscale"), "there are 2 nodes with the title 'Downscale'"),
    (change(outputs={"image": "Resutl"}), "For output 'image' there is no node with the title 'Resutl'"),
    (lambda graph: node(graph, "Result").update(mode=2), "The node 'Result' of output 'image' is muted or bypassed."),
    (change(needs={"models": ["checkpoints"]}), "needs.models must be the folders of its model inputs: []."),
    (lambda graph: node(graph, "Downscale").pop("id"), "It has no number of its own for node None ('Downscale', "),
    (lambda graph: node(graph, "Downscale").update(id=[3]), "It has no number of its own for node [3] ('Downscale', "),
    (lambda graph: node(graph, "Downscale").update(id="1"), "It has no number of its own for node 1 ('Downscale', "),
    *(
        (lambda graph, inputs=inputs: node(graph, "Downscale").update(inputs=inputs), "The inputs or outputs of node 3")
        for inputs in (3, {"image": 1}, ["image"], [{"link": 1}], [{"name": "image", "link": [1]}], [WIDGET])
    ),
    (lambda graph: node(graph, "Downscale").update(outputs=3), "The inputs or outputs of node 3"),
    *(
        (lambda graph, link=link: graph["links"].append(link), "It has a link that can't be read. Open it in")
        for link in (None, 3, [1], {"id": 9}, [9, [1], 0], [[9], 1, 0], [9, 1, "first"])
    ),
    (lambda graph: graph.update(links={"1": [1, 1, 0]}), "It has a link that can't be read."),
    (
        lambda graph: (graph["nodes"][1].update(type="abc"), graph.update(definitions={"subgraphs": [{"id": "abc"}]})),
        "node 2 ('Adjust', abc) is a subgraph. Unpack it in ComfyUI's editor.",
    ),
    (lambda graph: graph["nodes"][1].update(type="workflow>abc"), "node 2 ('Adjust', workflow>abc) is a group node."),
    (change(outputs={"picture": "Result"}), "extra.pixart.outputs has neither 'image' nor 'rgb565' nor 'caption'"),
    *(
        (lambda graph, more=more: graph.update(definitions=more), "Its definitions of subgraphs can't be read.")
        for more in ([1], "x", {"subgraphs": ["x"]}, {"subgraphs": {"id": "x"}})
    ),
    (
        lambda graph: next(e for e in node(graph, "Downscale")["inputs"] if e["name"] == "width").update(link=1),
        "Input 'width' is to set 'Downscale.width', but a link feeds it.",
    ),
]


@pytest.mark.parametrize(("spoil", "sentence"), BROKEN, ids=[sentence[:50] for _, sentence in BROKEN])
def test_a_broken_file_is_refused_with_a_sentence_that_names_it(spoil, sentence, tmp_path):
    graph = pixelate()
    spoil(graph)
    with pytest.raises(WorkflowError) as caught:
        load(write(tmp_path, graph))
    assert str(caught.value).startswith("pixelate.v1.json")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("pixelate.v1.json", "{", "pixelate.v1.json is not JSON"),
        ("pixelate.v1.json", "[" * 100_000, "pixelate.v1.json is not JSON that can be read"),
        ("pixelate.v1.json", "9" * 5_000, "is not "),  # early versions of Python 3.10 read the number
        ("pixelate.v1.json", "[]", "It is not a graph that ComfyUI's editor saved."),
        ("pixelate.json", "{}", "pixelate.json is not called like a workflow. Call it NAME.vN.json."),
    ],
)
def test_a_file_that_is_no_workflow_is_refused(name, text, sentence, tmp_path):
    with pytest.raises(WorkflowError, match=re.escape(sentence)):
        load(write(tmp_path, text, name))


@pytest.mark.parametrize("coding", ["latin-1", "utf-16"])
def test_a_file_in_another_coding_is_refused(coding, tmp_path):
    path = tmp_path / "pixelate.v1.json"
    path.write_bytes(json.dumps({**pixelate(), "of": "Müller"}, ensure_ascii=False).encode(coding))
    with pytest.raises(WorkflowError, match=r"pixelate\.v1\.json is not UTF-8\. Save it as UTF-8\."):
        load(path)


def test_a_file_with_the_mark_of_windows_is_read(tmp_path):
    path = tmp_path / "pixelate.v1.json"
    path.write_bytes(json.dumps(pixelate()).encode("utf-8-sig"))
    assert load(path).name == "pixelate@1"


@pytest.mark.parametrize("name", ["mine.json", "Mine.v1.json", "mine.v1 (1).json"])
def test_a_file_that_no_request_can_name_is_told_of(name, tmp_path):
    write(tmp_path, pixelate())
    write(tmp_path, pixelate(), name)
    (sentence,) = misnamed(tmp_path)
    assert sentence.startswith(f"{name} in {tmp_path} is not called like a workflow, and is left alone. Call it NAME")
    assert misnamed(FOLDER) == []


def test_a_muted_node_of_a_pack_that_is_not_there_is_not_missed(tmp_path):
    graph = pixelate()
    before = load(write(tmp_path, graph)).classes
    graph["nodes"].append({"id": 90, "type": "OfAnotherPack", "mode": 2})
    assert load(write(tmp_path, graph)).classes == before
    graph["nodes"][-1]["mode"] = 0
    assert "OfAnotherPack" in load(write(tmp_path, graph)).classes


class Comfy:
    """What `doctor` asks of a ComfyUI."""

    url = "http://127.0.0.1:8188"

    def __init__(self, object_info):
        self._object_info = object_info

    def stats(self):
        return {"system": {"comfyui_version": "0"}}

    def object_info(self):
        return self._object_info

    def engine(self, name):
        return {}

    def model_kinds(self):
        return {}


@pytest.mark.comfy
def test_doctor_says_why_a_file_that_lacks_nothing_can_not_run(comfy, tmp_path):
    graph = pixelate()
    write(tmp_path, graph)
    assert report(Settings(workflows=tmp_path), Comfy(comfy.object_info))[0]
    node(graph, "Adjust").update(type="ImageScaleBy", widgets_values=["area"])
    for name in ("contrast", "sharpen"):
        handle(graph)["inputs"].pop(name)
    write(tmp_path, graph)
    write(tmp_path, graph, "mine.json")
    healthy, lines = report(Settings(workflows=tmp_path), Comfy(comfy.object_info))
    assert not healthy
    at = next(at for at, line in enumerate(lines) if line.startswith("pixelate@1"))
    assert "can't run" in lines[at]
    assert "node 2 ('Adjust', ImageScaleBy) has 1 widget values, but its class has 2" in lines[at + 1]
    assert lines[-1].startswith("mine.json in ")


@pytest.mark.parametrize("engine", ENGINES)
def test_doctors_lines_stand_in_columns(engine):
    lines = report(Settings(_env_file=None, engine=engine), Comfy({}))[1]
    columns = {line.index(LIBRARY.get(line.partition("@")[0]).summary) for line in lines if re.match("[a-z]", line)}
    assert len(columns) == 1


def test_doctor_says_what_to_fetch_for_clients_that_ask_for_it_by_default():
    lines = report(Settings(_env_file=None), Comfy({}))[1]
    said = "Upscaler  R-ESRGAN 4x+ is asked for by clients of A1111; until it is here, Lanczos is used. Put RealESRGAN"
    assert [line for line in lines if line.startswith(said)]
    upscalers = {"UpscaleModelLoader": {"input": {"required": {"model_name": [["RealESRGAN_x4plus.pth"]]}}}}
    assert not [line for line in report(Settings(_env_file=None), Comfy(upscalers))[1] if line.startswith(said)]


def test_a_fallback_must_be_in_the_library(tmp_path):
    graph = pixelate()
    handle(graph)["fallback"] = "sketchy"
    write(tmp_path, graph)
    with pytest.raises(WorkflowError, match="falls back to 'sketchy', which is not in"):
        Library.open(tmp_path)


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        ({"one": {"fallback": "one"}}, "one@1, one@1"),
        ({"one": {"fallback": "two"}, "two": {"fallback": "one"}}, "one@1, two@1, one@1"),
        ({"one": {}, "two": {"fallback": "one", "engine": "axera", "serves": ["one"]}}, "two@1, two@1"),
    ],
    ids=["itself", "each other", "what it serves"],
)
def test_fallbacks_that_never_end_are_refused(changes, way, tmp_path):
    for mode, more in changes.items():
        graph = pixelate()
        handle(graph).update(mode=mode, **more)
        write(tmp_path, graph, f"{mode}.v1.json")
    with pytest.raises(WorkflowError, match=f"Fallbacks go in a circle: {way}."):
        Library.open(tmp_path)


def test_an_unknown_workflow_is_answered_with_the_nearest_one_and_the_callers_field():
    with pytest.raises(UnknownName, match=r"Workflow 'skech' is unknown\. Did you mean 'sketch'\?") as caught:
        LIBRARY.get("skech")
    assert caught.value.field == "workflow"
    with pytest.raises(UnknownName, match=r"Did you mean 'sketch@2'\?"):
        LIBRARY.get("sketch@7")


def test_a_workflow_without_what_a_request_is_answered_with_is_refused():
    assert LIBRARY.answering("txt2img_rgb565", "rgb565") is LIBRARY.get("txt2img_rgb565")
    assert LIBRARY.answering("txt2img", "rgb565") is LIBRARY.get("txt2img")  # a panel's bytes are made of its picture
    with pytest.raises(BadRequest, match=r"^Workflow 'interrogate@1' has no output 'rgb565'.*txt2img_rgb565") as caught:
        LIBRARY.answering("interrogate", "rgb565")
    assert caught.value.field == "workflow"


# Binding


@pytest.mark.comfy
@pytest.mark.parametrize("name", NAMES)
def test_without_values_the_graph_is_the_saved_one(name, comfy):
    workflow = LIBRARY.get(name)
    models = {entry.name for entry in workflow.inputs.values() if entry.kind == "model"}
    files = {entry.to[0].rpartition(".")[0] for entry in workflow.inputs.values() if entry.kind != "value"}
    bound = bind(workflow, pictures(workflow), comfy.object_info)
    for before, after in zip(workflow.graph["nodes"], bound.graph["nodes"], strict=True):
        if before["title"] not in files:
            assert before == without_later_ones(before, after)
    assert {note.partition(":")[0] for note in bound.notes} == models


def without_later_ones(before, after):
    """The bound node without the values of widgets that its class got since the file was saved."""
    saved = before.get("widgets_values")
    return {**after, "widgets_values": after["widgets_values"][: len(saved)]} if isinstance(saved, list) else after


@pytest.mark.comfy
@pytest.mark.parametrize("name", NAMES)
def test_every_input_reaches_the_prompt_and_is_blamed_by_name(name, comfy):
    workflow = LIBRARY.get(name)
    for entry in workflow.inputs.values():
        values = {**pictures(workflow), entry.name: other(workflow, entry, comfy.object_info)}
        bound = bind(workflow, values, comfy.object_info)
        assert bound.prompt == convert(bound.graph, comfy.object_info)
        for address in entry.to:
            title, _, widget = address.rpartition(".")
            node_id = str(node(bound.graph, title)["id"])
            assert bound.prompt[node_id]["inputs"][widget] == other(workflow, entry, comfy.object_info)
            assert bound.blame(node_id, widget) == entry.name
    assert bound.blame("1", "nothing") is None


def other(workflow, entry, object_info):
    """A value that the input may have and the file does not have."""
    title, _, widget = entry.to[0].rpartition(".")
    each = node(workflow.graph, title)
    known = object_info[each["type"]]["input"]
    inputs = {**known["required"], **known.get("optional", {})}[widget]
    options = inputs[0] if isinstance(inputs[0], list) else inputs[1].get("options")
    if entry.kind == "picture":
        return "pixart/abc.png"
    if options:
        return options[-1]
    if inputs[0] in ("INT", "FLOAT"):
        ends = [entry.min if entry.min is not None else inputs[1]["min"], entry.max or inputs[1]["max"]]
        return next(end for end in ends if end != each["widgets_values"][places(each, object_info)[widget]])
    return {"BOOLEAN": True, "STRING": "#000000"}[inputs[0]]


def pictures(workflow):
    return {entry.name: "sketch.png" for entry in workflow.inputs.values() if entry.kind == "picture"}


@pytest.mark.comfy
@pytest.mark.parametrize("seed", [0, 1, 2**53 - 1])
def test_a_seed_is_kept_and_stays_when_the_graph_is_run_again(seed, comfy):
    saved = copy.deepcopy(LIBRARY.get("sketch"))
    node(saved.graph, "Sampler")["widgets_values"][1] = "randomize"
    bound = bind(saved, {**PICTURE, "seed": seed}, comfy.object_info)
    assert node(bound.graph, "Sampler")["widgets_values"][:2] == [seed, "fixed"]
    assert [note for note in bound.notes if note.startswith("seed")] == []


@pytest.mark.comfy
@pytest.mark.parametrize(
    ("values", "widget", "used"),
    [
        ({"width": -1}, ("Downscale", "width"), 0),
        ({"width": 10**9}, ("Downscale", "width"), 4096),
        ({"contrast": -0.5}, ("Adjust", "contrast"), 0.0),
        ({"strength": 7}, ("Quantize", "strength"), 1.0),
    ],
)
def test_a_number_out_of_range_is_clamped_and_noted(values, widget, used, comfy):
    bound = bind(LIBRARY.get("pixelate"), {**PICTURE, **values}, comfy.object_info)
    ((name, value),) = values.items()
    assert bound.notes == (f"{name}: {used} instead of {value}",)
    assert bound.prompt[str(node(bound.graph, widget[0])["id"])]["inputs"][widget[1]] == used


WRONG = [
    ({"widht": 3}, UnknownName, "widht", "Input 'widht' is unknown. Did you mean 'width'?"),
    ({"width": "64"}, BadRequest, "width", "width must be a whole number, not '64'."),
    ({"width": 64.5}, BadRequest, "width", "width must be a whole number, not 64.5."),
    ({"width": True}, BadRequest, "width", "width must be a whole number, not True."),
    ({"contrast": float("nan")}, BadRequest, "contrast", "contrast must be a number, not nan."),
    ({"width": float("inf")}, BadRequest, "width", "width must be a whole number, not inf."),
    ({"colors": ["#000000"]}, BadRequest, "colors", "colors must be a text, not ['#000000']."),
    ({"dither": "bayer4"}, UnknownName, "dither", "Dither 'bayer4' is unknown. Did you mean 'bayer-4'?"),
    ({"palette": 8}, UnknownName, "palette", "Palette '8' is unknown."),
    ({"palette": ["pico-8"]}, UnknownName, "palette", "is unknown."),
    ({"image": None}, BadRequest, "image", "image is missing. Send a picture, in a request that takes one"),
    ({"image": 5}, BadRequest, "image", "image must be a text, not 5."),
]


@pytest.mark.comfy
@pytest.mark.parametrize(("values", "error", "field", "sentence"), WRONG, ids=[row[3] for row in WRONG])
def test_a_value_that_cannot_be_used_is_refused_naming_its_input(values, error, field, sentence, comfy):
    with pytest.raises(error) as caught:
        bind(LIBRARY.get("pixelate"), {**PICTURE, **values}, comfy.object_info)
    assert sentence in str(caught.value)
    assert caught.value.field == field


# Models


@pytest.mark.comfy
@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["sd_xl_base_1.0.safetensors", "dreamshaper_8.safetensors"], "dreamshaper_8.safetensors"),
        (["dreamshaper_8.safetensors", "v1-5-pruned.ckpt"], "v1-5-pruned.ckpt"),
        (["sd/PixelStyle.safetensors", "v1-5-pruned.ckpt"], "sd/PixelStyle.safetensors"),
        (["a_pixel.ckpt", "v1-5-pruned-emaonly-fp16.safetensors"], "v1-5-pruned-emaonly-fp16.safetensors"),
        (["flux1-dev.safetensors", "sd-v1-5-inpainting.ckpt"], None),
        ([], None),
    ],
)
def test_the_saved_checkpoint_is_taken_else_the_first_that_fits(files, chosen, comfy):
    info = offering(comfy.object_info, files)
    workflow = LIBRARY.get("sketch")
    if chosen is None:
        assert [str(part) for part in missing(workflow, info)] == [
            "The model 'checkpoint' is missing: put an SD1.5 checkpoint into ComfyUI's models/checkpoints folder, "
            "or run `pixart models get sd15`."
        ]
        with pytest.raises(MissingParts, match="put an SD1"):
            bind(workflow, PICTURE, info)
    else:
        assert missing(workflow, info) == ()
        assert f"checkpoint: {chosen}" in bind(workflow, PICTURE, info).notes


@pytest.mark.comfy
@pytest.mark.parametrize("word", ["sd/Anything XL.ckpt", "sd\\anything xl.ckpt", "Anything XL.ckpt", "anything xl"])
def test_the_users_own_choice_of_model_goes_first_by_any_of_its_names(word, comfy):
    info = offering(comfy.object_info, ["v1-5.ckpt", "sd/Anything XL.ckpt"])
    workflow = LIBRARY.get("sketch")
    expected = "checkpoint: sd/Anything XL.ckpt"
    assert expected in bind(workflow, PICTURE, info, models={"checkpoint": word}).notes
    assert expected in bind(workflow, {**PICTURE, "checkpoint": word}, info, models={"checkpoint": "v1-5"}).notes


@pytest.mark.comfy
def test_a_model_that_is_not_there_is_answered_with_the_nearest_one(comfy):
    info = offering(comfy.object_info, ["dreamshaper_8.safetensors", "v1-5.ckpt"])
    with pytest.raises(UnknownName, match=r"Did you mean 'dreamshaper_8\.safetensors'\?") as caught:
        bind(LIBRARY.get("sketch"), PICTURE, info, models={"checkpoint": "dreamshaper_7.safetensors"})
    assert caught.value.field == "checkpoint"


@pytest.mark.comfy
def test_a_model_that_could_be_fetched_is_answered_with_the_command(comfy):
    info = offering(comfy.object_info, ["dreamshaper_8.safetensors"])
    with pytest.raises(MissingParts, match=r"isn't here. Run `pixart models get sd_xl_base_1.0.safetensors`\."):
        bind(LIBRARY.get("sketch"), PICTURE, info, models={"checkpoint": "SD_XL_base_1.0"})


@pytest.mark.comfy
def test_missing_models_and_nodes_are_each_named_with_what_to_do(bare_comfy):
    info = {name: entry for name, entry in bare_comfy.object_info.items() if name not in ("PixartCanvas", "Canny")}
    assert [(part.kind, part.name) for part in missing(LIBRARY.get("sketch"), info)] == [
        ("node class", "Canny"),
        ("node class", "PixartCanvas"),
        ("model", "checkpoint"),
        ("model", "controlnet"),
    ]
    assert missing(LIBRARY.get("pixelate"), info) == ()


# In a real ComfyUI


@pytest.mark.comfy
@pytest.mark.parametrize("name", [name for name in NAMES if {"colors", "height"} <= LIBRARY.get(name).inputs.keys()])
def test_a_bound_workflow_with_a_palette_makes_what_was_asked_for(name, comfy):
    palette = ["#000000", "#ffffff", "#336699", "#cc3311"]
    asked = {"width": 40, "height": 24, "colors": " ".join(palette), "dither": "bayer-2"}
    small = {"generation_side": 64, "steps": 2, "seed": 0, "prompt": "a tree", "own_colors": 0}
    workflow = LIBRARY.get(name)
    buffer = io.BytesIO()
    sketches.tree().save(buffer, "PNG")
    values = {**asked, **{key: value for key, value in small.items() if key in workflow.inputs}}
    values |= dict.fromkeys(pictures(workflow), comfy.put_input("tree.png", buffer.getvalue()))
    bound = bind(workflow, values, comfy.object_info)
    entry = comfy.run(bound.prompt, bound.graph)
    assert entry["status"]["status_str"] == "success"
    (image,) = entry["outputs"][bound.outputs["image"]]["images"]
    with Image.open(io.BytesIO(comfy.output(image))) as made:
        assert made.size == (40, 24)
        assert made.mode == "P"
        assert json.loads(made.info["workflow"]) == bound.graph
        pixels = [color for _, color in made.convert("RGBA").getcolors()]
    assert {f"#{r:02x}{g:02x}{b:02x}" for r, g, b, a in pixels if a} <= set(palette)
    assert {a for *_, a in pixels} == (
        {255} if "_pixel" in name and name not in KEEPING else {0, 255}
    )  # models draw none
