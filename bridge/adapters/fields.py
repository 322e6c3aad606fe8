"""Fields that several dialects read alike: base64 pictures, texts, seeds, unknown names. Pure."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from pydantic import AliasChoices, BaseModel, BeforeValidator, ValidationError

from bridge.core.errors import BadRequest
from bridge.core.picture.color_names import HEX_BY_NAME
from bridge.core.spelling import LONGEST_NAME, bare, question, with_question

# The beginning of an address where a picture is, instead of the picture.
ADDRESS_PATTERN = re.compile(r"\s*(blob:|(https?|ftp|file)://)", re.IGNORECASE)
HEX_COLOR = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
RGB_COLOR = re.compile(r"rgb\(\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*\)")
LONGEST_PICTURE = 24 << 20  # characters of base64: 18 MB of file
LARGEST_SEED = (1 << 53) - 1  # what a browser, and so both editors, holds exactly
LONGEST_PROMPT = 8000  # characters; CLIP reads 77 tokens at a time, so nobody writes more by hand
MOST_NAMED = 8  # unknown fields that are said by name
LIKE_A_FIELD = 0.75  # see `question`: `negative_prompt` is like `negativePrompt`, `strength` isn't `ditherStrength`
NEARLY_A_FIELD = 0.85  # the same for a needed field: `init_image` is like `init_images`, `image` isn't

PICTURE_FORMATS = "PNG, JPEG, WebP, GIF, BMP, TIFF or PSD"  # which files a picture may be, in the documents' words
# A PNG of 64 x 64 pixels, left black and right white: a picture, and a mask, for documents to be tried with.
HALVES_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAQAAAACCEkxzAAAAGklEQVR42mNkYGBg+M/AwMDEAAWjjFEG8QwAyyMBf5gYzUkAAAAASUVORK5CYII="
)

JSON_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)
# Pydantic's errors -> our words.
SENTENCE_BY_ERROR = {"string_type": "must be text", "model_type": "must be a JSON object"}

Model = TypeVar("Model", bound=BaseModel)


def shown(value: Any) -> str:
    """A value as its sender wrote it, short: `null`, not None."""
    text = repr(value[:60]) if isinstance(value, str) else "".join(islice(JSON_ENCODER.iterencode(value), 61))
    return text if len(text) <= 60 else text[:57] + "..."


def hex_color(value: Any, like: str = "#ff004d") -> str:
    """A colour as `rrggbb`, of 3 or 6 hexadecimal digits, of one of CSS's names, or of `rgb(0-255, ...)`.

    Raises ValueError, which names one that is `like` it.
    """
    text = value.strip().lower() if isinstance(value, str) else ""
    if text in HEX_BY_NAME:
        return HEX_BY_NAME[text]
    parts = RGB_COLOR.fullmatch(text)
    if parts and all(int(part) <= 255 for part in parts.groups()):
        return "".join(f"{int(part):02x}" for part in parts.groups())
    digits = HEX_COLOR.fullmatch(text)
    if digits is None:
        guess = question(text, HEX_BY_NAME)
        raise ValueError(f"must be a colour like {like} or red, not {shown(value)}" + (f". {guess}" if guess else ""))
    return digits[1] if len(digits[1]) == 6 else "".join(2 * digit for digit in digits[1])


def validated(model: type[Model], body: Any) -> Model:
    """The body as this model. Raises BadRequest naming the caller's field."""
    if not isinstance(body, dict):
        raise no_object(body)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            otherwise = spelled_otherwise(first["input"], [str(first["loc"][-1])])
            raise BadRequest(sentence(with_hint(f"{field} is missing", otherwise)), field=field) from error
        kind = SENTENCE_BY_ERROR.get(first["type"])
        hint = encoded_twice(first["input"]) if first["type"] == "model_type" else None
        what = f"{kind}, not {shown(first['input'])}" if kind else first["msg"].removeprefix("Value error, ")
        raise BadRequest(sentence(f"{field} {what}"), field=field, hint=hint) from error


def no_object(body: Any) -> BadRequest:
    """The error about a body that is JSON and no object; a text with an object in it was encoded twice."""
    return BadRequest(f"The body must be a JSON object, not {shown(body)}.", hint=encoded_twice(body))


def encoded_twice(value: Any) -> str | None:
    """A hint for a text with a JSON object or list in it, where the object or list itself is wanted."""
    twice = isinstance(value, str) and value[:60].lstrip().startswith(("{", "["))
    return "It is a text that holds JSON: encode it once." if twice else None


def with_hint(text: str, hint: str | None) -> str:
    """The text with the hint behind it, where there is one."""
    return f"{text} {hint}" if hint else text


def no_list_of_colors(value: Any, field: str = "") -> str:
    """What is wrong with a list of colours that is none; the name of a palette has a field of its own."""
    hint = ". A palette by its name is `palette`" if isinstance(value, str) and not value.startswith("#") else ""
    return f"{field}must be a list of colours like #ff004d, not {shown(value)}{hint}"


def sentence(text: str) -> str:
    """The text with a full stop, where it doesn't end in a question."""
    return text if text.endswith("?") else f"{text}."


def placed(error: BadRequest, at: str) -> BadRequest:
    """The error about a field of an object in the request, which `at` leads to, ending in a dot; empty: as it is."""
    if at and error.field:
        begun = error.message.startswith(error.field)
        error.message = f"{at}{error.message}" if begun else f"{at}{error.field}: {error.message}"
        error.field = f"{at}{error.field}"
    return error


def is_absent(value: Any) -> bool:
    """Whether the value of a needed field is null or an empty text; zero is a value."""
    return value is None or value == ""


