"""The job API and the unified endpoint over HTTP, as their own documents' clients call them, on a real ComfyUI."""

import base64
import io
import json
import time
import urllib.request

import documents
import numpy as np
import pytest
from bridge_process import BridgeProcess
from PIL import Image
from test_dialect_unified import PICKER

pytestmark = pytest.mark.comfy

SMALL = {"width": 64, "height": 64, "steps": 4}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    environment = {
        "COMFYUI_URL": comfy.url,
        "PIXART_GENERATION_SIDE": "64",
        "PIXART_LISTENERS": "0=imagegen,0=unified",
        "MAX_CONCURRENT_JOBS": "4",
        "MAX_QUEUE_SIZE": "100",
    }
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        yield bridge


def another(bridge, folder, **environment):
    """A bridge before the same ComfyUI with other settings."""
    same = {name: bridge.environment[name] for name in ("COMFYUI_URL", "PIXART_GENERATION_SIDE")}
    return BridgeProcess(folder, **same, **environment)


def png(rgb):
    made = io.BytesIO()
    Image.fromarray(rgb.astype(np.uint8)).save(made, "PNG")
    return made.getvalue()


def pixels(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture.convert("RGB")).astype(int)


def in_base64(data):
    return base64.b64encode(data).decode()


X, Y = np.meshgrid(np.arange(64), np.arange(64))
PICTURE = png(np.stack([X * 4, Y * 4, 255 - X * 4], axis=-1))
MASK = png(np.repeat(np.where(X < 32, 0, 255)[..., None], 3, axis=-1))  # the right half is drawn anew
STYLE = png(np.stack([255 - Y * 2, 128 + 0 * X, 30 + X], axis=-1))


def create(bridge, name, **body):
    code, job = bridge.call(f"/generate/{name}", body)
    assert (code, job["status"]) == (202, "queued"), job
    return job["id"]


def ended(bridge, id, seconds=180):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        code, job = bridge.call(f"/jobs/{id}")
        assert code == 200, job
        if job["status"] in ("completed", "failed"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"{id} did not end within {seconds} s: {job}\n{''.join(bridge.said[-20:])}")


def result(bridge, id):
    job = ended(bridge, id)
    assert job["status"] == "completed", job
    return job["result"]


def drawn(bridge, name, **body):
    """The pixels that a request leads to."""
    return pixels(base64.b64decode(result(bridge, create(bridge, name, **body))["images"][0]))


def bomb():
    """A small file of 36 million pixels."""
    made = io.BytesIO()
    Image.new("1", (6000, 6000)).save(made, "PNG")
    return made.getvalue()


def not_flat(rgb):
    return rgb.std() > 1


def test_a_request_that_comes_again_under_its_key_is_the_same_job_and_another_one_is_refused(bridge):
    key = {"Idempotency-Key": "apple-1"}
    status, first = bridge.call("/generate/text2img", {"prompt": "an apple", **SMALL}, key)
    assert (status, first["id"]) == (202, "job_apple-1")
    drawn = ended(bridge, first["id"])
    status, again = bridge.call("/generate/text2img", {"prompt": "an apple", **SMALL}, key)
    assert (status, again["id"], again["createdAt"]) == (202, first["id"], first["createdAt"])
    assert ended(bridge, again["id"])["result"] == drawn["result"]
    status, refused = bridge.call("/generate/text2img", {"prompt": "a pear", **SMALL}, key)
    assert (status, refused["error"]) == (409, "The id 'job_apple-1' belongs to another request. Choose a new id.")


