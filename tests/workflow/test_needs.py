"""What a prompt takes of a ComfyUI is what another one must have to draw it, and nothing else."""

import copy

import pytest

from bridge.catalog.families import ModelFiles
from bridge.core.needs import Needs
from bridge.workflow.needs import fits, needs_of

FILES = ModelFiles.parsed({"checkpoints": {"one.ckpt": {}}, "loras": {"styles/ink.safetensors": {}}})
INFO = {
    "CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": [["one.ckpt", "two.ckpt"]]}}},
    "KSampler": {
        "input": {
            "required": {"sampler_name": ["COMBO", {"options": ["euler", "lcm"]}], "steps": ["INT", {}]},
            "optional": {"cfg": ["FLOAT", {}], "new": ["INT", {}]},
        }
    },
    "LoadImage": {"input": {"required": {"image": [["a.png"], {"image_upload": True}]}}},
    "PixartLoras": {"input": {"required": {"loras": ["STRING", {}]}}},
}
PROMPT = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "one.ckpt"}},
    "2": {"class_type": "KSampler", "inputs": {"model": ["1", 0], "sampler_name": "euler", "steps": 4, "cfg": 7.0}},
    "3": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
    "4": {"class_type": "PixartLoras", "inputs": {"loras": "<lora:ink:0.5>"}},
}
NEEDS = needs_of(PROMPT, INFO, FILES, "comfyui")


def test_nodes_with_their_inputs_choices_and_model_files_are_needed():
    assert (
        Needs(
            nodes={
                "CheckpointLoaderSimple": ["ckpt_name"],
                "KSampler": ["cfg", "sampler_name", "steps"],
                "LoadImage": ["image"],
                "PixartLoras": ["loras"],
            },
            choices={"CheckpointLoaderSimple.ckpt_name": ["one.ckpt"], "KSampler.sampler_name": ["euler"]},
            models=["checkpoints/one.ckpt", "loras/styles/ink.safetensors"],
        )
        == NEEDS
    )


def test_the_same_needs_have_the_same_digest_whatever_is_asked_for_and_in_which_order():
    other = copy.deepcopy(dict(reversed(PROMPT.items())))
    other["2"]["inputs"].update(steps=20)
    other["3"]["inputs"]["image"] = "another.png"
    assert needs_of(other, INFO, FILES, "comfyui").digest == NEEDS.digest
    other["2"]["inputs"]["sampler_name"] = "lcm"
    changed = needs_of(other, INFO, FILES, "comfyui")
    assert (changed.digest != NEEDS.digest, changed.model_digest) == (True, NEEDS.model_digest)
    assert Needs.parsed(NEEDS.text) == NEEDS


def test_two_prompts_need_together_what_either_needs():
    one = Needs({"KSampler": ["cfg"], "LoadImage": ["image"]}, {"KSampler.sampler_name": ["lcm"]}, ["loras/b"])
    other = Needs({"KSampler": ["steps"]}, {"KSampler.sampler_name": ["euler", "lcm"]}, ["loras/a"], "axera")
    both = Needs(
        {"KSampler": ["cfg", "steps"], "LoadImage": ["image"]},
        {"KSampler.sampler_name": ["euler", "lcm"]},
        ["loras/a", "loras/b"],
        "axera",
    )
    assert (one | other, other | one, both | one) == (both, both, both)


def test_who_has_all_of_it_and_more_can_draw_it():
    assert fits(NEEDS, INFO, FILES, "comfyui")
    assert fits(NEEDS, {**INFO, "More": {}}, ModelFiles(), "axera"), "where files aren't told, lists are enough"


LACKS = {
    "a node": lambda info: info.pop("PixartLoras"),
    "an input": lambda info: info["KSampler"]["input"]["optional"].pop("cfg"),
    "a choice": lambda info: info["KSampler"]["input"]["required"]["sampler_name"][1]["options"].remove("euler"),
    "a checkpoint": lambda info: info["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0].remove("one.ckpt"),
}


@pytest.mark.parametrize("lack", LACKS)
def test_who_lacks_any_of_it_cannot(lack):
    info = copy.deepcopy(INFO)
    LACKS[lack](info)
    assert not fits(NEEDS, info, FILES, "comfyui")


def test_a_file_that_only_the_text_names_has_to_be_there_too():
    assert not fits(NEEDS, INFO, ModelFiles.parsed({"checkpoints": {"one.ckpt": {}}, "loras": {}}), "comfyui")


def test_what_an_npu_draws_is_drawn_by_one_only():
    needs = needs_of({}, INFO, FILES, "axera")
    assert [fits(needs, INFO, FILES, engine) for engine in ("axera", "comfyui", "a1111")] == [True, False, False]
    assert needs_of({}, INFO, FILES, "builtin").engine == "", "drawings are nodes of the pack"
