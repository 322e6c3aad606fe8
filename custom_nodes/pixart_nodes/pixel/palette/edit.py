"""Small edits of a palette; what a row of STEPS doesn't change stays as it is: names, locks, alpha, places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..color import spaces
from ..errors import PaletteError
from .color_text import parse_color, parse_colors
from .palette import MAX_COLORS, Entry, Palette, packed

GREY = 0.03  # OKLab chroma below which a colour's hue isn't seen

Rgb: TypeAlias = tuple[int, int, int]
Order: TypeAlias = NDArray[np.intp]


def add(palette: Palette, text: str) -> Palette:
    """The palette with the colours of `text` at its end, without those that it shows already. Raises PaletteError."""
    return join(palette, parse_colors(text)) if text.strip() else palette


def join(palette: Palette, other: Palette) -> Palette:
    """The entries of another palette that this one doesn't show, at the end. Raises PaletteError beyond 256.

    An opaque colour is another one than the same half-transparent, with which nothing is painted.
    """
    present, new = {entry[:2] for entry in palette.entries}, []
    for entry in other.entries:
        if entry.alpha and entry[:2] not in present:
            present.add(entry[:2])
            new.append(entry)
    return replace(palette, entries=(*palette.entries, *new))


def _visible(palette: Palette) -> set[Rgb]:
    return {entry.rgb for entry in palette.entries if entry.alpha}


def lock(palette: Palette, text: str) -> Palette:
    """The palette with the colours of `text`, or `all`, locked, so that no later step removes one of them.

    Raises PaletteError for a colour that the palette lacks.
    """
    if not text.strip():
        return palette
    visible = _visible(palette)
    selection = visible if text.strip().lower() == "all" else _visible(parse_colors(text))
    missing = selection - visible
    if missing:
        names = ", ".join(f"#{bytes(rgb).hex()}" for rgb in sorted(missing))
        raise PaletteError(f"The palette {palette.name!r} has no {names} to lock; add it first.")
    entries = (e._replace(locked=True) if e.alpha and e.rgb in selection else e for e in palette.entries)
    return replace(palette, entries=tuple(entries))


def merge(palette: Palette, distance: float) -> Palette:
    """Of colours within that OKLab distance (black to white is 1) only one stays; 0 changes nothing."""
    return _thinned(palette, distance, 1) if distance > 0 else palette


def limit(palette: Palette, count: int) -> Palette:
    """The palette with at most `count` colours: of the two nearest in OKLab one goes, again and again.

    Raises PaletteError where more than `count` colours are locked.
    """
    if len(palette) <= count:
        return palette
    locked = len({entry.rgb for entry in palette.entries if entry.alpha and entry.locked})
    if locked > count:
        raise PaletteError(f"{locked} colours are locked, and only {count} may stay; raise the limit.")
    return _thinned(palette, np.inf, count)


def _thinned(palette: Palette, distance: float, count: int) -> Palette:
    """Drop the later of the two nearest colours until they are further apart or few.

    A locked one stays before one that isn't, and an opaque one, with which pixels are painted, before the others.
    """
    visible = [at for at, entry in enumerate(palette.entries) if entry.alpha]
    locked = np.array([palette.entries[at].locked for at in visible])
    worth = [(palette.entries[at].locked, palette.entries[at].alpha == 255) for at in visible]
    lab = spaces.oklab(palette.table[visible, :3])
    distances = ((lab[:, None] - lab[None]) ** 2).sum(axis=2)
    distances[np.tril_indices(len(visible))] = np.inf
    distances[np.outer(locked, locked) & (distances > 0)] = np.inf
    left = len(visible)
    losers = set()
    while left > count and distances.min() <= distance**2 and np.isfinite(distances.min()):
        first, second = np.unravel_index(distances.argmin(), distances.shape)
        loser = first if worth[second] > worth[first] else second
        distances[loser, :] = distances[:, loser] = np.inf
        losers.add(visible[int(loser)])
        left -= 1
    return replace(palette, entries=tuple(e for at, e in enumerate(palette.entries) if at not in losers))


def _by_luma(colors: NDArray[np.uint8]) -> Order:
    return np.lexsort((packed(colors), spaces.luma(colors)))


def _by_hue(colors: NDArray[np.uint8]) -> Order:
    """Greys first, dark to light; then around the circle from red, in OKLab."""
    lab = spaces.oklab(colors)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    return np.lexsort((packed(colors), lab[:, 0], np.where(chroma < GREY, -1, hue)))


SORTS: dict[str, Callable[[NDArray[np.uint8]], Order]] = {
    "as-is": lambda colors: np.arange(len(colors)),
    "luma": _by_luma,
    "hue": _by_hue,
    "reverse": lambda colors: np.arange(len(colors))[::-1],
}


def sort(palette: Palette, by: str) -> Palette:
    """The colours in another order; transparent entries stay at their index. Raises UnknownName."""
    require(by)
    visible = [at for at, entry in enumerate(palette.entries) if entry.alpha]
    entries = list(palette.entries)
    for at, source in zip(visible, SORTS[by](palette.table[visible, :3]), strict=True):
        entries[at] = palette.entries[visible[int(source)]]
    return replace(palette, entries=tuple(entries))


def require(by: str) -> None:
    """Raise UnknownName unless there is such an order."""
    errors.require(by, SORTS, what="Order")


def transparent(palette: Palette, which: str) -> Palette:
    """One entry becomes the transparent one, and no other: an index, a colour with `#`, or `none`.

    A colour that isn't there is added at the end; an empty text changes nothing. Raises PaletteError.
    """
    which = which.strip()
    if not which:
        return palette
    entries = [entry._replace(alpha=255) if entry.alpha == 0 else entry for entry in palette.entries]
    if which.lower() != "none":
        at = _place(palette, which)
        entries += [Entry(parse_color(which))] if at == len(entries) else []
        entries[at] = entries[at]._replace(alpha=0)
    return replace(palette, entries=tuple(entries))


def _place(palette: Palette, which: str) -> int:
    """The index meant; one beyond the end for a colour that is not there yet."""
    last = len(palette.entries) - 1
    if which.isascii() and which.isdigit() and len(which) <= 3:
        if int(which) <= last:
            return int(which)
        raise PaletteError(f"The palette {palette.name!r} has no entry {int(which)}; they are numbered 0 to {last}.")
    if not which.startswith("#"):
        raise PaletteError(f"{which[:40]!r} is no entry; give an index such as 0, a colour such as #ff00ff, or none.")
    rgb = parse_color(which)
    return next((at for at, entry in enumerate(palette.entries) if entry.rgb == rgb), last + 1)


# in this order: what it does to the palette with a person's wish, and the wish that changes nothing
STEPS: dict[str, tuple[Callable[[Palette, Any], Palette], object]] = {
    "add": (add, ""),
    "lock": (lock, ""),
    "merge": (merge, 0.0),
    "limit": (limit, MAX_COLORS),
    "sort": (sort, "as-is"),
    "transparent": (transparent, ""),
}


def edit(palette: Palette, **wishes: object) -> Palette:
    """The palette after every step of STEPS, each with its wish. Raises PaletteError and UnknownName."""
    for name, (step, nothing) in STEPS.items():
        palette = step(palette, wishes.get(name, nothing))
    return palette
