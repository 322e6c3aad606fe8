"""The commands that draw for others, and what keeps the data folder in order: `serve`, `worker`, `clean`, `migrate`."""

from __future__ import annotations

import argparse
import asyncio

from bridge.adapters import dialects, profiles
from bridge.app.arguments import Parser
from bridge.app.migrate import migrate
from bridge.app.serve import clean, serve
from bridge.app.work import work
from bridge.cli import private, say
from bridge.comfy.environment import NodeEnvironment
from bridge.core import logs, settings
from bridge.core.results_settings import ResultsSettings
from bridge.core.unobeyed import NOT_OBEYED, unobeyed
from bridge.core.variables import options_of, secrets_of, values_of
from bridge.workflow.file import misnamed

try:
    from uvloop import run  # an event loop in C: a tenth less work for each job
except ImportError:  # there is none for Windows, and none ready-made for rarer processors
    from asyncio import run


def add_serve(parser: Parser) -> None:
    """The arguments of `serve`."""
    parser.add_argument("--host", help="address to listen on (HOST, 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port (PORT, 8000; 5000 for axera); 0 picks a free one")
    parser.add_argument(
        "--profile",
        choices=list(profiles()),
        help="serve only this dialect, at its original's paths; axera: the pi_axera_sd_generator service, on the NPU",
    )
    parser.show_examples(
        "pixart serve",
        "pixart serve --host 0.0.0.0 --port 9000",
        "pixart serve --profile a1111 --port 7860",
        "COMFYUI_URL=http://127.0.0.1:8188 pixart serve",
    )
    parser.set_defaults(run=run_serve)


def add_worker(parser: Parser) -> None:
    """The arguments of `worker`."""
    parser.show_examples("DATABASE_URL=postgresql://pixart:secret@db/jobs pixart worker")
    parser.set_defaults(run=run_worker)


def add_clean(parser: Parser) -> None:
    """The arguments of `clean`."""
    parser.add_argument("--dry-run", action="store_true", help="only say how much that is")
    parser.show_examples("pixart clean --dry-run", "KEEP_DAYS=7 pixart clean")
    parser.set_defaults(run=run_clean)


def add_migrate(parser: Parser) -> None:
    """The arguments of `migrate`."""
    parser.add_argument("--from", choices=["sqlite"], required=True, dest="source", help="the file in the data folder")
    parser.show_examples("DATABASE_URL=postgresql://pixart:secret@db/jobs pixart migrate --from sqlite")
    parser.set_defaults(run=run_migrate)


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
