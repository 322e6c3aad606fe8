"""How a prompt ended, and what it made. HTTP decides that; the WebSocket only hurries."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from bridge.comfy.client import Comfy, Finding, Place
from bridge.comfy.process import Backend
from bridge.comfy.protocol import Outcome, files_of
from bridge.core.deadline import within
from bridge.core.errors import FAULTS, JobFailed, Stalled
from bridge.core.job import Artifact
from bridge.drawing.run_state import Prefetch, RunState
from bridge.workflow.plan import Plan
from bridge.workflow.safety import unseen

POLL_SECONDS = 1.0  # a backstop only: the feed says when to look
HURRY_SECONDS = 0.03  # ComfyUI writes the history 1-2 ms after it says that a prompt has ended
AGAIN_SECONDS = 0.5  # before the next try, when ComfyUI could not be reached or answered with an error
MISSES = 3  # so many looks in a row, POLL_SECONDS apart, must miss a prompt before it counts as lost
MOST_REMARKS = 1000  # nodes whose sentences are remembered: ComfyUI keeps those of the last prompt alone
NOTHING: Mapping[str, Any] = MappingProxyType({})
END_SECONDS = 10.0  # that a prompt which nothing is heard of has to obey an interrupt

log = logging.getLogger(__name__)


@dataclass
class Stall:
    """How long nothing was heard of a prompt; `limit` in seconds, 0 is for ever.

    ComfyUI's HTTP goes on answering when its worker thread has died or a node hangs.

    Only what is certain counts: our prompt runs, or it waits though nothing runs, or only prompts of ours, which are
    over for us. Behind somebody else's prompt it may wait as long as that takes.
    """

    limit: float
    ours: frozenset[str] = frozenset()
    _since: float = field(default_factory=time.monotonic)
    _last: object = None

    def lasts(self, result: Finding, heard: int | None) -> bool:
        """Whether there was no sign of life for too long.

        `heard` counts what the feed told of the prompt; None while nobody listens, which is no silence.
        """
        sign = (result.place, result.running, heard)
        if sign != self._last or self.behind(result) or heard is None or not self.limit:
            self._last, self._since = sign, time.monotonic()
        return time.monotonic() - self._since > self.limit > 0

    def behind(self, result: Finding) -> bool:
        """Whether the prompt waits in ComfyUI while somebody else's is drawn."""
        return result.place is Place.PENDING and not self.ours.issuperset(result.running)


@dataclass(frozen=True)
class PromptWatch:
    """Watches prompts on one ComfyUI. `forget` lets it remove one from its history."""

    backend: Backend
    comfy: Callable[[], Comfy]
    stall_seconds: float
    forget: Callable[[str], None]
    posted: deque[str] = field(default_factory=lambda: deque(maxlen=100))  # the newest prompts, the ended ones too

    async def outcome(self, run_state: RunState) -> Outcome | None:
        """How the prompt ended; None when ComfyUI doesn't know it any more."""
        assert run_state.prompt.id is not None and run_state.prompt.prefetch is not None
        self.posted.append(run_state.prompt.id)
        born, misses = self.backend.generation, 0
        silence = Stall(self.stall_seconds, frozenset(self.posted))
        if self._hears(run_state):
            await self._pause(run_state, POLL_SECONDS)
        while misses < MISSES:
            hurried = run_state.look.is_set()
            run_state.look.clear()
            result = await run_state.prompt.history() if hurried else None
            result = result or await self.comfy().locate(run_state.prompt.id)
            if result.outcome is not None:
                run_state.ended()
                return result.outcome
            if result.place is not Place.ABSENT:
                run_state.prompt.seen()
            if not hurried or result.place is not Place.ABSENT:  # the history comes a little after the news of an end
                misses = misses + 1 if result.place is Place.ABSENT else 0
            unwanted = run_state.cancelled or run_state.skipped
            if misses and (unwanted or self.backend.generation != born):
                return None  # deleted on our request, or gone with the ComfyUI that had it
            if unwanted:
                await self.comfy().interrupt(run_state.prompt.id)
            run_state.behind.look(silence.behind(result))
            if silence.lasts(result, run_state.progress.heard if self._hears(run_state) else None):
                return await self._stalled(run_state)
            await self._pause(run_state, HURRY_SECONDS if hurried or unwanted else POLL_SECONDS)
        return None

    async def _stalled(self, run_state: RunState) -> None:
        """End a prompt that nothing was heard of. None where another ComfyUI takes its place; else raises Stalled."""
        assert run_state.prompt.id is not None
        sentence = f"Nothing was heard of it for {self.stall_seconds:g} s."
        log.warning(sentence)
        deadline, born = time.monotonic() + END_SECONDS, self.backend.generation
        await self.comfy().interrupt(run_state.prompt.id)
        while time.monotonic() < deadline:
            if not self.backend.up or self.backend.generation != born:
                return
            if (await self.comfy().locate(run_state.prompt.id)).place in (Place.ENDED, Place.ABSENT):
                self.forget(run_state.prompt.id)
                raise Stalled(f"{sentence} It was ended.", hint="STALL_SECONDS is how long a node may be silent.")
            await asyncio.sleep(AGAIN_SECONDS)
        if not await self.backend.renew():
            raise Stalled(f"{sentence} ComfyUI does not end it.", hint="Restart ComfyUI.")

    def _hears(self, run_state: RunState) -> bool:
        """Whether it would be told what becomes of the prompt."""
        return bool(run_state.prompt.ear) and run_state.prompt.ear == self.backend.ear

    async def _pause(self, run_state: RunState, seconds: float) -> None:
        with suppress(asyncio.TimeoutError):
            await within(seconds, run_state.look.wait())


