"""Who asked is told of every job that ends, by a body that can be verified; nothing is lost on the way."""

import asyncio
import base64
import contextlib
import json
import os
import sys
import time

import pytest
from aiohttp import web
from bridge_process import PREFIX, BridgeProcess
from sketches import SKETCHES
from standardwebhooks import Webhook, WebhookVerificationError
from test_disk_faults import buffered
from waiting import until

from bridge.adapters import dialects
from bridge.catalog.models import Catalog
from bridge.cli import main
from bridge.core.callback_address import WEBHOOK_HEADER
from bridge.core.errors import SettingsError
from bridge.core.job import Artifact, Job, JobState
from bridge.core.metrics import Metrics
from bridge.core.places import ROOT
from bridge.core.settings import Settings
from bridge.storage import outbox
from bridge.storage.artifacts import digest
from bridge.storage.outbox import MOST_KEPT, Fate, Letter, open_letters, retry
from bridge.storage.record import Record
from bridge.storage.store import Store
from bridge.web.server import create_app
from bridge.webhooks import connect, delivery
from bridge.webhooks.delivery import LONGEST_RETRY_AFTER, PAUSE_SECONDS, Delivery, verdict_of
from bridge.webhooks.events import letters_of
from bridge.webhooks.message import headers, job_path, keys_of

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
SKETCH, OTHER = SKETCHES["transparent, as large as asked"](), SKETCHES["white background"]()
OPEN = (JobState.QUEUED, JobState.RUNNING)


def settings(**values):
    return Settings(_env_file=None, **{"webhook_secret": SECRET, **values})


class Receiver:
    """A real receiver: verifies what it gets, and answers as told: a status, headers too, or in no way at all."""

    def __init__(self, *answers, secret=SECRET):
        self.answers, self.secret = list(answers), secret
        self.ids, self.events, self.at = [], [], []
        self.now = self.most = 0  # calls under way, and the most of them
        self.app = web.Application()
        self.app.router.add_post("/hook", self.hear)
        self.url = ""

    async def hear(self, request):
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await self._answer(request)
        finally:
            self.now -= 1

    async def _answer(self, request):
        event = Webhook(self.secret).verify(await request.read(), dict(request.headers))
        self.ids.append(request.headers["webhook-id"])
        self.events.append(event)
        self.at.append(time.monotonic())
        answer = self.answers.pop(0) if self.answers else 200
        if callable(answer):
            answer = answer()
        if answer == "hang":
            await asyncio.sleep(30)
        if answer == "close":
            request.transport.abort()
            return web.Response()
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        return web.Response(status=status, headers=headers, body=b"x" * 100_000)

    async def heard(self, count=1, seconds=20.0):
        await until(lambda: len(self.ids) >= count, seconds)


@pytest.fixture
def receive(aiohttp_server):
    async def start(*answers, **more):
        receiver = Receiver(*answers, **more)
        server = await aiohttp_server(receiver.app)
        receiver.url = f"http://127.0.0.1:{server.port}/hook"
        return receiver

    return start


# What is told


def job(id="a", **changes):
    values = {"prompt": "a secret wish", "seed": 1}
    return Job(id, "pixart", "sketch", JobState.QUEUED, 0.0, 1_700_000_000.0, values, **changes)


@contextlib.asynccontextmanager
async def opened(folder, **values):
    store = await Store.open(folder, letters_of(settings(**values)))
    try:
        yield store
    finally:
        await store.close()


async def end(store, id="a", state=JobState.COMPLETED, webhook="", **columns):
    await store.add(Record(job(id), "h", webhook=webhook))
    at = columns.pop("finished_at", time.time())
    return await store.change(id, only_if=OPEN, state=state, finished_at=at, **columns)


URL = "http://127.0.0.1:1/hook"


@pytest.mark.parametrize("state", [state for state in JobState if state.final])
async def test_every_final_state_is_one_event_for_each_receiver(tmp_path, state):
    async with opened(tmp_path, webhook_url=URL) as store:
        assert await end(store, state=state, webhook="https://example.com/h?token=1")
        assert not await store.change("a", only_if=OPEN, state=state)
        assert not await store.change("a", only_if=OPEN, state=JobState.FAILED)
    found = open_letters(tmp_path)
    assert sorted((each.url, each.host) for each in found) == [
        ("", ""),
        ("https://example.com/h?token=1", "example.com:443"),
    ]
    assert {json.loads(each.body)["type"] for each in found} == {f"job.{state.value}"}
    assert len({each.id for each in found}) == 2


