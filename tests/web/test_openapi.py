"""The OpenAPI document: valid, complete, and its examples can be sent as they are."""

import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from bridge.adapters import dialects, profiles
from bridge.adapters.dialect import Action, Request
from bridge.adapters.pixart import answer
from bridge.catalog.models import Catalog
from bridge.core.errors import NotFound
from bridge.core.job import Artifact, Job, JobState
from bridge.core.picture.codec import check
from bridge.core.settings import Settings
from bridge.core.variables import options_of
from bridge.web.openapi import document, name_of
from bridge.web.server import create_app

DOCUMENT = document(dialects())
ROUTES = [(dialect, route) for dialect in dialects().values() for route in dialect.routes]


def operation(dialect, route):
    """What the document says of a route; of one that is served alone, the document of its own listener."""
    own = document({dialect.name: dialect}, alone=True)["paths"][route.path] if route.alone else None
    return (own or DOCUMENT["paths"][dialect.mount + route.path])[route.method.lower()]


def schema(name, parts=DOCUMENT["components"]):
    """A component with those it refers to, as a schema of its own."""
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": parts})


def test_the_document_is_valid():
    validate(DOCUMENT)


async def test_the_document_is_served(aiohttp_client):
    client = await aiohttp_client(create_app(Settings(_env_file=None), None))
    assert await (await client.get("/openapi.json")).json() == document(dialects(), webhooks=False)


@pytest.mark.parametrize(("dialect", "route"), ROUTES, ids=lambda value: getattr(value, "path", ""))
def test_every_route_is_described_with_its_failures(dialect, route):
    described = operation(dialect, route)
    assert described["summary"] == route.summary
    assert (route.request is not None) == ("requestBody" in described)
    assert route.action is not Action.SUBMIT or (route.read and route.request)
    assert route.alone or route.path.startswith(dialect.prefixes)
    failures = {status: given for status, given in described["responses"].items() if status[0] != "2"}
    assert ("404" in failures) == ("{id}" in route.path or 404 in route.failures)
    for given in failures.values():
        assert given["content"]["application/json"]["schema"]["$ref"].endswith(f"/{name_of(dialect.problem)}")


@pytest.mark.parametrize("profile", [None, *profiles()])
def test_no_schema_is_left_over(profile):
    own = {name: dialects()[name] for name in profiles()[profile]} if profile else {}
    described = document(own, alone=True) if own else DOCUMENT
    used = set(re.findall(r"#/components/schemas/([\w.]+)", str(described)))
    assert used == set(described["components"]["schemas"])


def test_of_what_two_dialects_of_a_listener_have_the_first_ones_is_described():
    both = {name: dialects()[name] for name in profiles()["axera"]}
    described = document(both, alone=True)
    validate(described)
    assert described["paths"]["/sdapi/v1/interrogate"]["post"]["operationId"] == "unified_post_sdapi_v1_interrogate"


def examples(name, parts=DOCUMENT["components"]):
    fields = parts["schemas"][name]["properties"]
    return {field: one["examples"][0] for field, one in fields.items() if "examples" in one}


@pytest.mark.parametrize(
    ("dialect", "route"),
    [(d, r) for d, r in ROUTES if r.action is Action.SUBMIT],
    ids=lambda value: getattr(value, "path", ""),
)
def test_the_examples_together_are_a_request_that_is_understood(dialect, route):
    parts = document({dialect.name: dialect}, alone=True)["components"]
    body = examples(name_of(route.request), parts)
    schema(name_of(route.request), parts).validate(body)
    submission = route.read(Request(body=body, options=options_of(dialect.options), catalog=Catalog(live=True)))
    assert submission.spec.notes == ()
    for upload in submission.spec.pictures.values():
        check(upload)


@pytest.mark.parametrize(
    ("path", "method", "names"),
    [
        ("/jobs", "get", {"status", "limit", "settings"}),
        ("/jobs/{id}/picture", "get", {"inline"}),
        ("/generated_images/{id}.png", "get", {"inline"}),
        ("/sdapi/v1/progress", "get", {"skip_current_image"}),
        ("/controlnet/module_list", "get", {"alias_names"}),
        ("/pico/sdapi/v1/txt2img", "post", {"format"}),
        ("/palettes", "post", {"name", "colors"}),
    ],
)
def test_what_may_stand_behind_a_question_mark_is_described(path, method, names):
    given = DOCUMENT["paths"][path][method]["parameters"]
    assert {each["name"] for each in given if each["in"] == "query"} == names


def test_a_panel_gets_bytes_or_json_and_both_are_described():
    answer = DOCUMENT["paths"]["/pico/sdapi/v1/txt2img"]["post"]["responses"]["200"]["content"]
    assert set(answer) == {"application/octet-stream", "application/json"}


@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
def test_an_error_is_of_the_shape_described(dialect):
    schema(name_of(dialect.problem)).validate(dialect.error(NotFound("No.", field="a")).body)


@pytest.mark.parametrize("state", JobState)
def test_an_answer_is_of_the_shape_described(state):
    made = (Artifact("image", "ab", "image/png", 3, {"colors_used": 1}, b"png"),) if state is JobState.COMPLETED else ()
    values = {"width": 16, "height": 16, "seed": 0}
    job = Job("a", "pixart", "sketch", state, 0.5, 0.0, values, ("w",), 1.0, 2.0, "sketch@1", "why", made)
    schema("pixart.Status").validate(answer(job, Request()).body)


@pytest.mark.parametrize(
    "changes",
    [{"width": 15}, {"height": 513}, {"style": "nice"}, {"colorPalette": "red"}, {"seed": -1}, {"prompt": None}],
    ids=str,
)
def test_what_the_server_refuses_the_schema_refuses_too(changes):
    assert not schema("pixart.Generate").is_valid({**examples("pixart.Generate"), **changes})