def whole(least: int, most: int, named: tuple[int, int] | None = None, *, needed: bool = False) -> BeforeValidator:
    """The check of a whole number from `least` to `most`: "64" and 64.0 pass, true fails, None passes if not `needed`.

    `named` are the limits that an error names, where more is taken: in some requests only, or to be clamped.
    """

    def check(value: Any) -> Any:
        return None if value is None and not needed else _in_range(value, least, most, whole=True, named=named)

    return BeforeValidator(check)


def number(least: float, most: float, named: tuple[int, int] | None = None) -> BeforeValidator:
    """The check of a number from `least` to `most`: "7.5" and None pass, true fails; `named` is as in `whole`."""

    def check(value: Any) -> Any:
        return None if value is None else _in_range(value, least, most, whole=False, named=named)

    return BeforeValidator(check)


def _in_range(value: Any, least: float, most: float, *, whole: bool, named: tuple[int, int] | None) -> int | float:
    result = finite(value)
    if result is None or not least <= result <= most or (whole and result != int(result)):
        kind = "whole number" if whole else "number"
        low, high = named or (least, most)
        raise ValueError(f"must be a {kind} from {low} to {high}, not {shown(value)}")
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
    """The truth value that a request spells as true, 1, "yes" and their like; None stays None. Raises ValueError."""
    if value is None:
        return None
    result = {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())
    if result is None:
        raise ValueError(f"must be true or false, not {shown(value)}")
    return result


def prose(value: Any) -> str | None:
    """A text of at most LONGEST_PROMPT characters, unchanged; None stays None. Raises ValueError."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"must be text, not {shown(value)}")
    if value is not None and len(value) > LONGEST_PROMPT:
        raise ValueError(f"has {len(value)} characters; {LONGEST_PROMPT} is the most")
    return value


def ignored(fields: Iterable[str], model: type[BaseModel], at: str = "") -> tuple[str, ...]:
    """A sentence for each field that the request has and nobody reads, with the model's field that is like it; `at`
    leads to the model in the request, and ends in a dot."""
    names = list(fields)
    candidates = field_names(model) if names else []
    sentences = [
        with_question(
            f"{shown(at + name)} is not a field of this request; it was ignored.", name, candidates, LIKE_A_FIELD
        )
        for name in names[:MOST_NAMED]
    ]
    more = len(names) - len(sentences)
    return (*sentences, f"{more} more unknown fields were ignored.") if more else tuple(sentences)


def spelled_otherwise(body: Mapping[str, Any], needs: Iterable[str]) -> str | None:
    """A hint for a needed field that is absent and stands in the body in another spelling, as `Prompt` or `prompts` for
    `prompt`; a letter too many or too few counts less than letter case."""
    absent = {bare(need): need for need in needs if is_absent(body.get(need))}
    others = {bare(name[:LONGEST_NAME]): name for name in body if name not in absent.values()}
    pairs = [(need, others[word]) for word, need in absent.items() if word in others]
    alike = ((need, get_close_matches(word, others, n=1, cutoff=NEARLY_A_FIELD)) for word, need in absent.items())
    pairs += [(need, others[words[0]]) for need, words in alike if words]
    return next((f"({need!r} is spelled so, not {shown(name)})" for need, name in pairs), None)


def field_names(model: type[BaseModel]) -> list[str]:
    """The names by which a request may have the model's fields, older ones too."""
    aliases = {name: each.validation_alias for name, each in model.model_fields.items()}
    spelled = (each.choices if isinstance(each, AliasChoices) else [name] for name, each in aliases.items())
    return [str(each) for names in spelled for each in names]


def decoded(text: str, field: str, longest: int = LONGEST_PICTURE) -> bytes:
    """Base64 with or without a `data:` head, padding, line breaks; also the URL-safe alphabet, and any other data URL.

    Raises BadRequest with `field`, also for an address: nothing is fetched here.
    """
    if ADDRESS_PATTERN.match(text):
        raise BadRequest(f"{field} is an address.", field=field, hint="Send the picture itself, in base64.")
    if len(text) > longest:
        raise BadRequest(f"{field} has {len(text)} characters; {longest} is the most.", field=field)
    head, comma, tail = text.partition(",")
    is_url = text[:5].lower() == "data:"
    if is_url and not comma:
        raise BadRequest(f"{field} is a data URL without a comma, behind which its data would be.", field=field)
    if is_url and not head.lower().rstrip().endswith(";base64"):
        data = unquote_to_bytes(tail)  # RFC 2397: letters stand for themselves, other bytes as %89
    else:
        data = _of_base64(unquote(tail) if is_url and "%" in tail else tail if comma else text, field)
    if not data:
        raise BadRequest(f"{field} is empty.", field=field)
    return data


def _of_base64(text: str, field: str) -> bytes:
    bare = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        wrong = re.search(r"[^A-Za-z0-9+/]", bare)
        hint = f"{wrong[0]!r} can't be part of it." if wrong else "It is cut off."
        raise BadRequest(f"{field} is not base64.", field=field, hint=hint) from error


def encoded(data: bytes) -> str:
    """Bytes as bare base64."""
    return base64.b64encode(data).decode()


def data_url(content_type: str, data: bytes) -> str:
    """Bytes as a data URL."""
    return f"data:{content_type};base64,{encoded(data)}"


def spellings(text: bytes) -> tuple[bytes, ...]:
    """What HTTP Basic sent, as UTF-8: browsers send that, older clients Latin-1, and neither says which (RFC 7617)."""
    return text, text.decode("latin-1").encode()