@pytest.mark.parametrize("columns", [{"state": JobState.RUNNING}, {"cancel_requested": True}, {"part": 1}], ids=str)
async def test_a_change_that_ends_nothing_tells_nothing(tmp_path, columns):
    async with opened(tmp_path, webhook_url=URL) as store:
        await store.add(Record(job(), "h"))
        assert await store.change("a", only_if=OPEN, **columns)
    assert open_letters(tmp_path) == []


async def test_a_receiver_named_by_operator_and_client_is_told_once(tmp_path):
    async with opened(tmp_path, webhook_url=URL) as store:
        await end(store, webhook=URL)
    assert [each.url for each in open_letters(tmp_path)] == [""]


async def test_without_a_secret_nothing_is_written(tmp_path):
    async with opened(tmp_path, webhook_secret=None) as store:
        await end(store, webhook="https://example.com/")
    assert open_letters(tmp_path) == []


async def test_a_final_state_and_its_event_are_there_together_or_not_at_all(tmp_path):
    def fails(record):
        return [Letter("same", record.job.id, "", "", "{}", 0.0)]

    store = await Store.open(tmp_path, fails)
    try:
        await end(store, "a")
        with pytest.raises(Exception, match="UNIQUE"):
            await end(store, "b")
        assert (await store.get("b")).job.state is JobState.QUEUED
    finally:
        await store.close()
    assert [each.job for each in open_letters(tmp_path)] == ["a"]


async def test_the_event_tells_how_it_ended_and_no_secret(tmp_path):
    made = Artifact("image", "ab" * 32, "image/png", 3, {"prompt": "a secret wish"}, b"png")
    report = Artifact("report", "", "", 0, {"seed": 1})
    async with opened(tmp_path, webhook_url=URL) as store:
        columns = {
            "artifacts": [made, report],
            "workflow": "pixelate@1",
            "notes": ("said",),
            "started_at": 1_700_000_001.25,
        }
        await end(store, finished_at=1_700_000_002.5, **columns)
    assert json.loads(open_letters(tmp_path)[0].body) == {
        "type": "job.completed",
        "timestamp": "2023-11-14T22:13:22.500Z",
        "data": {
            "id": "a",
            "dialect": "pixart",
            "mode": "sketch",
            "workflow": "pixelate@1",
            "state": "completed",
            "error": None,
            "fault": None,
            "created_at": "2023-11-14T22:13:20.000Z",
            "started_at": "2023-11-14T22:13:21.250Z",
            "finished_at": "2023-11-14T22:13:22.500Z",
            "notes": ["said"],
            "path": f"{PREFIX}/status/a",
            "results": [{"output": "image", "sha256": "ab" * 32, "content_type": "image/png", "size": 3}],
        },
    }


@pytest.mark.parametrize("mounted", [True, False])
@pytest.mark.parametrize(("name", "dialect"), dialects().items(), ids=list(dialects()))
def test_the_event_says_where_its_dialect_shows_a_job(name, dialect, mounted):
    mount = dialect.mount if mounted else ""
    shown = {"pixart": f"{PREFIX}/status/{{id}}", "imagegen": "/jobs/{id}", "aleaart": "/generated_images/{id}.png"}
    assert job_path(dialect, mounted=mounted) == (mount + shown[name] if name in shown else None)


@pytest.mark.parametrize("secret", [SECRET, SECRET.rstrip("="), "a plain text of enough letters, ä"])
def test_a_body_is_signed_as_the_specification_says(secret):
    body = '{"type":"job.completed"}'
    made = headers(keys_of(secret), "msg_1", body, time.time())
    receiver = Webhook(secret if secret.startswith("whsec_") else secret.encode())
    assert receiver.verify(body, made) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        receiver.verify(body + " ", made)
    with pytest.raises(WebhookVerificationError):
        receiver.verify(body, headers(keys_of(secret), "msg_1", body, time.time() - 301))


def test_while_a_secret_is_exchanged_receivers_believe_both_the_new_and_the_old():
    new, old, body = "whsec_" + base64.b64encode(b"n" * 24).decode(), SECRET, "{}"
    made = headers(keys_of(f"{new} {old}"), "msg_1", body, time.time())
    assert [Webhook(each).verify(body, made) for each in (new, old)] == [{}, {}]
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"x" * 24).decode()).verify(body, made)


