"""The headless bridge: REST dialects in front, a queued ComfyUI prompt behind."""

__version__ = "0.2.0"
