"""The way from a request to its answer: one handler for every route of every dialect."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bridge.adapters.dialect import (
    IDEMPOTENCY,
    PREFER,
    Action,
    Answer,
    Command,
    Dialect,
    Filter,
    Request,
    Route,
    Submission,
    notes_header,
)
from bridge.adapters.fields import switch
from bridge.catalog.models import Catalog
from bridge.core import logs
from bridge.core.deadline import within
from bridge.core.errors import BadRequest, NotFound
from bridge.core.job import Job, JobSpec
from bridge.core.metrics import Metrics
from bridge.core.picture import tiff
from bridge.core.picture.codec import check, is_quick
from bridge.engine.port import Jobs
from bridge.web.access import OPERATOR, Caller
from bridge.web.body import body_bytes, parse_json
from bridge.web.unread import patience, unread_parameters

LARGE_BYTES = 64 << 10  # bytes of JSON or base64 from which on work takes longer than the way to a thread and back
HEARTBEAT_SECONDS = 15  # proxies close a stream that is silent for longer, often after 30 or 60 s
LAST_EVENT = "end"  # the id of a stream's last event, after which there is no other
INLINE_PARAMETER = "inline"  # the query `?inline=true` of clients that want a picture from here and no redirect
JOB_ID = "X-Job-Id"  # the header by which a client finds its job again after a wait in vain
NOT_IDEMPOTENT = f"{IDEMPOTENCY} is not read here: requests are the same by their own id alone, where the API has one."
CACHE_HEADER = "X-Cache"  # whether a finished job's results came from the cache

JOBS: web.AppKey[Jobs] = web.AppKey("jobs")
METRICS: web.AppKey[Metrics] = web.AppKey("metrics")
OPTIONS: web.AppKey[dict[str, Any]] = web.AppKey("options")
MOST_PIXELS = web.AppKey("most_pixels", int)  # of a picture that is sent
# The middlewares' knowledge of the caller; see JobSpec's fields of the same names.
CALLER = web.RequestKey("caller", Caller)
TRACE, WEBHOOK = (web.RequestKey(name, str) for name in ("trace", "webhook"))
BODY_SIZE = web.RequestKey("size", int)  # bytes of the body, unpacked
WAITING_TASKS: web.AppKey[set[asyncio.Task[Any]]] = web.AppKey("waiting")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Call:
    """One HTTP request to one route."""

    http: web.Request
    route: Route
    dialect: Dialect

    @property
    def jobs(self) -> Jobs:
        """The job engine."""
        return self.http.app[JOBS]

    @property
    def id(self) -> str:
        """The id of the job in the path."""
        return self.http.match_info["id"]

    @property
    def last_event(self) -> str | None:
        """The id of the last event that a stream's reader had before it connected again."""
        headers = self.http.headers
        return headers.get("Last-Event-ID")

    @property
    def caller(self) -> Caller:
        """The caller that the middlewares found."""
        return self.http.get(CALLER, OPERATOR)

    async def request(self) -> Request:
        """The request in the form that adapters take."""
        query, submits = self.http.query, self.route.action is Action.SUBMIT
        needs_lists = submits or self.route.action is Action.ASK  # a poll of a job needs none
        return Request(
            body=await self._body(needed=submits) if self.http.method not in ("GET", "HEAD") else None,
            params=self.http.match_info,
            query={name: ",".join(query.getall(name)) for name in query},
            headers=self.http.headers,
            options=self.http.app[OPTIONS][self.dialect.name],
            memory=await self.jobs.dialect_memory(self.dialect.name) if needs_lists else {},
            catalog=await self.jobs.catalog() if needs_lists else Catalog(),
            now=time.time(),
            token=secrets.randbits(64),
        )

    async def _body(self, *, needed: bool) -> Any:
        """The body's JSON values; None for an empty body. The bytes are released as soon as they are read."""
        data = await body_bytes(self.http)
        size = self.http[BODY_SIZE] = len(data)
        if self.route.request is None:
            return None  # what is posted there says by its path alone what it wants
        if not needed and (not data or data.isspace()):
            return None
        return await aside(size, parse_json, data, self.http.content_type)

    async def own(self, id: str, *, data: bool = False) -> Job:
        """A job of this dialect and caller. Raises NotFound, also for another dialect's or caller's job."""
        job = await self.jobs.get(id, data=data)
        if job.dialect != self.dialect.name or self.caller.name not in ("", job.owner):
            raise NotFound("Job not found")
        return job

    @property
    def patience(self) -> int:
        """For how many seconds the client would rather wait for the job's end, where the route heeds that wish."""
        return self.wish[0]

    @property
    def wish(self) -> tuple[int, tuple[str, ...]]:
        """The same, with a note where the client wishes for what can't be."""
        headers = self.http.headers
        return patience(headers.get(PREFER, "") if PREFER in self.route.headers else "")

    async def wait(self, id: str) -> None:
        """Return when the job has ended, or the client's patience, where the route waits for either; else at once."""
        if self.route.wait:
            await self._end(id)
        elif self.patience:
            with contextlib.suppress(asyncio.TimeoutError):
                await within(self.patience, self._end(id))

    async def _end(self, id: str) -> None:
        if (await self.own(id)).state.final:
            return
        with ended_with(self.http.app, "answer"):
            async for _ in self.jobs.watch(id, steps=False):
                pass

    async def result(self, id: str) -> Job:
        """The job with its results, after its end if the route waits for that."""
        await self.wait(id)
        return await self.own(id, data=True)

    async def link(self) -> str | None:
        """The URL of the route's file at another server; None without one, or for a client that can't go there.

        A script in a page can't: the page's policy and the bucket's would both have to allow it.
        """
        http = self.http
        inline = (self.route.file and _inline(http)) or http.headers.get("Sec-Fetch-Dest") == "empty"
        if not self.route.file or not self.jobs.links or inline or http.method != "GET":
            return None
        await self.wait(self.id)
        await self.own(self.id)
        return await self.jobs.link(self.id, self.route.file)


