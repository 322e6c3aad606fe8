"""The Image Generation API's dialect: its routes, its bodies, and what a request means."""

from bridge.adapters.imagegen.routes import DIALECT

__all__ = ["DIALECT"]
