"""The bridge's metrics, which Prometheus reads at `/metrics`."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from bridge import __version__

LAG_SECONDS = 1.0  # between two looks at the event loop
OTHER_LABEL = "other"  # the label for names that are in no table: names from requests must not become labels

# Seconds: 5 ms is an answer out of the database, 30 minutes a batch of large pictures on a slow machine.
DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 1800)
LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
HOLD_KINDS = ("stream", "answer")
HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

disable_created_metrics()  # the library's one switch for all: a second series a counter, which no query here uses


@dataclass(frozen=True)
class Series:
    """One metric: its name without a counter's ending `_total`, its help text `says`, and its labels."""

    name: str
    kind: type[Any]
    says: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def query_name(self) -> str:
        """The name in queries, with a counter's ending."""
        return f"{self.name}_total" if self.kind in (Counter, CounterMetricFamily) else self.name

    @property
    def type(self) -> str:
        """`counter`, `gauge` or `histogram`."""
        name = self.kind.__name__
        return name.removesuffix("MetricFamily").lower()


# Metrics that are counted when their events happen.
EVENT_SERIES = (
    Series("pixart_jobs_submitted", Counter, "jobs accepted", ("dialect", "mode")),
    Series("pixart_jobs_finished", Counter, "jobs that ended", ("dialect", "mode", "state", "fault")),
    Series(
        "pixart_job_seconds",
        Histogram,
        "seconds of a job by stage: `waiting` in the queue, `uploading` (of one at the front while it waits), "
        "`drawing`, `comfyui` (ComfyUI's own figure of that), `harvesting` results, and the `whole` from its arrival",
        ("stage", "mode"),
        DURATION_BUCKETS,
    ),
    Series("pixart_job_restarts", Counter, "times that ComfyUI lost a job, which then was begun anew or given up"),
    Series(
        "pixart_webhooks_given_up",
        Counter,
        "events given up: all tries `failed`, the receiver is `gone` (410), or too `many` waited",
        ("reason",),
    ),
    Series(
        "pixart_http_requests",
        Counter,
        "requests answered; 499: nobody waited",
        ("dialect", "method", "route", "status"),
    ),
    Series(
        "pixart_http_request_seconds", Histogram, "seconds to the answer's end", ("dialect", "route"), DURATION_BUCKETS
    ),
    Series(
        "pixart_http_held", Gauge, "requests held open for a job: event `stream`s, and `answer`s to come", ("kind",)
    ),
    Series(
        "pixart_pictures_seconds",
        Histogram,
        "seconds of a call to the S3 or the shared folder of pictures: `put`, `get`, `move`, `delete`, `list`, `link`, "
        "or `prove`, a look whether it works; where nobody shares them there is none",
        ("call",),
        DURATION_BUCKETS,
    ),
    Series("pixart_pictures_failures", Counter, "calls to it that failed, or had no answer in time", ("call",)),
    Series("pixart_event_loop_lag_seconds", Histogram, "how late the event loop was, each second", (), LAG_BUCKETS),
)

# Metrics that are looked up when somebody reads them.
STATE_SERIES = (
    Series("pixart_bridge_info", GaugeMetricFamily, "always 1: the bridge's version", ("version", "python")),
    Series("pixart_jobs", GaugeMetricFamily, "jobs in the database", ("state",)),
    Series("pixart_queue_oldest_seconds", GaugeMetricFamily, "how long the oldest waiting job waits; 0 without one"),
    Series("pixart_queue_limit", GaugeMetricFamily, "jobs that may wait (`MAX_QUEUE_SIZE`)"),
    Series("pixart_comfyui_up", GaugeMetricFamily, "1 while ComfyUI answers, else 0"),
    Series("pixart_comfyui_starts", CounterMetricFamily, "times that ComfyUI came up"),
    Series(
        "pixart_storage_up",
        GaugeMetricFamily,
        "1 while the jobs database, the store of pictures and the disk work",
    ),
    Series(
        "pixart_worker_up",
        GaugeMetricFamily,
        "1 while a ComfyUI of the fleet answers and its process is heard of; without DATABASE_URL there is none",
        ("worker",),
    ),
    Series("pixart_worker_draws", GaugeMetricFamily, "1 while it draws a job", ("worker",)),
    Series(
        "pixart_worker_seen_seconds",
        GaugeMetricFamily,
        "how long ago its process was heard of; one that ended in order isn't there, one that is silent for an hour",
        ("worker",),
    ),
    Series("pixart_webhooks", GaugeMetricFamily, "events in the outbox; without webhooks there is none", ("state",)),
    Series("pixart_cache_hits", CounterMetricFamily, "results found in the cache"),
    Series("pixart_cache_misses", CounterMetricFamily, "results looked for in the cache in vain"),
    Series("pixart_cache_entries", GaugeMetricFamily, "results in the cache"),
    Series("pixart_cache_bytes", GaugeMetricFamily, "size of the cache"),
)


