"""The requests that the dialects' own documents show, in `documents.json`, and clients that send them as shown there.

The pictures in them are shortened, as they are in the documents; a test puts its own in their place.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REQUESTS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))

# Both take an address, the path that makes a job, the one that tells its state, and the request.
PYTHON = """
import json, sys, time
import requests

address, make, state, body = sys.argv[1:]
job = requests.post(address + make, json=json.loads(body)).json()
while job["status"] not in ("completed", "failed"):
    time.sleep(0.05)
    job = requests.get(address + state + job["id"]).json()
print(json.dumps(job))
"""
JAVASCRIPT = """
const [address, make, state, body] = process.argv.slice(1);
const headers = {"Content-Type": "application/json"};
let job = await (await fetch(address + make, {method: "POST", headers, body})).json();
while (!["completed", "failed"].includes(job.status)) {
  await new Promise(next => setTimeout(next, 50));
  job = await (await fetch(address + state + job.id)).json();
}
console.log(JSON.stringify(job));
"""


def request(dialect: str, name: str, **fields: Any) -> dict[str, Any]:
    """A document's request; what is given stands in the place of what the document shortens or leaves to a variable."""
    return {**REQUESTS[dialect][name], **fields}


def data_url(png: bytes) -> str:
    """A picture as the documents' clients write it into a request."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def python(*arguments: str) -> Any:
    """The job that a program with `requests` was given, once it has ended."""
    return _answer([sys.executable, "-c", PYTHON, *arguments])


def javascript(*arguments: str) -> Any:
    """The job that a program of node with its `fetch` was given, once it has ended."""
    if not shutil.which("node"):
        pytest.skip("there is no node on this machine")
    return _answer(["node", "--input-type=module", "--eval", JAVASCRIPT, *arguments])


def curl(url: str, body: dict[str, Any] | None = None, *headers: str) -> Any:
    """What curl prints that posts a request or, without one, asks. It calls a body a form unless a header says else."""
    if not shutil.which("curl"):
        pytest.skip("there is no curl on this machine")
    posted = [] if body is None else ["-X", "POST", "-d", json.dumps(body, indent=2)]
    return _answer(["curl", "-sS", *posted, *(word for header in headers for word in ("-H", header)), url])


def _answer(command: list[str]) -> Any:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)
