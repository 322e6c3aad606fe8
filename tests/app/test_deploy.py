"""What is under deploy/: checked by the schemas of its formats, and run where that needs no container."""

import asyncio
import importlib.resources
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from itertools import chain
from pathlib import Path

import jsonschema
import pytest
import sqlalchemy
import yaml
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from bridge_process import LISTENS
from test_store import record

from bridge.app.serve import opened_store
from bridge.comfy.process import free_port
from bridge.core.job import OPEN_STATES, JobState
from bridge.core.places import ROOT
from bridge.core.results_settings import ResultsSettings
from bridge.core.settings import Settings
from bridge.web.body import LARGEST_BODY

DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILES = sorted(DEPLOY.glob("*.Dockerfile"))
OURS = {
    str(name)
    for model in (Settings, ResultsSettings)
    for field in model.model_fields.values()
    for name in field.validation_alias.choices
}


def manifests():
    """Each object that Kubernetes gets, from the files that kustomization.yaml names."""
    names = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    return list(chain(*(yaml.safe_load_all((KUBERNETES / name).read_text(encoding="utf-8")) for name in names)))


def kustomized():
    """The settings that kustomization.yaml gives the bridge."""
    (made,) = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))["configMapGenerator"]
    return dict(line.split("=", 1) for line in made["literals"])


def instructions(dockerfile):
    """A Dockerfile's instructions, in order: the word and what follows."""
    text = dockerfile.read_text(encoding="utf-8").replace("\\\n", "")
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [tuple(line.split(maxsplit=1)) for line in lines]


def test_the_compose_file_is_one():
    pytest.importorskip("check_jsonschema")
    schemas = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((schemas / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.validate(COMPOSE, schema)
    for service in COMPOSE["services"].values():
        mounted = {each.partition(":")[0] for each in service.get("volumes", [])}
        assert mounted <= COMPOSE["volumes"].keys()
        assert service.get("depends_on", {}).keys() <= COMPOSE["services"].keys()
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file()


KNOWN = [each for each in manifests() if each["kind"] != "ScaledObject"]  # which is KEDA's


@pytest.mark.parametrize("manifest", KNOWN, ids=lambda each: f"{each['kind']} {each['metadata']['name']}")
def test_a_kubernetes_object_is_one(manifest):
    validator = pytest.importorskip("kubernetes_validate")
    validator.validate(manifest, validator.latest_version(), strict=True)


def pods():
    """The pod of each deployment, by the deployment's name."""
    deployments = (each for each in manifests() if each["kind"] == "Deployment")
    return {each["metadata"]["name"]: each["spec"]["template"] for each in deployments}


def test_kubernetes_objects_fit_together():
    objects = manifests()
    labels = [pod["metadata"]["labels"] for pod in pods().values()]
    for service in (each for each in objects if each["kind"] == "Service"):
        assert any(service["spec"]["selector"].items() <= each.items() for each in labels)
    claims = {each["metadata"]["name"] for each in objects if each["kind"] == "PersistentVolumeClaim"}
    volumes = list(chain(*(pod["spec"]["volumes"] for pod in pods().values())))
    assert {each["persistentVolumeClaim"]["claimName"] for each in volumes if "emptyDir" not in each} == claims
    (scaled,) = (each["spec"] for each in objects if each["kind"] == "ScaledObject")
    assert scaled["scaleTargetRef"]["name"] in pods()


async def test_workers_are_scaled_by_jobs_that_wait_or_run(postgres, tmp_path):
    (scaled,) = (each["spec"] for each in manifests() if each["kind"] == "ScaledObject")
    (trigger,) = scaled["triggers"]
    store = await opened_store(Settings(_env_file=None, data=tmp_path, database_url=postgres.fresh()))
    try:
        for id in "abc":
            await store.add(record(id))
        await store.change("a", only_if=OPEN_STATES, state=JobState.RUNNING)
        await store.change("b", only_if=OPEN_STATES, state=JobState.CANCELLED, finished_at=1.0)
        query = sqlalchemy.text(trigger["metadata"]["query"])
        assert await store.database.read(lambda connection: connection.scalar(query)) == 2
    finally:
        await store.close()


def given():
    """The settings of each process, and the seconds that it has to end, in each place that has them."""
    for name in ("bridge", "worker"):
        service = COMPOSE["services"][name]
        yield service["environment"], 60 * int(service["stop_grace_period"].removesuffix("m"))
        yield kustomized(), pods()[f"pixart-{name}"]["spec"]["terminationGracePeriodSeconds"]


@pytest.mark.parametrize(("environment", "grace"), list(given()))
def test_who_is_to_end_may_finish_the_longest_job(environment, grace):
    assert set(environment) <= OURS
    assert float(environment["TIMEOUT_SECONDS"]) < float(environment["DRAIN_SECONDS"]) < grace
    assert ResultsSettings(_env_file=None, RESULTS_URL=environment["RESULTS_URL"]).bucket == ("pixart", "pictures")


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.name)
def test_what_a_dockerfile_copies_is_there_and_not_ignored(dockerfile):
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for word, rest in instructions(dockerfile):
        for source in rest.split()[:-1] if word == "COPY" else ():
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] not in ignored