def test_a_text_becomes_a_picture_and_the_answer_tells_all_about_it(bridge):
    body = {"prompt": "a red apple", "seed": 42, "sampler": "dpm++_2m", "model": "stable-diffusion-v1.5", **SMALL}
    job = ended(bridge, create(bridge, "text2img", **body))
    assert (job["status"], job["type"], job["progress"], job["request"]) == ("completed", "text2img", 100, body)
    parameters = {
        "prompt": "a red apple",
        "guidanceScale": 7.5,
        "sampler": "dpm++_2m",
        "model": "stable-diffusion-v1.5",
    }
    assert job["result"]["parameters"] == {**parameters, **SMALL}
    assert job["result"]["seed"] == 42
    assert job["createdAt"] <= job["startedAt"] <= job["completedAt"]
    assert job["result"]["timeTaken"] > 0
    rgb = pixels(base64.b64decode(job["result"]["images"][0]))
    assert (rgb.shape, not_flat(rgb)) == ((64, 64, 3), True)
    assert job["result"]["imageUrls"] == ["data:image/png;base64," + job["result"]["images"][0]]


def test_a_seed_repeats_zero_included_and_another_seed_or_prompt_differs(bridge):
    wishes = {"a": {"seed": 0}, "c": {"seed": 1}, "b": {"seed": 0}, "d": {"seed": 0, "prompt": "a house of stone"}}
    made = {name: drawn(bridge, "text2img", **{"prompt": "a tree", **SMALL, **wish}) for name, wish in wishes.items()}
    assert np.array_equal(made["a"], made["b"])
    assert not np.array_equal(made["a"], made["c"])
    assert not np.array_equal(made["a"], made["d"])


@pytest.mark.trap(10)
def test_strength_0_returns_the_picture_and_strength_1_another(bridge):
    body = {"prompt": "watercolor", "initImage": in_base64(PICTURE), "steps": 4, "seed": 1}
    assert np.array_equal(drawn(bridge, "img2img", **body, strength=0), pixels(PICTURE))
    assert np.abs(drawn(bridge, "img2img", **body, strength=1) - pixels(PICTURE)).mean() > 5


def test_an_inpainting_keeps_what_is_black_in_the_mask(bridge):
    body = {"prompt": "a car", "image": in_base64(PICTURE), "mask": in_base64(MASK), "steps": 4, "seed": 1}
    rgb = drawn(bridge, "inpaint", **body)
    before = pixels(PICTURE)
    assert rgb.shape == before.shape
    assert np.array_equal(rgb[:, :16], before[:, :16])
    assert np.abs(rgb[:, 48:] - before[:, 48:]).mean() > 5


TRANSFER = {"contentImage": in_base64(PICTURE), "styleImage": in_base64(STYLE), "steps": 4, "seed": 3}


@pytest.mark.trap(9)
@pytest.mark.trap(10)
def test_a_style_transfer_needs_no_prompt_and_takes_the_style_from_the_picture(bridge):
    job = ended(bridge, create(bridge, "style-transfer", **TRANSFER))
    assert (job["status"], job["type"]) == ("completed", "style_transfer"), job
    assert job["result"]["workflow"] == "style_transfer@1"
    assert job["result"]["parameters"]["prompt"] == "style_transfer"
    rgb = pixels(base64.b64decode(job["result"]["images"][0]))
    assert (rgb.shape, not_flat(rgb)) == ((64, 64, 3), True)
    assert not np.array_equal(rgb, drawn(bridge, "style-transfer", **{**TRANSFER, "styleImage": in_base64(MASK)}))
    assert np.array_equal(drawn(bridge, "style-transfer", **TRANSFER, contentStrength=1), pixels(PICTURE))


def test_a_style_transfer_without_a_style_model_takes_the_colours_and_says_so(bridge):
    body = {**TRANSFER, "workflow": "style_transfer_color", "width": 64, "height": 64}
    job = ended(bridge, create(bridge, "style-transfer", **body, contentStrength=0.5, styleStrength=1))
    assert (job["status"], job["type"]) == ("completed", "style_transfer"), job
    assert job["result"]["workflow"] == "style_transfer_color@1"
    other = {**body, "styleImage": in_base64(MASK)}
    made = [pixels(base64.b64decode(job["result"]["images"][0])), drawn(bridge, "style-transfer", **other)]
    assert not np.array_equal(*made)


