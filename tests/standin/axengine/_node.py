"""What a session says of an input or output: no `type`, which onnxruntime's have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class NodeArg:
    name: str
    dtype: np.dtype[Any]
    shape: list[int]
