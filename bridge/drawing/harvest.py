"""What a prompt that has ended made, or why it made nothing."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.comfy.messages import Outcome, files_of
from bridge.core.errors import FAULTS, JobFailed
from bridge.core.job import Artifact
from bridge.drawing.prefetch import Prefetch
from bridge.workflow.plan import Plan
from bridge.workflow.safety import unseen


async def harvest(plan: Plan, outcome: Outcome, part: int, prefetch: Prefetch) -> list[Artifact]:
    """Take what a part of a batch has at the workflow's outputs.

    Raises JobFailed for an output without a picture, and where the filter didn't look that is on now: the prompt was
    posted by a bridge without it.
    """
    if unseen(plan.reports, outcome.outputs):
        raise JobFailed("It was drawn before ENABLE_NSFW_FILTER was set, and not looked at.", hint="Ask for it again.")
    made = []
    for name, node in plan.outputs.items():
        reported = outcome.outputs.get(node) or {}
        info = (reported.get("pixart") or [{}])[0]
        files = files_of(reported)
        if not files and not info:
            raise JobFailed(f"The prompt ended without a picture at its output {name!r}.")
        if files:
            took = await prefetch.take(files[0])
            size, copy = len(took.data), copy_of(files[0])
            made.append(Artifact(name, took.key, took.content_type, size, info, took.data, part, copy))
        else:
            made.append(Artifact(name, "", "", 0, info, part=part))
    for name, node in plan.reports.items():
        report = ((outcome.outputs.get(node) or {}).get("pixart") or [{}])[0]
        made += [Artifact(name, "", "", 0, report, part=part)] if report else []
    return made


def remarks(plan: Plan, outcome: Outcome) -> list[str]:
    """What is to be said of a run: by its nodes in their reports, and of outputs that made several pictures."""
    return [*node_remarks(outcome), *_left_out(plan, outcome)]


def node_remarks(outcome: Outcome) -> list[str]:
    """What a run's nodes say of their work in their reports, a sentence each."""
    reports = [each[0] for node in outcome.outputs.values() if (each := node.get("pixart")) and isinstance(each, list)]
    return [str(one) for report in reports if isinstance(report, dict) for one in report.get("remarks") or ()]


def _left_out(plan: Plan, outcome: Outcome) -> list[str]:
    """Of outputs that made several pictures: a batch is one run a seed, so a run has one."""
    reported = {name: outcome.outputs.get(node) or {} for name, node in plan.outputs.items()}
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
