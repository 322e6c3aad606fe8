"""Frozen, validated values from environment variables and `.env`, for all classes of settings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ValidationError, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

from bridge.core.errors import SettingsError


class Environment(BaseSettings):
    """A base of settings that come as text from environment variables or a file `.env`."""

    model_config = SettingsConfigDict(
        env_file=".env", enable_decoding=False, extra="ignore", frozen=True, populate_by_name=True
    )


def _folder(path: Path) -> Path:
    for place in (path, *path.parents):
        if place.is_file():
            what = "a file and no folder" if place == path else f"below {place}, which is a file"
            raise ValueError(f"{path} is {what}")
    return path


Folder = Annotated[Path, AfterValidator(_folder)]  # one that may have to be made yet


def options_of(model: type[BaseModel] | None) -> Any:
    """A dialect's own options from the environment. Raises SettingsError naming each variable that is wrong."""
    if model is None:
        return None
    return checked(create_model(model.__name__, __base__=(model, Environment)))


def values_of(names: Iterable[str]) -> dict[str, str]:
    """The values of these variables in the environment or in `.env`; empty for those that aren't set."""
    fields: dict[str, Any] = dict.fromkeys(names, (str, ""))
    return checked(create_model("Variables", __base__=Environment, **fields)).model_dump()


SECRET_PATTERN = re.compile(r"KEY(?!_ID)|PASSWORD|SECRET|TOKEN")  # in the name of a setting whose value is secret
PASSWORD_PATTERN = re.compile(r"://[^:/@\s]*:([^@/\s]+)@")  # in addresses
LONG_SECRET = 24  # characters from which a word of a setting is a secret by itself: a setting may hold several


def secrets_of(*groups: Any) -> list[str]:
    """The secrets in these groups of settings: values of settings with a secret's name, and passwords in addresses."""
    result = [
        getattr(group, name)
        for group in groups
        if group is not None
        for name, field in type(group).model_fields.items()
        if SECRET_PATTERN.search(" ".join(map(str, getattr(field.validation_alias, "choices", (name,)))))
    ]
    texts = [value for value in result if isinstance(value, str) and value]
    addresses = [getattr(group, name) for group in groups if group is not None for name in type(group).model_fields]
    texts += [match[1] for each in addresses if isinstance(each, str) for match in PASSWORD_PATTERN.finditer(each)]
    several = [word for text in texts for word in text.split() if len(word) >= LONG_SECRET and word != text]
    return [*texts, *several]


def checked(settings: Any, **values: Any) -> Any:
    """Settings of these values and the environment's. Raises SettingsError naming each variable that is wrong."""
    try:
        return settings(**values)
    except ValidationError as error:
        problems = ((".".join(map(str, e["loc"])), e["msg"].removeprefix("Value error, ")) for e in error.errors())
        wrong = "; ".join(f"{name}: {message}" for name, message in problems)
        raise SettingsError(f"A setting can't be used: {wrong}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError("The file .env can't be read: it is not UTF-8.", hint="Save it as UTF-8.") from error
