"""Environment and `.env` to one frozen, validated `Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, ValidationInfo, field_validator

from bridge.core.callback_address import parsed
from bridge.core.places import DATA, FILES
from bridge.core.setting_types import Arguments, Devices, Host, Listeners, Networks, Port, Rates, ServiceUrls, Words
from bridge.core.variables import Environment, Folder, checked

# Defaults of profiles that stand for a whole service: `axera` is pi_axera_sd_generator.
PROFILE_DEFAULTS: Mapping[str, Mapping[str, Any]] = {"axera": {"engine": "axera", "port": 5000}}

# Settings that are None when their variable is set to an empty text.
MAY_BE_EMPTY = (
    *("api_key", "cache_dir", "comfyui_dir", "comfyui_secret", "comfyui_url"),
    *("database_url", "webhook_secret", "webhook_url"),
)


def _names(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Settings(Environment):
    """All settings, from environment variables or a file `.env`; the first alias of each is the name to use."""

    host: Host = Field("127.0.0.1", validation_alias=_names("HOST"), description="address to listen on")
    port: Port = Field(8000, validation_alias=_names("PORT"), description="port; 0 picks a free one")
    data: Folder = Field(
        DATA,
        validation_alias=_names("PIXART_DATA"),
        description="folder of models, jobs, results and logs; also ComfyUI's base directory",
    )
    workflows: Folder = Field(
        FILES / "workflows",
        validation_alias=_names("PIXART_WORKFLOWS"),
        description="folder of workflow files",
    )
    comfyui_url: ServiceUrls | None = Field(
        None,
        validation_alias=_names("COMFYUI_URL"),
        description="a ComfyUI that runs elsewhere, or several, separated by commas, which all draw; without it the "
        "bridge starts its own",
    )
    comfyui_dir: Folder | None = Field(
        None,
        validation_alias=_names("COMFYUI_DIR"),
        description="ComfyUI's source for the bridge's own child; `ComfyUI` in the data folder if not set",
    )
    comfyui_args: Arguments = Field(
        "",
        validation_alias=_names("COMFYUI_ARGS"),
        description="more command-line arguments for the child, e.g. `--lowvram`",
    )
    comfyui_start_seconds: float = Field(
        180.0,
        gt=0,
        validation_alias=_names("COMFYUI_START_SECONDS"),
        description="how long the child may take to answer; a first start on a slow disk takes a minute",
    )
    comfyui_token: bool = Field(
        True,
        validation_alias=_names("COMFYUI_TOKEN"),
        description="whether the bridge's own ComfyUI asks for the token that `serve` prints with its address; without "
        "it, every program and user of this machine may use it",
    )
    comfyui_secret: str | None = Field(
        None,
        repr=False,
        validation_alias=_names("COMFYUI_SECRET"),
        description="what opens the node pack's routes in a ComfyUI of your own (`COMFYUI_URL`), in whose environment "
        "it must be too; the bridge's own ComfyUI gets a fresh one at each start if not set",
    )
    servers: Words = Field(
        (),
        validation_alias=_names("PIXART_SERVERS"),
        description="origins of other servers that a graph in the bridge's own ComfyUI may name (`server` and "
        "`service` of the nodes), separated by commas; `*` is any; without it only A1111_BASE_URL and AXERA_URL draw",
    )
    api_key: str | None = Field(
        None,
        validation_alias=_names("API_KEY"),
        description="the operator's key: when set, requests need it, or one made by `pixart keys add`, as "
        "`Authorization: Bearer KEY`, `X-API-Key: KEY` or HTTP Basic's password",
    )
    open: bool = Field(
        False,
        validation_alias=_names("PIXART_OPEN"),
        description="listen beyond this machine although no key is needed; without it `serve` refuses to",
    )
    rate_limit: Rates = Field(
        "",
        validation_alias=_names("RATE_LIMIT"),
        description="requests for pictures that a key may make, or an address where no key is needed, e.g. `60/minute` "
        "or `10/second;1000/day`; one more gets 429",
    )
    max_jobs_per_key: int = Field(
        0,
        ge=0,
        validation_alias=_names("MAX_JOBS_PER_KEY"),
        description="jobs of one key that may wait and run at a time, where the key has no limit of its own; one more "
        "gets 429; 0 is any number",
    )
    trusted_proxies: Networks = Field(
        (),
        validation_alias=_names("TRUSTED_PROXIES"),
        description="networks of the proxies whose `X-Forwarded-For` is believed, separated by commas",
    )
    max_pixels: int = Field(
        25_000_000,
        ge=1,
        validation_alias=_names("MAX_PIXELS"),
        description="pixels of a picture that is sent, judged by its header; decoded, a pixel takes 4 bytes",
    )
    keep_alive_seconds: float = Field(
        75.0,
        gt=0,
        validation_alias=_names("KEEP_ALIVE_SECONDS"),
        description="how long a connection may be open without a whole request; let a proxy in front have less",
    )
    body_seconds: float = Field(
        300.0,
        gt=0,
        validation_alias=_names("BODY_SECONDS"),
        description="how long a request's body may take to arrive",
    )
    cors_origins: Words | None = Field(
        None,
        validation_alias=_names("CORS_ORIGINS"),
        description="web origins that may call, separated by commas; `*` is any; if not set, any where a key is "
        "needed, and those on this machine where none is",
    )
    allowed_hosts: Words = Field(
        (),
        validation_alias=_names("ALLOWED_HOSTS"),
        description="host names by which the server may be called, separated by commas, beside `localhost` and "
        "addresses in numbers; if not set, any where a key is needed, and this machine's own where none is",
    )
    max_queue_size: int = Field(
        100,
        ge=1,
        validation_alias=_names("MAX_QUEUE_SIZE", "QUEUE_SIZE"),
        description="jobs that may wait; one more gets 503",
    )
    timeout_seconds: float = Field(
        3600.0,
        gt=0,
        validation_alias=_names("TIMEOUT_SECONDS"),
        description="longest time one job may run before it is ended as failed",
    )
    stall_seconds: float = Field(
        600.0,
        ge=0,
        validation_alias=_names("STALL_SECONDS"),
        description="how long a running job may give no sign of life before it is ended, and a ComfyUI that doesn't "
        "obey is restarted; 0 is for ever",
    )
    drain_seconds: float = Field(
        20.0,
        ge=0,
        validation_alias=_names("DRAIN_SECONDS"),
        description="how long a server that is to end waits for the running job",
    )
    engine: Literal["comfyui", "axera", "a1111", "builtin"] = Field(
        "comfyui",
        validation_alias=_names("ENGINE"),
        description="what draws in the generic modes: `comfyui`'s models, an `axera` NPU, `a1111`, `builtin` drawings",
    )
    engine_fallback: Literal["builtin", "none"] = Field(
        "builtin",
        validation_alias=_names("ENGINE_FALLBACK"),
        description="what draws where models are missing: `builtin` drawings, as the answer says; `none` refuses",
    )
    checkpoint: str = Field(
        "",
        validation_alias=_names("PIXART_CHECKPOINT", "MODEL_PATH"),
        description="checkpoint (or Axera model) to use, by name; without it the first that fits the mode",
    )
    controlnet: str = Field(
        "",
        validation_alias=_names("PIXART_CONTROLNET", "CONTROLNET_PATH"),
        description="ControlNet to use, by file name; without it the first that fits the mode",
    )
    generation_side: int = Field(
        512,
        ge=64,
        le=2048,
        validation_alias=_names("PIXART_GENERATION_SIDE"),
        description="side, in pixels, at which diffusion models draw; without it [their family](docs/FAMILIES.md)'s",
    )
    caching: bool = Field(
        False,
        validation_alias=_names("ENABLE_CACHING"),
        description="keep results on disk and give them again for the same request with the same seed",
    )
    cache_dir: Folder | None = Field(
        None,
        validation_alias=_names("CACHE_DIR"),
        description="a folder of its own for the cache, of one bridge; `cache` in the data folder if not set",
    )
    cache_max_mb: int = Field(
        512,
        ge=1,
        validation_alias=_names("CACHE_MAX_MB"),
        description="size of the cache in MB, the least recently used goes first; 512 are some 4000 panel pictures or "
        "1000 PNGs of 512 pixels a side, and little even on an SD card",
    )
    keep_days: float = Field(
        30.0,
        ge=0,
        validation_alias=_names("KEEP_DAYS"),
        description="how long a job that has ended is kept, with its files; 0 is for ever: "
        "[what is kept](docs/operations/deploy.md#what-is-kept)",
    )
    keep_mb: int = Field(
        0,
        ge=0,
        validation_alias=_names("KEEP_MB"),
        description="most MB of the jobs' files, inputs and results; the oldest jobs that have ended go first; "
        "0 is no limit",
    )
    keep_free_mb: int = Field(
        64,
        ge=0,
        validation_alias=_names("KEEP_FREE_MB"),
        description="MB of the disk that are left to what was accepted: with less free, new jobs get 507",
    )
    metadata: bool = Field(
        True,
        validation_alias=_names("PIXART_METADATA"),
        description="whether pictures tell how they were made; with false none leaves with text, EXIF or graph",
    )
    nsfw_filter: bool = Field(
        False,
        validation_alias=_names("ENABLE_NSFW_FILTER"),
        description="look for exposed nudity in every picture before it leaves; ComfyUI needs the Python package "
        "`nudenet` for that (`pip install nudenet`): [operations](docs/operations/deploy.md#the-nsfw-filter)",
    )
    nsfw_action: Literal["blur", "refuse"] = Field(
        "blur",
        validation_alias=_names("NSFW_ACTION"),
        description="what the filter does with such a picture: `blur` it all, or `refuse` the job",
    )
    webhook_secret: str | None = Field(
        None,
        repr=False,
        validation_alias=_names("WEBHOOK_SECRET"),
        description="turns [webhooks](docs/operations/webhooks.md) on and signs them: `whsec_` and base64, or text, of "
        "24 bytes or more; new and old `whsec_...` with a space between while it is exchanged",
    )
    webhook_url: str | None = Field(
        None,
        validation_alias=_names("WEBHOOK_URL"),
        description="your own receiver, told of every job that has ended; it may be anywhere, this machine included",
    )
    webhook_clients: bool = Field(
        False,
        validation_alias=_names("WEBHOOK_CLIENTS"),
        description="whether a request may name a receiver for its job, in the header `X-Webhook-URL`",
    )
    webhook_private: bool = Field(
        False,
        validation_alias=_names("WEBHOOK_PRIVATE"),
        description="whether such a receiver may be in your network or on this machine, and without https",
    )
    profile: str = Field(
        "",
        validation_alias=_names("PIXART_PROFILE"),
        description="serve only this dialect on the main port, at its original's paths; without it all of them; "
        "`axera` is the pi_axera_sd_generator service: `/generate` and `/sdapi`, port 5000, `ENGINE=axera`",
    )
    listeners: Listeners = Field(
        (),
        validation_alias=_names("PIXART_LISTENERS"),
        description="more ports, each for one dialect, e.g. `3003=imagegen,5000=unified,7860=a1111,8080=pico`",
    )
    service_host: Host | None = Field(
        None,
        validation_alias=_names("SERVICE_HOST"),
        description="address of the Pico's own listener; HOST if not set",
    )
    service_port: Port | None = Field(
        None,
        validation_alias=_names("SERVICE_PORT"),
        description="port of the Pico's own listener, 8080 in the original; without it there is none",
    )
    database_url: str | None = Field(
        None,
        repr=False,
        validation_alias=_names("DATABASE_URL"),
        description="a PostgreSQL database for the jobs, which [several bridges](docs/SCALING.md) may share, as "
        "`postgresql://user:password@host:5432/name`; without it they are in a file of the data folder",
    )
    max_workers: int = Field(
        1,
        ge=1,
        validation_alias=_names("MAX_WORKERS", "MAX_CONCURRENT_JOBS"),
        description="accepted for the originals' sake: a ComfyUI draws one picture at a time; WORKERS starts several",
    )
    workers: Devices = Field(
        (),
        validation_alias=_names("WORKERS"),
        description="devices that draw at the same time, each by a ComfyUI of its own, e.g. `cuda:0,cuda:1`; `cpu` may "
        "be named several times; if not set, one ComfyUI chooses its device; `none`: a bridge without a ComfyUI, "
        "for which [workers](docs/SCALING.md) draw",
    )
    debug: bool = Field(
        False,
        validation_alias=_names("DEBUG_MODE"),
        description="log every request, and the first 200 characters of prompts",
    )
    log_format: Literal["text", "json"] = Field(
        "text",
        validation_alias=_names("LOG_FORMAT"),
        description="lines of the log as `text`, or as one `json` object each",
    )

    @field_validator(*MAY_BE_EMPTY, mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("data", "workflows", mode="before")
    @classmethod
    def _empty_is_the_usual_one(cls, value: Any, info: ValidationInfo) -> Any:
        return cls.model_fields[str(info.field_name)].default if value == "" else value

    @field_validator("webhook_url")
    @classmethod
    def _callable(cls, value: str | None) -> str | None:
        return str(parsed(value)) if value is not None else None

    @property
    def comfyui_urls(self) -> tuple[str, ...]:
        """The URLs of ComfyUIs that run elsewhere; none where the bridge starts its own."""
        return tuple(self.comfyui_url.split(",")) if self.comfyui_url else ()

    @property
    def comfyui_source(self) -> Path:
        """The folder of the child's `main.py`."""
        return self.comfyui_dir or self.data / "ComfyUI"

    @property
    def keys_file(self) -> Path:
        """The file in which `pixart keys` stores the keys."""
        return self.data / "keys.json"

    @property
    def cache_folder(self) -> Path:
        """The folder of the result cache."""
        return self.cache_dir or self.data / "cache"

    @property
    def results(self) -> Path:
        """The folder of the jobs' pictures, inputs and results."""
        return self.data / "results"

    @property
    def comfyui_base(self) -> Path:
        """ComfyUI's own base directory: models, custom_nodes, input, output, user."""
        return self.data

    @property
    def comfyui_note(self) -> Path:
        """The file with the child's URL and token, by which `pixart make` finds a child that runs already."""
        return self.data / "comfyui.url"

    @property
    def comfyui_secret_note(self) -> Path:
        """The file with the secret of the pack's routes in the child, for `pixart doctor`."""
        return self.data / "comfyui.secret"

    @property
    def comfyui_log(self) -> Path:
        """The file of the child's output."""
        return self.data / "logs" / "comfyui.log"

    @property
    def comfyui_previous_log(self) -> Path:
        """The file of the previous child's output, or of this child's earlier output after its log was too long."""
        return self.comfyui_log.with_suffix(".previous.log")


def load(**overrides: Any) -> Settings:
    """The settings: `overrides` first, then the environment, then the profile's defaults.

    Raises SettingsError naming each variable that is wrong.
    """
    values = {name: value for name, value in overrides.items() if value is not None}
    settings = checked(Settings, **values)
    defaults = PROFILE_DEFAULTS.get(settings.profile, {})
    unset = {name: value for name, value in defaults.items() if name not in settings.model_fields_set}
    return checked(Settings, **values, **unset) if unset else settings
