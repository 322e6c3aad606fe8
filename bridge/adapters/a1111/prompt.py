"""A1111's prompt language in ComfyUI's words: emphasis, extra networks, embeddings, styles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from pydantic import BaseModel, ConfigDict

from bridge.adapters.fields import shown
from bridge.catalog.models import named, stem
from bridge.core.spelling import with_question

ROUND, SQUARE = 1.1, 1 / 1.1  # what one pair of ( ) or [ ] does to the weight of a text
NUMBER_PATTERN = r"[+-]?(?:\d+\.?\d*|\.\d+)"
TOKEN_PATTERN = re.compile(rf"\\[()\[\]\\]|\\|\(|\[|:\s*({NUMBER_PATTERN})\s*\)|\)|]|[^\\()\[\]:]+|:")
LETTER_PATTERN = re.compile(r"\\.|.", re.DOTALL)  # one that a backslash makes plain counts as one
NETWORK_PATTERN = re.compile(r"<(\w+):([^<>]+)>")
DEEPEST_BRACKETS = 32  # brackets nested deeper are emphasis, whatever is in them: nobody writes that by hand
LORA_KINDS = ("lora", "lyco")
BRACKETS_ASIDE = str.maketrans("[]", "\x01\x02")  # brackets that mean emphasis, while those of schedules are looked for
BRACKETS_BACK = str.maketrans("\x01\x02", "[]")


class Style(BaseModel):
    """Words to add to a prompt; `{prompt}` in them is where the prompt goes."""

    model_config = ConfigDict(frozen=True)

    name: str
    prompt: str = ""
    negative_prompt: str = ""


STYLES = (
    Style(
        name="Pixel art", prompt="pixel art, {prompt}, crisp pixels, limited palette", negative_prompt="blurry, photo"
    ),
    Style(name="8-bit", prompt="pixel art, {prompt}, 8-bit style, few colors, bold shapes", negative_prompt="gradient"),
    Style(name="16-bit", prompt="pixel art, {prompt}, 16-bit style, vibrant colors", negative_prompt="blurry"),
)


@dataclass(frozen=True)
class Prompt:
    """A prompt understood: `text` for ComfyUI, `loras` as its node reads them, `notes` of what could not be kept."""

    text: str
    loras: str = ""
    notes: tuple[str, ...] = field(default=())


def styled(prompt: str, negative: str, names: Iterable[str], styles: Sequence[Style]) -> tuple[str, str, list[str]]:
    """Both prompts with these styles' words, and notes about names that are no style."""
    by_name, notes = {style.name: style for style in styles}, []
    for name in names:
        style = by_name.get(name)
        if style is None:
            notes.append(with_question(f"styles: there is no style {shown(name)}; it was ignored.", name, by_name))
            continue
        prompt, negative = _joined(prompt, style.prompt), _joined(negative, style.negative_prompt)
    return prompt, negative, notes


def _joined(prompt: str, words: str) -> str:
    if "{prompt}" in words:
        return words.replace("{prompt}", prompt)
    return ", ".join(part for part in (prompt.strip(), words.strip()) if part)


def understood(
    text: str, *, loras: Sequence[str] = (), embeddings: Sequence[str] = (), live: bool = True, networks: bool = True
) -> Prompt:
    """What ComfyUI gets for this prompt. `loras` and `embeddings` are what it has, if it is `live`.

    Without `networks` the tags of extra networks are taken out and nothing else happens.
    """
    notes: list[str] = []
    bare, tags = without_networks(text)
    lora_tags = [_lora(kind, rest, loras, live, notes) for kind, rest in tags] if networks else []
    single = _without_schedules(bare, notes)
    for word in ("BREAK", "AND"):
        single, count = re.subn(rf"(?<!\s)\s*\b{word}\b\s*", ", ", single)  # from the first space on
        if count:
            notes.append(f"{word} has no meaning in ComfyUI's prompts; it was read as a comma.")
    names = {stem(name): name for name in embeddings}
    parts = (_emphasised(_embedded(part, names), weight) for part, weight in weighted(single))
    # A backslash at a piece's end would take the next one's bracket for itself.
    whole = reduce(lambda before, part: f"{before} {part}" if before.endswith("\\") else before + part, parts, "")
    return Prompt(whole.strip(), " ".join(filter(None, lora_tags)), tuple(dict.fromkeys(notes)))


