"""The bytes of a display as a picture to look at: python examples/pico/show.py FRAME WIDTH PICTURE

RGB565 with the high byte first, as the server sends it unless its settings say otherwise.
"""

import sys
from pathlib import Path

from PIL import Image

BYTES = 2  # a pixel


def main(frame: str, width: str, picture: str) -> None:
    """Write the picture."""
    data = bytearray(Path(frame).read_bytes())
    data[::2], data[1::2] = data[1::2], data[::2]  # Pillow wants the low byte first
    size = int(width), len(data) // BYTES // int(width)
    Image.frombytes("RGB", size, bytes(data), "raw", "BGR;16").save(picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
