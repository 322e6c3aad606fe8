"""How much may come: requests in a time, wrong keys, jobs of a key; depth, pixels and lists of what is sent."""

import asyncio
import json
import time
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from keyed import PIXART, basic, bearer, sketch

from bridge.adapters import dialects
from bridge.core.errors import BadRequest, TooLarge, TooManyJobs, TooManyRequests
from bridge.core.settings import Settings
from bridge.web import access, body, guard, keyring, middlewares
from bridge.web.access import OPERATOR
from bridge.web.body import DEEPEST_NESTING, MOST_NAMES, parse_json

BODIES = {  # the smallest request for work that each dialect takes while there is no ComfyUI
    "pixart": (f"{PIXART}/generate", lambda n: sketch(f"job-{n}")),
    "imagegen": ("/generate/text2img", lambda n: {"prompt": "x", "seed": n}),
}
AT = {
    "a1111": "/sdapi/v1/txt2img",
    "aleaart": "/generate-image",
    "imagegen": "/generate/text2img",
    "pico": "/pico/sdapi/v1/txt2img",
    "pixart": f"{PIXART}/generate",
    "unified": "/generate",
}


# Requests in a time


@pytest.fixture(autouse=True)
def within_a_minute():
    """Windows begin with the clock's minutes; what came just before counts a little less just after."""
    if time.time() % 60 > 58:
        time.sleep(2)


@pytest.mark.parametrize("name", BODIES)
async def test_one_request_too_many_is_429_and_says_when_to_come_back(serve_queue, name):
    client = await serve_queue(rate_limit="3/minute")
    path, made = BODIES[name]
    for number in range(3):
        assert (await client.post(path, json=made(number))).status < 300
    answer = await client.post(path, json=made(3))
    assert answer.status == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    text = await answer.text()
    assert "Too many requests: 3 per 1 minute is the most from this address. Try again in" in text
    assert (await client.get(f"{PIXART}/jobs")).status == 200  # looking is free


@pytest.mark.parametrize("name", sorted(dialects()))
async def test_every_dialect_words_it_as_its_other_errors(serve_queue, name):
    client = await serve_queue(rate_limit="1/minute")
    assert (await client.post(AT[name], data=b"[")).status == 400  # counted, though it can't be drawn
    answer = await client.post(AT[name], data=b"[")
    expected = dialects()[name].error(TooManyRequests("x", seconds=1))
    assert (answer.status, set(await answer.json())) == (429, set(expected.body))


async def test_each_key_has_its_own_count_and_strangers_none(serve_queue, keys):
    client = await serve_queue(rate_limit="2/minute;3/hour", api_key="master")
    for key in (*keys.values(), "master"):
        got = [
            (await client.post(f"{PIXART}/generate", json=sketch(f"{key[-4:]}-{n}"), headers=bearer(key))).status
            for n in range(3)
        ]
        assert got == [200, 200, 429]
    assert (await client.post(f"{PIXART}/generate", json=sketch("z"))).status == 401


async def test_addresses_behind_a_trusted_proxy_count_apart(serve_queue):
    client = await serve_queue(rate_limit="1/minute", trusted_proxies="127.0.0.1")
    path, made = BODIES["pixart"]
    got = []
    for number, forwarded in enumerate(["192.0.2.1", "192.0.2.2", "6.6.6.6, 192.0.2.2", "192.0.2.1"]):
        headers = {"X-Forwarded-For": forwarded}
        got.append((await client.post(path, json=made(number), headers=headers)).status)
    assert got == [200, 200, 429, 429]


async def test_nobody_escapes_the_count_by_a_header_that_is_not_believed(serve_queue):
    client = await serve_queue(rate_limit="1/minute")
    path, made = BODIES["pixart"]
    got = [
        (await client.post(path, json=made(n), headers={"X-Forwarded-For": f"192.0.2.{n}"})).status for n in range(2)
    ]
    assert got == [200, 429]


async def test_the_time_that_is_told_is_enough(serve_queue, monkeypatch):
    client = await serve_queue(rate_limit="2/second")
    path, made = BODIES["pixart"]
    while (answer := await client.post(path, json=made(time.monotonic_ns()))).status == 200:
        pass
    assert answer.headers["Retry-After"] == "1"
    await asyncio.sleep(1)
    assert (await client.post(path, json=made("later"))).status == 200