def test_a_picture_keeps_its_own_size_and_shape_where_none_is_asked(bridge):
    wide = png(np.repeat(np.arange(100)[None, :, None] * np.ones((70, 1, 3)), 1, axis=0))
    rgb = drawn(bridge, "img2img", prompt="a field", initImage=in_base64(wide), steps=2)
    assert rgb.shape == (70, 100, 3)


@pytest.mark.trap(33)
def test_bad_requests_are_sentences_and_leave_nothing_behind(bridge):
    before = bridge.call("/queue/status")[1]
    small = {"prompt": "x", "initImage": in_base64(PICTURE)}
    for name, body, text in [
        ("text2img", {}, "Prompt is required"),
        ("img2img", {"prompt": "x"}, "Prompt and initImage are required"),
        ("text2img", {"prompt": "x", "width": 5000}, "width must be a whole number from 64 to 2048, not 5000."),
        ("text2img", {"prompt": "x", "model": "sdxl-99"}, "Model sdxl-99 not found."),
        ("img2img", {**small, "initImage": in_base64(b"no picture")}, "initImage is not a picture."),
        ("img2img", {**small, "initImage": in_base64(bomb())}, "initImage has 6000 x 6000 pixels."),
        ("text2img", {"prompt": "x", "workflow": "nothing-like-it"}, "nothing-like-it"),
    ]:
        code, answer = bridge.call(f"/generate/{name}", body)
        assert (code, set(answer)) == (400, {"error"})
        assert text in answer["error"]
    code, answer = bridge.call("/generate/text2img", b"{not json")
    assert (code, "not JSON" in answer["error"]) == (400, True)
    assert bridge.call("/queue/status")[1] == before


def test_unknown_jobs_and_paths_are_json_errors(bridge):
    assert bridge.call("/jobs/job_1_abc") == (404, {"error": "Job not found"})
    code, answer = bridge.call("/jobs/a/b/c")
    assert (code, answer["error"]) == (404, "Not Found")


@pytest.mark.trap(11)
def test_only_a_waiting_job_is_cancelled_and_the_urgent_one_is_next(bridge):
    running = create(bridge, "text2img", prompt="slow", width=64, height=64, steps=150)
    while bridge.call(f"/jobs/{running}")[1]["status"] == "queued":
        time.sleep(0.02)
    waiting = {
        word: create(bridge, "text2img", prompt="x", priority=word, **SMALL) for word in ("low", "normal", "high")
    }
    gone = create(bridge, "text2img", prompt="x", **SMALL)
    late = {"error": "Job not found or cannot be cancelled"}
    assert bridge.call(f"/jobs/{gone}/cancel", b"") == (200, {"success": True})
    assert bridge.call(f"/jobs/{gone}/cancel", b"") == (400, late)
    assert bridge.call(f"/jobs/{running}/cancel", b"") == (400, late)
    assert bridge.call("/jobs/job_1_unknown/cancel", b"") == (400, late)
    job = bridge.call(f"/jobs/{gone}")[1]
    assert (job["status"], job["error"]) == ("failed", "Cancelled by user")
    assert gone in [each["id"] for each in bridge.call("/jobs?status=failed")[1]["jobs"]]
    assert bridge.call("/queue/status")[1]["queuedJobs"] == 3
    assert bridge.call(f"/jobs/{running}/interrupt", b"") == (200, {"success": True})  # nobody waits for all its steps
    began = {word: ended(bridge, id)["startedAt"] for word, id in waiting.items()}
    assert sorted(began, key=lambda word: began[word]) == ["high", "normal", "low"]
    assert [bridge.call(f"/jobs/{id}/cancel", b"") for id in (running, waiting["high"])] == [(400, late)] * 2


