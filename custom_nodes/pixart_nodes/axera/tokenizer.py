"""CLIP's tokenizer: text into 77 numbers, from `vocab.json` and `merges.txt` and the standard library alone."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import AxeraError

LENGTH = 77  # tokens that CLIP-L reads, the two ends included
BEGIN, END = "<|startoftext|>", "<|endoftext|>"  # the second also fills up what is short
FILES = ("vocab.json", "merges.txt")
WORD_END = "</w>"

# Words that are cut out whole where they begin: English contractions, and an END that was not in small letters.
_FIXED = re.compile(r"'(?:s|t|re|ve|m|ll|d)|<\|(?:start|end)oftext\|>")
# Unicode's White_Space, as the tokenizers library has it; Python's own also takes the separators 1C to 1F.
_SPACES = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
)


class Tokenizer:
    """CLIP's byte-level BPE of a vocabulary folder. Raises AxeraError where its files can't be read.

    Held equal to transformers' CLIPTokenizer. Method: R. Sennrich et al., "Neural Machine Translation of Rare Words
    with Subword Units" (2016), on bytes as in OpenAI's CLIP, clip/simple_tokenizer.py. Letters that Unicode got after
    this Python's tables count as symbols.
    """

    def __init__(self, folder: Path) -> None:
        vocabulary, merges = (_text(folder / name) for name in FILES)
        try:
            self._ids: dict[str, int] = json.loads(vocabulary)
            self._begin, self._end = self._ids[BEGIN], self._ids[END]
        except (ValueError, KeyError, TypeError) as error:
            raise AxeraError(
                f"{folder / FILES[0]} is no vocabulary of CLIP's: {error!r}. Download it again."
            ) from error
        pairs = (tuple(line.split()) for line in merges.splitlines() if not line.startswith("#version"))
        self._ranks = {pair: rank for rank, pair in enumerate(pair for pair in pairs if len(pair) == 2)}
        self._merged = lru_cache(maxsize=4096)(self._merge)

    def __call__(self, text: str) -> NDArray[np.int64]:
        """Token numbers [1, 77]: the beginning, up to 75 of the text, the end, and the end again up to 77."""
        tokens = [self._begin, *islice(self._tokens(text), LENGTH - 2)]
        return np.array([tokens + [self._end] * (LENGTH - len(tokens))], np.int64)

    def _tokens(self, text: str) -> Iterator[int]:
        for part in _parted(text):
            if part in (BEGIN, END):
                yield self._ids[part]
                continue
            for word in _words(part):
                symbols = "".join(_BYTES[byte] for byte in word.encode(errors="replace"))
                yield from (self._ids.get(token, self._end) for token in self._merged(symbols))

    def _merge(self, symbols: str) -> tuple[str, ...]:
        """The tokens of a word: the pair with the best rank becomes one, the leftmost first, while there is any.

        A heap and links from part to part, as words of many thousand letters come in too.
        """
        parts: list[str] = [*symbols[:-1], symbols[-1] + WORD_END]
        after, before = [*range(1, len(parts)), -1], [*range(-1, len(parts) - 1)]

        def ranked(left: int) -> tuple[int, int, str, str] | None:
            if left < 0 or after[left] < 0:
                return None
            pair = parts[left], parts[after[left]]
            rank = self._ranks.get(pair)
            return None if rank is None else (rank, left, *pair)

        heap = [found for found in map(ranked, range(len(parts))) if found]
        heapify(heap)
        while heap:
            _, left, first, second = heappop(heap)
            right = after[left]
            if right < 0 or (parts[left], parts[right]) != (first, second):
                continue  # one of the two was merged away since
            parts[left], parts[right], after[left] = first + second, "", after[right]
            if after[right] >= 0:
                before[after[right]] = left
            for found in (ranked(before[left]), ranked(left)):
                if found:
                    heappush(heap, found)
        return tuple(part for part in parts if part)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AxeraError(
            f"The tokenizer's file {path} can't be read: {error}. Download the folder `tokenizer` that belongs to the "
            "model, with vocab.json and merges.txt in it."
        ) from error


def _parted(text: str) -> Iterator[str]:
    """Normal text between the two ends, which are tokens of their own: END as it is written, BEGIN in any letters."""
    for number, part in enumerate(text.split(END)):
        if number:
            yield END
        for follows, rest in enumerate(_normal(part).split(BEGIN)):
            if follows:
                yield BEGIN
            yield rest


def _normal(text: str) -> str:
    """Composed and in small letters, letter by letter: a final sigma is no special case."""
    return "".join(letter.lower() for letter in unicodedata.normalize("NFC", text))


def _words(text: str) -> Iterator[str]:
    """Contractions, runs of letters, single digits and runs of symbols, in order; spaces only part them."""
    at = 0
    while at < len(text):
        fixed = _FIXED.match(text, at)
        if fixed:
            yield from (fixed[0],) if fixed[0][0] == "'" else ("<|", fixed[0][2:-2], "|>")
            at = fixed.end()
            continue
        kind = _kind(text[at])
        end = at + 1
        while kind not in ("N", "") and end < len(text) and _kind(text[end]) == kind:
            end += 1
        if kind:
            yield text[at:end]
        at = end


def _kind(letter: str) -> str:
    """L for a letter, N for a digit, S for a symbol, nothing for a space."""
    if letter in _SPACES:
        return ""
    general = unicodedata.category(letter)[0]
    return general if general in "LN" else "S"


def _byte_letters() -> dict[int, str]:
    """A letter for each byte: itself where it can be seen, else one from 256 on (GPT-2's bytes_to_unicode)."""
    seen = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    hidden = iter(range(256, 512))
    return {byte: chr(byte if byte in seen else next(hidden)) for byte in range(256)}


_BYTES = _byte_letters()