async def counted(door, addresses):
    for address in addresses:
        asked = make_mocked_request("POST", "/", headers={"X-Forwarded-For": address})
        asked.transport.get_extra_info.side_effect = lambda name: ("127.0.0.1", 1)
        await door.count(asked, OPERATOR)
        await asyncio.sleep(0)  # what was put off is done


def counting_door():
    settings = Settings(_env_file=None, rate_limit="60/minute", trusted_proxies="127.0.0.1")
    door = guard.Guard(settings)
    return door, door._window.storage


async def test_to_count_a_request_nobody_looks_through_all_other_addresses():
    door, counts = counting_door()

    class Unread(dict):
        def __iter__(self):
            raise AssertionError("somebody looks through them")

        keys = items = values = __iter__

    counts.expirations = Unread()
    await counted(door, ["192.0.2.1", "192.0.2.2", "192.0.2.1"])
    assert sorted(counts.storage.values()) == [1, 2]


async def test_addresses_whose_time_is_over_are_forgotten(monkeypatch):
    door, counts = counting_door()
    await counted(door, [f"192.0.2.{number}" for number in range(200)])
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 121)
    monkeypatch.setattr(guard, "SWEEP_SECONDS", 0.0)
    await counted(door, ["198.51.100.1"])
    assert len(counts.storage) == len(counts.expirations) == 1


@pytest.mark.parametrize("text", ["x", "60", "60/fortnight", "-1/minute", "60/minute;x"])
def test_a_rate_that_is_none_is_refused_at_the_start(text):
    with pytest.raises(ValueError, match="must be like 60/minute"):
        Settings(_env_file=None, rate_limit=text)


@pytest.mark.parametrize("text", ["10.0.0.0/99", "proxy", "10.0.0.1,x"])
def test_a_proxy_that_is_no_network_is_refused_at_the_start(text):
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6"):
        Settings(_env_file=None, trusted_proxies=text)


# Wrong keys


RANDOM = "0123456789abcdef0123456789abcdef"  # as `openssl rand -hex 16` gives an operator


async def wrong(client, count, address):
    return [
        (await client.get(f"{PIXART}/jobs", headers={**bearer(f"wrong {n}"), **address})).status for n in range(count)
    ]


@pytest.mark.parametrize("api_key", ["master", RANDOM])
async def test_wrong_keys_shut_nobody_else_out_at_their_address(serve_queue, keys, api_key, monkeypatch):
    monkeypatch.setattr(guard, "PACE_SECONDS", 0.01)
    client = await serve_queue(trusted_proxies="127.0.0.1", api_key=api_key)
    path, address = f"{PIXART}/jobs", {"X-Forwarded-For": "192.0.2.1"}
    assert await wrong(client, guard.WRONG_KEYS.amount + 5, address) == [401] * guard.WRONG_KEYS.amount + [429] * 5
    for key in (*keys.values(), api_key):
        for _ in range(3):
            assert (await client.get(path, headers={**bearer(key), **address})).status == 200
    health = await (await client.get("/health", headers={**bearer(api_key), **address})).json()
    assert "jobs" in health, "the operator sees how the server is"


async def test_guessing_a_key_that_a_person_chose_goes_at_a_walking_pace(serve_queue, keys, monkeypatch):
    monkeypatch.setattr(guard, "LONGEST_WAIT", 1.5)
    client = await serve_queue(trusted_proxies="127.0.0.1", api_key="master")
    address, elsewhere = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
    await wrong(client, guard.WRONG_KEYS.amount, address)
    began = time.monotonic()
    guesses = [client.get(f"{PIXART}/jobs", headers={**bearer(f"more {n}"), **address}) for n in range(40)]
    answers = await asyncio.gather(*guesses)
    looks = guard.LONGEST_WAIT / guard.PACE_SECONDS + 1
    assert {answer.status for answer in answers} == {429}
    assert time.monotonic() - began >= (looks - 1) * guard.PACE_SECONDS, "each waited for its own turn"
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in answers)
    monkeypatch.setattr(guard, "LONGEST_WAIT", 3600.0)
    monkeypatch.setattr(guard, "PACE_SECONDS", 60.0)
    full = asyncio.gather(*[client.get(f"{PIXART}/jobs", headers={**bearer(f"x {n}"), **address}) for n in range(20)])
    await asyncio.sleep(0.2)
    for key, there in ((keys["ann"], address), ("master", elsewhere)):
        assert (await client.get(f"{PIXART}/jobs", headers={**bearer(key), **there})).status == 200
    assert not full.done(), "these wait for nobody, and the others still do"
    full.cancel()
    await asyncio.gather(full, return_exceptions=True)


