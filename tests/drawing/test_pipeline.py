"""What is queued ahead in ComfyUI, where it matters in which moment ComfyUI or the bridge ended."""

import asyncio
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from math import inf
from types import SimpleNamespace

import pytest
from test_run import GOOD, PICTURE, Desk, StandIn, planned
from waiting import until

from bridge.comfy.client import Finding, Place
from bridge.comfy.events import Event
from bridge.core.errors import PromptRefused, StorageFull, Unavailable
from bridge.core.job import Job, JobSpec, JobState, Upload
from bridge.drawing.pipeline import MOST_CHOSEN, QUICK_SECONDS, Pipeline
from bridge.drawing.post import Cancellation, History, fresh
from bridge.drawing.run_state import Clock, Prompt, RunState
from bridge.storage.artifacts import digest
from bridge.storage.record import Record, job_of


class Waits(StandIn):
    """A ComfyUI that knows the prompts posted to it since it was started, and draws nothing."""

    def __init__(self):
        super().__init__(GOOD)
        self.known, self.drawn, self.blind = [], None, 0

    async def submit(self, prompt_id, prompt, graph, trace):
        await super().submit(prompt_id, prompt, graph, trace)
        self.known.append(prompt_id)

    async def locate(self, prompt_id):
        if self.blind:
            self.blind -= 1
            return Finding(Place.ABSENT)
        return Finding(Place.PENDING if prompt_id in self.known else Place.ABSENT)

    async def ended(self, prompt_id):
        return Finding(Place.ENDED, GOOD)

    async def interrupt(self, prompt_id):
        self.known = [each for each in self.known if each != prompt_id]

    async def unqueue(self, prompt_id):
        if prompt_id != self.drawn:
            await self.interrupt(prompt_id)

    async def forget(self, *prompt_ids):
        pass

    def restart(self):
        self.known, self.generation = [], self.generation + 1


@pytest.fixture
def comfy(monkeypatch):
    monkeypatch.setattr("bridge.drawing.pipeline.AGAIN_SECONDS", 0.01)
    return Waits()


async def queue(store, *ids, priority=0, **changes):
    for id in ids:
        job = Job(id, "any", "txt2img", JobState.QUEUED, 0.0, 0.0, {"seed": 1}, **changes)
        await store.add(Record(job, "h", priority=priority))


def new(runner, id, **changes):
    """The row of a job that has just been planned."""
    spec = JobSpec("txt2img", "any", {"seed": 1})
    row = Record(replace(job_of(id, spec), **changes), "h")
    runner.post.plan_cache.put(id, spec, fresh(spec, {}), planned(row.job.values))
    return row


async def ahead_of(store, folder, comfy, wanted):
    """Something to choose jobs with, while the first one runs and the `wanted` are queued ahead."""
    ahead = Pipeline(Desk(store, folder, comfy).runner)
    async with looking(ahead):
        running, live = await begun(ahead)
        live.ended()
        await until(lambda: ahead.ids == wanted and len(comfy.known) == len(wanted), 5)
    await store.change(running.job.id, only_if=[JobState.RUNNING], state=JobState.COMPLETED)
    return ahead