async def harvest(plan: Plan, outcome: Outcome, part: int, prefetch: Prefetch) -> list[Artifact]:
    """Take what a part of a batch has at the workflow's outputs.

    Raises JobFailed for an output without a picture, and where the filter didn't look that is on now: the prompt was
    posted by a bridge without it.
    """
    bound = plan.bound
    if bound.reports and unseen(bound.reports, outcome.outputs):
        raise JobFailed("It was drawn before ENABLE_NSFW_FILTER was set, and not looked at.", hint="Ask for it again.")
    made = []
    for name, node in bound.outputs.items():
        reported = outcome.outputs.get(node) or {}
        info, files = report_of(reported), files_of(reported)
        if not files and not info:
            raise JobFailed(f"The prompt ended without a picture at its output {name!r}.")
        if files:
            took = await prefetch.take(files[0])
            size, copy = len(took.data), copy_of(files[0])
            made.append(Artifact(name, took.key, took.content_type, size, info, took.data, part, copy))
        else:
            made.append(Artifact(name, "", "", 0, info, part=part))
    for name, node in bound.reports.items():
        report = report_of(outcome.outputs.get(node) or {})
        made += [Artifact(name, "", "", 0, report, part=part)] if report else []
    return made


def report_of(output: Mapping[str, Any]) -> dict[str, Any]:
    """What a node of the pack says of its work, beside its files; empty where it says nothing."""
    reports = output.get("pixart")
    return reports[0] if isinstance(reports, list) and reports and isinstance(reports[0], dict) else {}


class NodeRemarks:
    """What nodes say of their work, also where they don't run: of a node that a prompt shares with the one before,
    ComfyUI keeps what it made and not what it said. That is remembered here, by all that the node was given.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, list[str]] = OrderedDict()
        self._kinds: set[str] = set()  # of nodes that ever said something

    def of(self, prompt: Mapping[str, Any], outputs: Mapping[str, Any] = NOTHING) -> list[str]:
        """The sentences about a prompt with these outputs, those of a node after those of nodes that lead to it."""
        sentences = _sentences(outputs)
        self._kinds |= {prompt[node]["class_type"] for node in sentences if node in prompt}
        if not sentences and not any(node["class_type"] in self._kinds for node in prompt.values()):
            return []
        for node, digest in _digests(prompt).items():
            if node in sentences:
                self._keep(digest, sentences.pop(node))
            sentences[node] = self._known.get(digest, [])
        return [one for each in sentences.values() for one in each]

    def _keep(self, digest: str, sentences: list[str]) -> None:
        self._known[digest] = sentences
        self._known.move_to_end(digest)
        if len(self._known) > MOST_REMARKS:
            self._known.popitem(last=False)


def _sentences(outputs: Mapping[str, Any]) -> dict[str, list[str]]:
    """What nodes that ran say of their work in their reports."""
    remarks = {node: report_of(output).get("remarks") for node, output in outputs.items()}
    return {node: [str(one) for one in sentences] for node, sentences in remarks.items() if sentences}


def _digests(prompt: Mapping[str, Any]) -> dict[str, str]:
    """A digest of each node and all that leads to it; nodes come after those that lead to them."""
    digests: dict[str, str] = {}

    def digest(node: str) -> str:
        if node not in digests:
            inputs = {name: content(value) for name, value in prompt[node]["inputs"].items()}
            about = json.dumps([prompt[node]["class_type"], inputs], sort_keys=True)
            digests[node] = hashlib.sha256(about.encode()).hexdigest()
        return digests[node]

    def content(value: Any) -> Any:
        is_link = isinstance(value, list) and len(value) == 2 and value[0] in prompt
        return [digest(value[0]), value[1]] if is_link else value

    for node in prompt:
        digest(node)
    return digests


def remarks(plan: Plan, outcome: Outcome, node_remarks: NodeRemarks) -> list[str]:
    """What is to be said of a run: by its nodes in their reports, and of outputs that made several pictures."""
    return [*node_remarks.of(plan.bound.prompt, outcome.outputs), *_left_out(plan, outcome)]


def _left_out(plan: Plan, outcome: Outcome) -> list[str]:
    """Of outputs that made several pictures: a batch is one run a seed, so a run has one."""
    outputs = plan.bound.outputs
    reported = {name: outcome.outputs.get(node) or {} for name, node in outputs.items()}
    counts = {name: len(files_of(output)) for name, output in reported.items() if "files" not in output}
    return [
        f"The workflow's output {name!r} made {count} pictures in one run; only the first was taken."
        for name, count in counts.items()
        if count > 1
    ]


def failure(plan: Plan, outcome: Outcome | None) -> str:
    """Why a prompt did not succeed, in a sentence."""
    if outcome is None or outcome.interrupted:
        return "It was interrupted in ComfyUI."
    if outcome.fault in FAULTS and outcome.message:
        return outcome.message
    node = plan.prompt.get(outcome.node_id or "", {})
    title = node.get("_meta", {}).get("title") or node.get("class_type") or "ComfyUI"
    return f"{title}: {outcome.message or 'the node failed without a message'}"


def copy_of(file: Mapping[str, str]) -> str:
    """Where ComfyUI keeps the file, below its output folder; empty for one that lies elsewhere."""
    return f"{file.get('subfolder', '')}/{file['filename']}" if file.get("type") == "output" else ""
