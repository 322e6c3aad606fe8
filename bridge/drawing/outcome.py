"""A prompt's outcome and files. ComfyUI's HTTP history decides; the WebSocket only says when to look."""

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
from bridge.workflow.plan import Plan, in_the_callers_names
from bridge.workflow.safety import unseen

POLL_SECONDS = 1.0  # between two looks without news; the WebSocket says when to look earlier
HURRY_SECONDS = 0.03  # between two looks after news: ComfyUI writes the history 1-2 ms after a prompt's end
AGAIN_SECONDS = 0.5  # before the next try, when ComfyUI could not be reached or answered with an error
MOST_MISSES = 3  # so many looks in a row, POLL_SECONDS apart, must miss a prompt before it counts as lost
MOST_REMARKS = 1000  # nodes whose sentences are remembered: ComfyUI keeps those of the last prompt alone
NO_OUTPUTS: Mapping[str, Any] = MappingProxyType({})
END_SECONDS = 10.0  # a stalled prompt has so long to obey an interrupt

log = logging.getLogger(__name__)


@dataclass
class Stall:
    """How long a prompt gave no sign of life; `limit` in seconds, 0 is for ever.

    ComfyUI's HTTP goes on answering when its worker thread has died or a node hangs. So a prompt is stalled that runs,
    or that waits though nothing runs but prompts of `ours`, which are over. Behind a stranger's prompt it may wait for
    as long as that prompt takes.
    """

    limit: float
    ours: frozenset[str] = frozenset()
    _since: float = field(default_factory=time.monotonic)
    _last: object = None

    def lasts(self, result: Finding, event_count: int | None) -> bool:
        """Whether the prompt gave no sign of life for longer than the limit.

        `event_count` is how many events of the prompt came by the WebSocket; None while none is open, which is no
        silence of the prompt.
        """
        sign = (result.place, result.running, event_count)
        if sign != self._last or self.waits_behind_others(result) or event_count is None or not self.limit:
            self._last, self._since = sign, time.monotonic()
        return time.monotonic() - self._since > self.limit > 0

    def waits_behind_others(self, result: Finding) -> bool:
        """Whether the prompt waits in ComfyUI while a stranger's prompt is drawn."""
        return result.place is Place.PENDING and not self.ours.issuperset(result.running)


@dataclass(frozen=True)
class PromptWatch:
    """Watches prompts on one ComfyUI. `forget` has ComfyUI remove a prompt from its history."""

    backend: Backend
    comfy: Callable[[], Comfy]
    stall_seconds: float
    forget: Callable[[str], None]
    posted: deque[str] = field(default_factory=lambda: deque(maxlen=100))  # this process's newest prompts

    async def outcome(self, run_state: RunState) -> Outcome | None:
        """The prompt's outcome; None when ComfyUI has lost the prompt.

        Raises Stalled, Unavailable and BackendFailure.
        """
        assert run_state.prompt.id is not None and run_state.prompt.prefetch is not None
        self.posted.append(run_state.prompt.id)
        born, misses = self.backend.generation, 0
        silence = Stall(self.stall_seconds, frozenset(self.posted))
        if self._hears(run_state):
            await self._pause(run_state, POLL_SECONDS)
        while misses < MOST_MISSES:
            is_hurried = run_state.look.is_set()
            run_state.look.clear()
            result = await run_state.prompt.history() if is_hurried else None
            result = result or await self.comfy().locate(run_state.prompt.id)
            if result.outcome is not None:
                run_state.ended()
                return result.outcome
            if result.place is not Place.ABSENT:
                run_state.prompt.confirm()
            if (
                not is_hurried or result.place is not Place.ABSENT
            ):  # ComfyUI writes the history a little after the news of an end
                misses = misses + 1 if result.place is Place.ABSENT else 0
            is_unwanted = run_state.cancelled or run_state.skipped
            if misses and (is_unwanted or self.backend.generation != born):
                return None  # deleted on our request, or gone with the ComfyUI that had it
            if is_unwanted:
                await self.comfy().interrupt(run_state.prompt.id)
            run_state.foreign_wait.look(silence.waits_behind_others(result))
            if silence.lasts(result, run_state.progress.heard if self._hears(run_state) else None):
                return await self._stalled(run_state)
            await self._pause(run_state, HURRY_SECONDS if is_hurried or is_unwanted else POLL_SECONDS)
        return None

    async def _stalled(self, run_state: RunState) -> None:
        """End a stalled prompt. Returns where ComfyUI is restarted for it; raises Stalled otherwise."""
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
        """Whether events of the prompt come by the WebSocket that is open now."""
        return bool(run_state.prompt.ear) and run_state.prompt.ear == self.backend.ear

    async def _pause(self, run_state: RunState, seconds: float) -> None:
        with suppress(asyncio.TimeoutError):
            await within(seconds, run_state.look.wait())


