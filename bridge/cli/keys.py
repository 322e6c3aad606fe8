"""The command `keys`."""

from __future__ import annotations

import argparse
import time

from bridge.app.arguments import Parser
from bridge.cli import private, say
from bridge.core import settings
from bridge.web import keyring


def add_to(parser: Parser) -> None:
    """The arguments of `keys`."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sub = commands.add_parser("add", help="make a key and print it, once")
    sub.add_argument("name", metavar="NAME", help="whose it is: letters, digits and . _ -")
    sub.add_argument("--jobs", type=int, help="how many of its jobs may wait and run at a time (MAX_JOBS_PER_KEY)")
    sub.add_argument("--priority", type=int, default=0, help="added to the priority of its jobs; higher runs first (0)")
    sub.show_examples("pixart keys add ann", "pixart keys add robot --jobs 2 --priority -5")
    sub.set_defaults(run=run_add)
    sub = commands.add_parser("list", help="list the keys by name")
    sub.show_examples("pixart keys list")
    sub.set_defaults(run=run_list)
    sub = commands.add_parser("remove", help="remove a key; its jobs stay")
    sub.add_argument("name", metavar="NAME")
    sub.show_examples("pixart keys remove ann")
    sub.set_defaults(run=run_remove)
    parser.show_examples("pixart keys add ann", "pixart keys list", "pixart keys remove ann")


def run_add(arguments: argparse.Namespace) -> int:
    """`keys add`: a fresh key, whose secret is shown only now."""
    path = private(settings.load()).keys_file
    first = not path.exists()
    print(keyring.add(path, arguments.name, arguments.jobs, arguments.priority))
    say("Keep it: only its hash is stored, so it can't be shown again.")
    if first:
        say("From now on requests need a key.")
    return 0


def run_list(_: argparse.Namespace) -> int:
    """`keys list`: the names of the keys, their limits and priorities."""
    for key in keyring.load(settings.load().keys_file).keys:
        jobs = "-" if key.jobs is None else key.jobs
        date = time.strftime("%Y-%m-%d", time.localtime(key.created))
        print(f"{key.name:32}  jobs {jobs:>4}  priority {key.priority:>4}  made {date}")
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """`keys remove`: removes the key of this name."""
    path = settings.load().keys_file
    others = keyring.remove(path, arguments.name)
    if not others.keys:
        say(f"No key is left, so only API_KEY is let in. To serve without keys, end the server and delete {path}.")
    return 0
