"""Pictures from briefs: the place, where each thing stands in it, the light and the weather."""

from .scene import Scene, paint

__all__ = ["Scene", "paint"]
