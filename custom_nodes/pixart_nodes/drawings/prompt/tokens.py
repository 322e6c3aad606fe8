"""A prompt as words and pauses, whatever it holds: weights, LoRA tags, emoji, control characters."""

from __future__ import annotations

import re
import unicodedata

PAUSE = ","
MOST_CHARACTERS = 2000  # of a prompt that are read; no picture of 64 pixels shows more
MOST_WORDS = 120

TAG = re.compile(r"<[^<>]*>")  # <lora:name:0.8> and the like
WEIGHT = re.compile(r":\s*-?\d+(\.\d+)?(?=\s*[)\]])")  # (red:1.3)
BREAK = re.compile(r"\bBREAK\b|\bAND\b(?=.*:)")
WORD = re.compile(r"#[0-9a-f]{6}\b|[^\W_]+(?:'[^\W_]+)?|[,.;:!?|\n\r。、，；：！？·]")
WITH = re.compile(r"\bw/\s*")
EMOJI_NOISE = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
FACES = re.compile(r" (face|symbol|sign|emoji)$")
APOSTROPHES = str.maketrans("’‘`´", "''''")


def plain(prompt: str) -> str:
    """The prompt in lower case without markup: no weights, tags, control characters or surrogates."""
    text = unicodedata.normalize("NFKC", EMOJI_NOISE.sub("", prompt[:MOST_CHARACTERS])).translate(APOSTROPHES)
    text = WITH.sub("with ", BREAK.sub(", ", WEIGHT.sub("", TAG.sub(" ", text))))
    text = text.replace("&", " and ").replace("+", " and ")
    return "".join(_spelled(character) for character in text.lower())


def _spelled(character: str) -> str:
    """An emoji as its name between pauses; what can't be a part of a word as a space."""
    category = unicodedata.category(character)
    if category == "So" and ord(character) > 0x2190:
        name = unicodedata.name(character, "").lower()
        return f" {PAUSE} {FACES.sub('', name)} {PAUSE} "
    if character == "\n":
        return character
    return " " if category.startswith("C") else character


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
    kept = (c if c.isprintable() else " " for c in unicodedata.normalize("NFC", prompt[: most * 8]))
    line = " ".join("".join(kept).split())
    if len(line) <= most:
        return line
    return (line[: most + 1].rpartition(" ")[0] or line[:most]).strip()
