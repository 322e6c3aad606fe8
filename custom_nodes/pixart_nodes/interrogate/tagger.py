"""A WD14 tagger: what SmilingWolf's models make of a picture, run by ONNX Runtime, which is imported when asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..axera.runtimes import BROKEN, ONNXRUNTIME, onnx_errors
from ..errors import InterrogatorError, NotInstalled, lacking
from ..picture_file import resized

WHITE = 255
# Those that need nothing prepared; the last is always there.
PROVIDERS = ("CUDAExecutionProvider", "ROCMExecutionProvider", "DmlExecutionProvider", "CPUExecutionProvider")


class Tagger:
    """A model that is loaded. Raises NotInstalled without its library, InterrogatorError for a file that is none."""

    def __init__(self, path: Path, count: int) -> None:
        self._path, self._count = path, count
        try:
            library = import_module(ONNXRUNTIME)
        except BROKEN as error:
            raise NotInstalled(lacking("A tagger", ONNXRUNTIME, f"can't be loaded ({error})")) from error
        there, self._errors = library.get_available_providers(), onnx_errors()
        try:
            self._session = library.InferenceSession(str(path), providers=[p for p in PROVIDERS if p in there])
        except self._errors as error:
            raise InterrogatorError(f"{path.name} can't be read as an ONNX model: {error}") from error
        self._input = self._session.get_inputs()[0]
        self.side = self._side(list(self._input.shape))

    def _side(self, shape: list[Any]) -> int:
        if len(shape) != 4 or shape[3] != 3 or not isinstance(shape[1], int) or shape[1] != shape[2]:
            raise InterrogatorError(
                f"{self._path.name} is no WD14 tagger: it takes {shape}, not square pictures [any, side, side, 3]."
            )
        return shape[1]

    def scores(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How sure it is of each tag, 0..1, of uint8 [H, W, 3]. Raises InterrogatorError."""
        try:
            output = self._session.run(None, {self._input.name: view(rgb, self.side)[None]})[0]
        except self._errors as error:
            raise InterrogatorError(f"{self._path.name} failed: {error}") from error
        scores = np.asarray(output, dtype=np.float32).reshape(-1)
        if len(scores) != self._count:
            raise InterrogatorError(
                f"{self._path.name} knows {len(scores)} tags, and its list has {self._count}: they don't fit."
            )
        if not np.isfinite(scores).all():
            raise InterrogatorError(f"{self._path.name} answered with values that are no numbers; fetch it again.")
        return scores


def view(rgb: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """What a tagger is shown of uint8 [H, W, 3]: float32 [side, side, 3], 0..255, blue first, white around it."""
    high, wide = rgb.shape[:2]
    most = max(high, wide)
    square = np.full((most, most, 3), WHITE, np.uint8)
    top, left = (most - high) // 2, (most - wide) // 2
    square[top : top + high, left : left + wide] = rgb
    return np.ascontiguousarray(resized(square, side, side, "bicubic")[..., ::-1].astype(np.float32))
