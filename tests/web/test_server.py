"""The HTTP side of every dialect: errors in shape, keys, origins, limits, streams. The jobs are a stand-in."""

import asyncio
import base64
import dataclasses
import gzip
import io
import json
import re
import socket

import pytest
from PIL import Image
from sketches import SKETCHES
from waiting import until

from bridge.adapters.pixart import PREFIX
from bridge.catalog.models import Catalog
from bridge.core.errors import NotFound
from bridge.core.job import Artifact, Job, JobState
from bridge.core.settings import Settings
from bridge.web import docs_page, handlers, keyring, server, unread
from bridge.web.server import LARGEST_BODY, create_app

SKETCH = SKETCHES["transparent, as large as asked"]()


class Shelf:
    """Jobs that are finished when they are accepted; but `slow` runs until it is watched, and `endless` for ever."""

    def __init__(self):
        self.jobs = {}
        self.watched = 0
        self.renewals = []

    async def submit(self, spec, id, checked):
        await checked
        made = Artifact("image", "ab", "image/png", 3, {"colors_used": 2}, b"png")
        values, state = dict(spec.values), JobState.RUNNING if id in ("slow", "endless") else JobState.COMPLETED
        about = id, "pixart", spec.mode, state, 1.0, 0.0, values
        return self.jobs.setdefault(id, Job(*about, artifacts=(made,), workflow="pixelate@1", notes=spec.notes))

    links = False

    async def get(self, id, *, data=False):
        if id not in self.jobs:
            raise NotFound("Job not found")
        return self.jobs[id]

    async def list(self, **_):
        return list(self.jobs.values())

    async def cancel(self, id, *, waiting_only=False):
        raise RuntimeError("a secret inside")

    async def catalog(self):
        return Catalog()

    async def dialect_memory(self, dialect):
        return {}

    async def system(self):
        return {}

    async def watch(self, id, *, steps=True):
        job = await self.get(id)
        self.watched += 1
        try:
            yield dataclasses.replace(job, state=JobState.RUNNING, progress=0.5, artifacts=())
            await (asyncio.Event().wait() if id == "endless" else asyncio.sleep(0))
            self.jobs[id] = dataclasses.replace(job, state=JobState.COMPLETED)
            yield self.jobs[id]
        finally:
            self.watched -= 1

    async def ready(self, *, renew=False):
        self.renewals.append(renew)
        return "ComfyUI answers, but draws nothing."

    async def health(self):
        return {"comfyui": {"up": True}, "jobs": {}}


@pytest.fixture
def serve(aiohttp_client):
    async def start(**settings):
        return await aiohttp_client(create_app(Settings(_env_file=None, **settings), Shelf()))

    return start


def body(**changes):
    data = base64.b64encode(changes.pop("sketch", SKETCH)).decode()
    return {"id": "a", "sketchData": data, "prompt": "", "width": 16, "height": 16, **changes}


async def test_a_post_answers_and_a_poll_has_the_picture(serve):
    client = await serve()
    answer = await (await client.post(f"{PREFIX}/generate", json=body())).json()
    assert (answer["id"], answer["status"]) == ("a", "completed")
    answer = await (await client.get(f"{PREFIX}/status/a")).json()
    assert answer["resultDataUrl"] == "data:image/png;base64,cG5n"


@pytest.mark.parametrize("wish", ["wait=5", 'respond-async, WAIT="5"', "handling=lenient; wait = 5"])
async def test_a_post_may_wait_for_its_picture(serve, wish):
    client = await serve()
    made = await client.post(f"{PREFIX}/generate", json=body(id="slow"), headers={"Prefer": wish})
    answer = await made.json()
    assert (made.status, answer["status"], answer["resultDataUrl"]) == (200, "completed", "data:image/png;base64,cG5n")


@pytest.mark.parametrize("wish", ["respond-async", "wait=0", "wait=soon", "await=5", "wait=-1"])
async def test_a_post_without_such_a_wish_answers_at_once(serve, wish):
    client = await serve()
    made = await client.post(f"{PREFIX}/generate", json=body(id="slow"), headers={"Prefer": wish})
    assert (await made.json())["status"] == "processing"


