"""Variables that the originals' documents set and that have no effect here."""

from __future__ import annotations

from collections.abc import Mapping

_NO_CLIP = "pictures are interrogated by what is in models/taggers and models/blip, not by CLIP on the NPU"
# Variables that the originals' documents set and this version doesn't obey, with the reason, which `serve` prints.
NOT_OBEYED = {
    "CLIP_TEXT_MODEL": _NO_CLIP,
    "CLIP_VISION_MODEL": _NO_CLIP,
    "INTERROGATE_TAGS_FILE": "a tagger has its own list of tags beside it",
    "OUTPUT_DIR": "results are kept in PIXART_DATA",
    "TIME_INPUT_IMG2IMG": "TIME_INPUT_TXT2IMG has all the times that there are",
}


def unobeyed(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that is set without an effect; a switch that is off is no reason for one."""
    off = {"", "0", "false", "no", "off"}
    result = {name: why for name, why in NOT_OBEYED.items() if environment.get(name, "").lower() not in off}
    return [f"{name} is set, but has no effect: {why}." for name, why in result.items()]