@pytest.mark.trap(13)
def test_a_listing_is_newest_first_and_without_pictures(bridge):
    ids = [create(bridge, "img2img", prompt="x", initImage=in_base64(PICTURE), **SMALL) for _ in range(2)]
    for id in ids:
        ended(bridge, id)
    code, answer = bridge.call("/jobs?status=completed")
    assert (code, [each["id"] for each in answer["jobs"][:2]]) == (200, ids[::-1])
    assert all(each["status"] == "completed" for each in answer["jobs"])
    assert not {"request", "result"} & set().union(*answer["jobs"])
    assert len(json.dumps(answer["jobs"][0])) < 500
    assert bridge.call("/jobs?status=cancelled")[0] == 400


def events(bridge, id):
    """All events of a job, to its end."""
    with urllib.request.urlopen(f"{bridge.url}/jobs/{id}/events", timeout=120) as stream:
        return [json.loads(line.removeprefix(b"data: ")) for line in stream if line.startswith(b"data: ")]


def test_a_job_is_followed_to_its_end_and_its_picture_is_a_file(bridge):
    id = create(bridge, "text2img", prompt="x", width=64, height=64, steps=40)
    told = events(bridge, id)
    assert told[-1]["status"] == "completed"
    assert [each["progress"] for each in told] == sorted(each["progress"] for each in told)
    assert base64.b64decode(result(bridge, id)["images"][0]) == bridge.call(f"/jobs/{id}/picture")[1]


def test_a_job_that_runs_is_interrupted_and_those_that_wait_know_their_places(bridge):
    running = create(bridge, "text2img", prompt="slow", width=64, height=64, steps=150)
    while bridge.call(f"/jobs/{running}")[1]["status"] == "queued":
        time.sleep(0.02)
    first, second = (create(bridge, "text2img", prompt=word, **SMALL) for word in ("a", "b"))
    expected = {"running": running, "waiting": [{"id": first, "place": 1}, {"id": second, "place": 2}]}
    assert bridge.call("/queue/places") == (200, expected)
    assert bridge.call(f"/jobs/{running}/delete", b"")[0] == 409
    assert bridge.call(f"/jobs/{running}/interrupt", b"") == (200, {"success": True})
    assert ended(bridge, running)["error"] == "Cancelled by user"
    assert ended(bridge, second)["status"] == "completed"
    assert bridge.call("/queue/places") == (200, {"waiting": []})


def test_a_job_that_is_removed_is_in_no_list_any_more(bridge):
    id = create(bridge, "text2img", prompt="to be removed", **SMALL)
    ended(bridge, id)
    assert bridge.call("/jobs?settings=true")[1]["jobs"][0]["prompt"] == "to be removed"
    assert bridge.call(f"/jobs/{id}/delete", b"") == (200, {"success": True})
    assert bridge.call(f"/jobs/{id}")[0] == 404
    assert bridge.call(f"/jobs/{id}/delete", b"")[0] == 404
    assert id not in [each["id"] for each in bridge.call("/jobs")[1]["jobs"]]


def test_modes_are_drawn_by_what_is_there_and_say_what_is_not(bridge):
    told = {each["name"]: each for each in bridge.call("/models/modes")[1]["modes"]}
    assert (told["txt2img"]["workflow"], told["txt2img"]["missing"]) == ("txt2img@1", [])
    assert "interrogate" not in told


def test_queue_status_and_models_tell_of_the_live_server(bridge, comfy):
    status = bridge.call("/queue/status")[1]
    assert (status["queuedJobs"], status["processingJobs"]) == (0, 0)
    assert status["completedJobs"] > 0
    assert status["averageProcessingTime"] > 0
    models = bridge.call("/models")[1]["models"]
    files = comfy.object_info["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"]
    listed = files[0] if isinstance(files[0], list) else files[1]["options"]
    assert len(models) == len(listed) + 1  # the built-in drawings, last
    assert models[-1]["type"] == "built-in"
    assert [each["loaded"] for each in models].count(True) == 1


