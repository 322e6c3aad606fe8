"""Kernels compiled by numba, one file an operation. Only `pixel/engine.py` and `pixel/warm.py` import them, late."""