async def test_who_waited_long_enough_gets_the_job_as_it_is_and_no_wait_is_longer_than_the_longest(serve, monkeypatch):
    monkeypatch.setattr(unread, "LONGEST_WAIT", 1)
    client = await serve()
    made = await client.post(f"{PREFIX}/generate", json=body(id="endless"), headers={"Prefer": "wait=999999999"})
    answer = await made.json()
    assert (answer["id"], answer["status"]) == ("endless", "processing")
    await until(lambda: not client.app[handlers.JOBS].watched)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("wait=soon", "Prefer: wait must be a whole number of seconds, not 'soon'; it was ignored."),
        ('wait="-1"', "Prefer: wait must be a whole number of seconds, not '-1'; it was ignored."),
        ("handling=lenient, wait=61", "Prefer: wait=60 instead of '61', which is more than the most."),
        ("wait=60", None),
        ("wait=0", None),
        ("respond-async", None),
    ],
)
async def test_a_wish_to_wait_that_is_none_or_too_long_is_said(serve, wish, said):
    client = await serve()
    made = await client.post(f"{PREFIX}/generate", json=body(), headers={"Prefer": wish})
    assert (await made.json()).get("notes", []) == ([said] if said else [])


async def test_a_repeat_is_told_which_of_its_fields_make_no_difference(serve):
    client = await serve()
    first = await (await client.post(f"{PREFIX}/generate", json=body(redraw=False))).json()
    assert "notes" not in first
    again = await client.post(f"{PREFIX}/generate", json=body(redraw=False, palete="gameboy", seed=7))
    assert [note.split()[0] for note in (await again.json())["notes"]] == ["'palete'", "seed"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
async def test_a_route_of_no_dialect_says_which_parameters_nobody_reads(serve, path):
    client = await serve()
    answer = await client.get(f"{path}?foo=1")
    assert json.loads(answer.headers["X-Notes"]) == ["'foo' is not a parameter that is read here; it was ignored."]
    assert "X-Notes" not in (await client.get(path)).headers


async def test_what_nobody_reads_of_a_query_is_said_in_a_new_jobs_notes_and_else_in_a_header(serve):
    client = await serve()
    headers = {"Idempotency-Key": "a"}
    made = await client.post(f"{PREFIX}/generate?style=low-res", json=body(id="noted"), headers=headers)
    unread = "is not a parameter that is read here; it was ignored."
    assert (await made.json())["notes"] == [
        f"'style' {unread} Fields belong into the body.",
        "Idempotency-Key is not read here: requests are the same by their own id alone, where the API has one.",
    ]
    assert "X-Notes" not in made.headers
    shown = await client.get(f"{PREFIX}/status/noted?verbose=1&_=2")
    assert json.loads(shown.headers["X-Notes"]) == [f"'verbose' {unread}", f"'_' {unread}"]
    assert "X-Notes" not in (await client.get(f"{PREFIX}/status/noted")).headers


async def test_json_is_read_whatever_its_content_type(serve):
    client = await serve()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await client.post(f"{PREFIX}/generate", data=json.dumps(body()), headers=headers)).status == 200


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The body is empty"),
        (b"{", "The body is not JSON"),
        (b'{"width": NaN}', "NaN is no JSON number"),
        (b'{"width": -Infinity}', "-Infinity is no JSON number"),
        (b"\xff\xfe", "The body is not UTF-8, from byte 0 on"),
        (b"[" * 100_000, "The body is nested too deeply"),
        (b"[]", "The body must be a JSON object"),
        (b'{"width": ' + b"9" * 5000 + b"}", "The body has a number of 5000 digits; 1000 are the most"),
        (b'{"width": 64, "width": 512}', "The body names 'width' twice."),
        (b'{"style": {"a": 1, "a": 1}}', "The body names 'a' twice."),
        (b'{"prompt": "\\ud83d"}', "The body is not text: it has half of a surrogate pair."),
        (b'{"prompt": "\\uDE00\\uD83D"}', "The body is not text: it has half of a surrogate pair."),
        (b'{"\\udfff": 1}', "The body is not text: it has half of a surrogate pair."),
    ],
    ids=range(13),
)
async def test_what_is_not_json_is_said_and_the_server_goes_on(serve, data, sentence):
    client = await serve()
    response = await client.post(f"{PREFIX}/generate", data=data)
    answer = await response.json()
    assert response.status == 400
    assert sentence in answer["detail"]
    assert (await client.post(f"{PREFIX}/generate", json=body())).status == 200


async def test_a_character_beyond_16_bits_may_be_escaped_as_json_does(serve):
    client = await serve()
    data = json.dumps(body(prompt="a tree 🌳")).encode()
    assert rb"\ud83c\udf33" in data
    assert (await client.post(f"{PREFIX}/generate", data=data)).status == 200


