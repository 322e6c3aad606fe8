"""What a body that is no JSON is answered with: what it is instead, and what its sender may do."""

from __future__ import annotations

import gzip

import pytest

from bridge.core.errors import BadRequest
from bridge.web.body import parse_json
from bridge.web.not_json import refuse_parts

FORM = "application/x-www-form-urlencoded"


def answered(data: bytes, kind: str = "") -> str:
    with pytest.raises(BadRequest) as caught:
        parse_json(data, kind)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "kind", "what"),
    [
        (b"prompt=a+cat&width=64", FORM, "a form"),
        (b"prompt=a+cat", "", "a form"),
        (
            b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na cat',
            "multipart/form-data",
            "a multipart form",
        ),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png", "a picture"),
        (b"\xff\xd8\xff\xe0", "", "a picture"),
        (b"<html></html>", "", "XML or HTML"),
    ],
)
def test_a_body_of_another_kind_is_called_by_its_name_and_its_sender_told_to_send_json(data, kind, what):
    text = answered(data, kind)
    assert text.startswith(f"The body is {what}, not JSON. Send a JSON object, such as ")
    assert "Content-Type: application/json" in text


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"{'prompt': 'a cat'}", "Write names and texts in double quotes, not in single ones."),
        (b'\'{"prompt": "a cat"}\'', "A shell left its quotes around the body"),
        (b'{"prompt": "a cat",}', "Leave out the comma before the closing bracket."),
        (b'{"paper": True}', "JSON writes true, false and null."),
        (b'{"prompt": "a\ncat"}', "Write a line break in a text as \\n, a tab as \\t."),
        (b'{"prompt": "C:\\path"}', "Write a backslash in a text as \\\\."),
        (b'{"prompt": "a"}{"prompt": "b"}', "Send one JSON object, and nothing behind it."),
        (b'{"prompt":', "The body ends too early."),
        (b"a cat", "Send a JSON object, such as "),
    ],
)
def test_a_text_that_is_nearly_json_is_answered_with_what_to_change(data, advice):
    text = answered(data, FORM)  # as curl says of everything
    assert text.startswith("The body is not JSON: ")
    assert advice in text


def test_json_is_read_whatever_its_content_type_says():
    assert parse_json(b'{"prompt": "a=b"}', FORM) == {"prompt": "a=b"}


def test_a_route_that_takes_a_files_bytes_refuses_a_form_and_says_how_to_send_them():
    refuse_parts(FORM)  # as curl says of --data-binary
    with pytest.raises(
        BadRequest, match=r"^The body is a multipart form, not a file\. Send the file itself as the body:"
    ):
        refuse_parts("multipart/form-data")


def test_a_body_that_is_packed_without_a_header_for_it_is_told_which_header_it_wants():
    assert "Content-Encoding: gzip" in answered(gzip.compress(b'{"prompt": "a cat"}'))