async def test_guessing_at_health_counts_as_guessing(serve_queue):
    client = await serve_queue(api_key="master")
    for number in range(guard.WRONG_KEYS.amount):
        await client.get("/health", headers=bearer(f"wrong {number}"))
    assert (await client.get(f"{PIXART}/jobs", headers=bearer("one more"))).status == 429


async def test_a_password_of_a_dialects_own_is_guessed_at_a_walking_pace_too(serve_queue, monkeypatch):
    monkeypatch.setattr(guard, "PACE_SECONDS", 0.01)
    monkeypatch.setenv("A1111_USERNAME", "me")
    monkeypatch.setenv("A1111_PASSWORD", "hunter2")
    client = await serve_queue()
    for number in range(guard.WRONG_KEYS.amount):
        assert (await client.get("/sdapi/v1/options", headers=basic("me", f"no {number}"))).status == 401
    assert (await client.get("/sdapi/v1/options", headers=basic("me", "one more"))).status == 429
    assert (await client.get("/sdapi/v1/options", headers=basic("me", "hunter2"))).status == 200


@pytest.mark.parametrize(
    ("key", "guessable"),
    [("master", True), ("a" * 64, True), ("correct horse battery staple", True), (RANDOM, False)],
)
def test_a_key_is_guessable_unless_a_program_made_it(key, guessable):
    assert access.is_guessable(key) == guessable


async def test_a_client_with_an_old_key_does_not_shut_out_its_neighbours(serve_queue, keys):
    client = await serve_queue()
    for _ in range(3 * guard.WRONG_KEYS.amount):
        assert (await client.get(f"{PIXART}/jobs", headers=bearer("old"))).status == 401
        assert (await client.get(f"{PIXART}/jobs")).status == 401
    assert (await client.get(f"{PIXART}/jobs", headers=bearer(keys["ann"]))).status == 200


async def test_where_no_key_is_needed_none_is_wrong(serve_queue):
    client = await serve_queue()
    for number in range(2 * guard.WRONG_KEYS.amount):
        assert (await client.get(f"{PIXART}/jobs", headers=basic("x", str(number)))).status == 200


# Jobs of a key


async def test_a_key_has_so_many_jobs_at_a_time_and_others_have_theirs(serve_queue, tmp_path):
    path = tmp_path / "keys.json"
    two, many, servers = (keyring.add(path, name, jobs) for name, jobs in (("two", 2), ("many", 0), ("servers", None)))
    client = await serve_queue(max_jobs_per_key=1, api_key="master")
    allowed = {two: 2, many: 4, servers: 1, "master": 4}
    for at, (key, most) in enumerate(allowed.items()):
        got = [
            (await client.post(f"{PIXART}/generate", json=sketch(f"{at}-{n}"), headers=bearer(key))).status
            for n in range(4)
        ]
        assert got == [200] * most + [429] * (4 - most)
    answer = await client.post(f"{PIXART}/generate", json=sketch("0-9"), headers=bearer(two))
    assert (await answer.json())["detail"] == "2 jobs of this key wait or run, as many as it may have. Try again later."
    assert answer.headers["Retry-After"] == str(TooManyJobs.retry_after)
    again = await client.post(f"{PIXART}/generate", json=sketch("0-0"), headers=bearer(two))
    assert again.status == 200  # the same job once more is none
    assert (await client.post(f"{PIXART}/cancel/0-0", headers=bearer(two))).status == 200
    assert (await client.post(f"{PIXART}/generate", json=sketch("0-9"), headers=bearer(two))).status == 200


async def test_requests_at_the_same_moment_never_are_more_than_allowed(serve_queue, tmp_path):
    key = keyring.add(tmp_path / "keys.json", "ann", 3)
    client = await serve_queue(max_queue_size=5, api_key="master")
    posts = [client.post(f"{PIXART}/generate", json=sketch(f"a{n}"), headers=bearer(key)) for n in range(8)]
    got = [answer.status for answer in await asyncio.gather(*posts)]
    assert sorted(got) == [200] * 3 + [429] * 5
    posts = [client.post(f"{PIXART}/generate", json=sketch(f"b{n}"), headers=bearer("master")) for n in range(8)]
    got = [answer.status for answer in await asyncio.gather(*posts)]
    assert sorted(got) == [200] * 2 + [503] * 6


