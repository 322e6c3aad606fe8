"""The command line, with a function for each command. Every failure is a sentence and a non-zero exit."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Sequence

from bridge import __version__
from bridge.adapters import dialects, profiles
from bridge.app import check, completion
from bridge.app.arguments import Parser
from bridge.app.doctor import report
from bridge.app.fleet_report import fleet_report
from bridge.app.make import terminal as make
from bridge.app.migrate import migrate
from bridge.app.models import terminal as models
from bridge.app.serve import clean, serve
from bridge.app.work import work
from bridge.comfy.blocking import connected
from bridge.comfy.environment import NodeEnvironment
from bridge.core import logs, settings
from bridge.core.errors import BadRequest, PixartError
from bridge.core.permissions import keep_private, mend
from bridge.core.results_settings import ResultsSettings
from bridge.core.setting_types import NO_DEVICES
from bridge.core.unobeyed import NOT_OBEYED, unobeyed
from bridge.core.variables import checked, options_of, secrets_of, values_of
from bridge.storage import outbox
from bridge.web import keyring
from bridge.web.openapi import document
from bridge.workflow.file import misnamed

try:
    from uvloop import run  # an event loop in C: a tenth less work for each job
except ImportError:  # there is none for Windows, and none ready-made for rarer processors
    from asyncio import run

INTERRUPTED = 130  # the exit status of shells for a program that Ctrl+C ended


def say(text: str) -> None:
    """Tell the person at the terminal something that is not the command's result."""
    print(text, file=sys.stderr, flush=True)


def private(loaded: settings.Settings, say: Callable[[str], None] = say) -> settings.Settings:
    """The settings, after closing their folders to other users; says which folders were open."""
    for folder in {loaded.data, loaded.cache_folder} if loaded.caching else {loaded.data}:
        if sentence := mend(folder):
            say(sentence)
    return loaded


def run_serve(arguments: argparse.Namespace) -> int:
    """`serve`: the REST server, with ComfyUI as its child."""
    loaded = settings.load(host=arguments.host, port=arguments.port, profile=arguments.profile)
    models = (NodeEnvironment, ResultsSettings, *(dialect.options for dialect in dialects().values()))
    secrets = secrets_of(loaded, *map(options_of, models))
    arguments.say = logs.set_up(loaded.log_format, secrets, say, debug=loaded.debug)
    for sentence in unobeyed(values_of(NOT_OBEYED)):
        arguments.say(sentence)
    for sentence in misnamed(loaded.workflows):
        arguments.say(sentence)
    show = say if loaded.log_format == "text" else arguments.say  # no line of a log has the token of an address
    run(serve(private(loaded, arguments.say), arguments.say, show))
    return 0


def run_worker(arguments: argparse.Namespace) -> int:
    """`worker`: draws jobs that bridges with the same DATABASE_URL accepted, with ComfyUI as its child."""
    loaded = settings.load()
    secrets = secrets_of(loaded, options_of(NodeEnvironment), options_of(ResultsSettings))
    arguments.say = logs.set_up(loaded.log_format, secrets, say, debug=loaded.debug)
    run(work(private(loaded, arguments.say), arguments.say))
    return 0


def run_doctor(_: argparse.Namespace) -> int:
    """`doctor`: the fleet, then what each mode needs and has; 1 when one lacks more than models, or the fleet fails."""
    loaded = settings.load()
    sound, lines = asyncio.run(fleet_report(loaded, checked(ResultsSettings)))
    print("\n".join(lines), end="\n" if lines else "", flush=True)
    if loaded.workers == NO_DEVICES:
        return 0 if sound else 1  # what modes need is for those to say who draw
    with connected(loaded, say) as comfy:
        healthy, lines = report(loaded, comfy)
    print("\n".join(lines))
    return 0 if healthy and sound else 1


def run_clean(arguments: argparse.Namespace) -> int:
    """`clean`: one round of what the server does by itself, while it doesn't run."""
    freed = asyncio.run(clean(private(settings.load()), dry=arguments.dry_run))
    print(f"{'Would remove' if arguments.dry_run else 'Removed'} {freed}.")
    return 0


def run_migrate(_: argparse.Namespace) -> int:
    """`migrate`: the jobs of the file in the data folder, taken over into the database of DATABASE_URL."""
    counts = asyncio.run(migrate(private(settings.load())))
    print("Taken over: " + ", ".join(f"{count} {name.removeprefix('bridge_')}" for name, count in counts.items()) + ".")
    return 0


def run_webhooks(arguments: argparse.Namespace) -> int:
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


def run_completion(arguments: argparse.Namespace) -> int:
    """`completion`: the script that a shell sources to complete this program's words."""
    sys.stdout.write(completion.script(parser(), arguments.shell))
    return 0


def run_openapi(_: argparse.Namespace) -> int:
    """`openapi`: the API as an OpenAPI document."""
    print(json.dumps(document(dialects()), indent=2))
    return 0


def run_keys_add(arguments: argparse.Namespace) -> int:
    """`keys add`: a fresh key, whose secret is shown only now."""
    path = private(settings.load()).keys_file
    first = not path.exists()
    print(keyring.add(path, arguments.name, arguments.jobs, arguments.priority))
    say("Keep it: only its hash is stored, so it can't be shown again.")
    if first:
        say("From now on requests need a key.")
    return 0