def _inline(http: web.Request) -> bool:
    """Whether `?inline=` says yes. Raises BadRequest."""
    try:
        return bool(switch(http.query.get(INLINE_PARAMETER) or None))
    except ValueError as error:
        raise BadRequest(f"{INLINE_PARAMETER} {error}.", field=INLINE_PARAMETER) from error


def handler(route: Route, dialect: Dialect) -> Handler:
    """The function that serves this route; ACTIONS has its part between `read` and `answer`."""

    async def handle(http: web.Request) -> web.StreamResponse:
        call = Call(http, route, dialect)
        if route.action is Action.EVENTS:
            return await _events(call)
        request = await call.request()
        if url := await call.link():
            return web.Response(status=302, headers={"Location": url, "Cache-Control": "no-store", JOB_ID: call.id})
        subject = await ACTIONS[route.action](call, request)
        headers = {**_job_headers(subject), **_noted(call)}
        size = sum(each.size for each in subject.artifacts) if isinstance(subject, Job) else LARGE_BYTES
        answer = await aside(size, route.answer, subject, request)
        return await respond(http, answer, headers)

    return handle


async def aside(size: int, work: Callable[..., Any], *arguments: Any) -> Any:
    """The result of `work`, which is done in a thread if it has many bytes: megabytes take a tenth of a second."""
    return await asyncio.to_thread(work, *arguments) if size >= LARGE_BYTES else work(*arguments)


def _job_headers(subject: Any) -> dict[str, str]:
    """The headers about a job, which are the same in all dialects."""
    if not isinstance(subject, Job):
        return {}
    if subject.cached is None or not subject.state.final:
        return {JOB_ID: subject.id}
    result = "MISS" if not subject.cached else "HIT" if subject.cached == subject.parts else "PARTIAL"
    return {JOB_ID: subject.id, CACHE_HEADER: result}


def unread(call: Call) -> tuple[str, ...]:
    """A sentence for each parameter of the query that the route doesn't read, and for a header that it doesn't heed."""
    route, query = call.route, call.http.query
    may = (*route.query, *((INLINE_PARAMETER,) if route.file else ()))
    is_submission = route.action is Action.SUBMIT
    sentences = unread_parameters(query, may, " Fields belong into the body." if is_submission else "")
    is_lost = is_submission and IDEMPOTENCY not in route.headers and IDEMPOTENCY in call.http.headers
    return (*sentences, *((NOT_IDEMPOTENT,) if is_lost else ()), *call.wish[1])


def _noted(call: Call) -> dict[str, str]:
    """The header with what was ignored, in answers that aren't about a new job, whose notes have it."""
    return notes_header(() if call.route.action is Action.SUBMIT else unread(call))


def _pages(spec: JobSpec) -> Iterator[str]:
    """A sentence for each picture whose file has others behind the first."""
    counts = {upload.field: tiff.pages(upload.data) for upload in spec.pictures.values()}
    return (f"{field} has {count} pages, of which the first is taken." for field, count in counts.items() if count > 1)


async def _submit(call: Call, request: Request) -> Job:
    logs.hide_prompts(request.body)
    submission = await _submission(call, request)
    spec, caller = submission.spec, call.caller
    spec = replace(
        spec,
        owner=caller.name,
        priority=spec.priority + caller.priority,
        most=caller.jobs,
        trace=call.http.get(TRACE, ""),
        webhook=call.http.get(WEBHOOK, ""),
        notes=(*spec.notes, *unread(call), *_pages(spec)),
    )
    check_of_pictures = asyncio.create_task(_check_pictures(call, spec))
    try:
        await asyncio.sleep(0)  # so that a thread decodes, without Python's lock, while the job is planned here
        job = await call.jobs.submit(spec, submission.id, check_of_pictures)
    finally:
        await asyncio.gather(check_of_pictures, return_exceptions=True)
    if submission.remember:
        await call.jobs.command(call.dialect.name, Command(remember=submission.remember))
    if call.route.wait or job.state.final or call.patience:
        job = await call.result(job.id)  # else it is answered in the state of its acceptance: by now it may run
    # A request that was repeated may have fields of its own that make no difference.
    return replace(job, notes=tuple(dict.fromkeys((*job.notes, *spec.notes))))


