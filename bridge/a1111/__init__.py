"""AUTOMATIC1111's API as pure functions, one module a concern; `bridge.adapters.a1111` is the table of its routes."""
