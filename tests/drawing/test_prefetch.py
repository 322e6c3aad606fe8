"""What ComfyUI is asked for before a job's turn: for files, for the history. Hints decide nothing."""

import asyncio

import pytest
from test_run import GOOD, StandIn
from waiting import until

from bridge.comfy.client import Finding, Place
from bridge.comfy.events import Event
from bridge.core.errors import BackendFailure, Unavailable
from bridge.drawing.run_state import Prefetch
from bridge.storage.artifacts import Artifacts, digest
from bridge.storage.disk import Disk
from bridge.storage.retrying_store import RetryingStore

FILE = {"filename": "x.png", "subfolder": "", "type": "output"}
WROTE = Event("p", files={"3": [FILE]})


class Asked(StandIn):
    """A ComfyUI that notes what it is asked for, and answers what is wanted or raises it."""

    def __init__(self):
        super().__init__()
        self.asked, self.answers = [], {}

    async def _answer(self, what, usual):
        self.asked.append(what)
        found = self.answers[what].pop(0) if self.answers.get(what) else usual
        if isinstance(found, Exception):
            raise found
        return found

    async def fetch(self, file):
        return await self._answer(file["filename"], (file["filename"].encode(), "image/png"))

    async def ended(self, prompt_id):
        return await self._answer("history", Finding(Place.ENDED, GOOD))


@pytest.fixture
def comfy():
    return Asked()


@pytest.fixture
def artifacts(tmp_path):
    return Artifacts(tmp_path / "results")


@pytest.fixture
async def prefetch(store, artifacts, tmp_path, comfy):
    found = Prefetch(lambda: comfy, RetryingStore(store, artifacts, Disk((tmp_path,), 0)), "p", ["3"])
    yield found
    await found.close()


async def test_a_file_is_fetched_once_and_kept_when_its_node_has_written_it(prefetch, comfy, artifacts):
    prefetch.hear(WROTE)
    await until(lambda: artifacts.path(digest(b"x.png")).exists(), 5)
    prefetch.hear(WROTE)  # as for a node whose result was known
    took = await prefetch.take(FILE)
    assert (took.key, took.data, took.content_type) == (digest(b"x.png"), b"x.png", "image/png")
    assert comfy.asked == ["x.png"]


async def test_what_is_kept_is_safe_from_removal_until_a_row_names_it(prefetch, artifacts):
    prefetch.hear(WROTE)
    key = (await prefetch.take(FILE)).key
    await artifacts.remove([key], lambda key: [])
    assert artifacts.path(key).exists()
    await prefetch.close()
    await artifacts.remove([key], lambda key: [])
    assert not artifacts.path(key).exists()


async def test_files_of_other_nodes_and_odd_messages_are_not_fetched(prefetch, comfy):
    prefetch.hear(Event("p", files={"4": [FILE], "3": []}))
    await asyncio.sleep(0.01)
    assert comfy.asked == []


async def test_what_the_history_names_is_taken_whatever_was_heard(prefetch, comfy):
    prefetch.hear(WROTE)
    assert (await prefetch.take({**FILE, "filename": "other.png"})).data == b"other.png"
    assert sorted(comfy.asked) == ["other.png", "x.png"]


@pytest.mark.parametrize("trouble", [Unavailable("It is gone."), BackendFailure("ComfyUI answered 500.")])
async def test_what_went_wrong_early_is_tried_again_and_then_tells(prefetch, comfy, trouble):
    comfy.answers = {"x.png": [trouble], "history": [trouble]}
    prefetch.hear(WROTE)
    prefetch.hear(Event("p", drawn=True))
    assert (await prefetch.take(FILE)).data == b"x.png"
    assert await prefetch.history() == Finding(Place.ENDED, GOOD)
    comfy.answers = {"y.png": [trouble], "history": [trouble]}
    with pytest.raises(type(trouble)):
        await prefetch.take({**FILE, "filename": "y.png"})
    with pytest.raises(type(trouble)):
        await prefetch.history()


async def test_a_history_that_comes_after_the_news_of_the_last_node_is_asked_for_again(prefetch, comfy):
    comfy.answers = {"history": [None]}
    prefetch.hear(Event("p", drawn=True))
    prefetch.hear(Event("p", ended=True))
    assert await prefetch.history() == Finding(Place.ENDED, GOOD)
    assert comfy.asked == ["history", "history"]


async def test_a_history_that_was_there_is_asked_for_once(prefetch, comfy):
    prefetch.hear(Event("p", drawn=True))
    prefetch.hear(Event("p", ended=True))
    assert await prefetch.history() == Finding(Place.ENDED, GOOD)
    assert comfy.asked == ["history"]