def test_the_signature_is_the_specifications_own_example():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # from its text, with id, time and body
    made = headers(keys_of(secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', 1614265330)
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"webhook_secret": None, "webhook_url": URL}, "WEBHOOK_URL needs a WEBHOOK_SECRET"),
        ({"webhook_secret": None, "webhook_clients": True}, "WEBHOOK_CLIENTS needs a WEBHOOK_SECRET"),
        ({"webhook_secret": "short"}, "WEBHOOK_SECRET is 5 bytes long; 24 is the least"),
        ({"webhook_secret": "whsec_*"}, "WEBHOOK_SECRET must be base64 after whsec_"),
        ({"webhook_secret": f"{SECRET} whsec_*"}, "WEBHOOK_SECRET must be base64 after whsec_"),
        ({"webhook_secret": "whsec_" + base64.b64encode(b"x" * 23).decode()}, "WEBHOOK_SECRET is 23 bytes long"),
    ],
)
def test_half_a_setting_is_refused_at_the_start(values, sentence):
    with pytest.raises(SettingsError, match=sentence):
        letters_of(settings(**values))


@pytest.mark.parametrize("url", ["ftp://example.com/", "https://user:word@example.com/", "https://", "example.com"])
def test_the_operators_own_url_must_be_one(url):
    with pytest.raises(ValueError, match="WEBHOOK_URL"):
        settings(WEBHOOK_URL=url)


# How it gets there


@contextlib.asynccontextmanager
async def delivering(store, *, pauses=(0.05,) * 7, metrics=None, **values):
    work = Delivery(settings(**values), store.outbox, metrics or Metrics(), pauses)
    task = asyncio.create_task(work.run())
    try:
        yield work
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def desk(tmp_path):
    """A store in `tmp_path` whose jobs may name receivers on this machine."""
    async with opened(tmp_path, **INSIDE) as store:
        yield store


INSIDE = {"webhook_clients": True, "webhook_private": True}


async def counts(store, **wanted):
    async def met():
        found = await store.outbox.counts()
        return all(found[fate] == count for fate, count in wanted.items())

    deadline = time.monotonic() + 10
    while not await met():
        assert time.monotonic() < deadline, await store.outbox.counts()
        await asyncio.sleep(0.01)


async def test_an_error_is_tried_again_under_the_same_id_until_it_is_taken(desk, receive):
    receiver = await receive(500, 500, 204)
    async with delivering(desk, **INSIDE):
        await end(desk, webhook=receiver.url)
        await counts(desk, delivered=1, waiting=0)
    assert len(receiver.ids) == 3
    assert len(set(receiver.ids)) == 1
    assert receiver.events[0] == receiver.events[2]
    await asyncio.sleep(0.1)
    assert len(receiver.ids) == 3


async def test_a_clock_that_is_set_back_puts_off_no_try(desk, receive, tmp_path, monkeypatch):
    receiver, clock = await receive(503, 204), time.time
    async with delivering(desk, pauses=(1.0,) * 7, **INSIDE):
        await end(desk, webhook=receiver.url)
        await until(lambda: any(each.tries for each in open_letters(tmp_path)))
        monkeypatch.setattr(time, "time", lambda: clock() - 120.0)  # the receiver takes five minutes' difference
        await counts(desk, delivered=1, waiting=0)