async def _submission(call: Call, request: Request) -> Submission:
    """The submission that the dialect reads from the request, in a thread for large requests."""
    assert call.route.read is not None
    return await aside(call.http[BODY_SIZE], call.route.read, request)


async def _check_pictures(call: Call, spec: JobSpec) -> None:
    """Raise BadRequest for an upload that is no usable picture, while the job is planned."""
    for upload in spec.pictures.values():
        await aside(0 if is_quick(upload) else LARGE_BYTES, check, upload, call.http.app[MOST_PIXELS])


async def _show(call: Call, _: Request) -> Job:
    return await call.result(call.id)


async def _cancel(call: Call, _: Request) -> Job:
    await call.own(call.id)
    return await call.jobs.cancel(call.id, waiting_only=call.route.waiting_only)


async def _remove(call: Call, _: Request) -> Job:
    await call.own(call.id)
    return await call.jobs.remove(call.id)


async def _list(call: Call, request: Request) -> list[Job]:
    choice: Filter = call.route.read(request) if call.route.read else Filter()
    about = {"dialect": call.dialect.name, "owner": call.caller.name}
    return await call.jobs.list(states=choice.states, limit=choice.limit, **about)


async def _ask(call: Call, request: Request) -> Any:
    command: Command = call.route.read(request) if call.route.read else Command()
    if command != Command():
        await call.jobs.command(call.dialect.name, command, call.caller.name)
    about = call.route.about(request) if call.route.about else None
    more = {"statistics": call.route.statistics, "owner": call.caller.name}
    view = await call.jobs.view(call.dialect.name, about, **more)
    return replace(view, modes=await call.jobs.modes()) if call.route.modes else view


ACTIONS: dict[Action, Callable[[Call, Request], Awaitable[Any]]] = {
    Action.SUBMIT: _submit,
    Action.SHOW: _show,
    Action.CANCEL: _cancel,
    Action.REMOVE: _remove,
    Action.LIST: _list,
    Action.ASK: _ask,
}


async def respond(http: web.Request, answer: Answer, headers: dict[str, str]) -> web.StreamResponse:
    """The HTTP response of an answer: always with its length, in blocks where the answer has their size."""
    data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    fields = {**headers, **answer.headers}
    if not answer.block:
        return web.Response(body=data, status=answer.status, content_type=answer.content_type, headers=fields)
    response = web.StreamResponse(status=answer.status, headers={**fields, "Content-Type": answer.content_type})
    response.content_length = len(data)
    await response.prepare(http)
    if http.method != "HEAD":
        for start in range(0, len(data), answer.block):
            await response.write(data[start : start + answer.block])
    await response.write_eof()
    return response


@contextlib.contextmanager
def ended_with(app: web.Application, kind: str) -> Iterator[None]:
    """A context in which a request waits for a job: the server's end cancels it, and needn't wait for the job."""
    task = asyncio.current_task()
    assert task is not None
    app[WAITING_TASKS].add(task)
    try:
        with app[METRICS].holding(kind):
            yield
    finally:
        app[WAITING_TASKS].discard(task)


async def end_waiting(app: web.Application) -> None:
    """Cancel the requests that wait for a job."""
    for task in app[WAITING_TASKS]:
        task.cancel()


async def _events(call: Call) -> web.StreamResponse:
    """Server-sent events of a job: one `data:` for each change, comments between, and the end at a final state.

    An EventSource connects again after the end, with the id of its last event: only a 204 makes it stop.
    """
    job = await call.own(call.id)  # an unknown id is a 404, not a stream
    if job.state.final and call.last_event == LAST_EVENT:
        return web.Response(status=204, headers={JOB_ID: call.id})
    request = await call.request()
    changes = call.jobs.watch(call.id)
    async with contextlib.aclosing(changes):  # type: ignore[type-var]  # an async generator, as `watch` returns
        fields = {JOB_ID: call.id, "Content-Type": "text/event-stream", "Cache-Control": "no-cache", **_noted(call)}
        response = web.StreamResponse(headers=fields)
        await response.prepare(call.http)
        with contextlib.suppress(ConnectionResetError), ended_with(call.http.app, "stream"):
            async for job in _with_heartbeat(changes, response):
                data = json.dumps(call.route.answer(job, request).body).encode()
                last = b"id: " + LAST_EVENT.encode() + b"\n" if job.state.final else b""
                await response.write(last + b"data: " + data + b"\n\n")
    return response


async def _with_heartbeat(changes: AsyncIterator[Job], response: web.StreamResponse) -> AsyncIterator[Job]:
    waiting = asyncio.ensure_future(anext(changes, None))
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=HEARTBEAT_SECONDS)
            if not done:
                await response.write(b": still there\n\n")
                continue
            job = waiting.result()
            if job is None:
                return
            yield job
            waiting = asyncio.ensure_future(anext(changes, None))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
