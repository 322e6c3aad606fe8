"""What the nodes in ComfyUI's process are told by environment variables: where other engines are, and who we are there.

A graph never holds such things: it travels in every PNG. A ComfyUI that runs elsewhere (COMFYUI_URL) needs them in its
own environment.
"""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from bridge.settings import Settings
from bridge.variables import options_of


def _variable(name: str, description: str) -> str:
    return Field("", validation_alias=AliasChoices(name), description=description)


class NodeEnvironment(BaseModel):
    """Each field is one variable, handed on as it is; the nodes check what they read."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    a1111_base_url: str = _variable("A1111_BASE_URL", "another AUTOMATIC1111 that draws, for `ENGINE=a1111`")
    a1111_username: str = _variable("A1111_USERNAME", "sent to A1111_BASE_URL by HTTP Basic, with A1111_PASSWORD")
    a1111_password: str = _variable("A1111_PASSWORD", "the password that goes with A1111_USERNAME")
    a1111_timeout: str = _variable("A1111_TIMEOUT", "seconds that A1111_BASE_URL may take for a picture; 60 if not set")
    axera_url: str = _variable(
        "AXERA_URL", "a running pi_axera_sd_generator whose NPU draws, instead of one in this machine"
    )
    axera_timeout: str = _variable("AXERA_TIMEOUT", "seconds that AXERA_URL may take for a picture; 60 if not set")
    axera_device: str = _variable("AXERA_DEVICE", "which Axera card to load at the start, by number; 0 if not set")
    text_model_dir: str = _variable(
        "TEXT_MODEL_DIR", "folder of an Axera model's `tokenizer` and `text_encoder`, beside models/axera"
    )
    text_encoder_model: str = _variable("TEXT_ENCODER_MODEL", "an Axera model's text encoder, by file")
    unet_model: str = _variable("UNET_MODEL", "an Axera model's UNet, by file")
    vae_decoder_model: str = _variable("VAE_DECODER_MODEL", "an Axera model's VAE decoder, by file")
    vae_encoder_model: str = _variable("VAE_ENCODER_MODEL", "an Axera model's VAE encoder, by file")
    cuda_visible_devices: str = _variable("CUDA_VISIBLE_DEVICES", "which CUDA devices the bridge's ComfyUI sees")
    time_input_txt2img: str = _variable("TIME_INPUT_TXT2IMG", "an Axera model's time embeddings, by file")


def for_child(settings: Settings, *, warm: bool = False) -> dict[str, str]:
    """The variables that are set, here or in `.env`, and the engine; with `warm`, it gets ready before it is asked."""
    told = options_of(NodeEnvironment).model_dump()
    named = {name.upper(): value for name, value in told.items() if value}
    own = {"ENGINE": settings.engine, "PIXART_CHECKPOINT": settings.checkpoint, "PIXART_WARM": "1" if warm else ""}
    return {**named, **own}
