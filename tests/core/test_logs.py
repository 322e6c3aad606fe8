"""The log: what a line is about, from the request to its job's end; and what stands in no line, whatever happens."""

import asyncio
import base64
import io
import json
import logging
import re
import shutil
import time
import urllib.request

import pytest
from bridge_process import PREFIX, BridgeProcess
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from sketches import SKETCHES

from bridge.core import logs
from bridge.core.logs import (
    BASE64_RUN,
    CREDENTIAL_PATTERNS,
    DATA_URL_PATTERN,
    LONGEST_TEXT,
    MASK,
    PATH_PATTERN,
    RUN_IN_COMMON,
    Private,
    Redaction,
    prompts_of,
)
from bridge.core.settings import Settings
from bridge.core.variables import secrets_of
from bridge.storage.artifacts import SMALL_BYTES
from bridge.web.middlewares import trace_of

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        ({"X-Request-Id": "mine-1.A_b"}, "mine-1.A_b"),
        ({"X-Request-Id": "x" * 64, "traceparent": PARENT}, "x" * 64),
        ({"X-Request-Id": "x" * 65, "traceparent": PARENT}, "0af7651916cd43dd8448eb211c80319c"),
        ({"X-Request-Id": "two words"}, ""),
        ({"X-Request-Id": "a\nb"}, ""),
        ({"X-Request-Id": "a\n"}, ""),
        ({"traceparent": PARENT}, "0af7651916cd43dd8448eb211c80319c"),
        ({"traceparent": PARENT.replace("00-", "01-") + "-later"}, "0af7651916cd43dd8448eb211c80319c"),
        ({"traceparent": PARENT.replace("00-", "ff-")}, ""),
        ({"traceparent": PARENT.upper()}, ""),
        ({"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"}, ""),
        ({"traceparent": f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01"}, ""),
        ({}, ""),
    ],
    ids=range(13),
)
def test_the_trace_is_the_callers_own_where_it_fits(headers, trace):
    assert trace_of(headers) == trace


ANY = st.text(max_size=60)
SECRET = st.text(st.characters(exclude_characters=MASK, exclude_categories=["Cs"]), min_size=4, max_size=30)
BREAKS = ["\n", "\r\n", r"\n", r"\r\n", "%0A"]
WAYS = {
    "as it is": str,
    "in a repr": repr,
    "in JSON": json.dumps,
    "in a URL": lambda text: urllib.parse.quote(text, safe=""),
    "as bearer": lambda text: f"Authorization: Bearer {text}",
}


DIGITS = st.sampled_from(["a", "Z", "9", "+", "/", "-", "_", "%2B", "%2f", r"\/", *(end + "Q" * 20 for end in BREAKS)])
PIECES = st.sampled_from([*"aB7-._:=,?&@/ \n\"'", "data:", "https://", "Bearer ", "Basic ", "cookie", "key=", "%0a"])


@given(st.lists(DIGITS, max_size=90).map("".join) | st.lists(DIGITS | PIECES, max_size=80).map("".join))
@example("a" * 64)
@example("a" * 65)
@example("Basic-abcdef.key")
def test_what_is_not_looked_for_is_not_there(text):
    """Short cuts for ids and for lines without long words change nothing."""
    expected = text
    expected = DATA_URL_PATTERN.sub(lambda found: f"[{len(found[0])} characters]", expected)
    runs = {found[0] for found in BASE64_RUN.finditer(expected) if not PATH_PATTERN.fullmatch(found[0])}
    expected = BASE64_RUN.sub(lambda found: f"[{len(found[0])} characters]" if found[0] in runs else found[0], expected)
    for pattern in CREDENTIAL_PATTERNS:
        expected = pattern.sub(rf"\1{MASK}", expected)
    assert Redaction()(text) == expected


@pytest.mark.parametrize("way", WAYS)
@given(before=ANY, secret=SECRET, after=ANY)
@example(before="", secret="a'b\"c\\d", after="")
@example(before="aaa", secret="aaaa", after="aaa")
def test_a_secret_that_is_known_is_nowhere(way, before, secret, after):
    written = WAYS[way](secret)
    said = Redaction([secret])(f"{before} {written} {after}")
    assert secret not in said
    assert written not in said


@given(
    before=ANY,
    data=st.binary(min_size=49, max_size=400),
    after=ANY,
    encode=st.sampled_from([base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes]),
    write=st.sampled_from([str, repr, json.dumps, urllib.parse.quote, lambda text: f"data:image/png;base64,{text}"]),
)
def test_of_base64_no_piece_of_65_characters_is_left(before, data, after, encode, write):
    written = write(encode(data).decode())
    said = Redaction()(f"{before} {written} {after}")
    pieces = [written[at : at + 40] for at in range(0, len(written.rstrip("=\n\"'")) - 40, 40)]
    assert [piece for piece in pieces if piece in said and piece not in before + after] == []