async def test_a_body_may_be_compressed_and_a_damaged_one_is_a_400(serve):
    client = await serve()
    headers = {"Content-Encoding": "gzip"}
    data = gzip.compress(json.dumps(body()).encode())
    assert (await client.post(f"{PREFIX}/generate", data=data, headers=headers)).status == 200
    response = await client.post(f"{PREFIX}/generate", data=b"no gzip", headers=headers)
    assert response.status == 400
    assert (await response.json())["code"] == "bad_request"


async def test_a_small_body_that_unpacks_to_60_mb_is_too_large(serve):
    client = await serve()
    data = io.BytesIO(gzip.compress(b" " * (60 << 20), compresslevel=1))
    response = await client.post(f"{PREFIX}/generate", data=data, headers={"Content-Encoding": "gzip"})
    assert response.status == 413


def bomb():
    """A PNG whose header says 10,000 x 10,000 pixels, of one colour: 100 megapixels in 12 kB."""
    out = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("sketch", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "sketchData is an SVG, which isn't read here."),
        (b"\x89PNG\r\n\x1a\n", "sketchData is a damaged picture"),
        (SKETCH[: len(SKETCH) // 2], "sketchData is a damaged picture"),
        (SKETCHES["photograph, upright JPEG"]()[:3000], "sketchData is a damaged picture"),
        (bomb(), "At most 25 million."),
    ],
    ids=["svg", "only a signature", "half a PNG", "half a JPEG", "100 megapixels"],
)
async def test_a_sketch_that_is_no_picture_is_refused_by_name(serve, sketch, sentence):
    client = await serve()
    response = await client.post(f"{PREFIX}/generate", json=body(sketch=sketch))
    answer = await response.json()
    assert (response.status, answer["field"]) == (400, "sketchData")
    assert sentence in answer["detail"]
    assert (await client.get(f"{PREFIX}/status/a")).status == 404


async def test_a_body_of_60_mb_is_too_large_and_the_server_goes_on(serve):
    client = await serve()
    response = await client.post(f"{PREFIX}/generate", data=io.BytesIO(b" " * (60 << 20)))
    assert response.status == 413
    assert (await response.json())["detail"] == f"The body is larger than {LARGEST_BODY >> 20} MB."
    assert (await client.post(f"{PREFIX}/generate", json=body())).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", f"{PREFIX}/status/nobody", 404, "Job not found"),
        ("GET", f"{PREFIX}/nothing", 404, f"There is nothing at {PREFIX}/nothing. /docs lists what there is."),
        ("GET", f"{PREFIX}/generate", 405, f"{PREFIX}/generate takes POST, not GET."),
        ("GET", f"{PREFIX}/events/nobody", 404, "Job not found"),
        ("GET", f"{PREFIX}/result/nobody", 404, "Job not found"),
        ("GET", "/nothing", 404, "There is nothing at /nothing. /docs lists what there is."),
        ("GET", "/paletes", 404, "There is nothing at /paletes. Did you mean /palettes? /docs lists what there is."),
        ("GET", "/healt", 404, "There is nothing at /healt. Did you mean /health? /docs lists what there is."),
        (
            "GET",
            f"{PREFIX}/state/a",
            404,
            f"There is nothing at {PREFIX}/state/a. Did you mean {PREFIX}/status/{{id}}? /docs lists what there is.",
        ),
        ("PUT", f"{PREFIX}/jobs", 405, f"{PREFIX}/jobs takes GET, HEAD, not PUT."),
        ("GET", f"{PREFIX}/status/{'x' * 10_000}", 404, "Job not found"),
        ("GET", f"{PREFIX}/status/..%2F..%2Fetc%2Fpasswd", 404, "Job not found"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_the_frameworks_own_errors_have_the_dialects_shape(serve, method, path, status, sentence):
    client = await serve()
    response = await client.request(method, path)
    assert response.status == status
    assert (await response.json())["detail"] == sentence


@pytest.mark.parametrize("path", [f"{PREFIX}/jobs", "/nothing"])
async def test_what_a_client_expects_and_nobody_knows_is_refused_and_the_server_goes_on(serve, path, caplog):
    client = await serve()
    response = await client.get(path, headers={"Expect": "foo"})
    assert (response.status, await response.text()) == (417, "Unknown Expect: foo")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert (await client.get(f"{PREFIX}/jobs")).status == 200


@pytest.mark.parametrize("path", [f"{PREFIX}/generate/", f"{PREFIX}//generate", f"{PREFIX}///generate//"])
async def test_a_slash_too_many_leads_to_the_same_place(serve, path):
    client = await serve()
    assert (await client.post(path, json=body())).status == 200
    assert (await client.get(f"{PREFIX}/status/a/")).status == 200


@pytest.mark.parametrize(
    "path", ["/x", "/docss", f"{PREFIX}/jobss", f"{PREFIX}//jobss", f"{PREFIX}/jobss/", "/sdapi/v1/sd-modelss"]
)
async def test_a_letter_too_many_leads_nowhere(serve, path):
    client = await serve()
    assert (await client.get(path)).status == 404


@pytest.mark.parametrize("path", [f"{PREFIX}/status/a", f"{PREFIX}/jobs", "/docs", "/health"])
async def test_head_is_get_without_the_body(serve, path):
    client = await serve()
    await client.post(f"{PREFIX}/generate", json=body())
    response = await client.head(path)
    assert (response.status, await response.read()) == (200, b"")


async def test_a_fault_inside_says_nothing_of_the_inside(serve, caplog):
    client = await serve()
    await client.post(f"{PREFIX}/generate", json=body(id="a"))
    response = await client.post(f"{PREFIX}/cancel/a")
    text = await response.text()
    assert response.status == 500
    assert "secret" not in text
    assert "Something went wrong inside the server" in text
    assert "a secret inside" in caplog.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": "Bearer kéy"}, 401),
        ({"X-API-Key": "wrong"}, 401),
        ({"Authorization": "Basic key"}, 401),
        ({"Authorization": "key"}, 401),
        ({"Authorization": "Bearer key"}, 200),
        ({"Authorization": "bearer key"}, 200),
        ({"X-API-Key": "key"}, 200),
    ],
)
async def test_a_key_is_asked_for_where_one_is_set(serve, headers, status):
    client = await serve(api_key="key")
    assert (await client.get(f"{PREFIX}/jobs", headers=headers)).status == status
    for path in ("/health", "/docs", "/openapi.json"):
        assert (await client.get(path)).status == 200


