"""What can go wrong, each with its HTTP status.

PixartError                500
├── BadRequest             400  the caller's fault; `field` is the caller's own word
│   ├── UnknownName        400  a name looked up in a list, with "did you mean"
│   └── MissingParts       400  the mode needs models or nodes that this ComfyUI lacks
├── Unauthorized           401
├── Forbidden              403  a web page calls that may not
├── NotFound               404
├── MethodNotAllowed       405
├── TooSlow                408  the body didn't come in time
├── Conflict               409  same id, other content; or too late to cancel
├── TooLarge               413
├── UnknownEncoding        415  the body is packed as nobody here unpacks it
├── TooManyRequests        429  of a key or an address, or too many wrong keys
├── QueueFull              503  as many jobs wait as the settings allow
│   └── TooManyJobs        429  of one key
├── Unavailable            503  ComfyUI is not there (yet)
├── StorageError           503  the disk or the jobs database fails
│   ├── StorageFull        507  the disk is full
│   └── StorageDamaged     503  the jobs database can't be read any more
├── BackendFailure         502  ComfyUI answered, but not as it should
├── PromptRefused          502  ComfyUI refused the graph
├── JobFailed              500  a node raised, or the job was lost
│   ├── TimedOut           504  the job took longer than it may
│   ├── Stalled            500  nothing was heard of it for too long
│   ├── Lost               500  ComfyUI ended twice while it drew it
│   ├── Expired            410  its file or its model's is gone
│   ├── NotInstalled       501  a node needs a Python package that ComfyUI hasn't
│   ├── AxeraError         500  the NPU, its library or its models can't be used
│   ├── MachineError       422  a console or home computer can't do what was asked of it
│   ├── UnsafePicture      422  the NSFW filter refused the picture
│   ├── UnusableInput      422  a node can't use the picture or the palette that it was given
│   └── UpstreamError      502  the server that a node asked gave no picture
│       ├── UpstreamUnavailable   502  it can't be reached, or broke off
│       ├── UpstreamUnauthorized  401  it doesn't know our name and password
│       ├── UpstreamRefused       502  it answered with an error
│       ├── UpstreamTimedOut      504  it took longer than it may
│       └── UpstreamPictureError  422  what it answered is no picture that can be used
├── WorkflowError          500  a workflow file is not what it says
└── SettingsError          500  the environment asks for something impossible

The errors of an upstream, of Axera, of machines, of the filter, of inputs and of packages are raised by nodes: the
bridge knows them by their names only, see FAULTS and INPUT_FAULTS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bridge.core.spelling import question, usual


class PixartError(Exception):
    """The root of all errors that the bridge raises on purpose.

    `message` says what is wrong, `hint` what to do, `field` names the field of the request that is wrong.
    """

    status = 500
    code = "internal"
    retry_after: int | None = None  # seconds, for the HTTP header of that name

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class BadRequest(PixartError):
    """The request can't be understood or is out of range."""

    status = 400
    code = "bad_request"


