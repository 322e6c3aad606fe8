"""CSS's names of colours, which requests and the command line may use."""

from PIL import ImageColor

HEX_BY_NAME = {name: "".join(f"{part:02x}" for part in ImageColor.getrgb(name)[:3]) for name in [*ImageColor.colormap]}
COLOR_NAMES = frozenset(HEX_BY_NAME)
