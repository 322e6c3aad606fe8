"""How long frames last, and the named parts of an animation, as people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import PictureError

DIRECTIONS = ("forward", "reverse", "pingpong", "pingpong_reverse")  # Aseprite's, in the order of its numbers
LONGEST_FRAME = 65535  # milliseconds; what an .aseprite file can say


@dataclass(frozen=True)
class Tag:
    """A named part of an animation, first and last frame counted from 0."""

    name: str
    first: int
    last: int
    direction: str = "forward"


def durations(text: str, default: int, count: int) -> list[int]:
    """Milliseconds for each of `count` frames: `default` for all, or the numbers in the text. Raises PictureError.

    The last number serves for the frames that are left.
    """
    words = [word for word in re.split(r"[\s,;]+", text) if word] or [str(default)]
    wrong = [word for word in words if not re.fullmatch(r"[0-9]{1,9}", word) or not 1 <= int(word) <= LONGEST_FRAME]
    if wrong:
        raise PictureError(
            f"{wrong[0][:40]!r} is no duration; give milliseconds from 1 to {LONGEST_FRAME}, like 100 100 300."
        )
    if len(words) > count:
        raise PictureError(f"There are {len(words)} durations for {count} frames; leave out the last ones.")
    milliseconds = [int(word) for word in words]
    return milliseconds + milliseconds[-1:] * (count - len(milliseconds))


def durations_text(durations: Sequence[int]) -> str:
    """Milliseconds as `durations` reads them: one number where all frames last alike."""
    return " ".join(map(str, durations[:1] if len(set(durations)) == 1 else durations))


def tags_text(tags: Sequence[Tag]) -> str:
    """Tags as `tags` reads them; what divides them in the text is a blank in a name, and no name is `tag`."""
    parts = []
    for tag in tags:
        name = " ".join(re.sub(r"[;,\n]", " ", tag.name).split()) or "tag"
        way = "" if tag.direction == "forward" else f" {tag.direction}"
        parts.append(f"{name} {tag.first}-{tag.last}{way}")
    return ", ".join(parts)


def tags(text: str, count: int) -> list[Tag]:
    """Tags from lines or parts like `walk 0-3` and `turn 4-7 pingpong`, frames counted from 0. Raises PictureError."""
    return [_tag(part.strip(), count) for part in re.split(r"[;,\n]", text) if part.strip()]


def _tag(part: str, count: int) -> Tag:
    match = re.fullmatch(rf"(.+?)\s+([0-9]{{1,6}})(?:\s*-\s*([0-9]{{1,6}}))?(?:\s+({'|'.join(DIRECTIONS)}))?", part)
    if match is None:
        raise PictureError(f"{part[:60]!r} is no tag; write a name and its frames, like walk 0-3, jump 4-7 pingpong.")
    first = int(match[2])
    tag = Tag(match[1], first, int(match[3] or first), match[4] or "forward")
    if not tag.first <= tag.last < count:
        raise PictureError(f"The tag {tag.name[:40]!r} wants frames {tag.first}-{tag.last} of 0-{count - 1}.")
    return tag
