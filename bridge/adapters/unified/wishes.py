"""A body whose odd values are brought into range or left out, with notes on that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.adapters.fields import LONGEST_PROMPT, finite, shown, switch


@dataclass
class Wishes:
    """A body, and notes on how it was read. A field that the body lacks is None: the workflow decides it."""

    body: Mapping[str, Any]
    workflow: str | None = None
    notes: list[str] = field(default_factory=list)

    def number(self, name: str, default: float, least: float, most: float, *, whole: bool = True) -> Any:
        """The number of this field, brought into its range; None where there is none, `default` where it is wrong."""
        value = self.body.get(name)
        if value is None:
            return None
        result = finite(value)
        if result is None:
            self.notes.append(f"{name} {shown(value)} is no number; {default} was used.")
            return default
        clamped = max(least, min(most, result))
        clamped = int(clamped) if whole else float(clamped)
        if clamped != result:
            self.notes.append(f"{name} {shown(value)} can't be done; {clamped} was used.")
        return clamped

    def text(self, name: str) -> str | None:
        """The text of this field, cut where it is too long; None where there is none."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, str):
            self.notes.append(f"{name} {shown(value)} is no text; it was ignored.")
            return None
        if value is not None and len(value) > LONGEST_PROMPT:
            self.notes.append(f"{name} has {len(value)} characters; the first {LONGEST_PROMPT} were used.")
            return value[:LONGEST_PROMPT]
        return value

    def switch(self, name: str, default: bool | None) -> bool | None:
        """Whether this field says yes; `default` where it says nothing, or nothing that is known."""
        try:
            result = switch(self.body.get(name))
        except ValueError:
            self.notes.append(f"{name} {shown(self.body[name])} is neither true nor false; it was ignored.")
            return default
        return default if result is None else result
