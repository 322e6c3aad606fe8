"""Kernels compiled by numba, one file an operation. Only `twins` and `warm` beside them import them, late."""
