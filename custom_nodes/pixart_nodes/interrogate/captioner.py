"""A BLIP model that writes captions, run by transformers, which ComfyUI brings and which is imported when asked for.

Nothing is fetched: all is read from the model's own folder, and weights as numbers only, never as a program.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import InterrogatorError, NotInstalled, lacking

PACKAGE = "transformers"
VOCABULARY = ("tokenizer.json", "vocab.txt")  # without either the library makes an empty one, and says nothing
# What it raises for files that are missing, damaged or of another model.
WRONG = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError)


class Captioner:
    """A model that is loaded. Raises NotInstalled without its library, InterrogatorError for files that are none."""

    def __init__(self, weights: Path) -> None:
        self._folder = weights.parent
        try:
            library = import_module(PACKAGE)
            kinds = library.BlipProcessor, library.BlipForConditionalGeneration
        except (ImportError, AttributeError) as error:
            raise NotInstalled(lacking("BLIP", PACKAGE, f"can't be loaded ({error})")) from error
        if not any((self._folder / name).is_file() for name in VOCABULARY):
            raise InterrogatorError(f"{self._folder.name} lacks its {' or '.join(VOCABULARY)}: fetch that as well.")
        safe = weights.name.startswith("model.safetensors")
        try:
            self._processor: Any = kinds[0].from_pretrained(str(self._folder), local_files_only=True)
            self._model: Any = kinds[1].from_pretrained(
                str(self._folder), local_files_only=True, use_safetensors=safe, weights_only=True
            )
        except UnpicklingError as error:
            raise InterrogatorError(
                f"{weights.name} in {self._folder.name} holds more than numbers, and isn't opened: fetch the model's "
                "model.safetensors."
            ) from error
        except WRONG as error:
            raise InterrogatorError(f"{self._folder.name} can't be read as a BLIP model: {error}") from error
        self._model.eval()
        self.size: int = sum(each.numel() * each.element_size() for each in self._model.parameters())  # in bytes

    def caption(self, rgb: NDArray[np.uint8], device: Any, *, beams: int, least: int, most: int) -> str:
        """What it says of uint8 [H, W, 3], in `least` to `most` tokens. Raises InterrogatorError."""
        try:
            shown = self._processor(images=rgb, return_tensors="pt").to(device)
            self._model.to(device)
            with torch.inference_mode():
                lengths = {"min_length": min(least, most), "max_length": most}
                tokens = self._model.generate(**shown, num_beams=beams, do_sample=False, **lengths)
            return str(self._processor.decode(tokens[0], skip_special_tokens=True)).strip()
        except WRONG as error:
            raise InterrogatorError(f"{self._folder.name} failed: {error}") from error
        finally:
            self._model.to("cpu")