async def test_a_key_of_bytes_that_are_no_text_is_a_wrong_key(serve):
    client = await serve(api_key="key")
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"GET " + PREFIX.encode() + b"/jobs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \xff\xfe\r\n\r\n")
    assert await reader.readline() == b"HTTP/1.1 401 Unauthorized\r\n"
    writer.close()


async def test_health_tells_its_details_only_with_the_key(serve):
    client = await serve(api_key="key")
    public = {"status", "version", "model_loaded", "engine", "cuda_available"}
    assert set(await (await client.get("/health")).json()) == public
    assert "comfyui" in await (await client.get("/health", headers={"X-API-Key": "key"})).json()


async def test_any_authorization_is_ignored_where_no_key_is_set(serve):
    client = await serve()
    assert (await client.get(f"{PREFIX}/jobs", headers={"Authorization": "Basic anything"})).status == 200


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        (("*",), "https://pixart.example.com", "*"),
        (("https://pixart.example.com",), "https://pixart.example.com", "https://pixart.example.com"),
        (("https://pixart.example.com",), "https://evil.example.com", None),
    ],
)
async def test_trap_6_preflight_and_answers_name_the_origin(serve, origins, origin, allowed):
    client = await serve(cors_origins=origins, api_key="key")
    asking = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    response = await client.options(f"{PREFIX}/generate", headers=asking)
    assert response.status == 204
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    for answer in (response, await client.get(f"{PREFIX}/jobs", headers={"Origin": origin})):
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 200),
        ({"Origin": "https://pixart.example.com"}, 200),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://pixart.example.com.evil.example.com"}, 403),
        ({"Origin": "http://own.example:8000", "Host": "own.example:8000"}, 200),
        ({"Origin": "http://own.example:8001", "Host": "own.example:8000"}, 403),
        ({"Origin": "https://own.example", "Host": "10.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}, 200),
    ],
    ids=str,
)
async def test_a_page_that_may_not_call_does_nothing_also_where_its_browser_does_not_ask_first(serve, more, status):
    client = await serve(cors_origins=("https://pixart.example.com",), allowed_hosts=("own.example",))
    data, headers = json.dumps(body()), {"Content-Type": "text/plain", **more}
    answer = await client.post(f"{PREFIX}/generate", data=data, headers=headers)
    assert answer.status == status
    if status == 403:
        assert (await answer.json())["detail"].endswith("may not call this server. CORS_ORIGINS says whose may.")
        assert client.app[handlers.JOBS].jobs == {}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 403),
        ("evil.example:8000", 403),
        ("127.0.0.1.evil.example", 403),
        ("pi.local.evil.example", 403),
        ("pi.local", 200),
        ("PI.local.:8000", 200),
        ("draw.example.com", 200),
        ("localhost:8000", 200),
        ("192.168.1.5:8000", 200),
        ("[::1]:8000", 200),
    ],
)
async def test_a_server_that_has_names_answers_to_no_other(serve, monkeypatch, host, status):
    monkeypatch.setenv("ALLOWED_HOSTS", "pi.local, draw.example.com")
    client = await serve()
    for method, path in (("GET", f"{PREFIX}/jobs"), ("GET", "/docs"), ("GET", "/health")):
        assert (await client.request(method, path, headers={"Host": host})).status == status
    same = {"Host": host, "Origin": f"http://{host}"}
    answer = await client.post(f"{PREFIX}/generate", json=body(), headers=same)
    assert answer.status == status
    if status == 403:
        assert (await answer.json())["detail"] == f"This server is not called {host}. ALLOWED_HOSTS says its names."
        assert client.app[handlers.JOBS].jobs == {}


