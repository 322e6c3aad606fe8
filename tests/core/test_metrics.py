"""Metrics: what is counted is what happened, what a client makes up is no label, and alerts name what there is."""

import asyncio
import contextlib
import http.client
import re
import time

import pytest
import yaml
from bridge_process import PREFIX, BridgeProcess
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text
from sketches import SKETCHES

from bridge.core import metrics
from bridge.core.job import Job, JobState
from bridge.core.metrics import EVENT_SERIES, OTHER_LABEL, STATE_SERIES, Metrics
from bridge.core.places import ROOT
from bridge.core.settings import Settings
from bridge.drawing.journal import Journal
from bridge.drawing.run_state import RunState
from bridge.web.server import create_app

NAMES = {each.name for each in (*EVENT_SERIES, *STATE_SERIES)}
HEALTH = {
    "comfyui": {"up": True, "starts": 2},
    "jobs": {"queued": 3, "running": 1},
    "queue": {"limit": 100, "oldest_seconds": 1.5},
    "webhooks": {"waiting": 5, "delivered": 6, "dead": 0},
    "cache": {"hits": 1, "misses": 2, "entries": 3, "bytes": 4},
    "disk": {"trouble": None},
    "fleet": [
        {"name": "a", "up": True, "draws": "job", "seen_seconds": 1.5},
        {"name": "b", "up": False, "draws": None, "seen_seconds": 2.0},
    ],
    "lost": [{"name": "c", "up": True, "draws": "job", "seen_seconds": 99.0}],
}


def samples(exposed, parse=text):
    """What was exposed, by name and labels."""
    families = list(parse(exposed))
    return {(each.name, *sorted(each.labels.items())): each.value for family in families for each in family.samples}


def of(found, name, **labels):
    """The sum of a metric's series that have these labels."""
    chosen = [v for (n, *has), v in found.items() if n == name and set(labels.items()) <= set(has)]
    assert chosen, f"no {name} with {labels}"
    return sum(chosen)


class Idle:
    """An engine whose jobs wait for ever."""

    async def health(self):
        return HEALTH

    async def get(self, id, *, data=False):
        return job(id=id)

    async def dialect_memory(self, dialect):
        return {}

    async def watch(self, id, *, steps=True):
        yield job(id=id)
        await asyncio.Event().wait()


def test_the_registry_has_the_metrics_of_the_tables_and_the_processs_own():
    made = Metrics()
    families = list(text(made.exposition(HEALTH, "")[0].decode()))
    assert {each.name for each in families if not each.name.startswith("process_")} == NAMES
    assert {"process_resident_memory_bytes", "process_cpu_seconds", "process_open_fds"} <= {f.name for f in families}
    assert len(made.registry._names_to_collectors) == len(Metrics().registry._names_to_collectors)


def test_what_an_engine_says_of_its_health_is_told_as_it_is():
    found = samples(Metrics().exposition(HEALTH, "")[0].decode())
    assert of(found, "pixart_jobs", state="queued") == 3
    assert of(found, "pixart_queue_oldest_seconds") == 1.5
    assert of(found, "pixart_comfyui_starts_total") == 2
    assert of(found, "pixart_webhooks", state="waiting") == 5
    assert [of(found, name) for name in ("pixart_cache_hits_total", "pixart_cache_bytes")] == [1, 4]
    assert [of(found, "pixart_worker_up", worker=name) for name in "abc"] == [1, 0, 0]
    assert [of(found, "pixart_worker_draws", worker=name) for name in "ab"] == [1, 0]
    assert of(found, "pixart_worker_seen_seconds", worker="c") == 99
    assert of(found, "pixart_storage_up") == 1
    away = samples(Metrics().exposition({"disk": {"trouble": "The jobs database doesn't answer."}}, "")[0].decode())
    assert of(away, "pixart_storage_up") == 0
    without = samples(Metrics().exposition({**HEALTH, "cache": None}, "")[0].decode())
    assert not [name for name, *_ in without if name.startswith("pixart_cache")]