def without_networks(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text without `<kind:…>` tags, and those as (kind, rest)."""
    return NETWORK_PATTERN.sub("", text), NETWORK_PATTERN.findall(text)


def _lora(kind: str, rest: str, files: Sequence[str], live: bool, notes: list[str]) -> str:
    """A tag as `<lora:FILE:unet:te>`. A1111's own order is text encoder first, then U-Net, which else is the same."""
    if kind.lower() not in LORA_KINDS:
        notes.append(f"<{kind}:{rest[:60]}>: this server has no {kind}; it was ignored.")
        return ""
    parts = [part.partition("=") for part in rest.split(":")]
    by_place = [key for key, equals, _ in parts if not equals]
    by_name = {key.strip(): value for key, equals, value in parts if equals}
    name = by_place[0] if by_place else ""
    file = named(name, tuple(files)) if live else name
    if not file:
        sentence = f"<{kind}:{rest[:60]}>: there is no such LoRA; it was ignored."
        notes.append(with_question(sentence, name, [stem(each) for each in files]))
        return ""
    te = _number(by_name.get("te", by_place[1] if len(by_place) > 1 else "1"), rest, notes)
    unet = _number(by_name.get("unet", by_place[2] if len(by_place) > 2 else f"{te:g}"), rest, notes)
    return f"<lora:{file}:{unet:g}:{te:g}>"


def _number(text: str, rest: str, notes: list[str]) -> float:
    if re.fullmatch(rf"\s*{NUMBER_PATTERN}\s*", text):
        return float(text)
    notes.append(f"<lora:{rest[:60]}>: {shown(text)} is no number; 1 was used.")
    return 1.0


def _without_schedules(text: str, notes: list[str]) -> str:
    """`[a:b:0.5]` as b and `[a|b]` as a: ComfyUI draws a picture with one prompt. Other brackets stay."""
    opened = [""]
    for letter in LETTER_PATTERN.findall(text):
        if letter == "[":
            opened.append("")
        elif letter == "]" and len(opened) > 1:
            inside = opened.pop()
            opened[-1] += (
                _closed(inside, notes) if len(opened) < DEEPEST_BRACKETS else f"[{inside}]".translate(BRACKETS_ASIDE)
            )
        else:
            opened[-1] += letter
    return "[".join(opened).translate(BRACKETS_BACK)


def _closed(inside: str, notes: list[str]) -> str:
    chosen = _scheduled(inside)
    if chosen is None:
        return f"[{inside}]".translate(BRACKETS_ASIDE)
    text = shown(f"[{inside}]".translate(BRACKETS_BACK))
    notes.append(f"{text}: a prompt can't change while drawing; one form was used.")
    return chosen


def _scheduled(inside: str) -> str | None:
    """What a bracket with a schedule or with alternatives stands for in the end; None when it is emphasis."""
    parts = _split(inside, ":")
    if 2 <= len(parts) <= 3 and re.fullmatch(rf"\s*{NUMBER_PATTERN}\s*", parts[-1]):
        return parts[-2] or parts[0]
    first, *others = _split(inside, "|")
    return first if others else None


def _split(text: str, mark: str) -> list[str]:
    """The text cut at a mark that stands in no round brackets."""
    parts, depth = [""], 0
    for letter in LETTER_PATTERN.findall(text):
        depth += (letter == "(") - (letter == ")")
        if letter == mark and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def weighted(text: str) -> list[tuple[str, float]]:
    """Pieces of the text with their weights, by A1111's rules: each ( ) x 1.1, each [ ] / 1.1, (x:1.3) x 1.3.

    Backslashes before brackets are gone, and neighbours of the same weight are joined.
    """
    pieces: list[tuple[str, float]] = []
    opened: dict[str, list[int]] = {"(": [], "[": []}

    def multiply(start: int, factor: float) -> None:
        pieces[start:] = [(piece, weight * factor) for piece, weight in pieces[start:]]

    for result in TOKEN_PATTERN.finditer(text):
        token, number = result[0], result[1]
        if token in opened:
            opened[token].append(len(pieces))
        elif number is not None and opened["("]:
            multiply(opened["("].pop(), float(number))
        elif token == ")" and opened["("]:
            multiply(opened["("].pop(), ROUND)
        elif token == "]" and opened["["]:
            multiply(opened["["].pop(), SQUARE)
        else:
            pieces.append((token.removeprefix("\\"), 1.0))
    for bracket, factor in (("(", ROUND), ("[", SQUARE)):
        for start in opened[bracket]:
            multiply(start, factor)
    return _merged(pieces)


def _merged(pieces: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    merged: list[tuple[str, float]] = []
    for piece, weight in pieces:
        if merged and abs(merged[-1][1] - weight) < 1e-9:
            merged[-1] = (merged[-1][0] + piece, weight)
        else:
            merged.append((piece, weight))
    return merged


def _emphasised(text: str, weight: float) -> str:
    """A piece in ComfyUI's syntax, where `(x:1.2)` is the only weight and inner ones replace outer ones."""
    escaped = re.sub(r"[()]", r"\\\g<0>", text)
    number = f"{round(weight, 4):g}"
    return escaped if number == "1" or not text.strip() else f"({escaped}:{number})"


def _embedded(text: str, names: Mapping[str, str]) -> str:
    """The text with each embedding's name as `embedding:NAME`, between the spaces by which ComfyUI sees it."""
    if not names:
        return text
    alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])(?:embedding:)?({alternatives})(?![\w-])", re.IGNORECASE)
    files = {name.lower(): file for name, file in names.items()}

    def instead(result: re.Match[str]) -> str:
        before, after = text[result.start() - 1 : result.start()], text[result.end() : result.end() + 1]
        head = "" if before.isspace() or not before else " "
        tail = "" if after.isspace() or after in ("", ",") else " "
        return f"{head}embedding:{files[result[1].lower()]}{tail}"

    return pattern.sub(instead, text)
