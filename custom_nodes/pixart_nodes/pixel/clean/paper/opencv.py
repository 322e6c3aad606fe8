"""OpenCV, which photos of paper need and nothing else of the pack: imported with the first of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ... import errors

PACKAGE = "opencv-python-headless"

try:
    cv2: Any = import_module("cv2")
except ImportError as error:
    raise errors.PictureError(
        f"Photos of drawings need the Python package {PACKAGE!r}, which can't be loaded ({error}). Install it with "
        f"ComfyUI's own Python: python -m pip install {PACKAGE}."
    ) from error
