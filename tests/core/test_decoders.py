"""Every decoder of what others sent takes any bytes: it understands them, or refuses them by its own error."""

import itertools
import json
import struct
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sketches import encoded

from bridge.adapters import dialects
from bridge.adapters.a1111 import infotext, prompt
from bridge.adapters.dialect import Request
from bridge.adapters.fields import LONGEST_PROMPT, decoded
from bridge.comfy import events
from bridge.core.errors import BadRequest, PixartError, WorkflowError
from bridge.core.job import Artifact, Upload
from bridge.core.picture import exif, png_text
from bridge.core.picture.codec import FORMATS, check
from bridge.core.picture.image_size import size
from bridge.core.places import ROOT
from bridge.core.variables import options_of
from bridge.drawing.run_state import Progress, Prompt, RunState
from bridge.storage.cache import packed, unpacked
from bridge.web.body import parse_json
from bridge.workflow.file import load

PICTURE = Image.radial_gradient("L").resize((24, 16)).convert("RGB")
FILES = [encoded(PICTURE, format) for format in FORMATS]
FILES.append(png_text.with_text(FILES[0], "parameters", "a tree\nSteps: 4, Seed: 0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def damaged(draw, files=tuple(FILES)):
    """A good file with some bytes changed, cut out or put in; or any bytes at all."""
    data = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 8))] = draw(st.binary(max_size=8))
    return draw(st.sampled_from([bytes(data), draw(st.binary(max_size=64))]))


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_body_is_json_or_a_bad_request(data):
    with suppress(BadRequest):
        assert json.dumps(parse_json(data)).encode()


@given(st.text(max_size=200) | st.binary(max_size=60).map(lambda data: f"data:image/png;base64,{data.hex()}"))
def test_base64_is_bytes_or_a_bad_request(text):
    with suppress(BadRequest):
        assert decoded(text, "sketch")


@given(damaged())
def test_a_file_is_a_picture_or_a_bad_request(data):
    found = size(data)
    assert found is None or min(found) > 0  # Pillow understands some damage that hides the size from the header
    with suppress(BadRequest):
        check(Upload(data, "sketch"))


@given(damaged())
def test_a_files_texts_are_read_or_there_are_none(data):
    assert all(isinstance(text, str) for text in png_text.texts(data).values())
    assert exif.comment(data) is None or isinstance(exif.comment(data), str)


@given(st.text(st.characters(codec="utf-8"), max_size=200) | st.from_regex(r"[a-z]+\n(Steps|Seed|Size): .{0,40}"))
def test_any_text_is_read_as_parameters(text):
    json.dumps(infotext.request_fields(text))


@given(st.text("ab(){}[]<>:|\\,. 0123456789lora", max_size=80))
def test_any_prompt_is_understood(text):
    assert all(isinstance(piece, str) and isinstance(weight, float) for piece, weight in prompt.weighted(text))
    prompt.without_networks(text)


WROTE = st.fixed_dictionaries({"filename": st.just("x.png") | JSON}, optional={"subfolder": JSON, "type": JSON})
MESSAGES = JSON | st.fixed_dictionaries(
    {
        "type": st.sampled_from(["progress_state", "executing", "execution_error", "executed"]) | JSON,
        "data": st.fixed_dictionaries(
            {
                "prompt_id": st.just("mine") | JSON,
                "output": st.fixed_dictionaries({"images": st.lists(WROTE | JSON, max_size=2) | JSON}) | JSON,
                "nodes": st.dictionaries(
                    st.sampled_from(["1", "2"]),
                    st.fixed_dictionaries({"state": st.just("running") | JSON, "value": JSON, "max": JSON}) | JSON,
                )
                | JSON,
            }
        )
        | JSON,
    }
)
FRAMES = st.binary(max_size=40) | st.tuples(st.integers(0, 5), st.integers(0, 2**32 - 1), MESSAGES).map(
    lambda drawn: struct.pack(">II", drawn[0], min(drawn[1], 9999)) + json.dumps(drawn[2]).encode()
)
SAMPLER = {"1": {"class_type": "KSampler", "inputs": {"steps": 4, "seed": 0}}, "2": {"class_type": "X", "inputs": {}}}