RULES = yaml.safe_load((ROOT / "deploy" / "prometheus.rules.yml").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_names_only_metrics_that_there_are_with_labels_that_they_have(rule):
    known = {each.query_name: set(each.labels) for each in (*EVENT_SERIES, *STATE_SERIES)}
    known |= {
        f"{each.name}_{part}": {*each.labels, "le"} for each in EVENT_SERIES for part in ("bucket", "sum", "count")
    }
    named = re.findall(r"(pixart_\w+|\bup\b)(?:\{(\w+)=)?", rule["expr"])
    assert named
    for name, label in named:
        assert name == "up" or (name in known and (not label or label in known[name]))
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["annotations"]["summary"].endswith(".")


def test_there_are_alerts_for_the_bridge_its_comfyui_its_queue_and_its_failures():
    assert len(ALERTS) >= 5


def job(**changes):
    about = {"id": "a", "dialect": "pixart", "mode": "sketch", "state": JobState.QUEUED, "progress": 0.0}
    return Job(**{**about, "created_at": time.time() - 10, **changes})


@pytest.mark.parametrize(
    ("changes", "fault", "labels"),
    [
        ({}, "", ("pixart", "sketch", "")),
        ({"mode": "sketch@1"}, "TimedOut", ("pixart", "sketch", "TimedOut")),
        ({"mode": "x" * 90, "dialect": "mine"}, "SomeNodesError", (OTHER_LABEL, OTHER_LABEL, OTHER_LABEL)),
        ({}, "OutOfMemoryError", ("pixart", "sketch", "OutOfMemoryError")),
    ],
    ids=str,
)
async def test_only_names_of_tables_become_labels(changes, fault, labels):
    made = Metrics()
    journal, ended = Journal(made, ["sketch"]), job(**changes)
    journal.accepted(ended, 0)
    journal.ended(ended, JobState.FAILED, fault)
    found = samples(made.exposition(HEALTH, "")[0].decode())
    dialect, mode, known = labels
    assert of(found, "pixart_jobs_submitted_total", dialect=dialect, mode=mode) == 1
    assert of(found, "pixart_jobs_finished_total", dialect=dialect, mode=mode, state="failed", fault=known) == 1


async def test_a_stage_that_comes_twice_is_one_stage_of_the_job():
    made = Metrics()
    journal, live = Journal(made, ["sketch"]), RunState("a")
    journal.begun(live, job(), time.time())
    for _ in range(2):
        with journal.stage(live, "drawing"):
            time.sleep(0.01)
    journal.ended(job(), JobState.COMPLETED, run_state=live)
    found = samples(made.exposition(HEALTH, "")[0].decode())
    assert of(found, "pixart_job_seconds_count", stage="drawing", mode="sketch") == 1
    assert 0.02 <= of(found, "pixart_job_seconds_sum", stage="drawing") < 60
    for stage in ("waiting", "whole"):
        assert 10 <= of(found, "pixart_job_seconds_sum", stage=stage) < 20
    assert of(found, "pixart_job_seconds_bucket", stage="waiting", le="10.0") == 0
    assert of(found, "pixart_job_seconds_bucket", stage="waiting", le="30.0") == 1


@pytest.mark.parametrize("leap", [-3600.0, 30 * 86400.0])
async def test_a_clock_that_is_set_is_no_time_of_a_stage(monkeypatch, leap):
    clock, made = time.time, Metrics()
    journal, live, there = Journal(made, ["sketch"]), RunState("a"), job(created_at=time.time())
    journal.accepted(there, 0)
    monkeypatch.setattr(time, "time", lambda: clock() + leap)
    journal.begun(live, there, time.time())
    monkeypatch.setattr(time, "time", lambda: clock() + 2 * leap)
    journal.ended(there, JobState.COMPLETED, run_state=live)
    found = samples(made.exposition(HEALTH, "")[0].decode())
    for stage in ("waiting", "whole"):
        assert 0 < of(found, "pixart_job_seconds_sum", stage=stage) < 60


async def test_an_event_loop_that_stands_still_is_seen(monkeypatch):
    monkeypatch.setattr(metrics, "LAG_SECONDS", 0.01)
    made = Metrics()
    watching = asyncio.create_task(made.watch_the_loop())
    await asyncio.sleep(0)
    time.sleep(0.2)
    await asyncio.sleep(0.05)
    watching.cancel()
    found = samples(made.exposition(HEALTH, "")[0].decode())
    assert of(found, "pixart_event_loop_lag_seconds_sum") >= 0.15


@pytest.mark.parametrize("profile", [None, "a1111", "aleaart", "axera", "imagegen", "pico", "pixart", "unified"])
async def test_each_listener_has_metrics_and_asks_for_the_key(aiohttp_client, profile):
    settings = Settings(_env_file=None, api_key="abc123")
    client = await aiohttp_client(create_app(settings, Idle(), profile))
    assert (await client.get("/metrics")).status == 401
    answer = await client.get("/metrics", headers={"Authorization": "Bearer abc123"})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert of(samples(await answer.text()), "pixart_http_requests_total", route="/metrics", status="401") == 1


async def test_openmetrics_is_spoken_where_it_is_accepted(aiohttp_client):
    client = await aiohttp_client(create_app(Settings(_env_file=None), Idle()))
    accept = "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5"
    answer = await client.get("/metrics", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert of(samples(await answer.text(), openmetrics), "pixart_jobs", state="running") == 1


@pytest.mark.parametrize("version", ["abc", "1.x", "", "1..0", "-1", "9" * 5000, "\u00b2"])
async def test_a_version_that_is_none_is_answered_with_metrics(aiohttp_client, version):
    client = await aiohttp_client(create_app(Settings(_env_file=None), Idle()))
    for form in ("application/openmetrics-text", "text/plain"):
        answer = await client.get("/metrics", headers={"Accept": f"{form};version={version}"})
        assert answer.status == 200
        parse = openmetrics if answer.content_type == "application/openmetrics-text" else text
        assert of(samples(await answer.text(), parse), "pixart_jobs", state="running") == 1


async def test_paths_and_methods_that_clients_make_up_are_one_series_each(aiohttp_client):
    client = await aiohttp_client(create_app(Settings(_env_file=None), Idle()))
    for number in range(20):
        await client.get(f"/made/up/{number}")
        await client.get(f"{PREFIX}/made-up-{number}")
    for method in ("PURGE", "SEARCH", "PROPFIND"):
        await client.request(method, "/docs")
    found = samples(await (await client.get("/metrics")).text())
    counted = {key: value for key, value in found.items() if key[0] == "pixart_http_requests_total"}
    assert sorted(counted.values()) == [3, 20, 20]
    assert (
        of(found, "pixart_http_requests_total", route=OTHER_LABEL, method="GET", status="404", dialect="server") == 20
    )
    assert of(found, "pixart_http_requests_total", method=OTHER_LABEL, status="405") == 3


@pytest.mark.comfy
def test_a_job_that_was_drawn_is_counted_at_each_stage_and_who_waits_is_seen(bare_comfy, tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url) as bridge:

        def scraped():
            return samples(bridge.call("/metrics")[1].decode())

        assert bridge.generate("a", SKETCHES["transparent, as large as asked"]())[0] == 200
        stream = http.client.HTTPConnection(bridge.url.removeprefix("http://"))
        with contextlib.closing(stream):
            stream.request("GET", f"{PREFIX}/events/a")
            with stream.getresponse() as told:
                assert b"completed" in told.read()
        found = scraped()
        assert of(found, "pixart_jobs_submitted_total", dialect="pixart", mode="sketch") == 1
        assert (
            of(found, "pixart_jobs_finished_total", dialect="pixart", mode="sketch", state="completed", fault="") == 1
        )
        stages = {dict(labels)["stage"] for name, *labels in found if name == "pixart_job_seconds_count"}
        assert stages == {"waiting", "uploading", "drawing", "comfyui", "harvesting", "whole"}
        seconds = {stage: of(found, "pixart_job_seconds_sum", stage=stage) for stage in stages}
        one_after_the_other = sum(seconds[stage] for stage in ("waiting", "drawing", "harvesting"))
        assert seconds["uploading"] <= seconds["whole"]  # a job that is claimed uploads while it waits
        assert one_after_the_other <= seconds["whole"] + 0.01  # two clocks: who sets the wall clock may slew it
        assert of(found, "pixart_jobs", state="completed") == 1
        assert of(found, "pixart_comfyui_up") == of(found, "pixart_comfyui_starts_total") == 1
        assert of(found, "pixart_http_requests_total", route=f"{PREFIX}/events/{{id}}", status="200") == 1
        assert of(found, "pixart_http_held") == 0
        assert of(found, "process_resident_memory_bytes") > 10e6


async def test_a_stream_that_is_open_is_seen_and_one_that_is_closed_is_not(aiohttp_client):
    client = await aiohttp_client(create_app(Settings(_env_file=None), Idle()))

    async def held():
        return of(samples(await (await client.get("/metrics")).text()), "pixart_http_held", kind="stream")

    assert await held() == 0
    stream = await client.get(f"{PREFIX}/events/a")
    await stream.content.readline()
    assert await held() == 1
    stream.close()
    deadline = time.monotonic() + 10
    while await held():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