@pytest.mark.parametrize(
    "path",
    [
        "/home/someone/projects/games/tower/assets/sprites/generated/pixart/data/results",
        "/opt/ComfyUI/custom_nodes/pixart_nodes/pixel/compiled/kernels/__pycache__/of/this/machine",
        "/var/lib/pixart/3f2a9c1e0b7d4c58a1e2f3a4b5c6d7e8/results/4b5c6d7e8f90a1b2c3d4e5f60718293a",
        "pytest-of-root/pytest-371/popen-gw0/test_a_name_that_is_quite_long_0/data/results",
    ],
)
def test_a_long_path_stays(path):
    assert len(path) > 64
    assert Redaction()(f"There is no folder {path}: make it.") == f"There is no folder {path}: make it."


@pytest.mark.parametrize("quality", [1, 50, 95])
def test_a_jpegs_base64_is_no_path_although_it_begins_as_one(quality):
    stream = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(stream, "JPEG", quality=quality)
    text = base64.b64encode(stream.getvalue()).decode()
    assert text.startswith("/9j/") and Redaction()(text) == f"[{len(text)} characters]"


def test_what_is_no_picture_stays():
    said = f"Job {'0123456789abcdef' * 4} of /home/someone/pixart/data, metadata:a,b, took 1.5 s at http://127.0.0.1:8188/prompt."
    assert Redaction(["secret"])(said) == said


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("at http://me:p%40ss@host:1/a", "p%40ss"),
        ("at https://hooks.example.com/a?token=abc123&x=1", "abc123"),
        ("{'Authorization': 'Basic bWU6cGFzcw==', 'Accept': '*/*'}", "bWU6"),
        ("<CIMultiDict('X-API-Key': 'abc123')>", "abc123"),
        (r"b'GET / HTTP/1.1\r\nAuthorization: Token abc123\r\nHost: a'", "abc123"),
        ('{\\"authorization\\": \\"abc123\\"}', "abc123"),
        ("a Bearer abc123 was sent", "abc123"),
    ],
)
def test_credentials_are_known_by_where_they_stand(text, hidden):
    said = Redaction()(text)
    assert hidden not in said
    assert MASK in said


@given(before=ANY, prompt=st.text(min_size=1, max_size=80), after=ANY, start=st.integers(0, 80), end=st.integers(0, 80))
@example(before="", prompt="a red fox in the snow", after="", start=0, end=16)
def test_of_a_prompt_no_piece_of_12_characters_is_left(before, prompt, after, start, end):
    piece = prompt[start:end]
    said = Redaction()(f"{before}{piece}{after}", Private([prompt]))
    assert [at for at in range(len(said) - RUN_IN_COMMON + 1) if said[at : at + RUN_IN_COMMON] in prompt] == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a fox, red", f"a {MASK}, red"),
        ("fox fox_fox", f"{MASK} fox_fox"),
        ("the foxes", "the foxes"),
        ("fo", "fo"),
    ],
)
def test_a_short_prompt_goes_where_it_is_a_word(text, left):
    assert Redaction()(text.replace("fox", "foxy"), Private(["foxy", "fo"])) == left.replace("fox", "foxy")


def test_any_number_of_prompts_is_out_of_a_line_without_a_pattern_of_them_all(monkeypatch):
    # One of 100,000 takes seconds to compile, in which the server does nothing else
    monkeypatch.setattr(re, "compile", None)
    prompts = [f"{number * 7919 % 1_000_003:x}é{number:x}" for number in range(100_000)]
    said = Private(prompts)(f"{prompts[7]}, {prompts[9]} {prompts[8]}x")
    assert said == f"{MASK}, {MASK} {prompts[8]}x"


def test_a_text_of_any_length_makes_a_line_of_some_length():
    assert len(Redaction()("no " * LONGEST_TEXT)) < LONGEST_TEXT + 100


def test_settings_that_are_secrets_are_known_by_their_names():
    settings = Settings(_env_file=None, api_key="abc123", comfyui_url="http://here")
    assert secrets_of(settings, None) == ["abc123"]
    two = ["whsec_" + 24 * "n", "whsec_" + 24 * "o"]
    assert secrets_of(settings.model_copy(update={"api_key": " ".join(two)})) == [" ".join(two), *two]
    addressed = settings.model_copy(update={"database_url": "postgresql://pixart:hunter2@db:5432/pixart"})
    assert secrets_of(addressed) == ["abc123", "hunter2"]


