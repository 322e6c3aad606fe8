"""An NPU at the other end of a network: `POST /generate` of a running pi_axera_sd_generator, or of this bridge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import AxeraError, UpstreamPictureError, UpstreamRefused
from ..http_service import Connection, Service, address, watched
from ..sent_picture import decoded, encoded

Bytes = NDArray[np.uint8]

SECONDS = 60.0  # as its clients wait; a picture takes about 3 s, and the queue before it
LONGEST_MS = 1e12  # 30 years
FITS = ("stretch", "cover", "contain")  # by resize_mode
SAID_ELSEWHERE = {"status", "base64", "images", "path", "seed", "text_time_ms", "total_time_ms"}
ADVICE = {404: "Is this the address of a pi_axera_sd_generator?"}


@dataclass(frozen=True)
class RemoteDrawing:
    """A picture, uint8 [H, W, 3], and what was said of it; times in ms. `extras` has what only some services say."""

    pixels: Bytes
    text_ms: float
    total_ms: float
    seed: int
    extras: Mapping[str, Any] = field(default_factory=dict)


def service(url: str, seconds: float = 0.0) -> Service:
    """The service at this address; `seconds` 0 is SECONDS. Raises UpstreamError for what is no address."""
    return Service(address(url, "server"), None, "", seconds or SECONDS, "The Axera service", ADVICE)


async def draw(
    there: Service,
    prompt: str,
    seed: int,
    *,
    steps: int | None = None,
    picture: Bytes | None = None,
    mask: Bytes | None = None,
    denoise: float = 1.0,
    fit: str = "stretch",
    check: Callable[[], None] = lambda: None,
) -> RemoteDrawing:
    """Have a picture drawn, over `picture`, uint8 [H, W, 3], where there is one; with denoise 0 that is the result.

    `check` is called all the while; what it raises ends the waiting, and is raised: the service has no interrupt.
    The size is the service's own. Raises AxeraError, and the kinds of UpstreamError.
    """
    if mask is not None:
        raise AxeraError("A remote Axera service has no masks: draw on this machine's own NPU, or without the mask.")
    if picture is not None and denoise == 0:
        return RemoteDrawing(picture, 0.0, 0.0, seed)
    async with Connection(there) as connection:
        drawing = connection.post("/generate", body(prompt, seed, steps, picture, denoise, fit))
        return read(await watched(drawing, check), seed)


def body(
    prompt: str, seed: int, steps: int | None = None, picture: Bytes | None = None, denoise: float = 1.0, fit: str = ""
) -> dict[str, Any]:
    """The request. The original ignores `steps`; this bridge takes them."""
    request: dict[str, Any] = {"mode": "txt2img" if picture is None else "img2img", "prompt": prompt, "seed": seed}
    if steps is not None:
        request["steps"] = steps
    if picture is not None:
        mode = FITS.index(fit) if fit in FITS else 0
        request |= {"init_image": encoded(picture), "denoising_strength": denoise, "resize_mode": mode}
    return request


def read(answer: Any, seed: int) -> RemoteDrawing:
    """The answer to a request with this seed.

    Raises UpstreamRefused where it is an error, UpstreamPictureError where it has no picture.
    """
    if not isinstance(answer, dict):
        raise UpstreamPictureError("The Axera service answered without a picture.")
    if answer.get("status", "ok") != "ok":
        raise UpstreamRefused(f"The Axera service refuses: {str(answer.get('error'))[:300]}")
    said = answer.get("seed")
    return RemoteDrawing(
        pixels=decoded(answer.get("base64"), "The Axera service's picture"),
        text_ms=_number(answer.get("text_time_ms")),
        total_ms=_number(answer.get("total_time_ms")),
        seed=said if isinstance(said, int) else seed,
        extras={key: value for key, value in answer.items() if key not in SAID_ELSEWHERE},
    )


def _number(value: Any) -> float:
    """Milliseconds as they were told; 0 for what are none. JSON's whole numbers have no end, a float's range has."""
    return float(value) if isinstance(value, int | float) and abs(value) < LONGEST_MS else 0.0
