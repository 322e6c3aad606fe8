"""The pictures of the pack's templates on the editor's Templates page, from what the templates draw.

    python docs/template_pictures.py URL_OF_A_COMFYUI FOLDER_OF_ITS_DATA

Templates that need a model or another server have the picture of one that doesn't, with a badge.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from templates import FOLDER, PACK, ROOT, table

sys.path[:0] = [str(ROOT), str(ROOT / "custom_nodes")]

from pixart_nodes.drawings.scene.font import font  # noqa: E402  # the path comes first
from pixart_nodes.pixel.edit.contact_sheet import GROUND  # noqa: E402

from bridge.workflow.convert import convert  # noqa: E402

SIDE, MARGIN, SMALL = 320, 12, 140  # pixels of a card's picture, of its margin, of what stands in its corner
BADGE, INK = (0xFF, 0xEC, 0x27), (0x1D, 0x2B, 0x53)
ZOOM = 2  # of the badge's letters
SHAPES_ALIKE = 0.05
ART = 48  # pixels a side of the examples' results
RESULTS = ("Contact sheet", "Result", "Panel")


class Comfy:
    """A running ComfyUI, and the folder in which its files are."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.object_info = self._get("/object_info")

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path) as answer:
            return json.loads(answer.read())

    def drawn(self, graph: dict[str, Any]) -> list[Image.Image]:
        """What the template's result node shows, frame by frame."""
        body = json.dumps({"prompt": convert(graph, self.object_info), "client_id": "pictures"}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/prompt", body)) as answer:
            prompt = json.loads(answer.read())["prompt_id"]
        while not (entry := self._get(f"/history/{prompt}").get(prompt)):
            time.sleep(0.1)
        numbers = {node.get("title"): str(node["id"]) for node in graph["nodes"]}
        [name] = [name for name in RESULTS if name in numbers][:1]
        [image, *_] = entry["outputs"][numbers[name]]["images"]
        return _frames(self.folder / image["type"] / image["subfolder"] / image["filename"])


def _frames(file: Path) -> list[Image.Image]:
    with Image.open(file) as picture:
        frames = []
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            frames.append(picture.convert("RGBA"))
    return frames


def whole(picture: Image.Image, side: int) -> Image.Image:
    """As large as whole multiples allow within a square; what is larger is made smaller."""
    times = side // max(picture.size)
    if not times:
        return ImageOps.contain(picture, (side, side), Image.Resampling.BOX)
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)


def card(frames: list[Image.Image], before: Image.Image | None) -> Image.Image:
    """A square with the result, or with what it was made of and the result."""
    ground = Image.new("RGBA", (SIDE, SIDE), (*GROUND, 255))
    if len(frames) > 1 and before is None:
        for number, frame in enumerate(frames[:4]):
            part = whole(frame, SIDE // 2 - MARGIN)
            across, down = (SIDE // 2 * (number % 2), SIDE // 2 * (number // 2))
            ground.alpha_composite(part, (across + MARGIN // 2, down + MARGIN // 2))
        return ground
    result = whole(frames[0], SIDE)
    if before and abs(before.width / before.height - result.width / result.height) < SHAPES_ALIKE:
        y, x = np.indices(result.size[::-1])
        first = before.resize(result.size, Image.Resampling.LANCZOS)
        result.paste(first, (0, 0), Image.fromarray(((x + y < result.width) * 255).astype(np.uint8)))
        ground.alpha_composite(result, ((SIDE - result.width) // 2, (SIDE - result.height) // 2))
        return ground
    if before:
        result = whole(frames[0], SIDE - SMALL // 2)
        ground.alpha_composite(result, (SIDE - result.width, SIDE - result.height))
        ground.alpha_composite(whole(before, SIDE if before.width < SMALL else SMALL), (0, 0))
        return ground
    ground.alpha_composite(result, ((SIDE - result.width) // 2, (SIDE - result.height) // 2))
    return ground


def badged(picture: Image.Image, text: str) -> Image.Image:
    """The same with a word in its lower left corner."""
    ink = np.pad(font("5x7").line(text), 2).repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
    badge = Image.fromarray(np.where(ink[..., None], np.uint8(INK), np.uint8(BADGE)))
    out = picture.copy()
    out.paste(badge, (MARGIN, SIDE - MARGIN - badge.height))
    return out


def sample(entry: Mapping[str, Any]) -> Image.Image | None:
    """The picture that a template begins with."""
    names = [*entry.get("pictures", {}).values()] if entry.get("before", True) else []
    return Image.open(PACK / "samples" / names[0]).convert("RGBA") if names else None


def like(entry: Mapping[str, Any], cards: Mapping[str, Image.Image]) -> Image.Image:
    """What stands for a template that isn't run: the card of another one, or a result among the examples."""
    if entry["like"] in cards:
        return cards[entry["like"]]
    result = _frames(ROOT / entry["like"])[0]
    return card([result.resize((ART, ART), Image.Resampling.NEAREST)], sample(entry))


def main(url: str, folder: Path) -> None:
    """Draw all of them."""
    comfy, cards = Comfy(url, folder), {}
    for entry in table():
        if "like" not in entry:
            graph = json.loads((FOLDER / f"{entry['title']}.json").read_text(encoding="utf-8"))
            cards[entry["title"]] = card(comfy.drawn(graph), sample(entry))
    for entry in table():
        title = entry["title"]
        picture = cards.get(title) or badged(like(entry, cards), entry["badge"])
        picture.convert("RGB").save(FOLDER / f"{title}.jpg", quality=80, subsampling=0, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
