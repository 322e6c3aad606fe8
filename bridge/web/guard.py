"""Admission of requests by keys, and the limits of wrong keys and of requests in a time."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable
from contextlib import suppress

from aiohttp import web
from limits import RateLimitItem, parse, parse_many
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from bridge.core.errors import StorageError, TooManyRequests, Unauthorized
from bridge.core.settings import Settings
from bridge.storage.rates import Rates
from bridge.web.access import OPERATOR, Caller, address_of, offered
from bridge.web.keyring import Keyring

# After so many different wrong keys from one address, its keys that a person chose are compared at a slow pace. The
# same wrong key again comes from a client with a wrong setting, and must not slow down others at its address.
WRONG_KEYS, THE_SAME = parse("20/minute"), parse("1/minute")
PACE_SECONDS = 0.5  # between two such comparisons
LONGEST_WAIT = 5.0  # seconds that a request waits for its comparison; a longer wait is refused with 429
SWEEP_SECONDS = 60.0
TOO_MANY = "Too many wrong keys came from this address."


class Counts(MemoryStorage):
    """Counts in memory; sweeps remove expired ones. `limits` itself goes through all addresses at each hit for that."""

    def __init__(self) -> None:
        super().__init__()
        self._swept = time.monotonic()
        self._free: dict[str, float] = {}  # by name: when its next request may pass, in monotonic seconds

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add to a count. No other task runs meanwhile, so that no lock is needed."""
        self._sweep()
        self.storage[key] = await self.get(key) + amount
        self.expirations.setdefault(key, time.time() + expiry)
        return self.storage[key]

    def _sweep(self) -> None:
        if time.monotonic() - self._swept < SWEEP_SECONDS:
            return
        self._swept, now = time.monotonic(), time.time()
        for key in [key for key, end in self.expirations.items() if end <= now]:
            del self.expirations[key]
            self.storage.pop(key, None)

    async def turn(self, key: str, pace: float, longest: float) -> float | None:
        """See `Rates.turn`."""
        now = time.monotonic()
        self._free = {each: free for each, free in self._free.items() if free > now}
        at = self._free.get(key, now)
        if at - now > longest:
            return None
        self._free[key] = at + pace
        return at - now


class SharedCounts(MemoryStorage):
    """Counts that bridges share, in the form of `limits`."""

    def __init__(self, rates: Rates) -> None:
        super().__init__()
        self._rates = rates

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """See `Rates`."""
        return await self._rates.acquire_sliding_window_entry(key, limit, expiry, amount)

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """See `Rates`."""
        return await self._rates.get_sliding_window(key, expiry)


