"""The fields by which a request says in what form its pictures shall leave, alike in every dialect but A1111's."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from bridge.fields import switch
from bridge.job import Rendition

Switch = Annotated[bool | None, BeforeValidator(switch), Field(json_schema_extra={"type": ["boolean", "null"]})]


class Form(BaseModel):
    """What a dialect's request has of its own beside this."""

    metadata: Switch = Field(
        None, description="false: the picture's file says nothing of how it was made; it has no text, EXIF or graph"
    )

    @property
    def rendition(self) -> Rendition:
        """The form, as a job has it."""
        return Rendition(metadata=self.metadata is not False)
