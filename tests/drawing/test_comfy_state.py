"""How often ComfyUI is asked for its nodes and models, and what is done with what it tells again."""

import asyncio
import copy

import pytest
from waiting import until

from bridge.core.settings import Settings
from bridge.drawing import comfy_state
from bridge.drawing.comfy_state import ComfyState

LOADER = "CheckpointLoaderSimple"


class Told:
    """A ComfyUI that counts what it is asked."""

    generation, up = 1, True

    def __init__(self):
        self.asked, self.files = [], ["a.ckpt"]

    def info(self):
        return {LOADER: {"input": {"required": {"ckpt_name": [self.files, {}]}}}, "Other": {"input": {}}}

    async def object_info(self):
        self.asked.append("all")
        await asyncio.sleep(0)
        return copy.deepcopy(self.info())

    async def classes(self, names):
        self.asked.append(sorted(names))
        return {name: copy.deepcopy(self.info()[name]) for name in names}

    async def wait_up(self):
        return True

    async def embeddings(self):
        return ()

    async def model_kinds(self):
        return {}


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def looked(told):
    return ComfyState(Settings(), told, lambda: told).look


async def test_many_who_ask_at_once_ask_comfyui_once(told, looked):
    looks = await asyncio.gather(*(looked() for _ in range(5)))
    assert told.asked == ["all"]
    assert all(look is looks[0] for look in looks)


async def test_a_new_model_is_seen_by_asking_for_the_nodes_that_list_models_only(told, looked, monkeypatch):
    await looked()
    monkeypatch.setattr(comfy_state, "INFO_SECONDS", 0.0)
    told.files = ["a.ckpt", "b.ckpt"]
    info = (await looked()).info
    assert info[LOADER]["input"]["required"]["ckpt_name"][0] == ["a.ckpt", "b.ckpt"]
    assert told.asked == ["all", [LOADER]]


async def test_what_is_told_again_stays_the_same_object(told, looked, monkeypatch):
    first = (await looked()).info
    monkeypatch.setattr(comfy_state, "WHOLE_SECONDS", 0.0)
    told.files = ["b.ckpt"]
    second = (await looked()).info
    assert told.asked == ["all", "all"]
    assert second["Other"] is first["Other"]
    assert second[LOADER] is not first[LOADER]


async def test_the_lists_are_read_once_a_look(told, monkeypatch):
    outside = ComfyState(Settings(), told, lambda: told)
    first = await outside.catalog()
    assert first.checkpoints == ("a.ckpt",)
    assert await outside.catalog() is first
    monkeypatch.setattr(comfy_state, "INFO_SECONDS", 0.0)
    told.files = ["b.ckpt"]
    assert (await outside.catalog()).checkpoints == ("b.ckpt",)


async def test_another_life_of_comfyui_is_asked_for_everything(told, looked):
    await looked()
    told.generation = 2
    await looked()
    assert told.asked == ["all", "all"]


class ToldOfAnNpu(Told):
    """One whose NPU has no model yet; `engine_told` is what it says of it."""

    def __init__(self):
        super().__init__()
        self.engine_told = {"state": "loading"}

    async def engine(self, name):
        self.asked.append(name)
        await asyncio.sleep(0)
        return dict(self.engine_told)


async def test_an_npus_size_is_known_as_soon_as_its_model_is_loaded(monkeypatch):
    told = ToldOfAnNpu()
    outside = ComfyState(Settings(engine="axera"), told, lambda: told)
    assert (await outside.catalog()).size is None
    told.engine_told = {"state": "ready", "model": "lcm", "size": [64, 48]}
    assert (await outside.catalog()).size == (64, 48)
    told.engine_told = {"state": "cold", "size": [64, 48]}
    monkeypatch.setattr(comfy_state, "INFO_SECONDS", 0.0)
    assert (await outside.catalog()).size == (64, 48)


async def test_many_who_ask_while_a_model_is_loaded_share_what_was_asked_after_them():
    told = ToldOfAnNpu()
    outside = ComfyState(Settings(engine="axera"), told, lambda: told)
    await outside.look()
    told.asked.clear()
    await asyncio.gather(*(outside.look() for _ in range(50)))
    assert told.asked.count("axera") == 2  # the first one's, and all the others'


async def test_while_somebody_asks_the_next_look_is_taken_before_the_last_is_too_old(told, monkeypatch):
    monkeypatch.setattr(comfy_state, "EARLY_SECONDS", comfy_state.INFO_SECONDS + 1)  # at once, that is
    monkeypatch.setattr(comfy_state, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(comfy_state, "BUSY_SECONDS", 0.2)
    outside = ComfyState(Settings(), told, lambda: told)
    looking = asyncio.create_task(outside.run())
    first = await outside.look()
    await until(lambda: len(told.asked) > 2, 5)
    asked = len(told.asked)
    assert await outside.look() is not first
    assert len(told.asked) == asked, "it was there"
    await asyncio.sleep(0.5)
    asked = [*told.asked]
    await asyncio.sleep(0.1)
    assert (looking.done(), told.asked) == (False, asked), "nobody asks any more"
    assert asked == ["all", *[[LOADER]] * (len(asked) - 1)]
    looking.cancel()
