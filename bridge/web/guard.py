"""Who may come in, and how often: keys, wrong keys, requests in a time."""

from __future__ import annotations

import asyncio
import math
import time

from aiohttp import web
from limits import RateLimitItem, parse, parse_many
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from bridge.core.errors import TooManyRequests, Unauthorized
from bridge.core.settings import Settings
from bridge.web.access import OPERATOR, Caller, address_of, offered
from bridge.web.keyring import Keyring

# After so many different wrong keys from one address, keys that a person chose are compared at a walking pace there.
# The same one again is a client that was set up wrongly, and must not slow down others at its address.
WRONG_KEYS, THE_SAME = parse("20/minute"), parse("1/minute")
PACE_SECONDS = 0.5  # between two such comparisons
LONGEST_WAIT = 5.0  # seconds that a request waits for its own; one more gets 429
SWEEP_SECONDS = 60.0
TOO_MANY = "Too many wrong keys came from this address."


class Counts(MemoryStorage):
    """What was counted, rid now and then of what is over: `limits` itself looks through all addresses at each hit."""

    def __init__(self) -> None:
        super().__init__()
        self._swept = time.monotonic()

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count. Nothing is waited for, so that it needs no lock."""
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


class Turnstile:
    """Lets one request of an address pass every PACE_SECONDS: guessing takes years, a right key a moment longer."""

    def __init__(self) -> None:
        self._free: dict[str, float] = {}  # when the next may pass, by address; monotonic seconds

    async def turn(self, address: str) -> bool:
        """Wait for a turn; False, at once, where too many wait already."""
        now = time.monotonic()
        self._free = {each: free for each, free in self._free.items() if free > now}
        at = self._free.get(address, now)
        if at - now > LONGEST_WAIT:
            return False
        self._free[address] = at + PACE_SECONDS
        await asyncio.sleep(at - now)
        return True


class Guard:
    """One for all listeners of a process. Raises SettingsError where the file of keys can't be used."""

    def __init__(self, settings: Settings) -> None:
        self.keyring = Keyring(settings)
        self._proxies = settings.trusted_proxies
        self._rates = parse_many(settings.rate_limit) if settings.rate_limit else []
        self._window = SlidingWindowCounterRateLimiter(Counts())
        self._turnstile = Turnstile()

    async def caller(
        self, request: web.Request, own: bool | None = None, dialect: str = "", credentials: str = ""
    ) -> Caller:
        """Whose request it is.

        `own` says whether it has the credentials of its dialect, None where that has none; `credentials` says which
        those are. Raises Unauthorized, and
        TooManyRequests for an address that tried too many keys. Keys that nobody guesses open at once, whatever else
        came from their address.
        """
        if own is None and not self.keyring.needed:
            return OPERATOR
        known = self.keyring.owner(request.headers, guessable=False)
        if known is not None:
            return known
        address, offers = self._address(request), offered(request.headers)
        hasty = bool(offers) and not await self._window.test(WRONG_KEYS, address)
        if hasty and not await self._turnstile.turn(address):
            raise await self._refusal(TOO_MANY, WRONG_KEYS, address)
        known = self.keyring.owner(request.headers)
        if known is not None or own:
            return known or self.keyring.tenant(dialect)
        for offer in offers:
            if await self._window.hit(THE_SAME, address, offer):
                await self._window.hit(WRONG_KEYS, address)
        if hasty:
            raise await self._refusal(TOO_MANY, WRONG_KEYS, address)
        raise self._wanted(credentials if own is not None else "")

    def _wanted(self, credentials: str) -> Unauthorized:
        """What is said to who has nothing that opens, or something wrong."""
        ways = "`Authorization: Bearer KEY`, `X-API-Key: KEY`, or KEY as the password of HTTP Basic"
        if not credentials:
            return Unauthorized("An API key is needed.", hint=f"Send {ways}.")
        more = f"; or a key of this server: {ways}" if self.keyring.needed else ""
        return Unauthorized("Credentials are needed.", hint=f"Send {credentials}{more}.")

    async def trusts(self, request: web.Request, own: bool | None = None) -> bool:
        """Whether the operator asks, who may see how the server is; where no key is needed, whoever asks."""
        if not self.keyring.needed:
            return own is not False
        return await self.has_operators_key(request)

    async def has_operators_key(self, request: web.Request) -> bool:
        """Whether the request has the operator's key, where one is needed."""
        if not self.keyring.needed:
            return False
        try:
            return await self.caller(request) == OPERATOR
        except (Unauthorized, TooManyRequests):
            return False

    async def count(self, request: web.Request, caller: Caller) -> None:
        """Count a request that brings work, by its key, or by its address where none is needed.

        Raises TooManyRequests when there were too many.
        """
        if not self._rates:
            return
        by_key = caller.name or self.keyring.needed
        who = f"key {caller.name}" if by_key else self._address(request)
        for rate in self._rates:
            if not await self._window.test(rate, who):
                sentence = f"Too many requests: {rate} is the most {'for this key' if by_key else 'from this address'}."
                raise await self._refusal(sentence, rate, who)
        for rate in self._rates:
            await self._window.hit(rate, who)

    def _address(self, request: web.Request) -> str:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        forwarded = request.headers.getall("X-Forwarded-For", [])
        return address_of(peer[0] if isinstance(peer, tuple) else None, forwarded, self._proxies)

    async def _refusal(self, sentence: str, rate: RateLimitItem, who: str) -> TooManyRequests:
        free = (await self._window.get_window_stats(rate, who)).reset_time - time.time()
        seconds = min(max(1, math.ceil(free)), rate.get_expiry())  # a clock that was set says anything
        return TooManyRequests(sentence, hint=f"Try again in {seconds} s.", seconds=seconds)


GUARD = web.AppKey("guard", Guard)
