"""What checkpoint files are known as: the names that clients use beside those that the files have. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.catalog.models import Catalog, named, stem
from bridge.core.errors import Unavailable

DRAWINGS_ID = "pixart-drawings"  # the id of what draws where there is no model file
VERSION = re.compile(r"(?:V|(?<![a-zA-Z])v)(\d+(?:[._]\d+)*)")  # `dreamshaper_v8`, `toonyou-v3.1`, `realisticVisionV51`


@dataclass(frozen=True)
class Known:
    """A model by the id that clients send. `pattern` is of its files' names, in lower case and without ending."""

    id: str
    name: str
    description: str
    type: str
    version: str
    pattern: re.Pattern[str]


# As the file that its makers published is called, and as people call their copy of it.
KNOWN = (
    Known(
        "stable-diffusion-v1.5",
        "Stable Diffusion v1.5",
        "General purpose text-to-image model",
        "base",
        "1.5",
        re.compile(r"(?!.*inpaint)(v1[-_.]5|.*(?<![a-z0-9])(sd|stable[-_ ]?diffusion)[-_ ]?v?1[-_.]?5(?!\d))"),
    ),
    Known(
        "stable-diffusion-xl",
        "Stable Diffusion XL",
        "High resolution text-to-image model",
        "base",
        "1.0",
        re.compile(r"(?!.*(inpaint|refiner|turbo|lightning))(sd|stable[-_ ]?diffusion)[-_ ]?xl(?![a-z])"),
    ),
    Known(
        "realistic-vision",
        "Realistic Vision",
        "Photorealistic fine-tuned model",
        "fine-tuned",
        "",
        re.compile(r"(?!.*inpaint)realistic[-_ ]?vision"),
    ),
    Known(
        DRAWINGS_ID,
        "Pixart built-in drawings",
        "Pixel art from words, without a model",
        "built-in",
        "",
        re.compile(r"pixart built-in drawings"),
    ),
)


@dataclass(frozen=True)
class Checkpoint:
    """A file as clients are told of it. `version` is empty where its name has none."""

    file: str
    id: str
    name: str
    description: str
    type: str
    version: str


def described(file: str, files: Sequence[str]) -> Checkpoint:
    """One of the files. Its id is a known one where it is the file that this means, else its name without ending
    (with its folder, where another file has the same name)."""
    known = next((each for each in KNOWN if meant(each, files) == file), None)
    plain = stem(file)
    if known:
        description = f"{known.description} ({file})"
        return Checkpoint(file, known.id, known.name, description, known.type, known.version or _version(plain))
    id = plain if [stem(each) for each in files].count(plain) == 1 else file
    return Checkpoint(file, id, plain, f"The checkpoint file {file}", "fine-tuned", _version(plain))


def meant(known: Known, files: Sequence[str]) -> str | None:
    """The first file that a known model's pattern fits."""
    return next((file for file in files if known.pattern.match(stem(file).lower())), None)


def require_known(catalog: Catalog) -> None:
    """Raise Unavailable while ComfyUI hasn't said which models it has."""
    if not catalog.live:
        raise Unavailable("The models are not known while ComfyUI does not answer.", hint="Try again in a moment.")


def draws_with_a_model(catalog: Catalog) -> bool:
    """Whether a request that names no model is drawn with one, and not by the built-in drawings, or not at all."""
    own = catalog.checkpoint
    return bool(own) and described(own, catalog.checkpoints).id != DRAWINGS_ID


def file_named(id: str, files: Sequence[str]) -> str | None:
    """The file of this id: a known one, or a file's name with or without folder and ending."""
    known = next((each for each in KNOWN if each.id == id.lower()), None)
    return named(id, tuple(files)) or (meant(known, files) if known else None)


def _version(plain: str) -> str:
    number = VERSION.search(plain)
    return number[1].replace("_", ".") if number else ""