def test_what_the_bridges_image_has_serves_by_its_own_command_and_is_healthy_by_its_own_check(tmp_path):
    words = instructions(DEPLOY / "bridge.Dockerfile")
    for source, target in (rest.split() for word, rest in words if word == "COPY"):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
    (command,) = (json.loads(rest) for word, rest in words if word == "CMD")
    (check,) = (json.loads(rest.partition("CMD ")[2]) for word, rest in words if word == "HEALTHCHECK")
    environment = dict(pair.split("=") for word, rest in words if word == "ENV" for pair in rest.split())
    own = {"HOST": "127.0.0.1", "PORT": str(free_port()), "PIXART_DATA": str(tmp_path / "data")}
    (tmp_path / "no_torch").mkdir()
    (tmp_path / "no_torch" / "torch.py").write_text("raise ImportError('the image has none')", encoding="utf-8")
    elsewhere = {"COMFYUI_URL": f"http://127.0.0.1:{free_port()}", "PYTHONPATH": str(tmp_path / "no_torch")}
    assert command[0] == check[0] == "python"
    process = subprocess.Popen(
        [sys.executable, *command[1:]],
        cwd=tmp_path,
        env={**os.environ, **environment, **own, **elsewhere},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        assert any(LISTENS.search(line) for line in process.stderr)
        checked = check[2].replace(":8000/", f":{own['PORT']}/")
        subprocess.run([sys.executable, "-c", checked], check=True)
        with urllib.request.urlopen(f"http://127.0.0.1:{own['PORT']}/") as answer:
            assert b"<html" in answer.read()
        with urllib.request.urlopen(f"http://127.0.0.1:{own['PORT']}/studio/sample.png") as answer:
            assert answer.read() == (ROOT / "examples" / "tree.png").read_bytes()
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0


def program(name):
    """A program beside this Python, on the path, or in a folder of PYTHONPATH; without it the test is skipped."""
    folders = [Path(sys.executable).parent, *(Path(path) / "bin" for path in sys.path)]
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", ""), "/usr/sbin"])
    return shutil.which(name, path=path) or pytest.skip(f"{name} is not installed")


async def test_caddy_hands_on_who_asks_and_events_as_they_come(tmp_path):
    seen, ending = {}, asyncio.Event()

    async def events(request):
        seen.update(request.headers)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        await ending.wait()
        return response

    app = web.Application()
    app.router.add_get("/events", events)
    async with TestServer(app) as upstream:
        site = f"http://127.0.0.1:{free_port()}"
        environment = {"PIXART_SITE": site, "PIXART_BRIDGE": f"127.0.0.1:{upstream.port}", "HOME": str(tmp_path)}
        text = "{\n\tadmin off\n}\n" + (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
        (tmp_path / "Caddyfile").write_text(text, encoding="utf-8")
        command = [program("caddy"), "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
        caddy = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with ClientSession() as session, await reached(session, f"{site}/events") as answer:
                assert await asyncio.wait_for(answer.content.readline(), 30) == b"data: 1\n"  # while it goes on
                ending.set()
        finally:
            caddy.kill()
            await caddy.wait()
    assert seen["X-Forwarded-For"] == "127.0.0.1"
    assert seen["Host"] == site.removeprefix("http://")


def test_nginx_takes_its_configuration(tmp_path):
    key, certificate = tmp_path / "pixart.key", tmp_path / "pixart.pem"
    made = [program("openssl"), "req", "-x509", "-nodes", "-subj", "/CN=pixart", "-keyout", str(key)]
    subprocess.run([*made, "-out", str(certificate)], check=True, capture_output=True)
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8").replace("/etc/ssl", str(tmp_path))
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {text} }}"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    command = [program("nginx"), "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (tried.returncode, "test is successful" in tried.stderr) == (0, True), tried.stderr


async def reached(session, url):
    """The answer, as soon as somebody listens there."""
    for _ in range(300):
        try:
            return await session.get(url)
        except OSError:
            await asyncio.sleep(0.1)
    raise AssertionError(f"nobody listens at {url}")


def test_proxies_take_the_largest_body_that_the_bridge_takes():
    sizes = re.findall(
        r"(?:max_size|client_max_body_size) (\d+)(?:MiB|m;)",
        "".join((DEPLOY / name).read_text(encoding="utf-8") for name in ("Caddyfile", "nginx.conf")),
    )
    assert [int(size) << 20 for size in sizes] == [LARGEST_BODY] * 2
