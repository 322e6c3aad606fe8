"""The command `webhooks`."""

from __future__ import annotations

import argparse
import time

from bridge.app.arguments import Parser
from bridge.cli import say
from bridge.core import settings
from bridge.core.errors import BadRequest
from bridge.storage import outbox


def add_to(parser: Parser) -> None:
    """The arguments of `webhooks`."""
    parser.add_argument("action", nargs="?", choices=["list", "retry"], default="list", help="what to do (list)")
    parser.add_argument("ids", nargs="*", metavar="ID", help="with retry: only these events")
    parser.show_examples("pixart webhooks", "pixart webhooks retry", "pixart webhooks retry msg_0123abcd")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """`webhooks`: the events that wait or were given up; `webhooks retry` sends those that were given up again."""
    loaded = settings.load()
    where = loaded.database_url or loaded.data
    if arguments.action == "retry":
        count = outbox.retry(where, arguments.ids)
        say(f"{count} events wait again; a bridge that runs sends them within half a minute.")
        return 0
    if arguments.ids:
        raise BadRequest("`webhooks list` shows all events, and takes no ID.", hint="Only `webhooks retry` takes some.")
    for letter in outbox.open_letters(where):
        tries = f"{letter.tries} tries failed: {letter.said}" if letter.tries else "not tried yet"
        wait = max(0.0, letter.due_at - time.time())
        state = f"waits {wait:.0f} s" if letter.state is outbox.Fate.WAITING else "is dead"
        print(f"{letter.id} for {letter.receiver}, job {letter.job}, {state}; {tries}")
    return 0