@pytest.mark.parametrize(
    ("tries", "said", "put_off", "sent"),
    [
        (0, "", 3600.0, True),
        (1, "answered 500", 3600.0, True),
        (1, "answered 500", 14 * 365 * 86400.0, True),
        (3, "answered 500", 60.0, False),
        (1, "answered 503", 3600.0, False),
    ],
)
async def test_what_a_clock_that_was_ahead_put_off_is_sent_at_the_next_start(
    desk, receive, tmp_path, tries, said, put_off, sent
):
    receiver = await receive(204)
    await end(desk, webhook=receiver.url)
    [letter] = open_letters(tmp_path)
    await desk.outbox.settle(letter.id, Fate.WAITING, tries=tries, due_at=time.time() + put_off, said=said)
    async with delivering(desk, pauses=(0.1, 0.1, 3600.0), **INSIDE):
        if sent:
            await counts(desk, delivered=1, waiting=0)
        else:
            await asyncio.sleep(0.5)
            assert receiver.ids == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("hang", "no answer within 0.2 s"),
        ("close", "ServerDisconnectedError: Server disconnected"),
        ((302, {"Location": "http://127.0.0.1:1/secret"}), "302: redirects are not followed"),
        ((307, {"Location": "/hook"}), "307: redirects are not followed"),
        ((200, {"X": "y" * 20_000}), "ClientResponseError|LineTooLong|400"),
        (404, "answered 404"),
    ],
    ids=str,
)
async def test_a_receiver_that_misbehaves_is_tried_again(desk, receive, tmp_path, monkeypatch, answer, said):
    monkeypatch.setattr(connect, "CONNECT_SECONDS", 0.2 if answer == "hang" else 10.0)
    receiver = await receive(answer)
    async with delivering(desk, pauses=(60.0,), **INSIDE):
        await end(desk, webhook=receiver.url)
        letter = await until(lambda: next((each for each in open_letters(tmp_path) if each.tries), None))
    assert letter.state is Fate.WAITING
    assert any(part in letter.said for part in said.split("|")), letter.said
    assert 45 < letter.due_at - time.time() < 75  # 60 s, and the jitter
    assert len(receiver.ids) == 1


async def raw(bytes_again_and_again, times):
    """A receiver that answers with these bytes so many times."""

    async def answer(reader, writer):
        with contextlib.suppress(OSError), contextlib.closing(writer):
            await reader.readuntil(b"\r\n\r\n")
            for _ in range(times):
                writer.write(bytes_again_and_again)
                await writer.drain()
                await asyncio.sleep(0)

    return await asyncio.start_server(answer, "127.0.0.1")


@pytest.mark.parametrize(
    ("answer", "times", "said"),
    [
        (b"HTTP/1.1 102 Processing\r\n\r\n" * 4000, 1000, "more than 8 informational answers (1xx)"),
        (b"SSH-2.0-Nobody\r\n", 1, "Bad status line"),
    ],
    ids=["1xx without end", "no HTTP"],
)
async def test_an_answer_that_is_none_ends_the_call_and_no_word_tells_the_path(
    desk, tmp_path, caplog, answer, times, said
):
    caplog.set_level("INFO")
    async with await raw(answer, times) as receiver, delivering(desk, pauses=(60.0,), **INSIDE):
        host, port = receiver.sockets[0].getsockname()
        await end(desk, webhook=f"http://{host}:{port}/hidden?also=hidden")
        letter = await until(lambda: next((each for each in open_letters(tmp_path) if each.tries), None))
    assert said in letter.said
    assert "hidden" not in caplog.text + letter.said


async def test_where_nobody_listens_it_is_tried_again_and_given_up_in_the_end(desk, tmp_path, caplog):
    async with delivering(desk, pauses=(0.01, 0.01), **INSIDE):
        await end(desk, webhook="http://127.0.0.1:9999/hook?token=secret")
        await counts(desk, dead=1)
    [letter] = open_letters(tmp_path)
    assert (letter.tries, letter.state) == (3, Fate.DEAD)
    assert "ClientConnectorError" in letter.said
    assert "is given up after 3 tries; 127.0.0.1:9999, job a" in caplog.text
    assert "secret" not in caplog.text + letter.said


async def test_a_receiver_that_is_gone_is_never_called_again(desk, receive):
    receiver = await receive(410)
    async with delivering(desk, **INSIDE):
        await end(desk, webhook=receiver.url)
        await counts(desk, dead=1)
    assert len(receiver.ids) == 1


async def test_a_receiver_that_hangs_holds_up_no_other_and_is_called_once_at_a_time(desk, receive):
    slow, quick = await receive("hang", "hang", "hang"), await receive()
    async with delivering(desk, **INSIDE):
        for number in range(3):
            await end(desk, f"slow-{number}", webhook=slow.url)
        for number in range(5):
            await end(desk, f"quick-{number}", webhook=quick.url)
        await counts(desk, delivered=5, waiting=3)
    assert (slow.most, len(slow.ids), quick.most) == (1, 1, 1)
    assert [event["data"]["id"] for event in quick.events] == [f"quick-{number}" for number in range(5)]


