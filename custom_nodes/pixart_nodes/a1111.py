"""A conversation with an AUTOMATIC1111 web UI, or with what speaks its API: a picture, and how far it is."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import UpstreamError, UpstreamPictureError, UpstreamTimedOut, UpstreamUnavailable
from .http_service import Connection, Service, address, origin, require_listed, watched
from .sent_picture import decoded, encoded

Bytes = NDArray[np.uint8]
Progress = Callable[[float, Bytes | None], None]

SECONDS = 60.0  # A1111_TIMEOUT, as the Pico's proxy has it
POLL_SECONDS = 0.5
ASIDE_SECONDS = 2.0  # the most that a question beside the picture may take
REPORT_SECONDS = 5.0
# What the web UI's page sends for a mask; its API would draw only the masked part, on blurred colours.
MASKED = {"inpainting_fill": 1, "inpaint_full_res": False, "inpaint_full_res_padding": 32, "mask_blur": 4}
WHOSE = (
    "Set A1111_USERNAME and A1111_PASSWORD where ComfyUI is started; they go only to the server of A1111_BASE_URL, "
    "not to another one that a node names."
)
ADVICE = {401: WHOSE, 403: WHOSE, 404: "Was it started with --api?"}


def service(environment: Mapping[str, str], server: str = "", seconds: float = 0.0) -> Service:
    """The server that a node asks: its own, else A1111_BASE_URL. Name and password only go to A1111_BASE_URL's origin.

    `seconds` 0 is A1111_TIMEOUT. Raises UpstreamUnavailable where there is none, UpstreamError for a wrong setting, and
    for a server that a graph may not name.
    """
    base_url = environment.get("A1111_BASE_URL", "").strip()
    if not (server.strip() or base_url):
        raise UpstreamUnavailable(
            "There is no A1111 to ask. Set A1111_BASE_URL where ComfyUI is started, for example to "
            "http://192.168.1.100:7860, or fill in the node's server."
        )
    home = address(base_url, "A1111_BASE_URL") if base_url else ""
    url = address(server, "server") if server.strip() else home
    if server.strip():
        require_listed(url, environment, "server", home)
    ours = bool(home) and origin(url) == origin(home)
    return Service(
        url=url,
        username=(environment.get("A1111_USERNAME") or None) if ours else None,
        password=environment.get("A1111_PASSWORD", "") if ours else "",
        seconds=seconds or _seconds(environment.get("A1111_TIMEOUT", "")),
        what="A1111",
        advice=ADVICE,
    )


def _seconds(text: str) -> float:
    """A1111_TIMEOUT."""
    if not text.strip():
        return SECONDS
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise UpstreamError(f"A1111_TIMEOUT must be seconds, such as 60, not {text[:40]!r}.")
    return seconds


def further(text: str) -> dict[str, Any]:
    """More fields of a request, as a JSON object; "" is none. Raises UpstreamError."""
    if not text.strip():
        return {}
    demand = 'request must be a JSON object, such as {"enable_hr": true}'
    try:
        fields = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UpstreamError(f"{demand}; this is not JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise UpstreamError(f"{demand}, not {text.strip()[:40]!r}.")
    return fields


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


@dataclass(frozen=True)
class Wish:
    """What to draw, in this pack's words. `more` are fields of A1111's request, which go over the others."""

    prompt: str
    negative: str
    width: int
    height: int
    seed: int
    steps: int
    cfg: float
    sampler: str
    scheduler: str
    denoise: float = 1.0
    variation_seed: int = 0
    variation_strength: float = 0.0
    checkpoint: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def body(self, picture: Bytes | None = None, mask: Bytes | None = None) -> dict[str, Any]:
        """The request: of txt2img, or with a picture, uint8 [H, W, 3], of img2img. Mask: uint8 [H, W], white is drawn.

        Settings of `more` are added to the one for the checkpoint.
        """
        body: dict[str, Any] = {
            "prompt": self.prompt,
            "negative_prompt": self.negative,
            "width": self.width,
            "height": self.height,
            "seed": self.seed,
            "steps": self.steps,
            "cfg_scale": self.cfg,
            "sampler_name": self.sampler,
            "scheduler": self.scheduler,
            "subseed": self.variation_seed,
            "subseed_strength": self.variation_strength,
        }
        if picture is not None:
            body |= {"init_images": [encoded(picture)], "denoising_strength": self.denoise}
        if mask is not None:
            body |= {"mask": encoded(mask), **MASKED}
        if self.checkpoint:
            body["override_settings"] = {"sd_model_checkpoint": self.checkpoint}
            body["override_settings_restore_afterwards"] = True
        merged = {**body, **self.more}
        ours, theirs = body.get("override_settings"), self.more.get("override_settings")
        if isinstance(ours, dict) and isinstance(theirs, dict):
            merged["override_settings"] = {**ours, **theirs}
        return merged


@dataclass(frozen=True)
class Answer:
    """Pictures, each uint8 [H, W, 3], and what was said of them: A1111's `info` as it came."""

    pictures: list[Bytes]
    info: str
    facts: Mapping[str, Any]

    @property
    def model(self) -> str | None:
        """The checkpoint's name, where it is said."""
        name = self.facts.get("sd_model_name")
        return name if isinstance(name, str) else None

    @property
    def parameters(self) -> str | None:
        """The first picture's infotext, where there is one."""
        texts, first = self.facts.get("infotexts"), self.facts.get("index_of_first_image")
        if not isinstance(texts, list):
            return None
        text = next(iter(texts[_count(first, 0) :]), None)
        return text if isinstance(text, str) else None


