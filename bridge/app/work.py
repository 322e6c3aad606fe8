"""A worker process, which draws jobs that bridges accept, and takes no requests itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from bridge.app.serve import first, opened
from bridge.core.errors import SettingsError
from bridge.core.setting_types import NO_DEVICES
from bridge.core.settings import Settings


async def work(settings: Settings, say: Callable[[str], None]) -> None:
    """Draw until SIGINT or SIGTERM, then finish the running job. `say` gets sentences for the operator.

    Raises SettingsError without DATABASE_URL, from which the jobs come, and without a ComfyUI.
    """
    if settings.workers == NO_DEVICES:
        raise SettingsError("A worker draws, so WORKERS can't be none.", hint="WORKERS=none is for `pixart serve`.")
    if settings.database_url is None:
        hint = "Set it to that of the bridges, or WORKERS of a single bridge to have it draw on several devices."
        raise SettingsError("A worker needs DATABASE_URL.", hint=hint)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt there
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(settings) as jobs:
        say("This worker draws what bridges accept.")
        await stop.wait()
        say("Ending when the running job has ended; once more ends it at once ...")
        stop.clear()
        await first(jobs.drain(settings.drain_seconds), stop.wait())
        say("Ending ...")