async def test_hanging_receivers_of_clients_never_hold_up_the_operators(tmp_path, receive, monkeypatch):
    monkeypatch.setattr(delivery, "MOST_AT_ONCE", 2)
    slow = [await receive("hang") for _ in range(4)]
    mine = await receive()
    async with (
        opened(tmp_path, webhook_url=mine.url, **INSIDE) as store,
        delivering(store, webhook_url=mine.url, **INSIDE),
    ):
        for number, receiver in enumerate(slow):
            await end(store, f"job-{number}", webhook=receiver.url)
        await counts(store, delivered=4, waiting=4)
        assert sum(len(receiver.ids) for receiver in slow) == 2


async def test_a_backlog_for_receivers_that_hang_does_not_hold_up_another(desk, receive, monkeypatch):
    for name, number in (("MOST_AT_ONCE", 2), ("MOST_SILENT", 1)):
        monkeypatch.setattr(delivery, name, number)
    monkeypatch.setattr(connect, "CONNECT_SECONDS", 0.1)
    slow, quick = [await receive(*["hang"] * 40) for _ in range(3)], await receive()
    for number in range(90):
        await end(desk, f"slow-{number}", webhook=slow[number % 3].url)
    await end(desk, "quick", webhook=quick.url)
    async with delivering(desk, pauses=(60.0,), **INSIDE):
        await quick.heard()
    assert 3 <= sum(len(receiver.ids) for receiver in slow) < 20


async def test_what_waits_is_bounded_and_the_oldest_of_the_longest_lists_are_given_up(
    tmp_path, receive, monkeypatch, caplog
):
    monkeypatch.setattr(outbox, "MOST_WAITING", 4)
    slow, other, metrics = await receive(*["hang"] * 9), await receive("hang"), Metrics()
    async with opened(tmp_path, webhook_url=URL, **INSIDE) as store:
        for number in range(6):
            await end(store, f"slow-{number}", webhook=slow.url, finished_at=1e9 + number)
        await end(store, "other", webhook=other.url, finished_at=1e9)
        async with delivering(store, metrics=metrics, webhook_url=URL, pauses=(60.0,), **INSIDE):
            await counts(store, dead=3 + 3, waiting=4 + 4)
    waiting = [(each.host, each.job) for each in open_letters(tmp_path) if each.state is Fate.WAITING]
    assert [job for host, job in waiting if not host][-3:] == ["slow-3", "slow-4", "slow-5"]
    assert [job for host, job in waiting if host] == ["other", "slow-3", "slow-4", "slow-5"]
    assert {each.said for each in open_letters(tmp_path) if each.state is Fate.DEAD} == {outbox.TOO_MANY}
    assert f"3 webhooks are given up, the oldest for {slow.url.split('/')[2]}: more than" in caplog.text
    assert metrics["pixart_webhooks_given_up"].labels("many")._value.get() == 6


async def test_what_was_given_up_during_a_call_waits_no_more_but_may_be_delivered(desk, receive, tmp_path, monkeypatch):
    monkeypatch.setattr(outbox, "MOST_WAITING", 0)
    await end(desk, "a", webhook=URL)
    await end(desk, "b", webhook=URL)
    tried = open_letters(tmp_path)
    assert await desk.outbox.crop() == {"127.0.0.1:1": 2}
    for letter, fate in zip(tried, (Fate.WAITING, Fate.DELIVERED), strict=True):
        await desk.outbox.settle(letter.id, fate, tries=1, due_at=0, said="")
    assert await desk.outbox.counts() == {"waiting": 0, "delivered": 1, "dead": 1}


async def test_the_operators_url_is_the_one_that_is_set_now(tmp_path, receive):
    async with opened(tmp_path, webhook_url=URL) as store:
        await end(store)
        receiver = await receive()
        async with delivering(store, webhook_url=receiver.url):
            await counts(store, delivered=1)
    assert len(receiver.ids) == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"webhook_clients": False, "webhook_private": True}, "WEBHOOK_CLIENTS is off"),
        ({"webhook_clients": True, "webhook_private": False}, "must start with https://"),
    ],
)
async def test_a_client_may_only_be_told_what_is_allowed_now(desk, receive, tmp_path, values, said):
    receiver = await receive()
    async with delivering(desk, pauses=(60.0,), **values):
        await end(desk, webhook=receiver.url)
        letter = await until(lambda: next((each for each in open_letters(tmp_path) if each.tries), None))
    assert said in letter.said
    assert receiver.ids == []