@pytest.mark.parametrize("more", [{"api_key": "key"}, {"cors_origins": "*"}], ids=str)
async def test_a_server_without_names_answers_to_any_where_a_key_is_needed_or_any_page_may_call(serve, more):
    client = await serve(**more)
    named = {"Host": "raspberrypi.fritz.box", "X-API-Key": "key"}
    assert (await client.get(f"{PREFIX}/jobs", headers=named)).status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("rebind.example:8000", 403),
        ("raspberrypi.fritz.box", 403),
        ("evil.localhost", 403),
        ("localhost.:8000", 200),
        ("10.0.0.1", 200),
        ("[fe80::1]:8000", 200),
        ("draw.home:8000", 200),
        (socket.gethostname().upper(), 200),
        (f"{socket.gethostname().partition('.')[0]}.local:8000", 200),
        ("host.docker.internal", 200),
    ],
)
async def test_where_no_key_is_needed_a_server_answers_to_its_machines_names_only(serve, host, status):
    client = await serve(host="draw.home")
    for path in (f"{PREFIX}/jobs", "/docs", "/health"):
        assert (await client.get(path, headers={"Host": host})).status == status
    if status == 403:
        said = (await (await client.get(f"{PREFIX}/jobs", headers={"Host": host})).json())["detail"]
        assert said == f"This server is not called {host}. ALLOWED_HOSTS says its names."


LOCAL = ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443", "http://editor.localhost:5173"]
FOREIGN = [
    "null",
    "https://any.example.com",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "file://",
]


@pytest.mark.parametrize("origin", LOCAL + FOREIGN)
async def test_where_no_key_is_needed_pages_of_this_machine_may_call_and_no_others(serve, origin):
    client, local = await serve(), origin in LOCAL
    for method, path in (("GET", f"{PREFIX}/jobs"), ("POST", f"{PREFIX}/generate"), ("GET", "/health")):
        answer = await client.request(
            method, path, json=body() if method == "POST" else None, headers={"Origin": origin}
        )
        assert answer.status == (200 if local else 403)
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if local else None)
    assert bool(client.app[handlers.JOBS].jobs) == local


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Referer": "https://evil.example/page"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Referer": "http://localhost:3000/"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Referer": "http://127.0.0.1:3000/"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}, 403),
        ({}, 200),
    ],
    ids=str,
)
async def test_what_a_foreign_page_embeds_without_saying_whose_it_is_is_refused(serve, headers, status):
    client = await serve()
    assert (await client.get(f"{PREFIX}/jobs", headers=headers)).status == status


@pytest.mark.parametrize("origin", ["null", "https://any.example.com"])
@pytest.mark.parametrize("more", [{"api_key": "key"}, {"cors_origins": "*"}], ids=str)
async def test_where_a_key_is_needed_or_the_operator_says_so_any_page_may_call(serve, origin, more):
    client = await serve(**more)
    headers = {"Origin": origin, "X-API-Key": "key"}
    answer = await client.post(f"{PREFIX}/generate", json=body(), headers=headers)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")


