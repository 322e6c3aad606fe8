"""The unified endpoint's dialect: its routes, what a request wishes, and what its interrogator answers."""

from bridge.adapters.unified.routes import DIALECT

__all__ = ["DIALECT"]
