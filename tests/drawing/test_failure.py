"""Why a job failed, from a node's exception to the HTTP status of each dialect that waits."""

import ast

import pytest
import torch

from bridge.adapters import dialects
from bridge.adapters.dialect import Action, Request
from bridge.comfy.protocol import read_outcome
from bridge.core.errors import FAULTS, INPUT_FAULTS, JobFailed, TimedOut
from bridge.core.job import Job, JobState
from bridge.core.job_error import failure_of
from bridge.core.places import ROOT
from bridge.core.variables import options_of

STATUS = {
    "NotInstalled": 501,
    "AxeraError": 500,
    "UpstreamError": 502,
    "UpstreamUnavailable": 502,
    "UpstreamUnauthorized": 401,
    "UpstreamRefused": 502,
    "UpstreamTimedOut": 504,
    "UpstreamPictureError": 422,
    "UnsafePicture": 422,
    "MachineError": 422,
}
INPUTS = {"PictureError": 422, "PaletteError": 422, "FileNotFoundError": 410}
PLAIN = {"": 500, "JobFailed": 500, "SeedError": 500, "OutOfMemoryError": 500}
WAITING = [
    (dialect, route)
    for dialect in dialects().values()
    for route in dialect.routes
    if route.wait and route.action is Action.SUBMIT
]


def job(**changes):
    return Job("a", "any", "txt2img", **{"state": JobState.FAILED, "progress": 0.5, "created_at": 0.0, **changes})


def answered(dialect, route, failed):
    """What the client gets, as the server does it."""
    asked = Request(body={}, options=options_of(dialect.options))
    try:
        return route.answer(failed, asked)
    except JobFailed as error:
        return (route.error or dialect.error)(error)


def test_every_fault_has_its_status_and_every_upstream_fault_of_the_pack_is_known():
    assert {name: kind.status for name, kind in FAULTS.items()} == STATUS
    assert {name: kind.status for name, kind in INPUT_FAULTS.items()} == INPUTS
    tree = ast.parse((ROOT / "custom_nodes/pixart_nodes/errors.py").read_text(encoding="utf-8"))
    raised = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert {name for name in raised if name.startswith(("Upstream", "Axera", "Unsafe", "NotInst", "Machine"))} == set(
        FAULTS
    )


@pytest.mark.parametrize(("fault", "status"), (STATUS | INPUTS | PLAIN | {"TimedOut": None}).items())
@pytest.mark.parametrize(("dialect", "route"), WAITING, ids=lambda value: getattr(value, "path", ""))
def test_a_dialect_that_waits_answers_with_the_faults_status_in_its_own_shape(dialect, route, fault, status):
    late = 504 if dialect.name == "pico" else 500
    given = answered(dialect, route, job(error="The A1111 at http://x said no.", fault=fault))
    assert given.status == (late if status is None else status)
    assert "The A1111 at http://x said no." in str(given.body)
    assert set(given.body) == set(dialect.problem.model_fields)
    dialect.problem.model_validate(given.body, strict=True)


def test_a_job_over_its_limit_is_a_time_out_only_to_a_gateway():
    late = job(error="It took longer than 3 s.", fault="TimedOut")
    assert type(failure_of(late, gateway=True)) is TimedOut
    assert type(failure_of(late)) is JobFailed
    assert str(failure_of(late)) == "It took longer than 3 s."


def test_a_job_that_says_nothing_is_told_by_its_state():
    assert str(failure_of(job(state=JobState.CANCELLED, error="x"))) == "It was cancelled."
    assert str(failure_of(job(state=JobState.COMPLETED))) == "It ended without a picture."
    assert str(failure_of(job(state=JobState.COMPLETED), otherwise="It has no bytes.")) == "It has no bytes."


@pytest.mark.parametrize(
    ("raised", "fault"),
    [
        ("/data/custom_nodes/pixart_nodes.errors.UpstreamUnauthorized", "UpstreamUnauthorized"),
        ("custom_nodes.pixart_nodes.errors.AxeraError", "AxeraError"),
        ("ValueError", "ValueError"),
        ("torch.OutOfMemoryError", "OutOfMemoryError"),
        (None, ""),
    ],
)
def test_the_fault_is_the_class_that_a_node_raised_without_its_module(raised, fault):
    told = {"exception_type": raised, "exception_message": "No.\n", "node_id": "3"}
    outcome = read_outcome({"status": {"status_str": "error", "messages": [["execution_error", told]]}})
    assert (outcome.fault, outcome.message, outcome.node_id) == (fault, "No.", "3")


def test_an_error_that_names_every_weight_is_told_in_short():
    module = torch.nn.Sequential(*(torch.nn.Linear(1, 1) for _ in range(2000)))
    with pytest.raises(RuntimeError) as caught:
        module.load_state_dict({})
    message = str(caught.value).strip()
    told = {"exception_type": "RuntimeError", "exception_message": message, "node_id": "3"}
    said = read_outcome({"status": {"status_str": "error", "messages": [["execution_error", told]]}}).message
    assert said.startswith("Error(s) in loading state_dict for Sequential:")
    assert said.endswith(f"... ({len(message)} characters; ComfyUI's log has them all)")
    assert len(said) < 2100 < len(message)


@pytest.mark.comfy
def test_a_node_of_the_pack_tells_its_error_by_name(comfy):
    prompt = {
        "picture": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "mask": {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 5, "height": 7}},
        "extract": {
            "class_type": "PixartPaletteExtract",
            "inputs": {"image": ["picture", 0], "mask": ["mask", 0], "colors": 8, "method": "median-cut", "quality": 0},
        },
        "save": {
            "class_type": "PixartPaletteSave",
            "inputs": {"palette": ["extract", 0], "format": "gpl", "filename_prefix": "failure/none"},
        },
    }
    assert read_outcome(comfy.run(prompt)).fault == "PictureError"
