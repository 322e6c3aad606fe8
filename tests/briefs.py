"""What the pack understands of a prompt, as a line that tests compare: "2×cat, dog ~run (on table) + table"."""

from collections.abc import Callable

from pixart_nodes.drawings.brief import Brief, Subject


def told(brief: Brief, facts: Callable[[Subject], list[str]]) -> str:
    """Each subject with its number, those of its `facts` that a test is about, and how it stands to another one."""
    return " + ".join(_subject(brief, subject, facts) for subject in brief.subjects)


def _subject(brief: Brief, subject: Subject, facts: Callable[[Subject], list[str]]) -> str:
    parts = [f"{subject.count}×{subject.drawing}" if subject.count > 1 else subject.drawing, *facts(subject)]
    if subject.relation:
        assert subject.other is not None
        parts.append(f"({subject.relation.value} {brief.subjects[subject.other].drawing})")
    return " ".join(parts)
