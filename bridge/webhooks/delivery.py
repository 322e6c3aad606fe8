"""The task that brings the outbox's letters to their receivers, at least once each."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp
from sqlalchemy.exc import SQLAlchemyError

from bridge.core.callback_address import checked
from bridge.core.deadline import within
from bridge.core.errors import PixartError
from bridge.core.metrics import Metrics
from bridge.core.settings import Settings
from bridge.storage.outbox import MOST_WAITING, Fate, Letter, Outbox
from bridge.webhooks import connect
from bridge.webhooks.message import headers, keys_of

# Seconds before the next try: quick for a receiver that restarts, then rare; after 8 tries in about a day it is dead.
PAUSE_SECONDS = (5.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 14 * 3600.0)
PAUSE_JITTER = (
    0.2  # the share by which a pause is longer or shorter, so that calls that failed together aren't repeated together
)
LONGEST_RETRY_AFTER = 6 * 3600.0  # seconds: a receiver may ask for patience, but not for ever
WITH_RETRY_AFTER = (429, 503)  # answers whose Retry-After counts
MOST_AT_ONCE = 16  # calls of clients' receivers at a time, beside the call of the operator's own
MOST_SILENT = 8  # of these, to receivers without an answer the last time, which must not hold up all others
LOOK_SECONDS = 30.0  # `webhooks retry` writes from another process, which can't wake this one
TIDY_SECONDS = 3600.0  # between two removals of old letters
TROUBLE_SECONDS = 5.0  # before the database is tried again
FINISH_SECONDS = 3.0  # for calls under way when the process ends; the others go on at its next start
LONGEST_REASON = 300  # characters

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """The result of a try, with a `reason` for a failure. `after` are the seconds of the receiver's Retry-After."""

    fate: Fate
    reason: str = ""
    after: float = 0.0
    silent: bool = False