class Guard:
    """The guard of all listeners of a process. Raises SettingsError for a file of keys that can't be used.

    Requests and wrong keys are counted in `rates`, which bridges share, or else in memory. Wrong keys are counted in
    memory as well, for the time when the database doesn't answer.
    """

    def __init__(self, settings: Settings, keyring: Keyring | None = None, rates: Rates | None = None) -> None:
        self.keyring = keyring or Keyring(settings)
        self._proxies = settings.trusted_proxies
        self._rates = parse_many(settings.rate_limit) if settings.rate_limit else []
        own = Counts()
        self._turns: list[Rates] = [own, *([rates] if rates else [])]
        counts = [own, *([SharedCounts(rates)] if rates else [])]
        self._windows = [SlidingWindowCounterRateLimiter(each) for each in counts]
        self._window = self._windows[-1]

    async def caller(
        self, request: web.Request, own: bool | None = None, dialect: str = "", credentials: str = ""
    ) -> Caller:
        """The caller of a request.

        `own` says whether it has the credentials of its dialect, None for a dialect without any; `credentials`
        describes those. Raises Unauthorized, and TooManyRequests for an address that tried too many keys. Keys that
        nobody guesses open at once, whatever else came from their address.
        """
        if own is None and not self.keyring.needed:
            return OPERATOR
        caller = self.keyring.owner(request.headers, guessable=False)
        if caller is not None:
            return caller
        address, offers = self._address(request), offered(request.headers)
        hasty = bool(offers) and await self._is_hasty(address)
        if hasty and not await self._turn(address):
            raise await self._refusal(TOO_MANY, WRONG_KEYS, address, self._windows[0])
        caller = self.keyring.owner(request.headers)
        if caller is not None or own:
            return caller or self.keyring.tenant(dialect)
        for window in self._windows:
            with suppress(StorageError):
                await _note_wrong(window, address, offers)
        if hasty:
            raise await self._refusal(TOO_MANY, WRONG_KEYS, address, self._windows[0])
        raise self._unauthorized(credentials if own is not None else "")

    async def _is_hasty(self, address: str) -> bool:
        """Whether too many wrong keys came from this address, by the counts that can be read."""
        for window in self._windows:
            with suppress(StorageError):
                if not await window.test(WRONG_KEYS, address):
                    return True
        return False

    async def _turn(self, address: str) -> bool:
        """Wait for the address's turn, of which one comes every PACE_SECONDS; False, at once, if too many wait already.

        So guesses take years, and a right key a moment longer.
        """
        longest = 0.0
        for turns in self._turns:
            with suppress(StorageError):
                seconds = await turns.turn(address, PACE_SECONDS, LONGEST_WAIT)
                if seconds is None:
                    return False
                longest = max(longest, seconds)
        await asyncio.sleep(longest)
        return True

    def _unauthorized(self, credentials: str) -> Unauthorized:
        """The error for a request without a right key; `credentials` describes its dialect's own, empty for none."""
        ways = "`Authorization: Bearer KEY`, `X-API-Key: KEY`, or KEY as the password of HTTP Basic"
        if not credentials:
            return Unauthorized("An API key is needed.", hint=f"Send {ways}.")
        more = f"; or a key of this server: {ways}" if self.keyring.needed else ""
        return Unauthorized("Credentials are needed.", hint=f"Send {credentials}{more}.")

    async def trusts(self, request: web.Request, own: bool | None = None) -> bool:
        """Whether the request may see the server's health: the operator's may, and any where no key is needed."""
        if not self.keyring.needed:
            return own is not False
        return await self.has_operators_key(request)

    async def has_operators_key(self, request: web.Request) -> bool:
        """Whether the request has the operator's key; False where none is needed."""
        if not self.keyring.needed:
            return False
        try:
            return await self.caller(request) == OPERATOR
        except (Unauthorized, TooManyRequests, StorageError):
            return False

    async def count(self, request: web.Request, caller: Caller) -> None:
        """Count a request that brings work, by its key, or by its address where no key is needed.

        Raises TooManyRequests for one request too many.
        """
        if not self._rates:
            return
        by_key = caller.name or self.keyring.needed
        who = f"key {caller.name}" if by_key else self._address(request)
        asks = [(self._window.test, rate) for rate in self._rates if len(self._rates) > 1]
        for ask, rate in [*asks, *((self._window.hit, rate) for rate in self._rates)]:
            if not await ask(rate, who):
                sentence = f"Too many requests: {rate} is the most {'for this key' if by_key else 'from this address'}."
                raise await self._refusal(sentence, rate, who, self._window)

    def _address(self, request: web.Request) -> str:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        forwarded = request.headers.getall("X-Forwarded-For", [])
        return address_of(peer[0] if isinstance(peer, tuple) else None, forwarded, self._proxies)

    async def _refusal(
        self, sentence: str, rate: RateLimitItem, who: str, window: SlidingWindowCounterRateLimiter
    ) -> TooManyRequests:
        free = (await window.get_window_stats(rate, who)).reset_time - time.time()
        seconds = min(max(1, math.ceil(free)), rate.get_expiry())  # a clock that was set says anything
        return TooManyRequests(sentence, hint=f"Try again in {seconds} s.", seconds=seconds)


async def _note_wrong(window: SlidingWindowCounterRateLimiter, address: str, offers: Iterable[str]) -> None:
    """Count wrong keys, by so few digits of their digests that a mistyped key can't be found by them."""
    for offer in offers:
        if await window.hit(THE_SAME, address, offer[:8]):
            await window.hit(WRONG_KEYS, address)


GUARD = web.AppKey("guard", Guard)