class UnknownName(BadRequest):
    """A name that is not in the list of names for its kind."""

    code = "unknown_name"

    def __init__(
        self,
        name: str,
        names: Iterable[str],
        *,
        what: str,
        field: str | None = None,
        called: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        choices = sorted(names)
        short_name = name if len(name) <= 60 else name[:57] + "..."
        hint = usual(name, choices, called) or question(name, choices) or f"Known: {', '.join(choices)}."
        super().__init__(f"{what} {short_name!r} is unknown.", field=field, hint=hint)


class MissingParts(BadRequest):
    """A mode needs models or node classes that this ComfyUI lacks; nothing was queued."""

    code = "missing_parts"


class Unauthorized(PixartError):
    """No key, or a wrong one."""

    status = 401
    code = "unauthorized"


class Forbidden(PixartError):
    """A web page calls that may not."""

    status = 403
    code = "forbidden"


class NotFound(PixartError):
    """No such job, path or file."""

    status = 404
    code = "not_found"


class MethodNotAllowed(PixartError):
    """The path exists, but not for this method; `allowed` is for the HTTP header Allow."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, path: str, method: str, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"{path} takes {self.allowed}, not {method}.")


class TooSlow(PixartError):
    """A body that takes too long to arrive."""

    status = 408
    code = "too_slow"


class Conflict(PixartError):
    """The same id with other content, or a change that comes too late."""

    status = 409
    code = "conflict"


class TooLarge(PixartError):
    """A body or picture over the limit."""

    status = 413
    code = "too_large"


class UnknownEncoding(PixartError):
    """A Content-Encoding that is not read here."""

    status = 415
    code = "unknown_encoding"


class QueueFull(PixartError):
    """As many jobs wait as the settings allow."""

    status = 503
    code = "queue_full"
    retry_after = 10  # seconds, which one or two pictures take


class TooManyRequests(PixartError):
    """More requests than RATE_LIMIT allows, or too many wrong keys; `seconds` until one more may come."""

    status = 429
    code = "too_many_requests"

    def __init__(self, message: str, *, seconds: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = seconds


class TooManyJobs(QueueFull):
    """As many jobs of one key wait and run as the key may have."""

    status = 429
    code = "too_many_jobs"


class Unavailable(PixartError):
    """ComfyUI can't be reached."""

    status = 503
    code = "unavailable"
    retry_after = 5  # ComfyUI starts in about 10 seconds


class NoComfyUI(PixartError):
    """No ComfyUI is known that could draw the job, so that the job would wait for ever."""

    status = 409
    code = "no_comfyui"
    retry_after = 5  # a worker's start, until the others know of the worker, takes about 3 seconds


class StorageError(PixartError):
    """The disk, or the jobs database on it, can't be read or written now."""

    status = 503
    code = "storage"
    retry_after = 30  # an operator has to mend the disk


class StorageFull(StorageError):
    """The disk is full, or so full that the rest is kept for jobs that are accepted already."""

    status = 507
    code = "storage_full"
    retry_after = 60


class StorageBusy(StorageError):
    """Another process writes to the database."""


class StorageDamaged(StorageError):
    """The jobs database holds rows or pages that can't be read."""


class BackendFailure(PixartError):
    """ComfyUI gave an answer that its protocol does not allow."""

    status = 502
    code = "backend_failure"


class PromptRefused(PixartError):
    """ComfyUI refused a graph; `node_errors` is ComfyUI's table of errors by node id."""

    status = 502
    code = "prompt_refused"

    def __init__(self, message: str, *, node_errors: dict | None = None) -> None:
        super().__init__(message)
        self.node_errors = node_errors or {}


class JobFailed(PixartError):
    """A job that was accepted could not be finished."""

    code = "job_failed"


class TimedOut(JobFailed):
    """A job took longer than it may."""

    status = 504
    code = "timed_out"


class Stalled(JobFailed):
    """A job gave no sign of life for too long, and could not be begun anew."""

    code = "stalled"


class Lost(JobFailed):
    """ComfyUI ended twice while it drew the same job, which is given up so that the next jobs are drawn."""

    code = "lost"


class Expired(JobFailed):
    """A file of an accepted job is gone, one of the model's too: somebody removed it, or the disk lost it."""

    status = 410
    code = "expired"


class NotInstalled(JobFailed):
    """A node needs an optional Python package that ComfyUI lacks."""

    status = 501
    code = "not_installed"


class AxeraError(JobFailed):
    """An NPU, its library or its models can't be used."""

    code = "axera"


class MachineError(JobFailed):
    """A console or home computer can't do what was asked of it."""

    status = 422
    code = "machine"


class UnsafePicture(JobFailed):
    """The NSFW filter refused the picture."""

    status = 422
    code = "unsafe_picture"


class UnusableInput(JobFailed):
    """A node can't use the picture or the palette that it was given."""

    status = 422
    code = "unusable_input"


class UpstreamError(JobFailed):
    """Another server, which a node asks for a picture, gave none."""

    status = 502
    code = "upstream"


class UpstreamUnavailable(UpstreamError):
    """The other server can't be reached, or broke the connection off."""

    code = "upstream_unavailable"


class UpstreamUnauthorized(UpstreamError):
    """The other server refuses the name and password."""

    status = 401
    code = "upstream_unauthorized"


class UpstreamRefused(UpstreamError):
    """The other server answered with an error."""

    code = "upstream_refused"


class UpstreamTimedOut(UpstreamError):
    """The other server took longer than it may."""

    status = 504
    code = "upstream_timed_out"


class UpstreamPictureError(UpstreamError):
    """The other server's answer is no usable picture."""

    status = 422
    code = "upstream_picture"


# Nodes' errors by the class name in ComfyUI's history; their messages name the part of the workflow that failed.
FAULTS: dict[str, type[JobFailed]] = {
    kind.__name__: kind
    for kind in (
        NotInstalled,
        AxeraError,
        MachineError,
        UnsafePicture,
        UpstreamError,
        UpstreamUnavailable,
        UpstreamUnauthorized,
        UpstreamRefused,
        UpstreamTimedOut,
        UpstreamPictureError,
    )
}
# Errors whose message is completed with the node's title, since several nodes of a workflow may raise them.
INPUT_FAULTS = {"PictureError": UnusableInput, "PaletteError": UnusableInput, "FileNotFoundError": Expired}


class WorkflowError(PixartError):
    """A workflow file breaks its own contract."""

    code = "workflow"


class SettingsError(PixartError):
    """A setting that can't be obeyed; the process does not start."""

    code = "settings"