class Delivery:
    """Delivers letters from `run` to `finish` or cancellation; cancelled calls are repeated at the next start."""

    def __init__(
        self, settings: Settings, outbox: Outbox, metrics: Metrics, pauses: tuple[float, ...] = PAUSE_SECONDS
    ) -> None:
        assert settings.webhook_secret is not None
        self._given_up = metrics["pixart_webhooks_given_up"]
        self._settings, self._outbox, self._pauses = settings, outbox, pauses
        self._keys = keys_of(settings.webhook_secret)
        self._wake = outbox.wake
        self._busy: dict[str, asyncio.Task[None]] = {}  # by host
        self._silent: set[str] = set()  # hosts whose last call was in vain for all its seconds
        self._next_crop = self._next_tidy = 0.0  # on the monotonic clock
        self._last_time, self._last_tick = time.time(), time.monotonic()
        self._ending, self._ended = False, asyncio.Event()

    async def run(self) -> None:
        """Deliver due letters, again and again."""
        private = self._settings.webhook_private
        async with connect.operators_session() as self._own, connect.clients_session(private=private) as self._theirs:
            try:
                while not self._ending:
                    self._wake.clear()
                    pause = await self._look()
                    with suppress(asyncio.TimeoutError):
                        await within(pause, self._wake.wait())
                await self._look()  # for the letter of a job that has just ended
                await asyncio.gather(*self._busy.values())
            finally:
                tasks = list(self._busy.values())
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._ended.set()

    async def finish(self, seconds: float) -> None:
        """Begin the calls that are due now and no others; return after their end, or after `seconds`."""
        self._ending = True
        self._wake.set()
        with suppress(asyncio.TimeoutError):
            await within(max(0.0, min(seconds, FINISH_SECONDS)), self._ended.wait())

    async def _look(self) -> float:
        """Start the calls that are due; returns the seconds until the next look."""
        try:
            if time.monotonic() > self._next_tidy:
                await self._outbox.tidy(time.time())
                await self._bound(self._now())
                self._silent.clear()  # it would grow for ever
                self._next_tidy = time.monotonic() + TIDY_SECONDS
            if time.monotonic() > self._next_crop:
                await self._crop()
                self._next_crop = time.monotonic() + LOOK_SECONDS
            return await self._start()
        except (SQLAlchemyError, PixartError) as error:  # such as a full disk
            log.warning("The outbox can't be read: %s", error)
            return TROUBLE_SECONDS

    async def _crop(self) -> None:
        """Give up the oldest letters of receivers that are too slow for theirs."""
        for host, count in (await self._outbox.crop()).items():
            self._given_up.labels("many").inc(count)
            sentence = "%d webhooks are given up, the oldest for %s: more than %d waited"
            log.warning(sentence, count, host or "WEBHOOK_URL", MOST_WAITING)

    async def _bound(self, now: float) -> None:
        """Bring letters forward that a process with another clock has put off for too long."""
        latest = [now, *(now + pause * (1 + PAUSE_JITTER) for pause in self._pauses)]
        await self._outbox.bound(latest, now + LONGEST_RETRY_AFTER, [_reason_of(status) for status in WITH_RETRY_AFTER])

    async def _start(self) -> float:
        for letter in await self._outbox.due(self._now(), self._hosts_to_avoid(), self._room()):
            task = asyncio.create_task(self._deliver(letter))
            self._busy[letter.host] = task
            task.add_done_callback(lambda _, host=letter.host: self._free(host))
        if not self._room():
            return LOOK_SECONDS  # the first call that ends wakes the task
        first = await self._outbox.next_due(self._hosts_to_avoid())
        return LOOK_SECONDS if first is None else min(LOOK_SECONDS, max(0.0, first - self._now()))

    def _now(self) -> float:
        """Unix seconds that never go back, so that a letter that is due in a minute stays so where the clock is set."""
        tick = time.monotonic()
        self._last_time, self._last_tick = max(time.time(), self._last_time + tick - self._last_tick), tick
        return self._last_time

    def _room(self) -> int:
        """The number of further clients' receivers that may be called now."""
        return MOST_AT_ONCE - sum(1 for host in self._busy if host)

    def _hosts_to_avoid(self) -> set[str]:
        """The receivers that are not called now: the busy ones, and the silent ones if they could take all the room."""
        crowded = self._room() <= MOST_AT_ONCE - MOST_SILENT
        return {*self._busy, *(self._silent if crowded else ())}

    def _free(self, host: str) -> None:
        del self._busy[host]
        self._wake.set()

    async def _deliver(self, letter: Letter) -> None:
        # `gather` makes any exception a failed try, which is repeated and given up, and never ends this process.
        [verdict] = await asyncio.gather(self._send(letter), return_exceptions=True)
        if isinstance(verdict, BaseException):
            log.error("Webhook %s ended in a fault of the bridge", letter.id, exc_info=verdict)
            verdict = Verdict(Fate.WAITING, "a fault in the bridge; its log says more")
        (self._silent.add if verdict.silent and letter.host else self._silent.discard)(letter.host)
        tries = letter.tries + (verdict.fate is not Fate.DELIVERED)
        fate, due = verdict.fate, letter.due_at
        if fate is Fate.WAITING:
            if tries > len(self._pauses):
                fate = Fate.DEAD
            else:
                pause = self._pauses[tries - 1] * random.uniform(1 - PAUSE_JITTER, 1 + PAUSE_JITTER)
                due = self._now() + max(pause, verdict.after)
        sentence = f"{letter.receiver}, job {letter.job}: {verdict.reason}"
        if fate is Fate.DEAD:
            self._given_up.labels("gone" if verdict.fate is Fate.DEAD else "failed").inc()
            log.warning("Webhook %s is given up after %d tries; %s", letter.id, tries, sentence)
        elif fate is Fate.WAITING:
            log.info("Webhook %s failed, %s", letter.id, sentence)
        while True:
            try:
                return await self._outbox.settle(letter.id, fate, tries=tries, due_at=due, said=verdict.reason)
            except (SQLAlchemyError, PixartError) as error:
                log.warning("The outbox can't be written: %s", error)
                await asyncio.sleep(TROUBLE_SECONDS)

    async def _send(self, letter: Letter) -> Verdict:
        """Call the receiver once, without reading the body of its answer."""
        try:
            session, url = self._where(letter)
            signed_headers = headers(self._keys, letter.id, letter.body, time.time())
            body = letter.body.encode()
            async with session.post(url, data=body, headers=signed_headers, allow_redirects=False) as answer:
                return verdict_of(answer.status, answer.headers.get("Retry-After", ""), time.time())
        except asyncio.TimeoutError:
            return Verdict(Fate.WAITING, f"no answer within {connect.CONNECT_SECONDS:g} s", silent=True)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The message about an answer that is no HTTP must not show the URL, whose path can hold a secret.
            reason = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
            return Verdict(Fate.WAITING, f"{type(error).__name__}: {' '.join(reason.split())}"[:LONGEST_REASON])

    def _where(self, letter: Letter) -> tuple[aiohttp.ClientSession, str]:
        """The HTTP client and the URL for a letter. Raises ValueError for a URL that may not be called now."""
        if letter.url:
            if not self._settings.webhook_clients:
                raise ValueError("WEBHOOK_CLIENTS is off")
            return self._theirs, checked(letter.url, private=self._settings.webhook_private)
        if self._settings.webhook_url is None:
            raise ValueError("WEBHOOK_URL is not set")
        return self._own, self._settings.webhook_url


def verdict_of(status: int, retry_after: str, now: float) -> Verdict:
    """The verdict on an answer: 2xx is delivered, 410 never again, everything else is tried again."""
    if 200 <= status < 300:
        return Verdict(Fate.DELIVERED)
    if status == 410:
        return Verdict(Fate.DEAD, "410: it wants no more")
    if 300 <= status < 400:
        return Verdict(Fate.WAITING, f"{status}: redirects are not followed")
    after = _seconds(retry_after, now) if status in WITH_RETRY_AFTER else 0.0
    return Verdict(Fate.WAITING, _reason_of(status), min(after, LONGEST_RETRY_AFTER))


def _reason_of(status: int) -> str:
    return f"answered {status}"


def _seconds(text: str, now: float) -> float:
    """A Retry-After in seconds or as a date, as seconds from now; 0 for one that can't be read."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0