@pytest.mark.trap(31)
def test_on_its_own_listener_each_answers_as_its_original_and_alone(bridge):
    main, bridge_url = bridge.url, bridge.listener("imagegen")
    try:
        bridge.url = bridge_url
        assert bridge.call("/health") == (200, {"status": "healthy"})
        assert bridge.call("/generate", {"mode": "txt2img", "prompt": "x"})[0] == 404
        bridge.url = bridge.listener("unified")
        assert bridge.call("/jobs")[1].keys() == {"status", "error"}
    finally:
        bridge.url = main


@pytest.mark.trap(12)
def test_a_job_that_takes_longer_than_job_timeout_milliseconds_fails(bridge, tmp_path):
    with another(bridge, tmp_path, JOB_TIMEOUT="300") as hasty:
        job = ended(hasty, create(hasty, "text2img", prompt="x", width=512, height=512, steps=150))
    assert (job["status"], job["error"]) == ("failed", "It took longer than 0.3 s.")


@pytest.mark.trap(7)
def test_an_operator_may_have_data_urls_as_documented(bridge, tmp_path):
    with another(bridge, tmp_path, PIXART_IMAGEGEN_IMAGES="data-url") as other:
        made = result(other, create(other, "text2img", prompt="x", **SMALL))
    assert made["images"][0] == "data:image/png;base64," + made["imagesBase64"][0]
    assert pixels(base64.b64decode(made["imagesBase64"][0])).shape == (64, 64, 3)


JSON = "Content-Type: application/json"


@pytest.mark.client("Image Generation API's document, Python")
def test_the_documents_request_by_python_is_drawn(bridge):
    body = json.dumps(documents.request("imagegen", "python"))
    job = documents.python(bridge.url, "/generate/text2img", "/jobs/", body)
    rgb = pixels(base64.b64decode(job["result"]["images"][0]))
    assert (rgb.shape, not_flat(rgb)) == ((512, 512, 3), True)


@pytest.mark.client("Image Generation API's document, JavaScript")
def test_the_documents_request_by_javascript_is_drawn(bridge):
    body = json.dumps(documents.request("imagegen", "javascript"))
    job = documents.javascript(bridge.url, "/generate/text2img", "/jobs/", body)
    rgb = pixels(base64.b64decode(job["result"]["images"][0]))
    assert (rgb.shape, not_flat(rgb)) == ((512, 512, 3), True)


@pytest.mark.client("Image Generation API's document, curl")
def test_the_documents_first_request_by_curl_is_drawn(bridge):
    job = documents.curl(bridge.url + "/generate/text2img", documents.request("imagegen", "curl"), JSON)
    assert result(bridge, job["id"])["parameters"]["prompt"] == "A serene lake surrounded by mountains at sunset"


@pytest.mark.client("Image Generation API's document, curl")
@pytest.mark.trap(8)
def test_the_documents_request_by_curl_without_a_content_type_is_reproducible(bridge):
    body = documents.request("imagegen", "reproducible")
    made = [result(bridge, documents.curl(bridge.url + "/generate/text2img", body)["id"]) for _ in range(2)]
    assert [each["seed"] for each in made] == [42, 42]
    assert np.array_equal(*(pixels(base64.b64decode(each["images"][0])) for each in made))


@pytest.mark.trap(8)
def test_the_documents_batch_of_five_are_five_seeds(bridge):
    bodies = [documents.request("imagegen", "batch", seed=seed) for seed in (1, 2, 3, 4, 5)]
    jobs = [documents.curl(bridge.url + "/generate/text2img", body) for body in bodies]
    assert [job["request"]["seed"] for job in jobs] == [1, 2, 3, 4, 5]
    for job in jobs[1:]:  # one is enough to see that they are drawn
        bridge.call(f"/jobs/{job['id']}/cancel", b"")
    assert result(bridge, jobs[0]["id"])["seed"] == 1


@pytest.mark.client("Image Generation API's document, curl")
@pytest.mark.trap(8)
def test_the_documents_image_to_image_by_curl_is_drawn(bridge):
    body = documents.request("imagegen", "image to image", initImage=documents.data_url(PICTURE))
    made = result(bridge, documents.curl(bridge.url + "/generate/img2img", body)["id"])
    assert (made["parameters"]["width"], made["parameters"]["height"]) == (64, 64)


