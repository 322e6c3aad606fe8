"""The fields for what an artist does by hand: true pixels of false ones first; stray ones away and an outline last."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from bridge.adapters.fields import HEX_COLOR, prose, shown, switch, whole
from bridge.core.errors import BadRequest, UnknownName, question
from bridge.core.picture.color_names import NAMES

ON = {"snap": "median", "clean": 1}  # what a bare yes says: the nodes' own values
FIELDS = (*ON, "outline")  # fields of a request, and inputs of a workflow by the same names
MOST_ORPHANS = 64  # pixels; the node takes no larger clusters
SWITCHED = ("true", "false")
RGB = re.compile(r"rgb\(\s*[0-9]{1,3}(\s*,\s*[0-9]{1,3}){2}\s*\)")


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in SWITCHED)


def _cell(value: Any) -> str | None:
    """For true, false, or the name of the way in which a cell gets its colour; None stays None."""
    if _is_switch(value):
        return ON["snap"] if switch(value) else None
    if value is not None and not isinstance(value, str):
        raise ValueError(f"must be true, false or the name of a way such as k-centroid, not {shown(value)}")
    return prose(value)


def _orphans(value: Any) -> Any:
    """For true and false, by the number that stands for each; numbers stay as they are."""
    if _is_switch(value):
        return ON["clean"] if switch(value) else None
    return value


class Finish(BaseModel):
    """What is done to pixels beside making them; where none of this is said, nothing is."""

    snap: Annotated[str | None, BeforeValidator(_cell)] = Field(
        None,
        description="true: pixel art that was enlarged, blurred or drawn by a model is brought to its own pixels "
        "first, and drawn by no model; or how each gets its colour: `median` (true), `k-centroid`, `mean`, `centre`. "
        "Without a size it keeps as many pixels as its grid has",
        json_schema_extra={"type": ["boolean", "string", "null"]},
    )
    clean: Annotated[int | None, whole(0, MOST_ORPHANS), BeforeValidator(_orphans)] = Field(
        None,
        description="true: single stray pixels go, and jagged lines are made even; or the largest cluster that is "
        "stray, in pixels; 0: lines alone",
        json_schema_extra={"type": ["boolean", "integer", "null"]},
    )
    outline: Annotated[str | None, BeforeValidator(prose)] = Field(
        None,
        description="a line of this colour around what is opaque, as `#000000` or by its name, `black`; of a palette's "
        "colours the nearest",
        json_schema_extra={"examples": ["black"]},
    )

    @property
    def finish(self) -> dict[str, Any]:
        """The workflow's inputs that the request sets. Raises BadRequest, UnknownName for what is no colour."""
        line = color(self.outline) if self.outline else None
        given = {"snap": self.snap or None, "clean": self.clean, "outline": line}
        return {name: value for name, value in given.items() if value is not None}


def color(text: str) -> str:
    """A colour as the nodes read it, of hex, CSS's names, or rgb(). Raises BadRequest, UnknownName."""
    plain = text.strip().lower()
    if plain in NAMES or HEX_COLOR.fullmatch(plain) or RGB.fullmatch(plain):
        return plain
    if question(plain, NAMES):
        raise UnknownName(text.strip(), NAMES, what="Colour", field="outline")
    raise BadRequest(f"outline must be a colour like #000000 or black, not {shown(text)}.", field="outline")


def with_finish(
    look: Finish, values: Mapping[str, Any], notes: tuple[str, ...], *, paper: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The values and notes of a job whose pixels are finished, where the request says so."""
    chosen = look.finish
    if "snap" in chosen and paper:
        notes = (*notes, "snap is for drawings without paper, of which the ink alone is taken; it was left out.")
        chosen = {name: value for name, value in chosen.items() if name != "snap"}
    return {**values, **chosen}, notes


def answer_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer says of a job with these values: nothing of what was not asked for."""
    return {name: values[name] for name in FIELDS if values.get(name) is not None}
