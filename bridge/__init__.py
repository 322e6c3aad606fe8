"""The headless bridge: REST dialects in front, a queued ComfyUI prompt behind."""

__version__ = "0.1.0"