def run_keys_list(_: argparse.Namespace) -> int:
    """`keys list`: the names of the keys, their limits and priorities."""
    for key in keyring.load(settings.load().keys_file).keys:
        jobs = "-" if key.jobs is None else key.jobs
        date = time.strftime("%Y-%m-%d", time.localtime(key.created))
        print(f"{key.name:32}  jobs {jobs:>4}  priority {key.priority:>4}  made {date}")
    return 0


def run_keys_remove(arguments: argparse.Namespace) -> int:
    """`keys remove`: removes the key of this name."""
    path = settings.load().keys_file
    others = keyring.remove(path, arguments.name)
    if not others.keys:
        say(f"No key is left, so only API_KEY is let in. To serve without keys, end the server and delete {path}.")
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments of all commands."""
    top = Parser("pixart", description="Sketches to pixel art through ComfyUI.")
    top.add_argument("--version", action="version", version=f"pixart {__version__}")
    top.set_defaults(say=say, private=private)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    sub = commands.add_parser("serve", help="serve the REST API; starts ComfyUI unless COMFYUI_URL is set")
    sub.add_argument("--host", help="address to listen on (HOST, 127.0.0.1)")
    sub.add_argument("--port", type=int, help="port (PORT, 8000; 5000 for axera); 0 picks a free one")
    sub.add_argument(
        "--profile",
        choices=list(profiles()),
        help="serve only this dialect, at its original's paths; axera: the pi_axera_sd_generator service, on the NPU",
    )
    sub.set_defaults(run=run_serve)

    make.add_to(commands.add_parser("make", help="turn sketches or words into pixel art, without a server"))
    check.add_to(commands.add_parser("check", help="say what a picture breaks of a console's limits, and where"))
    models.add_to(commands.add_parser("models", help="fetch model files in sets, check, list and remove them"))
    sub = commands.add_parser("worker", help="draw what bridges with the same DATABASE_URL accept, without a server")
    sub.set_defaults(run=run_worker)
    sub = commands.add_parser("doctor", help="what each mode needs, what is there, what to do")
    sub.set_defaults(run=run_doctor)
    sub = commands.add_parser("clean", help="remove what KEEP_DAYS and KEEP_MB don't keep; the server must not run")
    sub.add_argument("--dry-run", action="store_true", help="only say how much that is")
    sub.set_defaults(run=run_clean)
    sub = commands.add_parser("migrate", help="take jobs over into the database of DATABASE_URL; no server may run")
    sub.add_argument("--from", choices=["sqlite"], required=True, dest="source", help="the file in the data folder")
    sub.set_defaults(run=run_migrate)
    sub = commands.add_parser(
        "webhooks", help="the webhook events that wait or were given up; `retry` sends the latter"
    )
    sub.add_argument("action", nargs="?", choices=["list", "retry"], default="list", help="what to do (list)")
    sub.add_argument("ids", nargs="*", metavar="ID", help="with retry: only these events")
    sub.set_defaults(run=run_webhooks)
    sub = commands.add_parser("completion", help="print what a shell sources to complete the words of this command")
    sub.add_argument("shell", choices=completion.SHELLS, help="; ".join(completion.HOW.values()))
    sub.set_defaults(run=run_completion)
    sub = commands.add_parser("openapi", help="print the OpenAPI document")
    sub.set_defaults(run=run_openapi)
    _keys(commands.add_parser("keys", help="make, list and remove API keys; a running server notices"))
    return top


def _keys(parser: argparse.ArgumentParser) -> None:
    """The arguments of `keys`."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sub = commands.add_parser("add", help="make a key and print it, once")
    sub.add_argument("name", metavar="NAME", help="whose it is: letters, digits and . _ -")
    sub.add_argument("--jobs", type=int, help="how many of its jobs may wait and run at a time (MAX_JOBS_PER_KEY)")
    sub.add_argument("--priority", type=int, default=0, help="added to the priority of its jobs; higher runs first (0)")
    sub.set_defaults(run=run_keys_add)
    sub = commands.add_parser("list", help="list the keys by name")
    sub.set_defaults(run=run_keys_list)
    sub = commands.add_parser("remove", help="remove a key; its jobs stay")
    sub.add_argument("name", metavar="NAME")
    sub.set_defaults(run=run_keys_remove)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, whose files are for this user only; returns the exit status."""
    arguments = parser().parse_args(argv)
    arguments.umask = keep_private()
    try:
        return arguments.run(arguments)
    except PixartError as error:
        named = error.field is None or error.field in str(error)
        arguments.say(f"pixart: {error}" if named else f"pixart: {error.field}: {error}")
    except BrokenPipeError:  # whoever reads has enough, as `| head`; what is still in the buffer goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        arguments.say(f"pixart: {error.filename or 'file'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        over = "\r\x1b[K" if sys.stderr.isatty() else ""  # in place of a bar that is there
        arguments.say(f"{over}pixart: stopped.")
        return INTERRUPTED
    return 1


if __name__ == "__main__":
    sys.exit(main())
