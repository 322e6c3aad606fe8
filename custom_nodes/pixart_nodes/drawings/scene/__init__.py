"""Pictures from briefs: the place, where each thing stands in it, the light and the weather; given pictures changed."""

from .repaint import draw_into, recolor
from .scene import Scene, paint

__all__ = ["Scene", "draw_into", "paint", "recolor"]