def test_prompts_are_known_by_their_names():
    assert prompts_of({"negativePrompt": "a", "hr_prompt": "b", "prompt": "", "promptIndex": 1, "style": "c"}) == [
        "a",
        "b",
    ]
    assert prompts_of(["prompt"]) == []


PROMPT = "a small tree on a hill"
KEY = "the-key's \"own\\"


@pytest.fixture(params=["text", "json"])
def written(request):
    """A logger, and what it has written; in both formats."""
    out, log = io.StringIO(), logging.Logger("here")
    handler = logging.StreamHandler(out)
    handler.addFilter(logs.Cleaner(Redaction([KEY])))
    handler.setFormatter(logs.FORMATTERS[request.param]())
    log.addHandler(handler)

    def lines():
        return [json.loads(line) for line in out.getvalue().splitlines()] if request.param == "json" else out.getvalue()

    return log, lines


def test_an_exceptions_text_is_cleaned_too_and_that_of_its_cause(written):
    log, lines = written
    try:
        try:
            raise ValueError(f"{KEY} and {'QUJD' * 30}")
        except ValueError as error:
            raise RuntimeError(f"half of it: {PROMPT[:18]}") from error
    except RuntimeError:
        with logs.about(private=[PROMPT]):
            log.exception("It was %s", PROMPT)
    said = str(lines())
    assert "RuntimeError: half of it: ***" in said
    assert "[120 characters]" in said.replace("\\n", "\n")
    assert "here is" not in said and "small tree" not in said and "own" not in said.replace("known", "")


def test_a_line_says_what_it_is_about_also_from_a_thread(written):
    log, lines = written

    async def work(name):
        with logs.about(trace=name, job=""):
            await asyncio.sleep(0)
            logs.note(prompt=f"p-{name}")
            await asyncio.to_thread(log.warning, "drawn", extra={"seconds": 1.5})

    async def both():
        await asyncio.gather(work("a"), work("b"))

    asyncio.run(both())
    log.warning("alone")
    said = lines()
    if isinstance(said, str):
        assert len(re.findall(r"drawn seconds=1\.5 trace=(\w) prompt=p-\1$", said, re.M)) == 2
        assert said.endswith("alone\n")
    else:
        assert sorted((each["trace"], each["prompt"], each["seconds"]) for each in said[:2]) == [
            ("a", "p-a", 1.5),
            ("b", "p-b", 1.5),
        ]
        assert set(said[2]) == {"level", "logger", "message", "time"}


class Counting(io.StringIO):
    """A stream that knows how often it was written to."""

    writes = 0

    def write(self, text):
        self.writes += 1
        return super().write(text)


async def test_lines_of_a_moment_are_one_write_each_as_it_was_at_its_time(monkeypatch):
    out, log = Counting(), logging.Logger("here")
    handler = logs.Lines(out)
    handler.addFilter(logs.Cleaner(Redaction()))
    handler.setFormatter(logging.Formatter("%(message)s %(job)s %(created)f"))
    log.addHandler(handler)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    monkeypatch.setattr(logs, "LATER_SECONDS", 0.02)
    began = time.time()
    for job in "ab":
        with logs.about(job=job):
            logs.later(log, "begun", {"n": 1})
            logs.note(job="another by then")
    assert out.getvalue() == ""
    said = time.time()
    await asyncio.sleep(0.05)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert (out.writes, [line[:2] for line in lines]) == (1, [["begun", "a"], ["begun", "b"]])
    assert all(began <= float(line[2]) <= said for line in lines)
    logs.later(log, "ended", {"job": "c"})
    logs.flush()
    assert "ended c" in out.getvalue()
    await asyncio.sleep(0.05)
    assert out.writes == 2


async def test_a_log_that_is_closed_ends_nothing(monkeypatch):
    handler = logs.Lines(io.StringIO())
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    handler.stream.close()
    logs.later(logging.Logger("here"), "begun", {})
    logs.flush()
    assert handler.stream.closed


def test_nobody_can_write_a_line_of_their_own(written):
    log, lines = written
    with logs.about(job="x\n2026 INFO forged"):
        log.warning("refused: %s", "/a\r\n2026 INFO forged\x1b[2J\u2028")
        log.warning("100% of %d", "it")
    said = lines()
    assert (said.count("\n") if isinstance(said, str) else len(said)) == 2
    assert isinstance(said, list) or not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u2028]", said)


