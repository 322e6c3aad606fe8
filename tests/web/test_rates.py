"""Requests and wrong keys are counted alike in memory and in the table that bridges share, and there for all."""

import asyncio
import math
import time

import pytest
from aiohttp.test_utils import make_mocked_request
from limits import parse

from bridge.core.errors import StorageError, TooManyRequests, Unauthorized
from bridge.core.settings import Settings
from bridge.web.access import OPERATOR
from bridge.web.guard import Counts, Guard

LONG = 10**9  # seconds: no test meets the end of such a window
YEARS = 10 * 365 * 24 * 3600


@pytest.fixture
async def shared(database_url):
    """Counts of two bridges on one database."""
    from bridge.storage.postgres.address import address
    from bridge.storage.postgres.database import Database
    from bridge.storage.postgres.rates import SharedRates

    databases = [Database(address(database_url)) for _ in range(2)]
    yield [SharedRates(database) for database in databases]
    for database in databases:
        await database.dispose()


@pytest.fixture(params=["memory", "postgresql"])
def both(request):
    """Two views of the same counts."""
    return [Counts()] * 2 if request.param == "memory" else request.getfixturevalue("shared")


async def test_so_many_pass_as_may_within_the_time_whoever_counts_them(both):
    asked = [each.acquire_sliding_window_entry("ann", 7, LONG) for each in both for _ in range(10)]
    assert sum(await asyncio.gather(*asked)) == 7
    assert [await each.acquire_sliding_window_entry("ben", 7, LONG) for each in both] == [True, True]
    for each in both:
        before, _, now, _ = await each.get_sliding_window("ann", LONG)
        assert (before, now) == (0, 7)


async def test_what_came_in_the_window_before_counts_by_its_share(both, request, monkeypatch):
    one, other = both
    for _ in range(7):
        assert await one.acquire_sliding_window_entry("ann", 7, LONG)
    if isinstance(one, Counts):
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + LONG)
    else:
        postgres, address = request.getfixturevalue("postgres"), request.getfixturevalue("database_url")
        postgres.run("UPDATE bridge_rates SET period = period - 1", address)
    before, seconds, current, _ = await other.get_sliding_window("ann", LONG)
    assert (before, current, 0 < seconds <= LONG) == (7, 0, True)
    free = 10 - math.floor(7 * seconds / LONG)
    assert [await other.acquire_sliding_window_entry("ann", 10, LONG) for _ in range(12)] == [True] * free + [False] * (
        12 - free
    )


async def test_turns_come_one_after_the_other_and_who_would_wait_too_long_gets_none(both):
    waits = [await each.turn("192.0.2.1", 100.0, 250.0) for _ in range(2) for each in both]
    assert waits.pop() is None
    assert waits == pytest.approx([0.0, 100.0, 200.0], abs=30.0)  # less what a busy machine took meanwhile
    assert await both[0].turn("192.0.2.2", 100.0, 250.0) == pytest.approx(0.0, abs=0.001)


def asked(key=""):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    result = make_mocked_request("POST", "/", headers=headers)
    result.transport.get_extra_info.side_effect = lambda name: ("192.0.2.1", 1)
    return result


def guards(shared, **settings):
    return [Guard(Settings(_env_file=None, **settings), rates=rates) for rates in shared]


@pytest.mark.parametrize("rate", ["5/10 year", "5/10 year;100/10 year"])
async def test_a_rate_holds_over_all_bridges_and_the_refusal_says_when_to_come_again(shared, tmp_path, rate):
    one, other = guards(shared, rate_limit=rate, data=tmp_path)
    for guard in (one, other, one, other, one):
        await guard.count(asked(), OPERATOR)
    for guard in (one, other):
        with pytest.raises(TooManyRequests, match="5 per 10 year is the most from this address") as refused:
            await guard.count(asked(), OPERATOR)
        assert 1 <= refused.value.retry_after <= YEARS


async def test_wrong_keys_are_counted_over_all_bridges_and_no_more_than_a_hint_of_them_is_kept(
    shared, tmp_path, monkeypatch, postgres, database_url
):
    monkeypatch.setattr("bridge.web.guard.PACE_SECONDS", 0.01)
    monkeypatch.setattr("bridge.web.guard.WRONG_KEYS", parse("20/10 year"))
    monkeypatch.setattr("bridge.web.guard.THE_SAME", parse("1/10 year"))
    one, other = guards(shared, api_key="master", data=tmp_path)
    for number in range(20):
        with pytest.raises(Unauthorized):
            await (one, other)[number % 2].caller(asked(f"guess {number}"))
    for guard in (one, other):
        with pytest.raises(TooManyRequests, match="Too many wrong keys"):
            await guard.caller(asked("one more"))
        assert await guard.caller(asked("master")) == OPERATOR
    names = [name for (name,) in postgres.run("SELECT name FROM bridge_rates", database_url)]
    assert names
    assert max(len(name.split("/")[2]) for name in names if name.endswith("1/10/year")) == 8


async def test_while_the_database_is_away_requests_are_refused_and_keys_still_judged(shared, tmp_path, postgres):
    one, _ = guards(shared, rate_limit="5/10 year", api_key="master", data=tmp_path)
    await asyncio.to_thread(postgres.stop)
    try:
        with pytest.raises(StorageError, match="doesn't answer"):
            await one.count(asked("master"), OPERATOR)
        assert await one.caller(asked("master")) == OPERATOR
        with pytest.raises(Unauthorized):
            await one.caller(asked("wrong"))
    finally:
        await asyncio.to_thread(postgres.start)


async def test_counts_that_are_over_are_removed(shared, monkeypatch, postgres, database_url):
    await shared[0].acquire_sliding_window_entry("old", 5, LONG)
    postgres.run("UPDATE bridge_rates SET until = now() - interval '1 second'", database_url)
    monkeypatch.setattr("bridge.storage.postgres.rates.SWEEP_SECONDS", -1.0)
    await shared[0].acquire_sliding_window_entry("new", 5, LONG)
    assert postgres.run("SELECT name FROM bridge_rates", database_url) == [("new",)]