async def harvest(plan: Plan, outcome: Outcome, part: int, prefetch: Prefetch) -> list[Artifact]:
    """The artifacts at the workflow's outputs, of one part of a batch.

    Raises JobFailed for an output without a picture, and for pictures that the NSFW filter, which is on now, didn't
    look at: an earlier bridge without the filter posted the prompt.
    """
    bound = plan.bound
    if bound.reports and unseen(bound.reports, outcome.outputs):
        raise JobFailed("It was drawn before ENABLE_NSFW_FILTER was set, and not looked at.", hint="Ask for it again.")
    artifacts = []
    for name, node in bound.outputs.items():
        output = outcome.outputs.get(node) or {}
        info, files = report_of(output), files_of(output)
        if not files and not info:
            raise JobFailed(f"The prompt ended without a picture at its output {name!r}.")
        if files:
            took = await prefetch.take(files[0])
            size, copy = len(took.data), copy_of(files[0])
            artifacts.append(Artifact(name, took.key, took.content_type, size, info, took.data, part, copy))
        else:
            artifacts.append(Artifact(name, "", "", 0, info, part=part))
    for name, node in bound.reports.items():
        report = report_of(outcome.outputs.get(node) or {})
        artifacts += [Artifact(name, "", "", 0, report, part=part)] if report else []
    return artifacts


def report_of(output: Mapping[str, Any]) -> dict[str, Any]:
    """A pack node's report of its work, beside its files; empty for a node without one."""
    reports = output.get("pixart")
    return reports[0] if isinstance(reports, list) and reports and isinstance(reports[0], dict) else {}


class NodeRemarks:
    """Sentences in which nodes describe their work, remembered by a digest of all that a node was given.

    ComfyUI caches the results of a node that two prompts share, but not the sentences, so a node that doesn't run again
    would be silent.
    """

    def __init__(self) -> None:
        self._remarks: OrderedDict[str, list[str]] = OrderedDict()
        self._kinds: set[str] = set()  # classes of nodes that ever had a sentence

    def of(self, prompt: Mapping[str, Any], outputs: Mapping[str, Any] = NO_OUTPUTS) -> list[str]:
        """The sentences about a prompt with these outputs, in the order in which its nodes run."""
        sentences = _sentences(outputs)
        self._kinds |= {prompt[node]["class_type"] for node in sentences if node in prompt}
        if not sentences and not any(node["class_type"] in self._kinds for node in prompt.values()):
            return []
        for node, digest in _digests(prompt).items():
            if node in sentences:
                self._keep(digest, sentences.pop(node))
            sentences[node] = self._remarks.get(digest, [])
        return [one for each in sentences.values() for one in each]

    def _keep(self, digest: str, sentences: list[str]) -> None:
        self._remarks[digest] = sentences
        self._remarks.move_to_end(digest)
        if len(self._remarks) > MOST_REMARKS:
            self._remarks.popitem(last=False)


def _sentences(outputs: Mapping[str, Any]) -> dict[str, list[str]]:
    """Sentences by node, from the reports of the nodes that ran."""
    remarks = {node: report_of(output).get("remarks") for node, output in outputs.items()}
    return {node: [str(one) for one in sentences] for node, sentences in remarks.items() if sentences}


def _digests(prompt: Mapping[str, Any]) -> dict[str, str]:
    """A digest of each node and all that leads to it; nodes come after those that lead to them."""
    digests: dict[str, str] = {}

    def digest(node: str) -> str:
        if node not in digests:
            inputs = {name: content(value) for name, value in prompt[node]["inputs"].items()}
            node_text = json.dumps([prompt[node]["class_type"], inputs], sort_keys=True)
            digests[node] = hashlib.sha256(node_text.encode()).hexdigest()
        return digests[node]

    def content(value: Any) -> Any:
        is_link = isinstance(value, list) and len(value) == 2 and value[0] in prompt
        return [digest(value[0]), value[1]] if is_link else value

    for node in prompt:
        digest(node)
    return digests


def remarks(plan: Plan, outcome: Outcome, node_remarks: NodeRemarks) -> list[str]:
    """Sentences about a run: those of its nodes, and one for each output that made several pictures."""
    return [*node_remarks.of(plan.bound.prompt, outcome.outputs), *_left_out(plan, outcome)]


def _left_out(plan: Plan, outcome: Outcome) -> list[str]:
    """A sentence for each output with several pictures, of which the first is taken: a run has one seed."""
    outputs = plan.bound.outputs
    output_by_name = {name: outcome.outputs.get(node) or {} for name, node in outputs.items()}
    counts = {name: len(files_of(output)) for name, output in output_by_name.items() if "files" not in output}
    return [
        f"The workflow's output {name!r} made {count} pictures in one run; only the first was taken."
        for name, count in counts.items()
        if count > 1
    ]


def failure(plan: Plan, outcome: Outcome | None, words: Mapping[str, str]) -> str:
    """A sentence that says why a prompt did not succeed, with the caller's `words` for the workflow's inputs."""
    if outcome is None or outcome.interrupted:
        return "It was interrupted in ComfyUI."
    message = in_the_callers_names(outcome.message, plan, words)
    if outcome.fault in FAULTS and message:
        return message
    node = plan.prompt.get(outcome.node_id or "", {})
    title = node.get("_meta", {}).get("title") or node.get("class_type") or "ComfyUI"
    return f"{title}: {message or 'the node failed without a message'}"


def copy_of(file: Mapping[str, str]) -> str:
    """The file's path below ComfyUI's output folder; empty for a file in another folder."""
    return f"{file.get('subfolder', '')}/{file['filename']}" if file.get("type") == "output" else ""
