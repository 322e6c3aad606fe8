"""The settings of a shared store for the bytes of jobs, instead of the data folder; read at the first use."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import AliasChoices, Field, field_validator

from bridge.core.variables import Environment

BUCKET_PATTERN = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # Amazon's rules for names
RESULTS_HINT = "must be like s3://bucket/prefix, or file:///folder"


def _field(default: Any, description: str, *names: str, secret: bool = False) -> Any:
    return Field(default, validation_alias=AliasChoices(*names), description=description, repr=not secret)


class ResultsSettings(Environment):
    """The settings of the store that several bridges and workers share; without `url` there is no such store."""

    url: str = _field(
        "",
        "where the jobs' pictures and the cache are, if not in the data folder: `s3://bucket/prefix` (Amazon's S3, or "
        "with AWS_ENDPOINT_URL any other) or `file:///folder`: [scaling](docs/SCALING.md#pictures-in-s3)",
        "RESULTS_URL",
    )
    redirect: bool = _field(
        False,
        "let clients fetch a picture from the S3 itself: three downloads are answered by a redirect to a signed URL",
        "RESULTS_REDIRECT",
    )
    redirect_seconds: int = Field(
        300,
        ge=10,
        le=604_800,
        validation_alias=AliasChoices("RESULTS_REDIRECT_SECONDS"),
        description="how long such a URL is good",
    )
    public_endpoint: str = _field(
        "",
        "the S3's address for clients, where it is another than the bridge's AWS_ENDPOINT_URL",
        "RESULTS_PUBLIC_ENDPOINT",
    )
    endpoint: str = _field(
        "",
        "the S3's address, where it isn't Amazon's: `http://minio:9000`",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT",
    )
    region: str = _field("", "the bucket's region; `us-east-1` if not set", "AWS_REGION", "AWS_DEFAULT_REGION")
    access_key_id: str = _field(
        "", "the key's name; without it, what the machine's role or the pod's identity gives", "AWS_ACCESS_KEY_ID"
    )
    secret_access_key: str = _field("", "the key", "AWS_SECRET_ACCESS_KEY", secret=True)
    session_token: str = _field("", "what goes with a key that is short-lived", "AWS_SESSION_TOKEN", secret=True)

    @field_validator("url")
    @classmethod
    def _store_url(cls, value: str) -> str:
        parts = urlsplit(value)
        bucket = parts.scheme == "s3" and BUCKET_PATTERN.fullmatch(parts.netloc)
        folder = parts.scheme == "file" and not parts.netloc and len(parts.path) > 1
        if value and (parts.query or parts.fragment or not (bucket or folder)):
            raise ValueError(RESULTS_HINT)
        return value.rstrip("/")

    @field_validator("endpoint", "public_endpoint")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            raise ValueError("must be like https://s3.example.org")
        return value.rstrip("/")

    @property
    def folder(self) -> str:
        """The folder in `url`; empty for a bucket."""
        parts = urlsplit(self.url)
        return unquote(parts.path) if parts.scheme == "file" else ""

    @property
    def bucket(self) -> tuple[str, str]:
        """The bucket in `url`, and the prefix of keys in that bucket."""
        parts = urlsplit(self.url)
        return parts.netloc, parts.path.strip("/")
