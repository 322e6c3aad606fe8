"""The environment variables of ComfyUI's process: addresses of other engines, and the credentials for them.

A graph never holds those, since every PNG carries its graph. A ComfyUI that runs elsewhere (COMFYUI_URL) needs them in
its own environment. No node gets the bridge's own variables, its keys above all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from bridge.adapters import dialects
from bridge.core.results_settings import ResultsSettings
from bridge.core.settings import Settings
from bridge.core.variables import options_of


def _variable(name: str, description: str) -> str:
    return Field("", validation_alias=AliasChoices(name), description=description)


class NodeEnvironment(BaseModel):
    """The variables of the nodes, a field each, handed on unchanged; the nodes check their values."""

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


# The variables from which the clients of databases and stores read their credentials.
CREDENTIAL_PATTERN = re.compile(
    r"DATABASE_(URL|DSN)|(PG|AWS_|S3_|MINIO_|POSTGRES_|POSTGRESQL_|AZURE_STORAGE_|GOOGLE_APPLICATION_)\w+"
)


def of_child(settings: Settings, *, warm: bool = False) -> dict[str, str]:
    """The whole environment of the child; with `warm`, the engine loads its models at the start."""
    values = options_of(NodeEnvironment).model_dump()
    variables = {name.upper(): value for name, value in values.items() if value}
    own = {"ENGINE": settings.engine, "PIXART_CHECKPOINT": settings.checkpoint, "PIXART_WARM": "1" if warm else ""}
    servers = {"PIXART_SERVERS": ",".join(settings.servers)}
    return {**_without_ours(os.environ), "PYTHONUNBUFFERED": "1", **variables, **own, **servers}


def _without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the variables of the bridge and the dialects, and without databases' credentials."""
    models = (Settings, ResultsSettings, *(dialect.options for dialect in dialects().values() if dialect.options))
    ours = {name for model in models for name in _variables(model)}
    return {
        name: value
        for name, value in environment.items()
        if name.upper() not in ours and not CREDENTIAL_PATTERN.fullmatch(name.upper())
    }


def _variables(model: type[BaseModel]) -> Iterable[str]:
    """The names of the environment variables that a model of settings reads."""
    for field in model.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            yield from map(str, field.validation_alias.choices)