@given(st.text(max_size=60) | MESSAGES.map(json.dumps) | FRAMES)
def test_whatever_comes_over_comfyuis_socket_is_a_hint_or_nothing(message):
    event = events.parse(message)
    live = RunState("job", prompt=Prompt("mine"), progress=Progress(SAMPLER))
    if event is not None:
        live.take(event)
        for file in (each for files in event.files.values() for each in files):
            assert {type(file.get(part, "")) for part in ("filename", "subfolder", "type")} == {str}
    assert 0 <= live.progress.done < 1


ENTRY = packed("key", [Artifact("image", "", "image/png", 0), Artifact("image", "0" * 64, "a/b", 3, data=b"abc")], "w")


@given(damaged(files=(ENTRY,)))
def test_an_entry_of_the_cache_is_whole_or_none(data):
    assert unpacked(data, "key") is None or data == ENTRY


WORKFLOW = json.loads((ROOT / "workflows" / "pixelate.v1.json").read_text())


@given(st.dictionaries(st.sampled_from([*WORKFLOW["extra"]["pixart"], "else"]), JSON, max_size=3), JSON)
def test_a_workflow_file_is_one_or_is_refused_by_name(tmp_path_factory, handle, extra):
    path = tmp_path_factory.getbasetemp() / "pixelate.v1.json"
    graph = {**WORKFLOW, "extra": extra if handle == {} else {"pixart": {**WORKFLOW["extra"]["pixart"], **handle}}}
    path.write_text(json.dumps(graph))
    with suppress(WorkflowError):
        load(path)


@pytest.mark.parametrize("sent", ['"text"', "[]", "null", "{}", '{"data": 3}', "not JSON", "[" * 5000])
def test_a_strange_message_of_another_node_is_no_error(sent):
    assert events.parse(sent) is None
    assert events.parse(struct.pack(">II", 4, len(sent)) + sent.encode()) is None


# Long texts. What takes the square of a text's length takes minutes for these, and holds up everybody else meanwhile.
ROUTES = [(d, r) for d in dialects().values() for r in d.routes if r.request is not None and r.read is not None]
FILLERS = ("0", " ", "(", "a:", "[", "<lora:", "\\", '"', "a, ", "AND ", "é", "\n")
LONG, SECONDS = 200_000, 5.0  # characters; a text that is read in one go takes milliseconds


@pytest.mark.parametrize(("dialect", "route"), ROUTES, ids=lambda value: getattr(value, "path", ""))
def test_a_field_of_a_long_text_is_read_or_refused_at_once(dialect, route):
    schema = route.request.model_json_schema().get("properties", {"sd_model_checkpoint": {}, "sd_vae": {}})
    body = {name: one["examples"][0] for name, one in schema.items() if "examples" in one}
    for name, filler in itertools.product(schema, FILLERS):
        request = Request(body={**body, name: filler * (LONG // len(filler))}, options=options_of(dialect.options))
        began = time.monotonic()
        with suppress(PixartError):
            route.read(request)
        assert time.monotonic() - began < SECONDS, (name, filler)


@pytest.mark.parametrize("filler", FILLERS)
def test_the_longest_texts_that_are_taken_are_understood_at_once(filler):
    text = (filler * LONG)[:LONG]
    began = time.monotonic()
    infotext.request_fields(text)
    png_text.texts(png_text.with_text(FILES[0], "parameters", text))
    prompt.without_networks(text)
    prompt.weighted(text[:LONGEST_PROMPT])
    prompt.understood(text[:LONGEST_PROMPT], embeddings=["one.pt"])
    assert time.monotonic() - began < SECONDS
