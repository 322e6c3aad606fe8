"""Files of Civitai by their SHA-256: the name, the folder and the URL of each.

The question: https://developer.civitai.com/docs/api/public-rest (model version by hash)
"""

from __future__ import annotations

import json
import re
from typing import Any

from bridge.app.models import hub
from bridge.app.models.hub import DownloadFailed, Hubs, Source
from bridge.catalog.model_sets import SAFETENSORS_ENDING, ModelFile

CIVITAI_ADDRESS = "https://civitai.com"
LONGEST_ANSWER = 4 << 20  # bytes
FOLDER_BY_TYPE = {  # Civitai's type of a model -> the folder
    "Checkpoint": "checkpoints",
    "Controlnet": "controlnet",
    "DoRA": "loras",
    "LORA": "loras",
    "LoCon": "loras",
    "TextualInversion": "embeddings",
    "Upscaler": "upscale_models",
    "VAE": "vae",
}


def by_hash(sha256: str, hubs: Hubs) -> tuple[ModelFile, Source]:
    """The file of this hash, and its source. Raises DownloadFailed."""
    url = f"{CIVITAI_ADDRESS}/api/v1/model-versions/by-hash/{sha256}"
    question = Source(url, CIVITAI_ADDRESS, hubs.civitai_token, "CIVITAI_TOKEN")
    answer = hub.patiently(lambda: _answer(question), sha256[:12])
    try:
        page = f"{CIVITAI_ADDRESS}/models/{int(answer['modelId'])}?modelVersionId={int(answer['id'])}"
        kind, files = str(answer["model"]["type"]), answer["files"]
        there = next(each for each in files if str(each["hashes"].get("SHA256")).lower() == sha256)
        name, at, size = str(there["name"]), str(there["downloadUrl"]), round(float(there["sizeKB"]) * 1024)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise DownloadFailed(f"{CIVITAI_ADDRESS} answers for {sha256[:12]}... with something else.") from error
    if not name.lower().endswith(SAFETENSORS_ENDING):
        raise DownloadFailed(
            f"{name[:80]!r} is no {SAFETENSORS_ENDING} file, and nothing else is fetched.", hint=f"See {page}."
        )
    if kind not in FOLDER_BY_TYPE:
        raise DownloadFailed(f"{name[:80]!r} is a {kind[:40]!r}, which no folder is known for.", hint=f"See {page}.")
    file = ModelFile(safe(name), FOLDER_BY_TYPE[kind], sha256, size=size)
    token = hubs.civitai_token if hub.origin(at) == hub.origin(CIVITAI_ADDRESS) else ""
    return file, Source(at, page, token, "CIVITAI_TOKEN")


def safe(name: str) -> str:
    """A safe name of a file in one folder, from a name that somebody else gave."""
    plain = re.sub(r"[^\w.+-]+", "_", name.replace("\\", "/").rpartition("/")[2], flags=re.ASCII).lstrip(".")
    return f"{plain[: -len(SAFETENSORS_ENDING)][:100] or 'model'}{SAFETENSORS_ENDING}"


def _answer(question: Source) -> Any:
    """The JSON of the answer. Raises Transient and DownloadFailed."""
    with hub.answer(question) as response:
        data = response.read(LONGEST_ANSWER)
    try:
        return json.loads(data)
    except ValueError as error:
        raise DownloadFailed(f"{question.url} answers with something that is not JSON.") from error