@pytest.mark.parametrize("settings", [{}, {"max_queue_size": 1}], ids=["of a key", "of all"])
async def test_the_same_request_at_the_same_moment_is_one_job_also_where_no_second_may_come(
    serve_queue, tmp_path, settings
):
    key = keyring.add(tmp_path / "keys.json", "ann", jobs=5 if settings else 1)
    client = await serve_queue(**settings)
    posts = [client.post(f"{PIXART}/generate", json=sketch("same"), headers=bearer(key)) for _ in range(4)]
    assert [answer.status for answer in await asyncio.gather(*posts)] == [200] * 4


async def test_the_priority_of_a_key_is_added_to_its_jobs(serve_queue, tmp_path):
    path = tmp_path / "keys.json"
    low, high = (keyring.add(path, name, priority=priority) for name, priority in (("low", -5), ("high", 5)))
    client = await serve_queue()
    for name, key in (("low", low), ("high", high)):
        await client.post(f"{PIXART}/generate", json=sketch(name), headers=bearer(key))
    assert await client.jobs._store.waiting("pixart") == ["high", "low"]


# What is sent


def nested(depth, inside=b""):
    return b"[" * depth + inside + b"]" * depth


@pytest.mark.parametrize("inside", [b"", b'"]]]]"', b'"[[[[\\"[[[["', b'"\\\\"', b'{"a": "\\\\\\""}'], ids=range(5))
def test_so_deep_and_no_deeper(inside):
    extra = inside.startswith(b"{")
    assert parse_json(nested(DEEPEST_NESTING - extra, inside))
    with pytest.raises(BadRequest, match=f"nested too deeply; {DEEPEST_NESTING} levels are the most"):
        parse_json(nested(DEEPEST_NESTING + 1 - extra, inside))


def test_brackets_in_texts_are_no_depth():
    text = '[{"' * 5000 + "\\"
    assert parse_json(json.dumps({"prompt": text, "b": [text]}).encode()) == {"prompt": text, "b": [text]}


def test_wide_is_not_deep():
    wide = [[number] for number in range(10_000)]
    assert parse_json(json.dumps(wide).encode()) == wide


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('[]{}"\\a,', max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('[]{}"\\', max_size=4), inner, max_size=3),
    max_leaves=20,
)


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@examples(max_examples=300)
@given(value=json_values)
def test_the_depth_is_that_of_the_value_whatever_its_texts_are(value):
    text, deep = json.dumps(value).encode(), depth(value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body, "DEEPEST_NESTING", deep)
        assert parse_json(text) == value
        if deep:
            patch.setattr(body, "DEEPEST_NESTING", deep - 1)
            with pytest.raises(BadRequest, match="nested too deeply"):
                parse_json(text)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * (16 << 20) + b"]" * (16 << 20),
        b"[" + b"[]," * (10 << 20) + b"[]]",
        b'["' + b'\\"' * (15 << 20),
        b"[" * 65 + b'""' * (15 << 20),
        b"[" * 65 + b'"[",' * (8 << 20),
        b'["' + b"[" * 65 + b"\\" * (31 << 20),
    ],
    ids=["deep", "wide", "escapes", "quotes", "texts", "backslashes"],
)
def test_the_largest_bodies_are_refused_soon(data):
    began = time.process_time()
    with pytest.raises(TooLarge):
        parse_json(data)
    # Seconds of a processor: half of one on a slow machine, most of it for looking at 32 MB a few times.
    assert time.process_time() - began < 3


def test_so_many_lists_and_no_more(monkeypatch):
    monkeypatch.setattr(body, "MOST_MARKS", 1000)
    lists = [[] for _ in range(499)]
    assert parse_json(json.dumps(lists).encode()) == lists
    with pytest.raises(BadRequest, match="too many lists"):
        parse_json(json.dumps([*lists, []]).encode())


def test_an_object_has_so_many_names_and_no_more():
    names = {f"prompt{number}": "a" for number in range(MOST_NAMES)}
    assert parse_json(json.dumps([names, names]).encode()) == [names, names]
    with pytest.raises(BadRequest, match=f"an object of {MOST_NAMES + 1} names; {MOST_NAMES} are the most"):
        parse_json(json.dumps({**names, "one more": "a"}).encode())


