"""Words that are to be read in the picture: "a sign that says hello", "racing car number 7", "level 5 mage"."""

from __future__ import annotations

from .tokens import PAUSE

SAYING = (("says",), ("saying",), ("labeled",), ("labelled",), ("with", "text"), ("with", "words"), ("with", "word"))
SAYING += (("with", "letters"), ("with", "letter"), ("with", "name"), ("reads",))  # what is written comes after them
ENDS = {
    PAUSE,
    "in",
    "on",
    "at",
    "with",
    "near",
    "under",
    "by",
    "beside",
    "and",
    "next",
    "inside",
    "into",
    "from",
    "to",
}  # words after what is written
MOST = 4  # words that are written
NUMBERED = {("number",), ("no",), ("nr",), ("with", "number"), ("with", "numbers")}  # before a number that is written
RANKED = {"level": "LV ", "lvl": "LV ", "lv": "LV ", "lev": "LV ", "rank": "RANK ", "tier": "TIER ", "stage": "STAGE "}
# words before a number that say how far somebody has come in a game -> how games write it
SIGNS = {"welcome", "exit", "open", "closed", "sale", "danger", "help", "hello", "hi", "no", "yes", "love", "for sale"}
# words that are written on a sign that is called after them
LETTERS = "sabcdef"  # ranks


def text_at(words: list[str], start: int) -> tuple[int, str]:
    """How many words from a place on say what is written, and what that is; none and "" where nothing is."""
    for opening in SAYING:
        end = start + len(opening)
        if tuple(words[start:end]) == opening and end < len(words):
            written = _until_end(words[end : end + MOST])
            return (len(opening) + len(written), " ".join(written).upper()) if written else (0, "")
    for opening in NUMBERED:
        end = start + len(opening)
        if tuple(words[start:end]) == opening and _is_number(words, end):
            return len(opening) + 1, words[end]
    if words[start] in SIGNS and words[start + 1 : start + 2] == ["sign"]:
        return 1, words[start].upper()
    if words[start] in SIGNS and words[max(0, start - 1) : start] == ["sign"]:
        return 1, words[start].upper()  # "a neon sign open"
    return _rank(words, start)


def _rank(words: list[str], start: int) -> tuple[int, str]:
    """A level that stands by itself or in one word: "level 5", "lvl99", "rank S"."""
    word = words[start]
    before = RANKED.get(word, "")
    if before and _is_number(words, start + 1):
        return 2, before + words[start + 1]
    if word == "rank" and start + 1 < len(words) and words[start + 1] in LETTERS:
        return 2, f"RANK {words[start + 1].upper()}"
    name = word.rstrip("0123456789")
    if name in RANKED and name != word:
        return 1, RANKED[name] + word[len(name) :]
    return 0, ""


def _is_number(words: list[str], at: int) -> bool:
    return at < len(words) and words[at].isdecimal() and len(words[at]) <= MOST


def _until_end(words: list[str]) -> list[str]:
    """Words up to the first that isn't written any more."""
    return words[: next((at for at, word in enumerate(words) if word in ENDS), len(words))]