async def test_a_name_that_leads_inside_is_not_called(desk, tmp_path):
    async with delivering(desk, pauses=(60.0,), webhook_clients=True):
        await end(desk, webhook="https://localhost:8443/")
        letter = await until(lambda: next((each for each in open_letters(tmp_path) if each.tries), None))
    assert "is not a public address" in letter.said


async def test_a_fault_of_ours_is_a_failed_try_and_the_next_letter_goes_on(
    desk, receive, tmp_path, monkeypatch, caplog
):
    receiver = await receive()
    honest = delivery.headers
    monkeypatch.setattr(delivery, "headers", lambda *a: 1 / 0 if "broken" in a[2] else honest(*a))
    async with delivering(desk, pauses=(), **INSIDE):
        await end(desk, "broken", webhook=receiver.url)
        await end(desk, "whole", webhook=receiver.url)
        await counts(desk, delivered=1, dead=1)
    assert [event["data"]["id"] for event in receiver.events] == ["whole"]
    assert open_letters(tmp_path)[0].said == "a fault in the bridge; its log says more"
    assert "ZeroDivisionError" in caplog.text


async def test_ending_lets_what_is_under_way_end_and_begins_nothing_after_it(desk, receive):
    receiver, slow = await receive(), await receive("hang")
    async with delivering(desk, **INSIDE) as work:
        await end(desk, "before", webhook=slow.url)
        await slow.heard()
        await end(desk, "last", webhook=receiver.url)
        began = time.monotonic()
        await work.finish(0.5)
        assert time.monotonic() - began < 15  # the one that hangs does so for 30
        assert len(receiver.ids) == 1
        await end(desk, "after", webhook=receiver.url)
        await asyncio.sleep(0.1)
        assert len(receiver.ids) == 1
    assert await desk.outbox.counts() == {"waiting": 2, "delivered": 1, "dead": 0}


@pytest.mark.parametrize(
    ("status", "retry_after", "fate", "after"),
    [
        (200, "", Fate.DELIVERED, 0.0),
        (299, "", Fate.DELIVERED, 0.0),
        (410, "", Fate.DEAD, 0.0),
        (429, "120", Fate.WAITING, 120.0),
        (503, "0", Fate.WAITING, 0.0),
        (503, "99999999999999999999", Fate.WAITING, LONGEST_RETRY_AFTER),
        (503, "Fri, 31 Dec 1999 23:59:59 GMT", Fate.WAITING, 0.0),
        (503, "Thu, 01 Jan 1970 00:02:00 GMT", Fate.WAITING, 20.0),
        (503, "Wed, 21 Oct 9999 07:28:00 GMT", Fate.WAITING, LONGEST_RETRY_AFTER),
        (503, "-5", Fate.WAITING, 0.0),
        (503, "soon", Fate.WAITING, 0.0),
        (503, "²", Fate.WAITING, 0.0),
        (500, "120", Fate.WAITING, 0.0),
    ],
)
def test_answers_are_judged(status, retry_after, fate, after):
    found = verdict_of(status, retry_after, 100.0 if "1970" in retry_after else time.time())
    assert (found.fate, found.after) == (fate, after)


def test_a_receiver_has_about_a_day_to_come_back():
    assert len(PAUSE_SECONDS) == 7
    assert sum(PAUSE_SECONDS) == pytest.approx(86_400, rel=0.2)


async def test_a_retry_after_is_waited_for(desk, receive, tmp_path):
    receiver = await receive((429, {"Retry-After": "100"}))
    async with delivering(desk, **INSIDE):
        await end(desk, webhook=receiver.url)
        letter = await until(lambda: next((each for each in open_letters(tmp_path) if each.tries), None))
    assert 90 < letter.due_at - time.time() <= 100


async def test_what_has_ended_is_removed_after_a_while(desk):
    async with delivering(desk, pauses=(), webhook_clients=False):
        for number in range(3):
            await end(desk, str(number), webhook="https://example.com/")
        await counts(desk, dead=3)
    outbox, day = desk.outbox, 86_400
    await outbox.tidy(time.time() + 29 * day)
    assert (await outbox.counts())["dead"] == 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MOST_KEPT, "dead", 2)
        await outbox.tidy(time.time())
    assert (await outbox.counts())["dead"] == 2
    await outbox.tidy(time.time() + 31 * day)
    assert (await outbox.counts())["dead"] == 0


# In front of a real bridge