async def test_the_pixels_of_a_picture_have_a_limit_that_can_be_set(serve_queue):
    client = await serve_queue(max_pixels=1000)
    answer = await client.post(f"{PIXART}/generate", json=sketch("a"))
    assert answer.status == 400
    assert (await answer.json())["detail"].endswith("pixels. At most 1000.")


async def test_a_list_of_pictures_has_an_end(serve_queue):
    client = await serve_queue()
    picture = {"data": sketch("a")["sketchData"], "name": ""}
    answer = await client.post("/sdapi/v1/extra-batch-images", json={"imageList": [picture] * 101})
    assert answer.status == 422
    assert "at most 100 items" in await answer.text()


# What every answer says


async def test_every_answer_says_how_a_browser_may_use_it(serve_queue, keys):
    client = await serve_queue()
    ann = bearer(keys["ann"])
    await client.post(f"{PIXART}/generate", json=sketch("a"), headers=ann)
    for method, path, sent in (
        ("GET", f"{PIXART}/status/a", ann),
        ("GET", f"{PIXART}/status/a", {}),
        ("GET", f"{PIXART}/nothing", ann),
        ("POST", f"{PIXART}/generate", ann),
        ("OPTIONS", f"{PIXART}/generate", {"Access-Control-Request-Method": "POST"}),
        ("GET", "/health", {}),
        ("GET", "/docs", {}),
        ("GET", "/", {}),
    ):
        answer = await client.request(method, path, headers=sent, allow_redirects=False)
        said = answer.headers
        assert {name: said[name] for name in middlewares.SECURITY_HEADERS if name != "Content-Security-Policy"} == {
            name: value for name, value in middlewares.SECURITY_HEADERS.items() if name != "Content-Security-Policy"
        }
        assert said["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in said["Content-Security-Policy"]
        assert said["Server"] == "Pixart"
        assert (said.get("Cache-Control") == "no-store") == (path not in middlewares.CACHEABLE_PATHS)


async def test_not_even_a_request_that_is_none_learns_versions(serve_queue):
    client = await serve_queue()
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"rubbish\r\n\r\n")
    said = (await reader.read()).decode()
    writer.close()
    assert said.startswith("HTTP/1.0 400")
    assert "aiohttp" not in said
    assert "Python" not in said


@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "X-API-Key", "X-Request-Id", "X-Webhook-URL"])
async def test_a_page_may_send_each_header_that_means_something(serve_queue, keys, name):
    client = await serve_queue()
    asking = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    answer = await client.options(f"{PIXART}/generate", headers={**asking, "Access-Control-Request-Headers": name})
    assert answer.status == 204
    assert name in answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.browser
async def test_the_documentation_page_works_under_its_own_policy(serve_queue, tmp_path):
    browser = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    from browser import FLAGS, program

    if program() is None:
        pytest.skip("there is no chromium on this machine")
    client = await serve_queue()
    async with browser.async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program(), args=FLAGS)
        page = await chromium.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        asked = []
        page.on("request", lambda request: asked.append(request))
        await page.goto(f"http://127.0.0.1:{client.port}/docs")
        await page.get_by_role("button", name="Authorize").click(timeout=60_000)
        dialog = page.locator(".dialog-ux")
        await dialog.get_by_label("auth-bearer-value").fill("the key")
        await dialog.get_by_role("button", name="Apply credentials").first.click()
        await dialog.get_by_role("button", name="Close").first.click()
        box = page.locator(".opblock", has_text="Queue a sketch").first
        await box.locator(".opblock-summary-control").click(timeout=60_000)
        await box.get_by_role("button", name="Try it out").click(timeout=60_000)
        await box.get_by_role("button", name="Execute").click(timeout=60_000)
        await box.locator(".live-responses-table pre", has_text='"status": "pending"').wait_for(timeout=60_000)
        sent = await asked[-1].all_headers()
        shown = await page.evaluate(
            "url => new Promise(done => { const made = new Image(); made.onload = () => done(true);"
            "made.onerror = () => done(false); made.src = url; document.body.append(made); })",
            "data:image/png;base64," + sketch("a")["sketchData"],
        )
        await chromium.close()
    assert (shown, complaints) == (True, [])
    assert sent["authorization"] == "Bearer the key"
    assert {urlsplit(each.url).netloc for each in asked if not each.url.startswith("data:")} == {
        f"127.0.0.1:{client.port}"
    }
