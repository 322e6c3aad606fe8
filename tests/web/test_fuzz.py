"""Whatever anybody sends, a server answers as its OpenAPI document says: no fault inside, no hang, no growth."""

import os

import pytest
import schemathesis
from bridge_process import BridgeProcess
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from bridge.adapters import dialects
from bridge.web.openapi import document

pytestmark = pytest.mark.comfy

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
LONGEST_ANSWER = 30.0  # seconds
THOROUGH = os.environ.get("PIXART_FUZZ") == "thorough"  # thousands of cases, in minutes
EXAMPLES = 100 if THOROUGH else 6

API = schemathesis.openapi.from_dict(
    document(dialects()),
    config=SchemathesisConfig.from_dict(
        {
            "phases": {"coverage": {"enabled": THOROUGH}},  # each limit of each field in turn
            # 501: this ComfyUI has nothing that says what a picture shows, and AUTOMATIC1111's clients are told so
            "checks": {"not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", 501]}},
        }
    ),
)


@pytest.fixture(scope="module")
def bridge(bare_comfy, tmp_path_factory):
    """Without models, so that nothing takes long: what draws is refused, what pixelates is done."""
    folder = tmp_path_factory.mktemp("fuzz")
    with BridgeProcess(folder, COMFYUI_URL=bare_comfy.url, MAX_QUEUE_SIZE="100000") as bridge:
        yield bridge


@API.parametrize()
@settings(max_examples=EXAMPLES, derandomize=not THOROUGH, suppress_health_check=list(HealthCheck))
def test_any_request_gets_an_answer_that_the_document_describes(case, bridge):
    response = case.call(base_url=bridge.url, timeout=LONGEST_ANSWER)
    case.validate_response(response, checks=CHECKS)


def test_none_of_it_was_a_fault_inside(bridge):
    assert bridge.call("/health")[0] == 200
    assert "Traceback" not in "".join(bridge.said), "".join(bridge.said)[-4000:]
