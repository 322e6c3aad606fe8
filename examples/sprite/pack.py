"""Frames to a sprite sheet and its atlas, as the nodes Pack Sprite Sheet and Save Sprite Sheet make them.

python examples/sprite/pack.py NAME TAG FRAME...

NAME.png has the frames in a row, without the transparent edges that all have. NAME.json says where each is, and
that all together are the animation TAG.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "custom_nodes"))

import numpy as np
from pixart_nodes import picture_file
from pixart_nodes.pixel.files import indexed, sprite_sheet, timing

MILLISECONDS = 200  # that each frame lasts


def main(name, tag, *paths):
    """Pack the frames."""
    frames = np.stack([picture_file.decode(Path(path).read_bytes(), path) for path in paths])
    sheet = sprite_sheet.pack(frames, columns=len(frames), trim=True)
    tags = timing.tags(f"{tag} 0-{len(frames) - 1}", len(frames))
    atlas = sprite_sheet.atlas(sheet, "", "hash", [MILLISECONDS] * len(frames), tags)
    height, width = sheet.pixels.shape[:2]
    Path(f"{name}.json").write_text(sprite_sheet.of_file(atlas, f"{name}.png", width, height), encoding="utf-8")
    Path(f"{name}.png").write_bytes(indexed.encode(sheet.pixels, None, {})[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