def body(id, sketch=SKETCH):
    return {"id": id, "sketchData": base64.b64encode(sketch).decode(), "prompt": "", "width": 16, "height": 16}


def bridge(folder, url=None, **more):
    own = {"WEBHOOK_SECRET": SECRET, "COMFYUI_URL": "http://127.0.0.1:9", **({"WEBHOOK_URL": url} if url else {})}
    return BridgeProcess(folder, **own, **more)


async def call(process, path, data=None, headers=None):
    return await asyncio.to_thread(process.call, path, data, headers)


async def cancelled(process, id):
    assert (await call(process, f"{PREFIX}/generate", body(id)))[0] == 200
    assert (await call(process, f"{PREFIX}/cancel/{id}", b""))[0] == 200


async def test_an_event_survives_kill_9_and_keeps_its_id(tmp_path, receive):
    process = bridge(tmp_path)
    receiver = await receive(lambda: process.kill() or 500)  # killed with the first call under way
    process.environment["WEBHOOK_URL"] = receiver.url
    await asyncio.to_thread(process.start)
    try:
        with contextlib.suppress(ConnectionError):  # who cancels may be answered after that call, which is never then
            await cancelled(process, "first")
        await receiver.heard()
        await until(lambda: process.process.poll() is not None)
        await asyncio.to_thread(process.start)
        await receiver.heard(2)
        code, health = await call(process, "/health")
        await asyncio.sleep(0.2)
    finally:
        await asyncio.to_thread(process.__exit__)
    assert code == 200
    assert len(set(receiver.ids)) == 1
    assert receiver.events[-1]["data"]["id"] == "first"
    assert receiver.events[-1]["type"] == "job.cancelled"
    assert set(health["webhooks"]) == {"waiting", "delivered", "dead"}


async def test_an_event_that_nobody_could_take_is_listed_and_sent_again_by_hand(tmp_path, receive, monkeypatch, capsys):
    receiver = await receive(410)
    monkeypatch.setenv("PIXART_DATA", str(tmp_path))
    assert main(["webhooks"]) == 1
    assert "There is no jobs database in" in capsys.readouterr().err
    with bridge(tmp_path, receiver.url) as process:
        await cancelled(process, "first")
        await receiver.heard()
        [dead] = await until(lambda: [each for each in open_letters(tmp_path) if each.state is Fate.DEAD])
        assert main(["webhooks", "list"]) == 0
        assert (
            capsys.readouterr().out
            == f"{dead.id} for WEBHOOK_URL, job first, is dead; 1 tries failed: 410: it wants no more\n"
        )
        assert main(["webhooks", "retry", "msg_none"]) == 1
        assert "There is no dead event 'msg_none'." in capsys.readouterr().err
        assert main(["webhooks", "retry", dead.id]) == 0
        assert "1 events wait again" in capsys.readouterr().err
        assert await asyncio.to_thread(process.stop) == 0  # sends what is due on its way out
    assert receiver.ids == [dead.id, dead.id]
    assert retry(tmp_path, []) == 0


def test_a_listing_that_names_an_event_is_told_that_it_can_not(capsys):
    assert main(["webhooks", "list", "msg_1"]) == 1
    assert "`webhooks list` shows all events, and takes no ID." in capsys.readouterr().err


class Taker:
    """Jobs that are accepted, and the receivers that came with them."""

    def __init__(self):
        self.asked = []

    async def submit(self, spec, id, checked):
        await checked
        self.asked.append(spec.webhook)
        return Job(id, spec.dialect, spec.mode, JobState.QUEUED, 0.0, 0.0, dict(spec.values))

    async def catalog(self):
        return Catalog()

    async def dialect_memory(self, dialect):
        return {}


async def test_where_the_header_is_not_offered_every_route_that_submits_says_so(aiohttp_client):
    wanted = [
        (dialect, route)
        for dialect in dialects().values()
        for route in dialect.routes
        if route.action.value == "submit" and not route.alone
    ]
    assert len(wanted) > 8
    client = await aiohttp_client(create_app(settings(webhook_clients=False), Taker()))
    for dialect, route in wanted:
        answer = await client.post(
            dialect.mount + route.path, json={}, headers={WEBHOOK_HEADER: "https://example.com/"}
        )
        assert (answer.status, "X-Webhook-URL is not offered" in await answer.text()) == (400, True), route.path


