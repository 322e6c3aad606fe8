"""A prompt as words and pauses, whatever it holds: weights, LoRA tags, emoji, control characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

PAUSE = ","
EMOJI = Path(__file__).with_name("words") / "emoji.txt"
EDGE = "\ue000"  # of an emoji
NEIGHBORS = re.compile(f"{EDGE}\\s*{EDGE}")  # of which each is a thing by itself
FIRST_EMOJI = 0x2190  # signs below it are letters' own, such as © and °
MOST_CHARACTERS = 2000  # of a prompt that are read; no picture of 64 pixels shows more
MOST_WORDS = 75  # as many as the text encoders of diffusion models read

TAG = re.compile(r"<[^<>]*>")  # <lora:name:0.8> and the like
WEIGHT = re.compile(r":\s*-?\d+(\.\d+)?(?=\s*[)\]])")  # (red:1.3)
BREAK = re.compile(r"\bBREAK\b")
WORD = re.compile(r"#[0-9a-f]{6}\b|[^\W_]+(?:'[^\W_]+)?|[,.;:!?|\n\r。、，；：！？·]")
WITH = re.compile(r"\bw/\s*")
EMOJI_NOISE = re.compile("\u200d[\u2640\u2642]|[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
FACES = re.compile(r" (face|symbol|sign|emoji)$")
APOSTROPHES = str.maketrans("’‘`´", "''''")


def plain(prompt: str) -> str:
    """The prompt in lower case without markup: no weights, tags, control characters or surrogates."""
    text = unicodedata.normalize("NFKC", EMOJI_NOISE.sub("", prompt[:MOST_CHARACTERS])).translate(APOSTROPHES)
    text = WITH.sub("with ", BREAK.sub(", ", WEIGHT.sub("", TAG.sub(" ", text))))
    text = text.replace("&", " and ").replace("+", " and ")
    spelled = "".join(_spelled(character) for character in text.lower())
    return NEIGHBORS.sub(f" {PAUSE} ", spelled).replace(EDGE, " ")


def _spelled(character: str) -> str:
    """An emoji in words between EDGEs; what can't be a part of a word as a space."""
    if character == "\n" or character.isalnum():
        return character
    category = unicodedata.category(character)
    if category == "So" and ord(character) > FIRST_EMOJI:
        name = _emoji().get(character) or FACES.sub("", unicodedata.name(character, "").lower())
        return f" {EDGE}{name}{EDGE} "
    return " " if category.startswith("C") else character


@cache
def _emoji() -> dict[str, str]:
    """What emoji show whose names don't say it."""
    lines = (line.partition(": ") for line in EMOJI.read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    return {emoji: words for words, _, listed in lines for emoji in listed}


def words(prompt: str) -> list[str]:
    """Words in lower case, and PAUSE for each run of punctuation; MOST_WORDS of them at most."""
    tokens: list[str] = []
    for match in WORD.finditer(plain(prompt)):
        token = match.group()
        if not (token[0].isalnum() or token[0] == "#"):
            token = PAUSE
        if token == PAUSE and (not tokens or tokens[-1] == PAUSE):
            continue
        tokens.append(token)
        if len(tokens) >= MOST_WORDS:
            break
    return tokens


def printable(prompt: str, most: int) -> str:
    """The first words of a prompt as one line of at most so many characters, for a sign."""
    printable = (c if c.isprintable() else " " for c in unicodedata.normalize("NFC", prompt[: most * 8]))
    line = " ".join("".join(printable).split())
    if len(line) <= most:
        return line
    return (line[: most + 1].rpartition(" ")[0] or line[:most]).strip()
