"""Waiting ends: with what was waited for, when time is up, and always when it is cancelled."""

import asyncio

import pytest

from bridge.core.deadline import within


async def test_what_is_done_in_time_is_returned_and_its_error_raised():
    async def failing():
        raise KeyError("x")

    assert await within(5, asyncio.sleep(0, "done")) == "done"
    with pytest.raises(KeyError):
        await within(5, failing())


async def test_what_takes_longer_is_cancelled_and_ended_before_anybody_hears_of_it():
    ended = []

    async def slow():
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            ended.append(True)

    with pytest.raises(asyncio.TimeoutError):
        await within(0.01, slow())
    assert ended


@pytest.mark.parametrize("turns", range(6))
async def test_a_cancellation_is_obeyed_even_when_it_comes_with_what_was_waited_for(turns):
    # `turns` of the event loop after the event, since each step from the event to who waits for it takes one
    event = asyncio.Event()

    async def waiting_for_ever():
        while True:
            event.clear()
            await within(60, event.wait())

    task = asyncio.create_task(waiting_for_ever())
    await asyncio.sleep(0.01)
    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    assert done
    assert task.cancelled()
