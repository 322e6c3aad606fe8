"""The bodies that the unified endpoint takes, and those that it answers with."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bridge.adapters.fields import PICTURE_FORMATS
from bridge.adapters.machine import OnMachine, Shown, needed_without
from bridge.adapters.styling import About, Styled

LEAST, MOST = 64, 2048  # pixels a side
MOST_STEPS = 150
MOST_CFG = 30
MOST_PICTURES = 16  # of one request: its client waits for all of them


class Generate(OnMachine, Styled):
    """What is posted.

    Numbers out of range are brought into it, and said in `notes`; `workflow`, `pixart` and `machine` are our
    additions.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra=needed_without(("machine",), ("mode", "prompt")))

    mode: Literal["txt2img", "img2img"] = Field(examples=["txt2img"])
    prompt: str = Field(examples=["A photograph of a red fox in the snow, highly detailed"])
    negative_prompt: Any = Field(None, description="what the picture must not show")
    init_image: Any = Field(None, description=f"for img2img: bare base64 or a data URL of {PICTURE_FORMATS}")
    init_images: Any = Field(None, description="its first is taken where `init_image` is absent")
    width: Any = Field(None, description=f"{LEAST} to {MOST} pixels; absent: 512, or as the NPU draws", examples=[512])
    height: Any = Field(None, description=f"{LEAST} to {MOST} pixels; absent: 512, or as the NPU draws", examples=[512])
    steps: Any = Field(None, description=f"1 to {MOST_STEPS}, on an NPU to 4; absent: 20, or 4", examples=[7])
    seed: Any = Field(None, description="absent, null or -1: by chance, and told", examples=[42])
    sampler_name: Any = Field(None, description="A1111's names; absent: DPM++ 2M", examples=["DPM++ 2M Karras"])
    scheduler: Any = Field(None, description="A1111's names; absent: the sampler's own")
    cfg_scale: Any = Field(None, description=f"0 to {MOST_CFG}; absent: 7", examples=[1.5])
    n_iter: Any = Field(None, description="how often; absent: 1")
    batch_size: Any = Field(None, description=f"pictures each time; absent: 1; at most {MOST_PICTURES} in all")
    denoising_strength: Any = Field(
        None, description="for img2img, 0 keeps the picture, 1 draws all anew; absent or no number: 0.5"
    )
    strength: Any = Field(None, description="the same as denoising_strength")
    resize_mode: Any = Field(None, description="for img2img: 0 stretches, 1 crops, 2 adds black bars; else 0")
    metadata: Any = Field(None, description="false: the file says nothing of how it was made: no text, EXIF or graph")
    graph: Any = Field(None, description="false: the file is without ComfyUI's graph and prompt; the rest stays")
    format: Any = Field(None, description="png, jpeg or webp; absent: as the workflow writes it, which is PNG")
    quality: Any = Field(None, description="of JPEG and lossy WebP, 1 to 100; absent: 80")
    lossless: Any = Field(None, description="of WebP; absent: where the picture has a palette, as pixel art has")
    workflow: Any = Field(
        None,
        description="run this workflow instead (`txt2img_pixel`, or `name@2`); what the request does not say is then "
        "as its file says",
    )


class Used(BaseModel):
    """What the picture was really made with."""

    model_config = ConfigDict(extra="allow")

    workflow: str | None = Field(None, examples=["txt2img@1"])


class Done(About):
    """The picture. `images` and `seeds` are there when there are several, `base64` then is the first."""

    status: Literal["ok"]
    base64: str = Field(description="the picture's file, without a `data:` head")
    text_time_ms: float = Field(description="in the text encoder; 0 when the text was still known")
    total_time_ms: float
    encode_time_ms: float | None = Field(None, description="in an NPU's VAE encoder; these three only where one drew")
    step_times_ms: list[float] | None = Field(None, description="of each step")
    decode_time_ms: float | None = Field(None, description="in the VAE decoder")
    seed: int
    used: Used
    images: list[str] | None = None
    seeds: list[int] | None = None
    machine: Shown | None = Field(None, description="what the machine shows, where one was named")
    files: str | None = Field(None, description="the path of a zip of all files for the machine")
    notes: list[str] | None = Field(None, description="what was ignored, clamped, replaced or chosen")


class Problem(BaseModel):
    """Every error of this dialect."""

    status: Literal["error"]
    error: str
