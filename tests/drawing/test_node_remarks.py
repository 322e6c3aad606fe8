"""What nodes say of their work is in every job's notes, whether ComfyUI ran them or had their work from before."""

from bridge.drawing.outcome import MOST_REMARKS, NodeRemarks


def prompt(file="a.gif", colors=4):
    return {
        "9": {"class_type": "Save", "inputs": {"images": ["2", 0]}},
        "2": {"class_type": "Quantize", "inputs": {"image": ["1", 0], "colors": colors}},
        "1": {"class_type": "Load", "inputs": {"image": file}},
    }


def said(**sentences):
    return {node[1:]: {"pixart": [{"remarks": [text]}]} for node, text in sentences.items()}


def test_a_node_that_did_not_run_again_is_quoted():
    remarks = NodeRemarks()
    assert remarks.of(prompt(), said(_1="4 frames", _2="no dither")) == ["4 frames", "no dither"]
    assert remarks.of(prompt(colors=8), said(_2="dithered")) == ["4 frames", "dithered"]
    assert remarks.of(prompt(colors=8)) == ["4 frames", "dithered"], "none of its nodes ran"


def test_a_node_is_known_by_what_it_was_given_and_not_by_its_number():
    remarks = NodeRemarks()
    remarks.of(prompt(), said(_1="4 frames", _2="no dither"))
    numbers = {"9": "3", "2": "20", "1": "10"}
    moved = {
        numbers[node]: {
            "class_type": each["class_type"],
            "inputs": {
                name: [numbers[value[0]], 0] if isinstance(value, list) else value
                for name, value in each["inputs"].items()
            },
        }
        for node, each in prompt().items()
    }
    assert remarks.of(moved) == ["4 frames", "no dither"]
    assert remarks.of(prompt("b.gif")) == [], "of another file nothing is known yet"


def test_reports_without_remarks_and_of_other_shapes_are_none():
    outputs = {"1": {"pixart": [{"colors": 4}]}, "2": {"pixart": "text"}, "9": {"images": []}, "5": {"pixart": []}}
    assert NodeRemarks().of(prompt(), outputs) == []


def test_only_so_many_are_remembered():
    remarks = NodeRemarks()
    for number in range(MOST_REMARKS + 1):
        remarks.of(prompt(f"{number}.gif"), said(_1=f"file {number}"))
    assert remarks.of(prompt("0.gif")) == []
    assert remarks.of(prompt("1.gif")) == ["file 1"]