class Metrics(dict[str, Any]):
    """One process's metrics, by their names in EVENT_SERIES, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        super().__init__({series.name: _make(series, self.registry) for series in EVENT_SERIES})
        for kind in HOLD_KINDS:
            self["pixart_http_held"].labels(kind)  # so that the metric is 0 before its first event
        self._states = States()
        self.registry.register(self._states)
        ProcessCollector(registry=self.registry)

    def count_request(self, dialect: str, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request; `route` is a path of the route table, never one that a client made up."""
        label = method if method in HTTP_METHODS else OTHER_LABEL
        self["pixart_http_requests"].labels(dialect, label, route, str(status)).inc()
        self["pixart_http_request_seconds"].labels(dialect, route).observe(seconds)

    def holding(self, kind: str) -> AbstractContextManager[Any]:
        """A context in which a request counts as held open for a job; `kind` is `stream` or `answer`."""
        return self["pixart_http_held"].labels(kind).track_inprogress()

    async def watch_the_loop(self) -> None:
        """Measure for ever by how many seconds the event loop is late."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + LAG_SECONDS
            await asyncio.sleep(LAG_SECONDS)
            self["pixart_event_loop_lag_seconds"].observe(max(0.0, clock() - due))

    def exposition(self, health: Mapping[str, Any], accept: str) -> tuple[bytes, str]:
        """All metrics as bytes, and their content type: Prometheus' text, or OpenMetrics where `accept` allows it.

        `health` is the engine's health, as `Jobs.health` returns it.
        """
        self._states.values = state_values(health)
        try:
            encode, content_type = choose_encoder(accept)
        except (TypeError, ValueError):  # a version in the header that is no version
            encode, content_type = choose_encoder("")
        return encode(self.registry), content_type


def _make(series: Series, registry: CollectorRegistry) -> Any:
    buckets = {"buckets": series.buckets} if series.buckets else {}
    return series.kind(series.name, series.says, series.labels, registry=registry, **buckets)


class States(Collector):
    """The values of STATE_SERIES at the last look, by name and labels."""

    def __init__(self) -> None:
        self.values: Mapping[str, Mapping[tuple[str, ...], float]] = {}

    def describe(self) -> Iterable[Metric]:
        """The families without their values."""
        return [series.kind(series.name, series.says, labels=series.labels) for series in STATE_SERIES]

    def collect(self) -> Iterator[Metric]:
        """The families with their values; those without a value are left out."""
        for series in STATE_SERIES:
            if series.name in self.values:
                family = series.kind(series.name, series.says, labels=series.labels)
                for labels, value in self.values[series.name].items():
                    family.add_metric(labels, value)
                yield family


def state_values(health: Mapping[str, Any]) -> dict[str, dict[tuple[str, ...], float]]:
    """The values in an engine's health, by the names of STATE_SERIES and by labels."""
    jobs, queue, comfyui, cache, webhooks = (
        health.get(part) or {} for part in ("jobs", "queue", "comfyui", "cache", "webhooks")
    )
    fleet, missing = health.get("fleet") or (), health.get("lost") or ()
    result: dict[str, dict[tuple[str, ...], float]] = {
        "pixart_worker_up": {(each["name"],): each in fleet and bool(each["up"]) for each in (*fleet, *missing)},
        "pixart_worker_draws": {(each["name"],): each.get("draws") is not None for each in fleet},
        "pixart_worker_seen_seconds": {(each["name"],): each["seen_seconds"] for each in (*fleet, *missing)},
        "pixart_bridge_info": {(__version__, platform.python_version()): 1},
        "pixart_jobs": {(state,): count for state, count in jobs.items()},
        "pixart_webhooks": {(state,): count for state, count in webhooks.items()},
    }
    values = {
        "pixart_queue_oldest_seconds": queue.get("oldest_seconds"),
        "pixart_queue_limit": queue.get("limit"),
        "pixart_storage_up": None if "disk" not in health else health["disk"].get("trouble") is None,
        "pixart_comfyui_up": comfyui.get("up"),
        "pixart_comfyui_starts": comfyui.get("starts"),
        **{f"pixart_cache_{name}": cache.get(name) for name in ("hits", "misses", "entries", "bytes")},
    }
    return result | {name: {(): float(value)} for name, value in values.items() if value is not None}
