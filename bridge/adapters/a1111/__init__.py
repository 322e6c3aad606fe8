"""AUTOMATIC1111's API as pure functions, one module a concern; `routes` is the table of its paths."""

from bridge.adapters.a1111.routes import DIALECT

__all__ = ["DIALECT"]