@asynccontextmanager
async def looking(ahead):
    """In the block it is seen to it that ComfyUI has something to do next."""
    task = asyncio.create_task(ahead.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def begun(ahead):
    """The job whose turn it is, running in ComfyUI."""
    record, live = await ahead.take()
    await ahead.runner.store.change(record.job.id, only_if=[JobState.QUEUED], state=JobState.RUNNING)
    live.posted = True
    live.moved.set()
    return record, live


async def test_two_wait_once_the_running_one_is_drawn_and_come_in_their_order(store, tmp_path, comfy):
    await queue(store, "a", "b", "c", "d")
    ahead = await ahead_of(store, tmp_path, comfy, ["b", "c"])
    assert [(await store.get(id)).job.state for id in "bc"] == [JobState.QUEUED] * 2
    for id, prompt_id in zip("bc", list(comfy.known), strict=True):
        record, live = await ahead.take()
        assert (record.job.id, record.prompt_id, live.prompt.id) == (id, prompt_id, prompt_id)
        await store.change(id, only_if=[JobState.QUEUED], state=JobState.COMPLETED)
    assert (await ahead.take())[0].prompt_id is None  # nobody looked ahead for a third one


async def test_owners_take_turns_also_among_what_is_queued_ahead(store, tmp_path, comfy):
    await queue(store, "a1", "a2", "a3", owner="ann")
    await queue(store, "b1", "b2", owner="ben")
    ahead = await ahead_of(store, tmp_path, comfy, ["b1", "a2"])
    assert await store.waiting("any", chosen_ids=ahead.ids) == ["b1", "a2", "b2", "a3"]


@pytest.mark.parametrize("drawn", [False, True], ids=["it waits", "it is drawn already"])
async def test_who_may_go_first_goes_before_what_is_queued_ahead_unless_that_is_drawn_already(
    store, tmp_path, comfy, drawn
):
    await queue(store, "a", "b")
    ahead = Pipeline(Desk(store, tmp_path, comfy).runner)
    async with looking(ahead):
        _, live = await begun(ahead)
        await until(lambda: ahead.ids == ["b"] and comfy.known, 5)
        (first,) = comfy.known
        comfy.drawn = first if drawn else None
        await queue(store, "urgent", priority=1)
        ahead.moved.set()
        await until(lambda: ahead.ids == ["b"] if drawn else ahead.ids == ["urgent"] and comfy.known != [first], 5)
        live.ended()
        await until(lambda: ahead.ids == (["b", "urgent"] if drawn else ["urgent", "b"]) and len(comfy.known) == 2, 5)
    assert (len(comfy.known), first in comfy.known) == (2, drawn)
    assert (await store.get("b")).job.restarts == 0


async def test_the_order_is_looked_at_again_only_after_something_that_may_change_it(
    store, tmp_path, comfy, monkeypatch
):
    await queue(store, "a", "b")
    ahead, asked, following = Pipeline(Desk(store, tmp_path, comfy).runner), [], store.next
    async with looking(ahead):
        await begun(ahead)
        await until(lambda: ahead.ids == ["b"] and comfy.known, 5)
        monkeypatch.setattr(store, "next", lambda *about: asked.append(about) or following(*about))
        await _moved(ahead)
        asked.clear()  # the first look was after `a` had begun
        await _moved(ahead)
        assert asked == []
        await queue(store, "c")
        await _moved(ahead)
        assert asked == [(["a"], [], None)]


async def _moved(ahead):
    ahead.moved.set()
    await asyncio.sleep(0.05)


async def test_what_waited_in_a_comfyui_that_ended_is_posted_anew_and_not_counted_as_lost(store, tmp_path, comfy):
    await queue(store, "a", "b")
    ahead = await ahead_of(store, tmp_path, comfy, ["b"])
    comfy.restart()
    record, live = await ahead.take()
    assert (record.prompt_id, live.prompt.id, live.ahead.lost) == (None, None, 0)
    assert (await store.get("b")).job.restarts == 0


async def test_what_comfyui_was_drawing_when_it_ended_is_counted_whether_its_turn_had_come_or_not(
    store, tmp_path, comfy
):
    await queue(store, "a", "b")
    ahead = await ahead_of(store, tmp_path, comfy, ["b"])
    ahead.hear(Event(comfy.known[0], nodes={"3": {"state": "running", "value": 0, "max": 1}}))
    comfy.restart()
    record, live = await ahead.take()
    assert (record.prompt_id, live.ahead.lost) == (None, 1)
    assert (await store.get("b")).job.restarts == 1
    assert ahead.runner.journal.metrics.registry.get_sample_value("pixart_job_restarts_total") == 1


@pytest.mark.parametrize(("gone", "blind"), [(False, 0), (False, 2), (True, 0)], ids=["still there", "late", "gone"])
async def test_what_a_bridge_that_is_no_more_had_queued_ahead_is_taken_over(store, tmp_path, comfy, gone, blind):
    await queue(store, "a", "b")
    await ahead_of(store, tmp_path, comfy, ["b"])
    (prompt_id,) = comfy.known
    comfy.blind = blind
    if gone:
        comfy.restart()
    record, live = await Pipeline(Desk(store, tmp_path, comfy).runner).take()
    assert record.prompt_id == (None if gone else prompt_id)
    assert (await store.get("b")).job.restarts == live.ahead.lost == 0


async def test_what_a_bridge_that_is_no_more_had_queued_ahead_is_not_believed_to_be_there(store, tmp_path, comfy):
    await queue(store, "a", "b")
    await ahead_of(store, tmp_path, comfy, ["b"])
    comfy.restart()
    await queue(store, "urgent", priority=1)
    ahead = Pipeline(Desk(store, tmp_path, comfy).runner)
    async with looking(ahead):
        record, live = await begun(ahead)
        live.ended()
        await asyncio.sleep(0.1)
    assert (record.job.id, ahead.ids) == ("urgent", [])
    await store.change("urgent", only_if=[JobState.RUNNING], state=JobState.COMPLETED)
    record, _ = await ahead.take()
    assert (record.job.id, record.prompt_id, record.job.restarts) == ("b", None, 0)


async def test_what_is_given_back_waits_in_the_bridge_and_not_in_comfyui(store, tmp_path, comfy):
    await queue(store, "a", "b", "c")
    ahead = await ahead_of(store, tmp_path, comfy, ["b", "c"])
    await ahead.give_back()
    assert comfy.known == ahead.ids == []
    for id in "bc":
        record = await store.get(id)
        assert (record.job.state, record.prompt_id, record.job.restarts) == (JobState.QUEUED, None, 0)


async def test_a_job_that_was_cancelled_while_it_waited_there_is_taken_out_and_passed_over(store, tmp_path, comfy):
    await queue(store, "a", "b", "c")
    ahead = await ahead_of(store, tmp_path, comfy, ["b", "c"])
    await store.change("b", only_if=[JobState.QUEUED], state=JobState.CANCELLED)
    await ahead.cancel("b")
    assert len(comfy.known) == 1
    comfy.interrupt = lambda prompt_id: asyncio.sleep(0)
    assert (await ahead.take())[0].job.id == "c"


async def test_a_job_that_is_cancelled_as_its_turn_comes_is_taken_out(store, tmp_path, comfy):
    await queue(store, "a", "b")
    ahead = await ahead_of(store, tmp_path, comfy, ["b"])
    record, live = await ahead.take()
    await store.change("b", only_if=[JobState.QUEUED], state=JobState.CANCELLED)
    await ahead.runner.run(record, live)
    assert (comfy.known, live.prompt.id) == ([], None)


async def test_a_cancelled_job_that_a_bridge_which_is_no_more_had_queued_is_taken_out(store, tmp_path, comfy):
    await queue(store, "a", "b")
    await ahead_of(store, tmp_path, comfy, ["b"])
    await store.change("b", only_if=[JobState.QUEUED], state=JobState.CANCELLED)
    await Pipeline(Desk(store, tmp_path, comfy).runner).cancel("b")
    assert comfy.known == []


async def test_an_interrupt_that_comes_to_nothing_is_told_again_until_the_prompt_is_gone(comfy, monkeypatch):
    told, forgotten, interrupt = [], [], comfy.interrupt

    async def heedless(prompt_id):
        told.append(prompt_id)
        if len(told) == 2:
            raise Unavailable("ComfyUI does not answer.")
        if len(told) == 4:
            await interrupt(prompt_id)

    async def forget(*prompt_ids):
        forgotten.extend(prompt_ids)

    monkeypatch.setattr("bridge.drawing.post.LATER_SECONDS", 0.0)
    comfy.known, comfy.interrupt, comfy.forget = ["x", "y"], heedless, forget
    await Cancellation(lambda: comfy, History(lambda: comfy)).add("x")
    await until(lambda: forgotten, 5)
    assert (told, comfy.known, forgotten) == (["x"] * 4, ["y"], ["x"])


class Late(Waits):
    """A ComfyUI that gets some prompts late: who posted them was told nothing."""

    def __init__(self):
        super().__init__()
        self.late, self.on_its_way = False, []

    async def submit(self, prompt_id, prompt, graph, trace):
        if not self.late:
            return await super().submit(prompt_id, prompt, graph, trace)
        self.on_its_way.append(prompt_id)
        raise Unavailable("ComfyUI did not answer on its line within 15 s.")

    def arrive(self):
        self.known += self.on_its_way


async def doubtful(store, folder, comfy):
    """With a job queued ahead whose prompt is on its way to ComfyUI, as far as anybody knows."""
    await queue(store, "a", "b")
    ahead = Pipeline(Desk(store, folder, comfy).runner)
    async with looking(ahead):
        running, live = await begun(ahead)
        comfy.late = True
        live.ended()
        await until(lambda: comfy.on_its_way, 5)
    return ahead, running


@pytest.mark.parametrize(
    "how",
    ["another goes first", "it is given back", "it is cancelled", "it is cancelled as it begins", "its turn comes"],
)
async def test_a_prompt_that_comes_to_comfyui_after_it_was_given_up_is_taken_out(store, tmp_path, monkeypatch, how):
    monkeypatch.setattr("bridge.drawing.pipeline.AGAIN_SECONDS", 0.01)
    comfy = Late()
    ahead, running = await doubtful(store, tmp_path, comfy)
    if how == "another goes first":
        await queue(store, "c", priority=1)
        await ahead._look()
    elif how == "it is given back":
        await ahead.give_back()
    else:
        if how == "it is cancelled":
            await store.change("b", only_if=[JobState.QUEUED], state=JobState.CANCELLED)
        elif how == "its turn comes":
            comfy.generation += 1  # nothing got there for a while, which looks as if it had ended
        await store.change(running.job.id, only_if=[JobState.RUNNING], state=JobState.COMPLETED)
        chosen = await ahead.take()
        if how == "it is cancelled as it begins":
            await store.change("b", only_if=[JobState.QUEUED], state=JobState.CANCELLED)
            await ahead.runner.run(*chosen)
    assert "b" not in ahead.ids
    await asyncio.sleep(0.2)
    comfy.arrive()
    await until(lambda: not set(comfy.on_its_way[:1]) & set(comfy.known))


async def test_one_that_ended_comfyui_once_is_drawn_alone(store, tmp_path, comfy):
    await queue(store, "a", "b")
    await store.change("b", only_if=[JobState.QUEUED], restarts=1)
    ahead = Pipeline(Desk(store, tmp_path, comfy).runner)
    async with looking(ahead):
        await begun(ahead)
        await asyncio.sleep(0.05)
    assert ahead.ids == comfy.known == []


async def test_what_comfyui_refuses_is_refused_in_its_turn(store, tmp_path, comfy):
    async def refuse(*_):
        raise PromptRefused("No such node.")

    comfy.submit = refuse
    await queue(store, "a", "b")
    ahead = Pipeline(Desk(store, tmp_path, comfy).runner)
    async with looking(ahead):
        await begun(ahead)
        await asyncio.sleep(0.1)
    assert (await store.get("b")).job.state is JobState.QUEUED
    record, live = await ahead.take()
    await ahead.runner.run(record, live)
    job = (await store.get("b")).job
    assert (job.state, job.error) == (JobState.FAILED, "No such node.")


async def test_comfyui_has_one_more_to_draw_while_those_it_has_drawn_wait_to_be_fetched(store, tmp_path, comfy):
    await queue(store, "a", "b", "c", "d", "e", "f", "g")
    ahead = Pipeline(Desk(store, tmp_path, comfy).runner)
    async with looking(ahead):
        _, live = await begun(ahead)
        await until(lambda: ahead.ids == ["b"] and len(comfy.known) == 1, 5)  # one is drawn, one waits
        live.ended()
        for count, wanted in enumerate(["bc", "bcd", "bcde", "bcde", "bcde"], 2):
            await until(
                lambda count=count, wanted=wanted: len(comfy.known) == min(count, MOST_CHOSEN) == len(wanted), 5
            )
            assert "".join(ahead.ids) == wanted
            ahead.hear(Event(comfy.known[min(count, MOST_CHOSEN) - 2], drawn=True))
            await asyncio.sleep(0.01)


async def test_the_next_job_comes_while_another_prompt_is_being_posted(store, tmp_path, comfy):
    await queue(store, "a", "b", "c")
    posting, ahead = asyncio.Event(), Pipeline(Desk(store, tmp_path, comfy).runner)
    submit = comfy.submit

    async def slowly(prompt_id, *rest):
        if len(comfy.known) == 1:
            await posting.wait()
        await submit(prompt_id, *rest)

    comfy.submit = slowly
    async with looking(ahead):
        _, live = await begun(ahead)
        await until(lambda: len(comfy.known) == 1, 5)
        live.ended()
        await until(lambda: ahead.ids == ["b", "c"], 5)
        await store.change("a", only_if=[JobState.RUNNING], state=JobState.COMPLETED)
        assert (await asyncio.wait_for(ahead.take(), 5))[0].job.id == "b"
        await store.change("b", only_if=[JobState.QUEUED], state=JobState.COMPLETED)
        third = asyncio.create_task(ahead.take())
        await asyncio.sleep(0.05)
        assert not third.done()  # it is not run by two at once
        posting.set()
        record, live = await asyncio.wait_for(third, 5)
        assert (record.job.id, live.prompt.id) == ("c", comfy.known[-1])
    assert len(comfy.prompts) == 2


async def test_what_was_drawn_when_comfyui_ended_is_not_counted_against_it(store, tmp_path, comfy):
    await queue(store, "a", "b")
    ahead = await ahead_of(store, tmp_path, comfy, ["b"])
    ahead.hear(Event(comfy.known[0], nodes={"3": {"state": "running", "value": 0, "max": 1}}))
    ahead.hear(Event(comfy.known[0], ended=True))
    comfy.restart()
    record, live = await ahead.take()
    assert (record.prompt_id, record.job.restarts, live.ahead.lost) == (None, 0, 0)


async def test_a_fault_while_the_next_job_is_queued_is_told_and_ends_nothing(store, tmp_path, comfy, caplog):
    await queue(store, "a", "b", "c")
    ahead = Pipeline(Desk(store, tmp_path, comfy).runner)
    submit, comfy.submit = comfy.submit, None  # a mistake of ours
    async with looking(ahead):
        _, live = await begun(ahead)
        await until(lambda: "could not be queued ahead" in caplog.text, 5)
        comfy.submit = submit
        await store.change("a", only_if=[JobState.RUNNING], state=JobState.COMPLETED)
        assert (await asyncio.wait_for(ahead.take(), 5))[0].job.id == "b"
        live.ended()


@pytest.mark.parametrize(("seconds", "waiting"), [(QUICK_SECONDS / 2, 3), (2 * QUICK_SECONDS, 2)])
async def test_two_wait_where_a_prompt_is_drawn_while_the_next_is_posted(store, tmp_path, comfy, seconds, waiting):
    await queue(store, "a", "b", "c", "d", "e")
    ahead = Pipeline(Desk(store, tmp_path, comfy).runner)
    async with looking(ahead):
        _, live = await begun(ahead)
        live.progress.seconds = seconds
        live.ended()
        await until(lambda: len(comfy.known) == waiting, 5)
        await asyncio.sleep(0.02)
        assert len(comfy.known) == waiting


async def test_how_long_a_prompt_took_is_counted_from_its_first_sign_of_life():
    live = RunState("a", prompt=Prompt("p"))
    live.take(Event("p", ended=True))
    assert live.progress.seconds == inf  # nothing was heard of it before
    live = RunState("a", prompt=Prompt("p"))
    live.take(Event("p", nodes={"3": {"state": "running", "value": 0, "max": 1}}))
    live.take(Event("p", drawn=True))
    took = live.progress.seconds
    live.take(Event("p", ended=True))
    assert 0 <= live.progress.seconds == took < 1


async def test_a_job_that_nothing_waits_before_is_posted_while_its_row_gets_to_the_disk(store, tmp_path, comfy):
    ahead = Pipeline(Desk(store, tmp_path, comfy).runner)
    comfy.line, safe = True, asyncio.Event()
    sync = store.sync

    async def slowly():
        await safe.wait()
        await sync()

    store.sync = slowly
    async with looking(ahead):
        accepting = asyncio.create_task(ahead.accept(new(ahead.runner, "a"), alone=True))
        await until(lambda: comfy.known, 5)
        assert [(await store.get("a")).prompt_id] == comfy.known  # kill -9 would leave a row that names the prompt
        ahead.moved.set()  # something happened meanwhile
        await asyncio.sleep(0.05)
        assert (accepting.done(), len(comfy.known)) == (False, 1)
        safe.set()
        assert await accepting
        record, live = await asyncio.wait_for(ahead.take(), 5)
    assert (record.job.id, [record.prompt_id], [live.prompt.id]) == ("a", comfy.known, comfy.known)
    assert (record.job.workflow, record.job.used, record.job.notes) == ("txt2img@1", {"seed": 1}, ("planned",))
    comfy.locate = lambda prompt_id: asyncio.sleep(0, Finding(Place.ENDED, GOOD))
    await ahead.runner.run(record, live)
    assert ((await store.get("a")).job.state, len(comfy.prompts)) == (JobState.COMPLETED, 1)


async def test_while_the_database_is_busy_nobody_else_takes_up_what_is_being_posted(store, tmp_path, comfy):
    ahead, comfy.line, free = Pipeline(Desk(store, tmp_path, comfy).runner), True, threading.Event()
    busy = asyncio.create_task(store.database.read(lambda _: free.wait(5)))
    await asyncio.sleep(0)
    accepting = asyncio.create_task(ahead.accept(new(ahead.runner, "a"), alone=True))
    taking = asyncio.create_task(ahead.take())
    await asyncio.sleep(0.05)
    assert (comfy.known, taking.done()) == ([], False)
    free.set()
    assert await accepting
    record, _ = await asyncio.wait_for(taking, 5)
    assert ([record.prompt_id], len(comfy.prompts), await busy) == (comfy.known, 1, True)


@pytest.mark.parametrize(
    "why", ["one runs", "one waits", "the server ends", "no line", "no ComfyUI", "nothing is planned", "a known id"]
)
async def test_a_job_waits_for_its_turn_where_it_might_not_be_next(store, tmp_path, comfy, why):
    ahead = Pipeline(Desk(store, tmp_path, comfy).runner)
    row, comfy.line, comfy.up = new(ahead.runner, "b"), why != "no line", why != "no ComfyUI"
    if why == "nothing is planned":
        row = replace(row, loose=True)
    if why == "a known id":
        await queue(store, "b")
    if why == "one runs":
        await queue(store, "a")
        await ahead.take()
    if why == "the server ends":
        await ahead.give_back()
    assert await ahead.accept(row, alone=why != "one waits") == (why != "a known id")
    assert (comfy.known, ahead.ids, (await store.get("b")).prompt_id) == ([], [], None)


async def test_nothing_is_posted_for_a_row_that_could_not_be_written(store, tmp_path, comfy):
    async def full(*_, **__):
        raise StorageFull("The disk is full.")

    ahead, comfy.line, store.add = Pipeline(Desk(store, tmp_path, comfy).runner), True, full
    with pytest.raises(StorageFull):
        await ahead.accept(new(ahead.runner, "a"), alone=True)
    assert (await ahead.take(), comfy.prompts, ahead.ids) == (None, [], [])


async def test_whoever_stops_waiting_for_the_answer_leaves_a_job_that_is_drawn(store, tmp_path, comfy):
    ahead, comfy.line = Pipeline(Desk(store, tmp_path, comfy).runner), True
    accepting = asyncio.create_task(ahead.accept(new(ahead.runner, "a"), alone=True))
    await asyncio.sleep(0)
    accepting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await accepting
    record, _ = await asyncio.wait_for(ahead.take(), 5)
    assert [record.prompt_id] == comfy.known


async def test_what_is_refused_while_its_row_gets_to_the_disk_is_refused_in_its_turn(store, tmp_path, comfy):
    async def refuse(*_):
        raise PromptRefused("No such node.")

    ahead, comfy.line, comfy.submit = Pipeline(Desk(store, tmp_path, comfy).runner), True, refuse
    assert await ahead.accept(new(ahead.runner, "a"), alone=True)
    record, live = await asyncio.wait_for(ahead.take(), 5)
    assert (record.prompt_id, record.job.state) == (None, JobState.QUEUED)
    await ahead.runner.run(record, live)
    job = (await store.get("a")).job
    assert (job.state, job.error) == (JobState.FAILED, "No such node.")


@pytest.mark.parametrize("called", ["pixart/{}.png", "pixart/{} (1).png"])
async def test_a_picture_goes_before_the_prompt_that_names_it(store, tmp_path, comfy, called):
    order = []

    async def upload(data, name, folder):
        await asyncio.sleep(0.01)
        order.append("picture")
        return called.format(digest(data))

    async def submit(prompt_id, *rest):
        order.append("prompt")
        await Waits.submit(comfy, prompt_id, *rest)

    ahead = Pipeline(Desk(store, tmp_path, comfy).runner)
    comfy.line, comfy.upload, comfy.submit = True, upload, submit
    pictures = {"image": digest(PICTURE)}
    spec = JobSpec("txt2img", "any", {"seed": 1}, {"image": Upload(PICTURE, "image")})
    row = Record(job_of("a", spec), "h", pictures)
    ahead.runner.post.plan_cache.put("a", spec, fresh(spec, pictures), planned(row.job.values))
    with ahead.runner.store.artifacts.holding() as put:
        await put(PICTURE)
        assert await ahead.accept(row, alone=True)
    record, live = await asyncio.wait_for(ahead.take(), 5)
    foreseen = called == "pixart/{}.png"
    assert (record.prompt_id is not None, order) == (foreseen, ["picture", "prompt"] if foreseen else ["picture"])
    comfy.locate = lambda prompt_id: asyncio.sleep(0, Finding(Place.ENDED, GOOD))
    await ahead.runner.run(record, live)
    assert ((await store.get("a")).job.state, len(comfy.prompts)) == (JobState.COMPLETED, 1)
    assert order[-2:] == ["picture", "prompt"]  # under the name that ComfyUI gave it


async def test_a_preview_is_shown_until_the_next_one_and_never_where_there_are_to_be_none():
    shown, hidden = RunState("a", prompt=Prompt("p")), RunState("b", previews=False, prompt=Prompt("p"))
    for live in (shown, hidden):
        live.take(Event("p", preview=("image/jpeg", b"first")))
        live.take(Event("p", nodes={}))
    assert (shown.progress.preview, hidden.progress.preview) == (("image/jpeg", b"first"), None)
    shown.take(Event("p", preview=("image/jpeg", b"second")))
    assert shown.progress.preview == ("image/jpeg", b"second")


def test_a_node_took_the_time_from_its_first_sign_to_its_first_end(monkeypatch):
    clock, now = Clock(), iter([1.0, 3.0, 9.0])
    monkeypatch.setattr("bridge.drawing.run_state.time", SimpleNamespace(monotonic=lambda: next(now)))
    for state in ("running", "finished", "finished"):
        clock.note({"1": {"state": state}})
    assert clock.by_title({"1": {"_meta": {"title": "Sampler"}}, "2": {}}) == {"Sampler": 2.0, "2": 0.0}
