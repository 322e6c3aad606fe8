"""CLIP's tokenizer: text into 77 numbers, from the `vocab.json` and `merges.txt` of a folder.

The work is done by the library `tokenizers`, which ComfyUI brings and which is imported when a tokenizer is made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import AxeraError
from .runtimes import TOKENIZERS, library

LENGTH = 77  # tokens that CLIP-L reads, the two ends included
BEGIN, END = "<|startoftext|>", "<|endoftext|>"  # the second also fills up what is short
FILES = ("vocab.json", "merges.txt")
WORD_END = "</w>"
# Words: contractions, runs of letters, single digits, runs of symbols; and the ends, in whatever letters.
WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


class Tokenizer:
    """CLIP's byte-level BPE of a vocabulary folder. Raises AxeraError where its files or the library can't be read."""

    def __init__(self, folder: Path) -> None:
        vocabulary, merges = (_text(folder / name) for name in FILES)
        tokenizers = library(TOKENIZERS)
        try:
            ids: dict[str, int] = json.loads(vocabulary)
            self._begin, self._end = ids[BEGIN], ids[END]
            model = tokenizers.models.BPE(ids, _pairs(ids, merges), unk_token=END, end_of_word_suffix=WORD_END)
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise AxeraError(
                f"{folder / FILES[0]} is no vocabulary of CLIP's: {error!r}. Download it again."
            ) from error
        self._encoder = _encoder(tokenizers, model)

    def __call__(self, text: str) -> NDArray[np.int64]:
        """Token numbers [1, 77]: the beginning, up to 75 of the text, the end, and the end again up to 77."""
        whole = text.encode(errors="replace").decode()  # half a surrogate pair is no text
        ids = [self._begin, *self._encoder.encode(whole, add_special_tokens=False).ids[: LENGTH - 2]]
        return np.array([ids + [self._end] * (LENGTH - len(ids))], np.int64)


def _encoder(tokenizers: Any, model: Any) -> Any:
    """The library's tokenizer, put together as transformers puts together its CLIPTokenizer.

    Not taken from transformers, which takes a second to import, and whose versions 4 and 5 differ in that class.
    """
    normal, split = tokenizers.normalizers, tokenizers.pre_tokenizers
    encoder = tokenizers.Tokenizer(model)
    encoder.normalizer = normal.Sequence(
        [normal.NFC(), normal.Replace(tokenizers.Regex(r"\s+"), " "), normal.Lowercase()]
    )
    encoder.pre_tokenizer = split.Sequence(
        [split.Split(tokenizers.Regex(WORDS), "removed", invert=True), split.ByteLevel(add_prefix_space=False)]
    )
    ends = ((BEGIN, True), (END, False))  # BEGIN in any letters, END as it is written: as OpenAI's files have it
    encoder.add_special_tokens([tokenizers.AddedToken(end, normalized=normalized) for end, normalized in ends])
    return encoder


def _pairs(ids: dict[str, int], merges: str) -> list[tuple[str, ...]]:
    """The pairs of a list of merges, best first; the library refuses those that the vocabulary doesn't hold."""
    lines = (tuple(line.split()) for line in merges.splitlines() if not line.startswith("#version"))
    return [pair for pair in lines if len(pair) == 2 and {*pair, "".join(pair)} <= ids.keys()]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AxeraError(
            f"The tokenizer's file {path} can't be read: {error}. Download the folder `tokenizer` that belongs to the "
            "model, with vocab.json and merges.txt in it."
        ) from error
