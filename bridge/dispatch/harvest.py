"""What a prompt that has ended made, or why it made nothing."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.artifacts import Put
from bridge.comfy.client import Comfy, Outcome
from bridge.dispatch.plan import Plan
from bridge.errors import FAULTS, JobFailed
from bridge.job import Artifact


async def harvest(comfy: Comfy, plan: Plan, outcome: Outcome, part: int, put: Put) -> list[Artifact]:
    """Fetch what a part of a batch has at the workflow's outputs, and `put` it where results are kept.

    Raises JobFailed for an output without a picture.
    """
    made = []
    for name, node in plan.bound.outputs.items():
        reported = outcome.outputs.get(node) or {}
        info = (reported.get("pixart") or [{}])[0]
        files = reported.get("files") or reported.get("images") or []
        if not files and not info:
            raise JobFailed(f"The prompt ended without a picture at its output {name!r}.")
        if files:
            data, content_type = await comfy.fetch(files[0])
            key = await put(data)
            made.append(Artifact(name, key, content_type, len(data), info, data, part, copy_of(files[0])))
        else:
            made.append(Artifact(name, "", "", 0, info, part=part))
    for name, node in plan.bound.reports.items():
        told = ((outcome.outputs.get(node) or {}).get("pixart") or [{}])[0]
        made += [Artifact(name, "", "", 0, told, part=part)] if told else []
    return made


def failure(plan: Plan, outcome: Outcome | None) -> str:
    """Why a prompt did not succeed, in a sentence."""
    if outcome is None or outcome.interrupted:
        return "It was interrupted in ComfyUI."
    if outcome.fault in FAULTS and outcome.message:
        return outcome.message
    node = plan.bound.prompt.get(outcome.node_id or "", {})
    title = node.get("_meta", {}).get("title") or node.get("class_type") or "ComfyUI"
    return f"{title}: {outcome.message or 'the node failed without a message'}"


def copy_of(file: Mapping[str, str]) -> str:
    """Where ComfyUI keeps the file, below its output folder; empty for one that lies elsewhere."""
    return f"{file.get('subfolder', '')}/{file['filename']}" if file.get("type") == "output" else ""
