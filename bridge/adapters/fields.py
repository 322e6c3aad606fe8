"""Fields that several dialects read alike: base64 pictures, texts, seeds, unknown names. Pure."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable
from itertools import islice
from typing import Any, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ValidationError

from bridge.core.errors import BadRequest, with_question

HEX_COLOR = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
LONGEST_PICTURE = 24 << 20  # characters of base64: 18 MB of file
LARGEST_SEED = (1 << 53) - 1  # what a browser, and so both editors, holds exactly
LONGEST_PROMPT = 8000  # characters; CLIP reads 77 tokens at a time, so nobody writes more by hand
MOST_NAMED = 8  # unknown fields that are said by name
LIKE_A_FIELD = 0.75  # see `question`: `negative_prompt` is like `negativePrompt`, `strength` isn't `ditherStrength`

HALVES = (  # a PNG of 64 x 64 pixels, left black and right white: a picture, and a mask, for documents to be tried with
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAQAAAACCEkxzAAAAGklEQVR42mNkYGBg+M/AwMDEAAWjjFEG8QwAyyMBf5gYzUkAAAAASUVORK5CYII="
)

JSON = json.JSONEncoder(ensure_ascii=False, default=str)
KINDS = {"string_type": "must be text", "model_type": "must be a JSON object"}  # pydantic's errors -> our words

Model = TypeVar("Model", bound=BaseModel)


def shown(value: Any) -> str:
    """A value as its sender wrote it, short: `null`, not None."""
    text = repr(value[:60]) if isinstance(value, str) else "".join(islice(JSON.iterencode(value), 61))
    return text if len(text) <= 60 else text[:57] + "..."


def hex_color(value: Any, like: str = "#ff004d") -> str:
    """A colour as it was written, with 3 or 6 digits. Raises ValueError, which names one that is `like` it."""
    if not isinstance(value, str) or not HEX_COLOR.fullmatch(value):
        raise ValueError(f"must be a colour like {like}, not {shown(value)}")
    return value


def validated(model: type[Model], body: Any) -> Model:
    """The body as this model. Raises BadRequest naming the caller's field."""
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise BadRequest(f"{field} is missing.", field=field) from error
        what = KINDS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
        raise BadRequest(f"{field} {what}.", field=field) from error


def placed(error: BadRequest, at: str) -> BadRequest:
    """The error about a field of an object in the request, which `at` leads to, ending in a dot; empty: as it is."""
    if at and error.field:
        begun = error.message.startswith(error.field)
        error.message = f"{at}{error.message}" if begun else f"{at}{error.field}: {error.message}"
        error.field = f"{at}{error.field}"
    return error


def whole(least: int, most: int, named_least: int | None = None) -> BeforeValidator:
    """For whole numbers from `least` to `most`; "64" and 64.0 are such, true is not, None stays None.

    `named_least` is what an error calls the least, where only some requests may have less.
    """
    return BeforeValidator(lambda value: _in_range(value, least, most, whole=True, named_least=named_least))


def number(least: float, most: float) -> BeforeValidator:
    """For numbers from `least` to `most`; "7.5" is one, true is not, None stays None."""
    return BeforeValidator(lambda value: _in_range(value, least, most, whole=False))


def _in_range(
    value: Any, least: float, most: float, *, whole: bool, named_least: float | None = None
) -> int | float | None:
    if value is None:
        return None
    result = finite(value)
    if result is None or not least <= result <= most or (whole and result != int(result)):
        kind = "whole number" if whole else "number"
        raise ValueError(f"must be a {kind} from {named_least or least} to {most}, not {shown(value)}")
    return int(result) if whole else result


def finite(value: Any) -> int | float | None:
    """The finite number that a value is or spells; None for none."""
    if isinstance(value, str):
        try:
            value = int(value) if re.fullmatch(r"\s*[+-]?[0-9]{1,20}\s*", value) else float(value[:40])
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None  # isfinite can't take 400 digits


def switch(value: Any) -> bool | None:
    """For true and false, also as 1 and 0 or as text; None stays None."""
    if value is None:
        return None
    result = {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())
    if result is None:
        raise ValueError(f"must be true or false, not {shown(value)}")
    return result


def prose(value: Any) -> str | None:
    """For texts of at most LONGEST_PROMPT characters; None stays None."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"must be text, not {shown(value)}")
    if value is not None and len(value) > LONGEST_PROMPT:
        raise ValueError(f"has {len(value)} characters; {LONGEST_PROMPT} is the most")
    return value


def ignored(fields: Iterable[str], model: type[BaseModel], at: str = "") -> tuple[str, ...]:
    """A sentence for each field that the request has and nobody reads, with the model's field that is like it; `at`
    leads to the model in the request, and ends in a dot."""
    names = list(fields)
    known = field_names(model) if names else []
    sentences = [
        with_question(f"{shown(at + name)} is not a field of this request; it was ignored.", name, known, LIKE_A_FIELD)
        for name in names[:MOST_NAMED]
    ]
    more = len(names) - len(sentences)
    return (*sentences, f"{more} more unknown fields were ignored.") if more else tuple(sentences)


def field_names(model: type[BaseModel]) -> list[str]:
    """The names by which a request may have the model's fields, older ones too."""
    aliases = {name: each.validation_alias for name, each in model.model_fields.items()}
    spelled = (each.choices if isinstance(each, AliasChoices) else [name] for name, each in aliases.items())
    return [str(each) for names in spelled for each in names]


def decoded(text: str, field: str, longest: int = LONGEST_PICTURE) -> bytes:
    """Base64 with or without a `data:` head, padding, line breaks; also the URL-safe alphabet.

    Raises BadRequest with `field`.
    """
    if len(text) > longest:
        raise BadRequest(f"{field} has {len(text)} characters; {longest} is the most.", field=field)
    head, comma, tail = text.partition(",")
    if text[:5].lower() == "data:" and (not comma or not head.lower().endswith(";base64")):
        raise BadRequest(f"{field} is a data URL without base64.", field=field)
    bare = "".join((tail if comma else text).split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        wrong = re.search(r"[^A-Za-z0-9+/]", bare)
        hint = f"{wrong[0]!r} can't be part of it." if wrong else "It is cut off."
        raise BadRequest(f"{field} is not base64.", field=field, hint=hint) from error
    if not data:
        raise BadRequest(f"{field} is empty.", field=field)
    return data


def encoded(data: bytes) -> str:
    """Bytes as bare base64."""
    return base64.b64encode(data).decode()


def data_url(content_type: str, data: bytes) -> str:
    """Bytes as a data URL."""
    return f"data:{content_type};base64,{encoded(data)}"


def spellings(text: bytes) -> tuple[bytes, ...]:
    """What HTTP Basic sent, as UTF-8: browsers send that, older clients Latin-1, and neither says which (RFC 7617)."""
    return text, text.decode("latin-1").encode()