def read(answer: Any) -> Answer:
    """The answer of txt2img or img2img, without a grid before the pictures and what extensions add after them.

    Raises UpstreamPictureError.
    """
    images = answer.get("images") if isinstance(answer, dict) else None
    if not isinstance(images, list) or not images:
        raise UpstreamPictureError("A1111 answered without a picture. Was it interrupted there?")
    said = answer.get("info")
    info = said if isinstance(said, str) else json.dumps(said)
    facts = _object(info)
    first, seeds = _count(facts.get("index_of_first_image"), 0), facts.get("all_seeds")
    pictures = images[first : first + max(1, len(seeds) if isinstance(seeds, list) else 1)] or images[:1]
    return Answer([decoded(one, "A1111's picture") for one in pictures], info, facts)


def _object(text: str) -> dict[str, Any]:
    """The JSON object in a text; {} where it is a sentence, as some servers have it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _count(value: Any, default: int) -> int:
    return value if isinstance(value, int) and value >= 0 else default


async def draw(there: Connection, body: Mapping[str, Any], progress: Progress, check: Callable[[], None]) -> Answer:
    """Have a picture drawn. `progress` hears how much is done, 0..1, and previews, uint8 [H, W, 3].

    `check` is called all the while; what it raises ends our job there, and is raised. Raises UpstreamError.
    """
    task = f"pixart-{uuid.uuid4().hex}"
    path = "/sdapi/v1/img2img" if "init_images" in body else "/sdapi/v1/txt2img"
    ended = asyncio.Event()
    following = asyncio.ensure_future(_follow(there, task, progress, ended))
    try:
        drawing = there.post(path, {**body, "force_task_id": task})
        return read(await watched(drawing, check, leave=lambda: _end(there, task)))
    except UpstreamTimedOut:
        await _end(there, task)
        raise
    finally:
        ended.set()
        following.cancel()
        await asyncio.wait({following})


async def _end(there: Connection, task: str) -> None:
    """Interrupt what runs there if it is our task: somebody else's must not end. Without /internal it goes on."""
    with contextlib.suppress(UpstreamError):
        view = await there.post("/internal/progress", {"id_task": task, "live_preview": False}, ASIDE_SECONDS)
        if isinstance(view, dict) and view.get("active") is True:
            await there.post("/sdapi/v1/interrupt", {}, ASIDE_SECONDS)


async def _follow(there: Connection, task: str, progress: Progress, ended: asyncio.Event) -> None:
    """Tell how far the task is. Nothing that goes wrong here matters.

    A cancellation can be lost when it comes together with a time-out (Python 3.10), so there is `ended` as well.
    """
    number: Any = -1  # of the preview that we have, where the server counts them
    last_image: Any = None
    while not ended.is_set():
        await asyncio.sleep(POLL_SECONDS)
        with contextlib.suppress(UpstreamError):
            view = await _task_view(there, {"id_task": task, "id_live_preview": number, "live_preview": True})
            number = view.get("id_live_preview", number)
            done, image = view.get("progress"), view.get("live_preview") or view.get("current_image")
            if isinstance(done, int | float) and 0 < done <= 1:
                progress(float(done), _preview(image) if image != last_image else None)
                last_image = image or last_image


def _preview(image: Any) -> Bytes | None:
    with contextlib.suppress(UpstreamPictureError):
        return decoded(image, "A1111's preview")


async def _task_view(there: Connection, query: Mapping[str, Any]) -> dict[str, Any]:
    """How far our task is; where the server knows no tasks, how far that is which runs."""
    with contextlib.suppress(UpstreamError):
        view = await there.post("/internal/progress", query, ASIDE_SECONDS)
        if isinstance(view, dict) and any(view.get(state) for state in ("active", "queued", "completed")):
            return view
    view = await there.get("/sdapi/v1/progress?skip_current_image=false", ASIDE_SECONDS)
    return view if isinstance(view, dict) else {}


async def state(service: Service) -> dict[str, Any]:
    """For a report, within 5 s: `url`, `up` (it answers at all), `model`, all `models` by title, `settings` (a hash
    of them all), `trouble`. Raises nothing.
    """
    report: dict[str, Any] = {
        "url": service.url,
        "up": False,
        "model": None,
        "models": [],
        "settings": None,
        "trouble": None,
    }
    try:
        async with Connection(replace(service, seconds=REPORT_SECONDS)) as there:
            options = await there.get("/sdapi/v1/options")
            models = await there.get("/sdapi/v1/sd-models")
    except (UpstreamUnavailable, UpstreamTimedOut) as error:
        return {**report, "trouble": str(error)}
    except UpstreamError as error:
        return {**report, "up": True, "trouble": str(error)}
    if not isinstance(options, dict) or not isinstance(models, list):
        return {**report, "up": True, "trouble": f"{service.name} has no options; it is no A1111."}
    model = options.get("sd_model_checkpoint")
    titles = [one["title"] for one in models if isinstance(one, dict) and isinstance(one.get("title"), str)]
    report |= {"up": True, "model": model if isinstance(model, str) else None, "models": titles}
    return {**report, "settings": hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()}
