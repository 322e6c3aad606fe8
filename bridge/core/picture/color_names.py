"""Names of colours as CSS has them, by which people call colours in requests and on the command line."""

from PIL import ImageColor

HEX = {name: "".join(f"{part:02x}" for part in ImageColor.getrgb(name)[:3]) for name in [*ImageColor.colormap]}
NAMES = frozenset(HEX)
