"""`results/fleet.md`: a row for each fault and a section for each speed, of which any can be measured alone."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from . import report
from .fleet_stage import Toll

HEADS = ("what", "jobs", "completed", "lost", "ended twice", "wrong", "other", "slowest answer, s", "took, s", "date")
ROW = re.compile(r"^\| `(\w+)`: .*$", re.MULTILINE)
SECTION = re.compile(r"^## (?!Faults)(.+?)\n\n(.*?)\n*(?=^## |\Z)", re.MULTILINE | re.DOTALL)
OTHER = ("refused", "drawn_twice", "undrawn", "strange")
NOTE = (
    "*lost*: accepted, then unknown or without an end. *ended twice*: the database or a client was told of two ends. "
    "*wrong*: another's picture, or failed without a cause. *other*: never accepted in four minutes, drawn more often "
    "than once and once more for each time that it was taken from who drew it, completed and never drawn, answers that "
    "no client should get, other promises that were not kept."
)


class Results:
    """What is in the file, with what is measured now in its place."""

    def __init__(self, order: list[str], file: Path = report.FOLDER / "fleet.md") -> None:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        self._order = order
        self._rows = {found[1]: found[0] for found in ROW.finditer(text)}
        self._sections = {found[1]: found[2] for found in SECTION.finditer(text)}

    def note(self, name: str, says: str, toll: Toll) -> None:
        """A row of the table of faults."""
        count = toll.count
        met = ", ".join(f"{what} {times}" for what, times in sorted(toll.met.items()))
        other = sum(getattr(count, each) for each in OTHER) + len(toll.broken)
        twice = count.twice + toll.twice
        cells = [f"`{name}`: {says} ({met})", count.jobs, count.completed, count.lost, twice, count.wrong, other]
        cells += [f"{toll.slowest:.1f}" if toll.slowest else "", round(toll.seconds), _today()]
        self._rows[name] = report.table(HEADS, [cells]).splitlines()[-1]

    def tell(self, title: str, parts: list[str]) -> None:
        """A section of its own."""
        self._sections[title] = "\n\n".join([*parts, f"Measured on {_today()}."])

    def write(self, how: str) -> Path:
        """The whole file."""
        heads = report.table(HEADS, [])
        rows = [self._rows[name] for name in self._order if name in self._rows]
        faults = "\n".join([heads, *rows])
        sections = [f"## {title}\n\n{text}" for title, text in sorted(self._sections.items())]
        parts = [how, f"## Faults\n\n{faults}\n\n{NOTE}", *sections]
        return report.write("fleet", "A fleet", parts, "fleet", (*report.SERVER, "psycopg", "procrastinate", "obstore"))


def _today() -> str:
    return date.today().isoformat()