@pytest.mark.client("Image Generation API's document, curl")
@pytest.mark.trap(8)
def test_the_documents_inpainting_by_curl_keeps_what_is_black_in_the_mask(bridge):
    pictures = {"image": documents.data_url(PICTURE), "mask": documents.data_url(MASK)}
    body = documents.request("imagegen", "inpainting", **pictures)
    made = result(bridge, documents.curl(bridge.url + "/generate/inpaint", body)["id"])
    rgb = pixels(base64.b64decode(made["images"][0]))
    assert np.array_equal(rgb[:, :16], pixels(PICTURE)[:, :16])


@pytest.mark.client("Image Generation API's document, curl")
def test_the_documents_polling_by_curl_ends(bridge):
    id = create(bridge, "text2img", prompt="x", **SMALL)
    deadline = time.monotonic() + 180
    while documents.curl(f"{bridge.url}/jobs/{id}")["status"] != "completed":
        assert time.monotonic() < deadline


@pytest.mark.client("Image Generation API's document, curl")
def test_the_documents_look_at_the_queue_by_curl_is_answered(bridge):
    assert documents.curl(bridge.url + "/queue/status") == bridge.call("/queue/status")[1]


@pytest.mark.parametrize("name", ["text2img", "img2img", "inpaint", "style-transfer"])
def test_the_documents_requests_are_drawn_unchanged_but_for_their_pictures(bridge, name):
    pictures = {"initImage": PICTURE, "image": PICTURE, "contentImage": PICTURE, "mask": MASK, "styleImage": STYLE}
    body = documents.request("imagegen", name)
    body |= {field: documents.data_url(pictures[field]) for field in pictures if field in body}
    assert not_flat(drawn(bridge, name, **body))


# As gregm123456/hardware_exercises' picker/sd_client.py reads the answer.
def as_the_picker_reads(answer):
    images = answer.get("images")
    text = images[0] if isinstance(images, list) and images else answer.get("image") or answer["base64"]
    return pixels(base64.b64decode(text, validate=True))


@pytest.mark.trap(15)
@pytest.mark.parametrize("mode", ["txt2img", "img2img"])
def test_the_pickers_requests_give_pictures(bridge, mode):
    picture = {"init_image": in_base64(PICTURE), "init_images": [in_base64(PICTURE)]} if mode == "img2img" else {}
    code, answer = bridge.call("/generate", {**PICKER, **picture, "mode": mode})
    assert (code, answer["status"]) == (200, "ok"), answer
    rgb = as_the_picker_reads(answer)
    assert (rgb.shape, not_flat(rgb)) == ((512, 512, 3), True)
    assert 0 <= answer["seed"] < 1 << 32
    assert all(note.startswith("checkpoint: ") for note in answer["notes"]), answer["notes"]
    assert answer["used"]["sampler_name"] == "DPM++ 2M"
    assert answer["used"]["steps"] == 7


@pytest.mark.trap(15)
def test_what_the_unified_endpoint_cannot_do_is_done_as_well_as_it_can_and_said(bridge):
    body = {"mode": "txt2img", "prompt": "x", "steps": -3, "width": 1, "height": 64, "sampler_name": "best one"}
    code, answer = bridge.call("/generate", body)
    assert (code, answer["used"]["steps"], answer["used"]["width"]) == (200, 1, 64), answer
    assert answer["notes"][:3] == [
        "width 1 can't be done; 64 was used.",
        "steps -3 can't be done; 1 was used.",
        "There is no sampler 'best one'; DPM++ 2M was used.",
    ]
    assert as_the_picker_reads(answer).shape == (64, 64, 3)


