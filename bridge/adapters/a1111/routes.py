"""AUTOMATIC1111's web UI API (1.10): the routes that its clients use. What is not listed here is a 404, as they expect.

Its functions are in `bridge.adapters.a1111`, one module a concern.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from bridge.adapters.a1111 import (
    controlnet,
    error_answers,
    extras,
    fields,
    generate,
    interrogate,
    lists,
    progress,
    result,
    settings,
)
from bridge.adapters.dialect import Action, Command, Dialect, Route
from bridge.adapters.fields import spellings

API = "/sdapi/v1"
COMMAND_LINE_FLAGS = {  # what a client may ask of A1111's command line: how this server is, and nothing of its secrets
    "api": True,
    "nowebui": True,
    "api_server_stop": False,
    "medvram": False,
    "lowvram": False,
    "no_half": False,
    "ckpt_dir": None,
    "vae_dir": None,
    "lora_dir": None,
    "embeddings_dir": None,
    "hypernetwork_dir": None,
}


def admits(headers: Mapping[str, str], options: Any) -> bool | None:
    """Whether the name and password are right; None where none are set, so that junk is no reason to refuse."""
    if not options.username:
        return None
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        offered = base64.b64decode(credentials.encode(errors="surrogateescape"), validate=True)
    except binascii.Error:
        return False
    pair = f"{options.username}:{options.password}".encode()
    return any(hmac.compare_digest(each, pair) for each in spellings(offered))


PICTURE_FAILURE = {422: "a field is missing or wrong, or a picture that was sent for is none"}
SWITCH_FAILURE = {422: "a parameter is neither true nor false"}


def _does(command: Command) -> Any:
    """A function that reads every request as this command."""
    return lambda _request: command


def _get(path: str, summary: str, answer: Any, response: type[BaseModel], **more: Any) -> Route:
    return Route("GET", path, Action.ASK, summary, answer, response=response, **more)


def _post(path: str, summary: str, answer: Any, response: type[BaseModel], read: Any = None, **more: Any) -> Route:
    failures = PICTURE_FAILURE if "request" in more else {}
    return Route("POST", path, Action.ASK, summary, answer, read, response=response, failures=failures, **more)


def _draw(path: str, summary: str, read: Any, request: Any, answer: Any, response: type[BaseModel]) -> Route:
    failures = PICTURE_FAILURE | ({404: "there is no init image"} if path.endswith("img2img") else {})
    path = path if path.startswith("/") else f"{API}/{path}"
    return Route("POST", path, Action.SUBMIT, summary, answer, read, request, response, wait=True, failures=failures)


NULL, OBJECT = lists.fixed(None), lists.fixed({})

DRAWING_ANSWER = result.answer, result.Generated
DRAWING_ROUTES = (
    _draw("txt2img", "Draw pictures", generate.read_txt2img, fields.Txt2Img, result.answer, result.Generated),
    _draw("img2img", "Draw over a picture", generate.read_img2img, fields.Img2Img, result.answer, result.Generated),
    _draw("extra-single-image", "Upscale", extras.read_single, fields.ExtraSingle, extras.single, extras.ExtraImage),
    _draw(
        "extra-batch-images", "Upscale several", extras.read_batch, fields.ExtraBatch, extras.batch, extras.ExtraImages
    ),
    _draw(
        "/controlnet/detect",
        "What a module makes of pictures",
        controlnet.read_detect,
        controlnet.DetectRequest,
        controlnet.detected,
        controlnet.Detected,
    ),
    *(
        _draw(f"/controlnet/{what}", f"{what} with controlnet_units, its older form", read, body, *DRAWING_ANSWER)
        for what, read, body in (
            ("txt2img", controlnet.read_older_txt2img, fields.Txt2Img),
            ("img2img", controlnet.read_older_img2img, fields.Img2Img),
        )
    ),
    Route(
        "POST",
        f"{API}/interrogate",
        Action.SUBMIT,
        "What a picture shows, in words",
        interrogate.interrogated,
        interrogate.read_interrogate,
        interrogate.InterrogateRequest,
        interrogate.Caption,
        wait=True,
        error=interrogate.error,
        failures={
            **PICTURE_FAILURE,
            404: "there is no image, or no such model",
            501: "no model for it is installed, or not the package that runs it",
        },
    ),
    _post(
        f"{API}/png-info",
        "What a picture says of itself",
        extras.png_info,
        extras.PngInfo,
        request=fields.PngInfoRequest,
    ),
)
STEERING_ROUTES = (
    _get(
        f"{API}/progress",
        "How far it is",
        progress.overall,
        progress.Progress,
        query=progress.QUERY_PARAMETERS,
        failures=SWITCH_FAILURE,
    ),
    _post(f"{API}/interrupt", "End what runs", OBJECT, lists.Anything, _does(Command(interrupt=True))),
    _post(f"{API}/skip", "End the picture that runs", NULL, lists.Nothing, _does(Command(skip=True))),
    _get(f"{API}/options", "All options", settings.options, lists.Anything),
    _post(
        f"{API}/options",
        "Change options",
        settings.changed,
        lists.Nothing,
        settings.read_options,
        request=lists.Anything,
    ),
    _post(f"{API}/unload-checkpoint", "Free memory", OBJECT, lists.Anything, _does(Command(free=True))),
    _post(f"{API}/reload-checkpoint", "Nothing: models load when used", OBJECT, lists.Anything),
    *(
        _post(f"{API}/refresh-{what}", f"Look for new {what}", NULL, lists.Nothing, _does(Command(refresh=True)))
        for what in ("checkpoints", "vae", "embeddings", "loras", "lycos")
    ),
    _get("/internal/ping", "Whether it is there", OBJECT, lists.Anything),
    _post(
        "/internal/progress",
        "How far one task is",
        progress.of_task,
        progress.TaskProgress,
        request=fields.ProgressRequest,
        about=progress.task_of,
    ),
    _get("/internal/pending-tasks", "What waits", progress.pending, progress.PendingTasks),
)
LIST_ROUTES = (
    _get(f"{API}/sd-models", "Checkpoints", lists.models, lists.Models),
    _get(f"{API}/samplers", "Samplers", lists.samplers, lists.Samplers),
    _get(f"{API}/schedulers", "Schedules", lists.schedulers, lists.Schedulers),
    _get(f"{API}/upscalers", "Upscalers", lists.upscaler_list, lists.Upscalers),
    _get(f"{API}/latent-upscale-modes", "Ways to enlarge a latent", lists.latent_modes, lists.LatentModes),
    _get(f"{API}/sd-vae", "VAE files", lists.vaes, lists.Vaes),
    _get(f"{API}/loras", "LoRA files", lists.loras, lists.Loras),
    _get(f"{API}/embeddings", "Textual inversions", lists.embeddings, lists.Embeddings),
    _get(f"{API}/prompt-styles", "Prompt styles", lists.styles, lists.Styles),
    _get(f"{API}/scripts", "Scripts: ControlNet, pixart", lists.fixed(lists.Scripts().model_dump()), lists.Scripts),
    _get(f"{API}/script-info", "The script pixart", lists.fixed(lists.SCRIPT_INFO), lists.ScriptInfo),
    *(
        _get(f"{API}/{what}", f"{what}: none", lists.fixed([]), lists.Empty)
        for what in ("extensions", "hypernetworks", "lycos", "face-restorers", "realesrgan-models")
    ),
    _get(f"{API}/cmd-flags", "How it was started", lists.fixed(COMMAND_LINE_FLAGS), lists.Anything),
    _get(f"{API}/memory", "Memory in bytes", lists.memory, lists.Anything, statistics=True),
    _get("/controlnet/version", "ControlNet: the API's version", controlnet.version, lists.Anything),
    _get("/controlnet/model_list", "ControlNets", controlnet.model_list, lists.Anything),
    _get(
        "/controlnet/module_list",
        "What makes a ControlNet's picture",
        controlnet.module_list,
        lists.Anything,
        query=controlnet.QUERY_PARAMETERS,
        failures=SWITCH_FAILURE,
    ),
    _get("/controlnet/control_types", "Both by the kind of control", controlnet.control_types, lists.Anything),
    _get("/controlnet/settings", "How many units a request may have", controlnet.settings, lists.Anything),
)

DIALECT = Dialect(
    name="a1111",
    title="AUTOMATIC1111",
    summary="The web UI's API for every client that knows it: /sdapi/v1/txt2img and the rest.",
    prefixes=("/sdapi", "/internal", "/controlnet"),
    routes=(*DRAWING_ROUTES, *STEERING_ROUTES, *LIST_ROUTES),
    error=error_answers.answer,
    problem=error_answers.Problem,
    options=settings.Options,
    admits=admits,
    challenge="Basic",
    joins=("axera",),  # the pi_axera_sd_generator service has this API beside its own
    credentials="the name and password of A1111_USERNAME and A1111_PASSWORD, by HTTP Basic",
)
