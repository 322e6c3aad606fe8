"""What the bridge counts and measures, as Prometheus reads it at `/metrics`."""

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
OTHER = "other"  # the label of what is not in a table: names that come from outside must not become labels

# Seconds: 5 ms is an answer out of the database, 30 minutes a batch of large pictures on a slow machine.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 1800)
LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
HELD = ("stream", "answer")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

disable_created_metrics()  # the library's one switch for all: a second series a counter, which no query here uses


@dataclass(frozen=True)
class Series:
    """One metric: its name without the ending that a counter has in queries, and what tells its series apart."""

    name: str
    kind: type[Any]
    says: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def shown(self) -> str:
        """The name as queries use it."""
        return f"{self.name}_total" if self.kind in (Counter, CounterMetricFamily) else self.name

    @property
    def type(self) -> str:
        """`counter`, `gauge` or `histogram`."""
        name = self.kind.__name__
        return name.removesuffix("MetricFamily").lower()


# Counted when it happens.
COUNTED = (
    Series("pixart_jobs_submitted", Counter, "jobs accepted", ("dialect", "mode")),
    Series("pixart_jobs_finished", Counter, "jobs that ended", ("dialect", "mode", "state", "fault")),
    Series(
        "pixart_job_seconds",
        Histogram,
        "seconds of a job by stage: `waiting` in the queue, `uploading` (of one at the front while it waits), "
        "`drawing`, `comfyui` (ComfyUI's own figure of that), `harvesting` results, and the `whole` from its arrival",
        ("stage", "mode"),
        BUCKETS,
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
    Series("pixart_http_request_seconds", Histogram, "seconds to the answer's end", ("dialect", "route"), BUCKETS),
    Series(
        "pixart_http_held", Gauge, "requests held open for a job: event `stream`s, and `answer`s to come", ("kind",)
    ),
    Series(
        "pixart_pictures_seconds",
        Histogram,
        "seconds of a call to the S3 or the shared folder of pictures: `put`, `get`, `move`, `delete`, `list`, `link`, "
        "or `prove`, a look whether it works; where nobody shares them there is none",
        ("call",),
        BUCKETS,
    ),
    Series("pixart_pictures_failures", Counter, "calls to it that failed, or had no answer in time", ("call",)),
    Series("pixart_event_loop_lag_seconds", Histogram, "how late the event loop was, each second", (), LAG_BUCKETS),
)

# Looked up when somebody asks.
SEEN = (
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
    """One process's metrics, by their names in COUNTED, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        super().__init__({series.name: _make(series, self.registry) for series in COUNTED})
        for kind in HELD:
            self["pixart_http_held"].labels(kind)  # so that there is a 0 to see
        self._seen = Seen()
        self.registry.register(self._seen)
        ProcessCollector(registry=self.registry)

    def answered(self, dialect: str, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is a path of a table, never one that a client made up."""
        known = method if method in METHODS else OTHER
        self["pixart_http_requests"].labels(dialect, known, route, str(status)).inc()
        self["pixart_http_request_seconds"].labels(dialect, route).observe(seconds)

    def holding(self, kind: str) -> AbstractContextManager[Any]:
        """A request is held open for a job during the block."""
        return self["pixart_http_held"].labels(kind).track_inprogress()

    async def watch_the_loop(self) -> None:
        """Measure for ever how late the event loop is."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + LAG_SECONDS
            await asyncio.sleep(LAG_SECONDS)
            self["pixart_event_loop_lag_seconds"].observe(max(0.0, clock() - due))

    def exposed(self, health: Mapping[str, Any], accept: str) -> tuple[bytes, str]:
        """All of it, and its content type: Prometheus' text, or OpenMetrics where that is accepted.

        `health` is the engine's, as `Jobs.health` has it.
        """
        self._seen.values = seen(health)
        try:
            encode, content_type = choose_encoder(accept)
        except (TypeError, ValueError):  # a version that is none
            encode, content_type = choose_encoder("")
        return encode(self.registry), content_type


def _make(series: Series, registry: CollectorRegistry) -> Any:
    buckets = {"buckets": series.buckets} if series.buckets else {}
    return series.kind(series.name, series.says, series.labels, registry=registry, **buckets)


class Seen(Collector):
    """What was last looked up, by name and labels."""

    def __init__(self) -> None:
        self.values: Mapping[str, Mapping[tuple[str, ...], float]] = {}

    def describe(self) -> Iterable[Metric]:
        """The families without their values."""
        return [series.kind(series.name, series.says, labels=series.labels) for series in SEEN]

    def collect(self) -> Iterator[Metric]:
        """The families with their values; one that nobody looked for is left out."""
        for series in SEEN:
            if series.name in self.values:
                family = series.kind(series.name, series.says, labels=series.labels)
                for labels, value in self.values[series.name].items():
                    family.add_metric(labels, value)
                yield family


def seen(health: Mapping[str, Any]) -> dict[str, dict[tuple[str, ...], float]]:
    """What an engine says of its health, by the names of SEEN."""
    jobs, queue, comfyui, cache, webhooks = (
        health.get(part) or {} for part in ("jobs", "queue", "comfyui", "cache", "webhooks")
    )
    fleet, lost = health.get("fleet") or (), health.get("lost") or ()
    result: dict[str, dict[tuple[str, ...], float]] = {
        "pixart_worker_up": {(each["name"],): each in fleet and bool(each["up"]) for each in (*fleet, *lost)},
        "pixart_worker_draws": {(each["name"],): each.get("draws") is not None for each in fleet},
        "pixart_worker_seen_seconds": {(each["name"],): each["seen_seconds"] for each in (*fleet, *lost)},
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
