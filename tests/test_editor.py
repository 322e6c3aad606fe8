"""What a person meets in ComfyUI's editor: names that are found, files that are kept, nodes that say what they did."""

import pytest

pytestmark = pytest.mark.comfy


def saved(comfy, prefix, color, count=2):
    """The files of a batch in one colour, by their names."""
    prompt = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": count, "color": color}},
        "2": {"class_type": "PixartSaveIndexed", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }
    return {file["filename"]: comfy.output(file) for file in comfy.run(prompt)["outputs"]["2"]["images"]}


def test_a_batchs_numbers_in_the_names_do_not_let_a_second_run_write_over_the_first(comfy):
    first, second = (saved(comfy, "editor/run_%batch_num%", color) for color in (0, 0xFF0000))
    assert list(first) == ["run_0_00001_.png", "run_1_00002_.png"]
    assert list(second) == ["run_0_00003_.png", "run_1_00004_.png"]