def test_while_debugging_200_characters_of_a_prompt_may_be_seen():
    out, log = io.StringIO(), logging.Logger("here")
    handler = logging.StreamHandler(out)
    handler.addFilter(logs.Cleaner(Redaction(), debug=True))
    log.addHandler(handler)
    prompt = "".join(f"{number:04}, " for number in range(200))
    with logs.about(private=[prompt]):
        log.warning(prompt)
    assert out.getvalue().startswith(prompt[:200])
    assert prompt[200:212] not in out.getvalue()


@pytest.fixture(scope="module", params=["text", "json"])
def afflicted(request, tmp_path_factory):
    """All that a bridge said to requests of many kinds, good and bad; and the base64 in them."""
    folder, sketch = tmp_path_factory.mktemp("afflicted"), SKETCHES["transparent, as large as asked"]()
    data = base64.b64encode(sketch).decode()
    own = {"API_KEY": "Sesame-open-77", "A1111_PASSWORD": "hunter-2-hunter", "MAX_QUEUE_SIZE": "1", "DEBUG_MODE": "0"}
    with BridgeProcess(folder, COMFYUI_URL="http://me:passw0rd@127.0.0.1:9", LOG_FORMAT=request.param, **own) as bridge:
        key = {"Authorization": f"Bearer {own['API_KEY']}"}
        body = {
            "sketchData": f"data:image/png;base64,{data}",
            "prompt": PROMPT,
            "width": 64,
            "height": 64,
            "timestamp": 1,
        }

        def ask(trace, more, path="/generate", headers=key):
            return bridge.call(PREFIX + path, more, {**headers, "X-Request-Id": trace})[0]

        statuses = [
            ask("first", {**body, "id": "a"}),
            ask("full", {**body, "id": "b"}),
            ask("broken", json.dumps(body).encode()[:-9]),
            ask("wrong", {**body, "width": data}),
            ask("stranger", body, headers={"Authorization": "Bearer guess-the-word"}),
            ask("path", body, f"/{data}?api_key=guess-the-word"),
            ask("cancel", b"", "/cancel/a"),
        ]
        shutil.rmtree(folder / "results", ignore_errors=True)
        (folder / "results").write_text("")
        large = base64.b64encode(sketch + bytes(SMALL_BYTES)).decode()  # a small one is safe in the database
        statuses.append(ask("fault", {**body, "id": "c", "sketchData": large}))
    return request.param, "".join(bridge.said), statuses, data


def test_whatever_is_asked_and_whatever_breaks_the_log_tells_no_secret(afflicted):
    form, said, statuses, data = afflicted
    assert statuses[:7] == [200, 503, 400, 400, 401, 404, 200] and statuses[7] >= 500
    for hidden in (
        PROMPT,
        "small tree",
        "Sesame",
        "hunter-2",
        "passw0rd",
        "guess-the-word",
        data,
        data[:65],
        data[-65:],
    ):
        assert hidden not in said
    assert not re.search(r"[A-Za-z0-9+/]{66}", said)
    lines = said.splitlines()
    for trace, level in {"first": "INFO", "full": "WARNING", "cancel": "INFO"}.items():
        assert [line for line in lines if trace in line and level in line], trace
    assert any("fault" in line and ("ERROR" in line or "WARNING" in line) for line in lines)
    assert not [line for line in lines if re.search(r'trace"?[=:] ?"?(broken|wrong|stranger|path)', line)]
    assert form != "json" or all(isinstance(json.loads(line), dict) for line in lines)


@pytest.mark.comfy
def test_one_word_finds_a_request_from_its_acceptance_to_its_end(bare_comfy, tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url, LOG_FORMAT="json", DEBUG_MODE="0") as bridge:
        data = base64.b64encode(SKETCHES["transparent, as large as asked"]()).decode()
        body = {"id": "a", "sketchData": data, "prompt": PROMPT, "width": 64, "height": 64, "timestamp": 1}
        code, _ = bridge.call(f"{PREFIX}/generate", body, {"traceparent": PARENT})
        assert code == 200
        bridge.finished("a")
        picture = bridge.call(f"{PREFIX}/result/a")[1]
    trace = PARENT.split("-")[1]
    lines = [each for each in map(json.loads, bridge.said) if each.get("trace") == trace]
    assert [each["message"] for each in lines] == ["accepted", "started", "posting", "finished"]
    assert {(each["job"], each["dialect"]) for each in lines} == {("a", "pixart")}
    assert "prompt" not in lines[1] and lines[2]["prompt"] == lines[3]["prompt"]
    assert lines[3]["state"] == "completed"
    assert {"waiting", "uploading", "drawing", "comfyui", "harvesting", "whole"} <= set(lines[3])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", lines[3]["time"])
    assert trace.encode() not in picture
