"""Delivery: one task that brings the outbox's letters to their receivers, at least once each."""

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
PAUSES = (5.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 14 * 3600.0)
JITTER = 0.2  # part by which a pause is longer or shorter, so that what failed together doesn't come back together
LONGEST_RETRY_AFTER = 6 * 3600.0  # seconds: a receiver may ask for patience, but not for ever
ASKING = (429, 503)  # answers whose Retry-After counts
MOST_AT_ONCE = 16  # clients' receivers; the operator's own is always called besides
MOST_SILENT = 8  # of these, that gave no answer the last time: a backlog of theirs must not hold up everybody else
LOOK_SECONDS = 30.0  # `webhooks retry` writes from another process, which can't wake this one
TIDY_SECONDS = 3600.0
TROUBLE_SECONDS = 5.0  # before the database is tried again
FINISH_SECONDS = 3.0  # that calls under way have when the process ends; the others go on at its next start
LONGEST_SAID = 300  # characters

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """What a try came to. `after` are seconds that the receiver wants to be left alone."""

    fate: Fate
    said: str = ""
    after: float = 0.0
    silent: bool = False


class Delivery:
    """`run` until `finish`, or until it is cancelled; what is under way then is sent again at the next start."""

    def __init__(
        self, settings: Settings, outbox: Outbox, metrics: Metrics, pauses: tuple[float, ...] = PAUSES
    ) -> None:
        assert settings.webhook_secret is not None
        self._given_up = metrics["pixart_webhooks_given_up"]
        self._settings, self._outbox, self._pauses = settings, outbox, pauses
        self._keys = keys_of(settings.webhook_secret)
        self._wake = outbox.wake
        self._busy: dict[str, asyncio.Task[None]] = {}  # by host
        self._silent: set[str] = set()  # hosts whose last call was in vain for all its seconds
        self._cropped = self._tidied = 0.0
        self._seen, self._at = time.time(), time.monotonic()
        self._ending, self._ended = False, asyncio.Event()

    async def run(self) -> None:
        """Deliver what is due, again and again."""
        private = self._settings.webhook_private
        async with connect.operators_session() as self._own, connect.clients_session(private=private) as self._theirs:
            try:
                while not self._ending:
                    self._wake.clear()
                    pause = await self._look()
                    with suppress(asyncio.TimeoutError):
                        await within(pause, self._wake.wait())
                await self._look()  # for the job that has just ended
                await asyncio.gather(*self._busy.values())
            finally:
                tasks = list(self._busy.values())
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._ended.set()

    async def finish(self, seconds: float) -> None:
        """Begin what is due now and nothing after it; return when it is done, or after so many seconds."""
        self._ending = True
        self._wake.set()
        with suppress(asyncio.TimeoutError):
            await within(max(0.0, min(seconds, FINISH_SECONDS)), self._ended.wait())

    async def _look(self) -> float:
        """Start what is due; how many seconds to wait for anything new."""
        try:
            if time.monotonic() > self._tidied:
                await self._outbox.tidy(time.time())
                await self._bound(self._now())
                self._silent.clear()  # else it would grow for ever
                self._tidied = time.monotonic() + TIDY_SECONDS
            if time.monotonic() > self._cropped:
                await self._crop()
                self._cropped = time.monotonic() + LOOK_SECONDS
            return await self._start()
        except (SQLAlchemyError, PixartError) as error:  # such as a full disk
            log.warning("The outbox can't be read: %s", error)
            return TROUBLE_SECONDS

    async def _crop(self) -> None:
        """Give up what no receiver takes as fast as it comes."""
        for host, count in (await self._outbox.crop()).items():
            self._given_up.labels("many").inc(count)
            sentence = "%d webhooks are given up, the oldest for %s: more than %d waited"
            log.warning(sentence, count, host or "WEBHOOK_URL", MOST_WAITING)

    async def _bound(self, now: float) -> None:
        """What another clock put off is due when it would be by this one."""
        latest = [now, *(now + pause * (1 + JITTER) for pause in self._pauses)]
        await self._outbox.bound(latest, now + LONGEST_RETRY_AFTER, [_answered(status) for status in ASKING])

    async def _start(self) -> float:
        for letter in await self._outbox.due(self._now(), self._avoided(), self._room()):
            task = asyncio.create_task(self._deliver(letter))
            self._busy[letter.host] = task
            task.add_done_callback(lambda _, host=letter.host: self._free(host))
        if not self._room():
            return LOOK_SECONDS  # whoever is done first wakes us
        first = await self._outbox.next_due(self._avoided())
        return LOOK_SECONDS if first is None else min(LOOK_SECONDS, max(0.0, first - self._now()))

    def _now(self) -> float:
        """Unix seconds that never go back: what is due in a minute is due then, also where the clock is set back."""
        passed = time.monotonic()
        self._seen, self._at = max(time.time(), self._seen + passed - self._at), passed
        return self._seen

    def _room(self) -> int:
        """How many more of the clients' receivers may be called now."""
        return MOST_AT_ONCE - sum(1 for host in self._busy if host)

    def _avoided(self) -> set[str]:
        """The receivers that are not called now: the busy ones, and the silent when they could take all the room."""
        crowded = self._room() <= MOST_AT_ONCE - MOST_SILENT
        return {*self._busy, *(self._silent if crowded else ())}

    def _free(self, host: str) -> None:
        del self._busy[host]
        self._wake.set()

    async def _deliver(self, letter: Letter) -> None:
        # Gathered, so that whatever goes wrong is a failed try, which waits and ends, and never ends this process.
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
                pause = self._pauses[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)
                due = self._now() + max(pause, verdict.after)
        sentence = f"{letter.receiver}, job {letter.job}: {verdict.said}"
        if fate is Fate.DEAD:
            self._given_up.labels("gone" if verdict.fate is Fate.DEAD else "failed").inc()
            log.warning("Webhook %s is given up after %d tries; %s", letter.id, tries, sentence)
        elif fate is Fate.WAITING:
            log.info("Webhook %s failed, %s", letter.id, sentence)
        while True:
            try:
                return await self._outbox.settle(letter.id, fate, tries=tries, due_at=due, said=verdict.said)
            except (SQLAlchemyError, PixartError) as error:
                log.warning("The outbox can't be written: %s", error)
                await asyncio.sleep(TROUBLE_SECONDS)

    async def _send(self, letter: Letter) -> Verdict:
        """Call the receiver once. Its answer's body is not read."""
        try:
            session, url = self._where(letter)
            signed = headers(self._keys, letter.id, letter.body, time.time())
            body = letter.body.encode()
            async with session.post(url, data=body, headers=signed, allow_redirects=False) as answer:
                return judged(answer.status, answer.headers.get("Retry-After", ""), time.time())
        except asyncio.TimeoutError:
            return Verdict(Fate.WAITING, f"no answer within {connect.SECONDS:g} s", silent=True)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # An answer that is no HTTP is told without the URL, whose path can hold a secret.
            reason = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
            return Verdict(Fate.WAITING, f"{type(error).__name__}: {' '.join(reason.split())}"[:LONGEST_SAID])

    def _where(self, letter: Letter) -> tuple[aiohttp.ClientSession, str]:
        """By which session and to which URL, by what is allowed now. Raises ValueError."""
        if letter.url:
            if not self._settings.webhook_clients:
                raise ValueError("WEBHOOK_CLIENTS is off")
            return self._theirs, checked(letter.url, private=self._settings.webhook_private)
        if self._settings.webhook_url is None:
            raise ValueError("WEBHOOK_URL is not set")
        return self._own, self._settings.webhook_url


def judged(status: int, retry_after: str, now: float) -> Verdict:
    """What an answer means: 2xx is delivered, 410 never again, everything else to be tried again."""
    if 200 <= status < 300:
        return Verdict(Fate.DELIVERED)
    if status == 410:
        return Verdict(Fate.DEAD, "410: it wants no more")
    if 300 <= status < 400:
        return Verdict(Fate.WAITING, f"{status}: redirects are not followed")
    after = _seconds(retry_after, now) if status in ASKING else 0.0
    return Verdict(Fate.WAITING, _answered(status), min(after, LONGEST_RETRY_AFTER))


def _answered(status: int) -> str:
    return f"answered {status}"


def _seconds(text: str, now: float) -> float:
    """A Retry-After, which is seconds or a date, as seconds from now; 0 where it can't be read."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0