@pytest.mark.parametrize(
    ("values", "url", "status"),
    [
        ({}, None, 200),
        ({"webhook_clients": True}, "https://example.com/hook", 200),
        ({"webhook_clients": True}, "http://example.com/hook", 400),
        ({"webhook_clients": True}, "https://127.0.0.1/hook", 400),
        ({"webhook_clients": True, "webhook_private": True}, "http://127.0.0.1:8080/hook", 200),
        ({"webhook_clients": False}, "https://example.com/hook", 400),
        ({"webhook_secret": None, "webhook_clients": True}, "https://example.com/hook", 400),
    ],
)
async def test_a_callers_url_is_checked_when_it_submits(aiohttp_client, values, url, status):
    taker = Taker()
    client = await aiohttp_client(create_app(settings(**values), taker))
    sent = {WEBHOOK_HEADER: url} if url else {}
    assert (await client.post(f"{PREFIX}/generate", json=body("a"), headers=sent)).status == status
    assert taker.asked == ([url or ""] if status == 200 else [])


async def test_each_way_to_end_is_told_to_operator_and_caller(tmp_path, receive, bare_comfy):
    mine, theirs = await receive(), await receive()
    sent = {WEBHOOK_HEADER: theirs.url}
    with bridge(tmp_path, mine.url, WEBHOOK_CLIENTS="true", WEBHOOK_PRIVATE="true") as process:
        for id, sketch in (("drawn", SKETCH), ("damaged", OTHER), ("unwanted", SKETCH)):
            assert (await call(process, f"{PREFIX}/generate", body(id, sketch), sent))[0] == 200
        assert (await call(process, f"{PREFIX}/generate", body("drawn"), sent))[0] == 200  # the same, asked again
        code, answer = await call(process, f"{PREFIX}/generate", body("drawn"), {WEBHOOK_HEADER: f"{theirs.url}?other"})
        assert (code, answer["field"]) == (409, WEBHOOK_HEADER)  # nobody would be told there
        assert (await call(process, f"{PREFIX}/cancel/unwanted", b""))[0] == 200
        await theirs.heard()
        lost = tmp_path / "results" / digest(OTHER)[:2] / digest(OTHER)
        await until(lambda: lost.exists() and not buffered(tmp_path), 10)
        process.kill()
        lost.unlink()
        process.environment["COMFYUI_URL"] = bare_comfy.url
        await asyncio.to_thread(process.start)
        for receiver in (theirs, mine):  # the first event may come twice: its answer was on the way at the kill
            await until(lambda receiver=receiver: len(set(receiver.ids)) == 3, 60)
    for receiver in (mine, theirs):
        found = {event["data"]["id"]: event for event in receiver.events}
        assert found["unwanted"]["type"] == "job.cancelled"
        assert (found["damaged"]["type"], bool(found["damaged"]["data"]["error"])) == ("job.failed", True)
        assert found["drawn"]["type"] == "job.completed"
        assert [made["content_type"] for made in found["drawn"]["data"]["results"]] == ["image/png"]
    assert not set(mine.ids) & set(theirs.ids)


async def test_the_receiver_in_the_documents_takes_what_is_ours_and_nothing_else(desk, tmp_path, unused_tcp_port):
    page = (ROOT / "docs" / "operations" / "webhooks.md").read_text(encoding="utf-8")
    code = page.partition("<!-- receiver -->\n```python\n")[2].partition("```")[0]
    assert "9000" in code
    (tmp_path / "receiver.py").write_text(code.replace("9000", str(unused_tcp_port)))
    command, pipe = [sys.executable, str(tmp_path / "receiver.py")], asyncio.subprocess.PIPE
    url, foreign = f"http://127.0.0.1:{unused_tcp_port}/", f"whsec_{base64.b64encode(b'x' * 24).decode()}"
    environment = {**os.environ, "WEBHOOK_SECRET": SECRET}
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=environment)
    try:
        async with delivering(desk, pauses=(0.1,) * 90, **INSIDE):  # it starts while the first tries fail
            await end(desk, "ours", webhook=url)
            assert await asyncio.wait_for(process.stdout.readline(), 20) == b"job.completed ours\n"
            await counts(desk, delivered=1)
        async with delivering(desk, pauses=(), webhook_secret=foreign, **INSIDE):
            await end(desk, "forged", webhook=url)
            await counts(desk, dead=1)
    finally:
        process.kill()
        said, _ = await process.communicate()
    assert said == b""
