"""Names of colours as CSS has them, by which people call colours in requests and on the command line."""

from PIL import ImageColor

NAMES = frozenset(ImageColor.colormap)