@pytest.mark.trap(17)
def test_the_answered_seed_repeats_the_picture(bridge):
    body = {"mode": "txt2img", "prompt": "a red fox", "width": 64, "height": 64, "steps": 4, "seed": None}
    first = bridge.call("/generate", body)[1]
    bridge.call("/generate", {**body, "seed": 1})  # or ComfyUI would give what it still has
    again = bridge.call("/generate", {**body, "seed": first["seed"]})[1]
    assert np.array_equal(as_the_picker_reads(first), as_the_picker_reads(again))


@pytest.mark.trap(14)
def test_times_come_from_comfyui(bridge):
    body = {"mode": "txt2img", "prompt": f"never said before {time.time()}", "width": 64, "height": 64, "steps": 4}
    answer = bridge.call("/generate", body)[1]
    assert 0 < answer["text_time_ms"] <= answer["total_time_ms"] < 60_000
    assert isinstance(answer["text_time_ms"], float)


def test_several_pictures_are_made_one_seed_each(bridge):
    body = {"mode": "txt2img", "prompt": "a fox", "width": 64, "height": 64, "steps": 4, "seed": 8, "n_iter": 2}
    answer = bridge.call("/generate", body)[1]
    assert (answer["seeds"], len(answer["images"])) == ([8, 9], 2)
    second = bridge.call("/generate", {**body, "seed": 9, "n_iter": 1})[1]
    assert np.array_equal(pixels(base64.b64decode(answer["images"][1])), as_the_picker_reads(second))


@pytest.mark.parametrize(("mode", "bars"), [(0, False), (1, False), (2, True)])
def test_resize_mode_2_puts_black_bars_beside_a_picture_of_another_shape(bridge, mode, bars):
    wide = png(np.full((32, 64, 3), 200))
    body = {
        "mode": "img2img",
        "prompt": "x",
        "init_image": in_base64(wide),
        "denoising_strength": 0,
        "resize_mode": mode,
    }
    rgb = as_the_picker_reads(bridge.call("/generate", {**body, "width": 64, "height": 64})[1])
    assert rgb.shape == (64, 64, 3)
    assert (rgb[0].max() == 0) == bars
    assert rgb[32].min() == 200


@pytest.mark.trap(14)
@pytest.mark.trap(33)
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "missing or invalid 'mode' field (must be 'txt2img' or 'img2img')"),
        ({"mode": "txt2img"}, "missing 'prompt' field"),
        ({"mode": "txt2img", "prompt": "x", "seed": "abc"}, "invalid 'seed' field (must be an integer)"),
        ({"mode": "txt2img", "prompt": "x", "seed": []}, "invalid 'seed' field (must be an integer)"),
        ({"mode": "img2img", "prompt": "x"}, "missing 'init_image' field for img2img mode"),
        (
            {"mode": "img2img", "prompt": "x", "init_image": "AAAA"},
            "invalid base64 image: init_image is not a picture.",
        ),
    ],
)
def test_what_is_wrong_is_told_in_the_originals_words_with_both_keys(bridge, body, text):
    code, answer = bridge.call("/generate", body)
    assert (code, answer["status"], answer["error"][: len(text)]) == (400, "error", text)


def test_what_the_original_has_beside_it_is_not_there(bridge):
    url, bridge.url = bridge.url, bridge.listener("unified")
    try:
        code, answer = bridge.call("/sdapi/v1/interrogate/structured", {"image": in_base64(PICTURE)})
    finally:
        bridge.url = url
    assert (code, answer["status"]) == (404, "error")


@pytest.mark.client("unified endpoint's plan, its payloads")
@pytest.mark.parametrize(("mode", "pictures"), [("txt2img", {}), ("img2img", {"init_image": in_base64(PICTURE)})])
def test_the_plans_payloads_work_unchanged_but_for_their_picture(bridge, mode, pictures):
    code, answer = bridge.call("/generate", documents.request("unified", mode, **pictures))
    assert (code, answer["status"]) == (200, "ok"), answer
    assert answer.keys() >= {"base64", "text_time_ms", "total_time_ms"}
    assert as_the_picker_reads(answer).shape == (512, 512, 3)
