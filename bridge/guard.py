"""Who may come in, and how often: keys, wrong keys, requests in a time."""

from __future__ import annotations

import math
import time

from aiohttp import web
from limits import RateLimitItem, parse, parse_many
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from bridge.access import OPERATOR, Caller, address_of, offered
from bridge.errors import TooManyRequests, Unauthorized
from bridge.keyring import Keyring
from bridge.settings import Settings

# So many different wrong keys from one address, then none is looked at. The same one again is a client that was set up
# wrongly, and must not shut out others at its address.
WRONG_KEYS, THE_SAME = parse("20/minute"), parse("1/minute")
SWEEP_SECONDS = 60.0


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


class Guard:
    """One for all listeners of a process. Raises SettingsError where the file of keys can't be used."""

    def __init__(self, settings: Settings) -> None:
        self.keyring = Keyring(settings)
        self._proxies = settings.trusted_proxies
        self._rates = parse_many(settings.rate_limit) if settings.rate_limit else []
        self._window = SlidingWindowCounterRateLimiter(Counts())

    async def caller(self, request: web.Request, own: bool | None = None, dialect: str = "") -> Caller:
        """Whose request it is.

        `own` says whether it has the credentials of its dialect, None where that has none. Raises Unauthorized, and
        TooManyRequests for an address that tried too many keys.
        """
        if own is None and not self.keyring.needed:
            return OPERATOR
        address = self._address(request)
        if not await self._window.test(WRONG_KEYS, address):
            raise await self._refusal("Too many wrong keys came from this address.", WRONG_KEYS, address)
        found = self.keyring.owner(request.headers)
        if found is not None or own:
            return found or self.keyring.tenant(dialect)
        for offer in offered(request.headers):
            if await self._window.hit(THE_SAME, address, offer):
                await self._window.hit(WRONG_KEYS, address)
        hint = "Send `Authorization: Bearer KEY`, `X-API-Key: KEY`, or KEY as the password of HTTP Basic."
        raise Unauthorized("An API key is needed.", hint=hint)

    async def trusts(self, request: web.Request, own: bool | None = None) -> bool:
        """Whether the operator asks, who may see how the server is; where no key is needed, whoever asks."""
        if not self.keyring.needed:
            return own is not False
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
                said = f"Too many requests: {rate} is the most {'for this key' if by_key else 'from this address'}."
                raise await self._refusal(said, rate, who)
        for rate in self._rates:
            await self._window.hit(rate, who)

    def _address(self, request: web.Request) -> str:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        forwarded = request.headers.getall("X-Forwarded-For", [])
        return address_of(peer[0] if isinstance(peer, tuple) else None, forwarded, self._proxies)

    async def _refusal(self, said: str, rate: RateLimitItem, who: str) -> TooManyRequests:
        free = (await self._window.get_window_stats(rate, who)).reset_time - time.time()
        seconds = min(max(1, math.ceil(free)), rate.get_expiry())  # a clock that was set says anything
        return TooManyRequests(said, hint=f"Try again in {seconds} s.", seconds=seconds)
