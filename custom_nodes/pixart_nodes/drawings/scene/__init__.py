"""Pictures from briefs: the place, where each thing stands in it, the light and the weather; given pictures changed."""

from .repaint import colored_in, draw_into, is_lines, recolor
from .scene import Scene, paint

__all__ = ["Scene", "colored_in", "draw_into", "is_lines", "paint", "recolor"]
