"""The fields by which a request says in what form its pictures shall leave, alike in every dialect but A1111's."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from bridge.adapters.fields import shown, switch, whole
from bridge.core.job import Rendition

FORMATS = {"png": "", "jpeg": "jpeg", "jpg": "jpeg", "webp": "webp"}  # as they are written -> as a Rendition has them


def format_of(value: Any) -> str | None:
    """For the name of a format; None stays None."""
    if value is None:
        return None
    if not isinstance(value, str) or value.strip().lower() not in FORMATS:
        raise ValueError(f"must be png, jpeg or webp, not {shown(value)}")
    return FORMATS[value.strip().lower()]


Format = Annotated[
    str | None,
    BeforeValidator(format_of),
    Field(json_schema_extra={"type": ["string", "null"], "enum": [*FORMATS, None]}),
]
Quality = Annotated[int | None, whole(1, 100), Field(json_schema_extra={"minimum": 1, "maximum": 100})]
Switch = Annotated[bool | None, BeforeValidator(switch), Field(json_schema_extra={"type": ["boolean", "null"]})]


class Form(BaseModel):
    """What a dialect's request has of its own beside this."""

    metadata: Switch = Field(
        None, description="false: the picture's file says nothing of how it was made; it has no text, EXIF or graph"
    )
    graph: Switch = Field(
        None, description="false: the file is without ComfyUI's graph and prompt; what else it says stays"
    )
    format: Format = Field(None, description="`png`, `jpeg` or `webp`; absent: as the workflow writes it, which is PNG")
    quality: Quality = Field(None, description="of JPEG and lossy WebP, 1 to 100; absent: 80")
    lossless: Switch = Field(None, description="of WebP; absent: where the picture has a palette, as pixel art has")

    @property
    def rendition(self) -> Rendition:
        """The form, as a job has it."""
        quality = Rendition.quality if self.quality is None else self.quality
        metadata, graph = self.metadata is not False, self.graph is not False
        return Rendition(metadata, self.format or "", quality, self.lossless, graph)