async def test_only_the_operators_key_has_comfyui_restarted_by_asking(serve, tmp_path):
    key = keyring.add(tmp_path / "keys.json", "ann")
    client = await serve(api_key="the operator's", data=tmp_path)
    for known in ({}, {"X-API-Key": "wrong"}, {"X-API-Key": key}, {"X-API-Key": "the operator's"}):
        answer = await client.get("/ready", headers=known)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert client.app[handlers.JOBS].renewals == [False, False, False, True]


async def test_where_no_key_is_needed_nobody_has_comfyui_restarted_by_asking(serve):
    client = await serve()
    assert (await client.get("/ready", headers={"X-API-Key": "any"})).status == 503
    assert client.app[handlers.JOBS].renewals == [False]


async def test_events_are_one_line_a_change_and_end(serve):
    client = await serve()
    await client.post(f"{PREFIX}/generate", json=body())
    response = await client.get(f"{PREFIX}/events/a", headers={"Origin": "http://localhost:3000"})
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["X-Job-Id"] == "a"
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    events = [json.loads(line[6:]) for line in (await response.text()).splitlines() if line.startswith("data: ")]
    assert [event["status"] for event in events] == ["processing", "completed"]


async def test_a_stream_that_has_ended_ends_for_good_also_for_who_connects_again(serve):
    client = await serve()
    await client.post(f"{PREFIX}/generate", json=body())
    path = f"{PREFIX}/events/a"
    text = await (await client.get(path)).text()
    assert [line for line in text.splitlines() if line.startswith("id: ")] == ["id: end"]
    assert text.index("id: end") > text.index("processing")
    again = await client.get(path, headers={"Last-Event-ID": "end"})  # as an EventSource asks
    assert (again.status, await again.text(), again.headers["X-Job-Id"]) == (204, "", "a")
    missed = await client.get(path, headers={"Last-Event-ID": ""})
    assert "completed" in await missed.text()


async def test_an_allowed_page_may_send_and_read_what_clients_do(serve):
    client = await serve(cors_origins="https://a.example")
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    wished = "x-requested-with,cache-control,last-event-id,x_y,bad header"
    answer = await client.options(f"{PREFIX}/generate", headers={**asked, "Access-Control-Request-Headers": wished})
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert {"authorization", "content-type", "x-requested-with", "cache-control", "last-event-id"} <= allowed
    assert not allowed & {"x_y", "bad header"}
    exposed = (await client.get(f"{PREFIX}/jobs", headers={"Origin": "https://a.example"})).headers
    names = set(exposed["Access-Control-Expose-Headers"].split(", "))
    assert {"X-Job-Id", "X-Cache", "X-Image-Width", "X-Image-Height", "X-Image-Format", "X-Image-Seed"} <= names
    stranger = await client.options(f"{PREFIX}/generate", headers={**asked, "Origin": "https://b.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers


async def test_a_silent_stream_has_a_heartbeat_and_a_client_that_left_is_not_watched_for(serve, monkeypatch):
    monkeypatch.setattr(handlers, "HEARTBEAT_SECONDS", 0.01)
    client = await serve()
    await client.post(f"{PREFIX}/generate", json=body(id="endless"))
    shelf = client.app[server.JOBS]
    response = await client.get(f"{PREFIX}/events/endless")
    await response.content.readuntil(b": still there\n\n")
    assert shelf.watched == 1
    response.close()
    await until(lambda: not shelf.watched, 5)


@pytest.mark.parametrize("path", ["events", "result"])
async def test_a_server_that_ends_does_not_wait_for_those_who_wait_for_a_job(serve, path):
    client = await serve()
    await client.post(f"{PREFIX}/generate", json=body(id="endless"))
    shelf = client.app[server.JOBS]
    asking = asyncio.create_task(client.get(f"{PREFIX}/{path}/endless"))
    await until(lambda: shelf.watched, 5)
    await asyncio.wait_for(client.server.close(), 5)
    assert shelf.watched == 0
    await asyncio.gather(asking, return_exceptions=True)


def test_the_documentation_page_needs_nothing_from_outside():
    own = docs_page.PAGE_HTML + docs_page.PAGE_SCRIPT + docs_page.PAGE_STYLE
    assert "://" not in own
    assert "innerHTML" not in own
    assert re.findall(r'(?:src|href)="([^"]*)"', docs_page.PAGE_HTML) == ["data:,"]
    assert not re.search(r"@import|url\((?!['\"]?data:)", docs_page.text().partition("</head>")[0])
    assert "unsafe" not in docs_page.policy()
