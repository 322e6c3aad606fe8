"""`pixart models` brings whole files to their places, whatever the network, the disk or a person does meanwhile."""

import hashlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time

import pytest
from model_hub import Fault, ModelHub, manifest, safetensors
from pixart_nodes.interrogate.models import TAGGER, find
from tiny_interrogators import make_tagger

from bridge import __version__, cli
from bridge.app.models import civitai, hub, terminal
from bridge.app.models.model_file import trouble
from bridge.app.models.progress import Progress, duration
from bridge.catalog.model_sets import built_in, parse
from bridge.core.errors import SettingsError
from bridge.core.places import ROOT
from bridge.core.variables import checked

SIZE = 3 << 20  # bytes of weights: several pieces of a download
MODEL = safetensors(SIZE)
NAME = "pixels.safetensors"


@pytest.fixture
def models():
    with ModelHub() as each:
        yield each


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A data folder, with nothing of this machine's own settings; its models folder."""
    for name in ("HF_TOKEN", "HF_ENDPOINT", "CIVITAI_TOKEN", "COMFYUI_URL", "COMFYUI_ARGS", "COMFYUI_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIXART_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(hub, "PAUSE_SECONDS", 0)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "models"


@pytest.fixture
def run(models, place, tmp_path, monkeypatch, capsys):
    """Runs a command with a manifest of this file, or of others: its status, and what it printed and text."""
    monkeypatch.setenv("HF_ENDPOINT", models.url)

    def run(*words, files=None, **sets):
        path = manifest(tmp_path, files, **sets) if files else tmp_path / "manifest.json"
        status = cli.main(["models", words[0], "--manifest", str(path), *words[1:]])
        out, err = capsys.readouterr()
        return status, out + err

    return run


def part(place, sha256, folder="checkpoints", name=NAME):
    return place / folder / f".{name}.{sha256[:16]}.part"


# What is fetched, and what is asked before


def test_a_set_is_fetched_into_its_folders_and_then_it_is_there(run, models, place):
    lora = safetensors(5000, "lora")
    files = {
        NAME: models.put(NAME, MODEL),
        "lora.safetensors": {**models.put("a/l.safetensors", lora), "folder": "loras"},
    }
    assert "0 of 2 files there" in run("list", files=files, tiny=list(files))[1]
    status, text = run("get", "tiny", "--yes")
    assert status == 0, text
    assert (place / "checkpoints" / NAME).read_bytes() == MODEL
    assert (place / "loras" / "lora.safetensors").read_bytes() == lora
    assert "2 of 2 files there" in run("list")[1]
    assert not list(place.rglob("*.part"))
    heard = len(models.heard)
    assert "All of it is there." in run("get", "tiny", "--yes")[1]
    assert len(models.heard) == heard


def test_size_and_licence_are_shown_and_nothing_is_fetched_without_a_yes(run, models, place, monkeypatch):
    files = {NAME: models.put(NAME, MODEL)}
    status, text = run("get", NAME, files=files)
    assert (status, "3.15 MB into" in text, "MIT" in text) == (1, True, True)
    assert "Nobody is there to answer. Run it in a terminal, or add --yes." in text
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda _: True})())
    for answer in ("n", ""):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        assert run("get", NAME) == (1, text.partition("pixart:")[0] + "pixart: Nothing was fetched.\n")
    assert not models.asked(NAME)
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert run("get", "pixels")[0] == 0  # a name without its ending is enough
    assert (place / "checkpoints" / NAME).read_bytes() == MODEL


def test_a_size_that_nobody_knows_is_asked_of_the_hub_before_the_question(run, models):
    entry = models.put(NAME, MODEL)
    del entry["size"]
    assert "?  checkpoints" in run("list", files={NAME: entry}, tiny=[NAME])[1]
    assert "3.15 MB into" in run("get", "tiny", "--yes")[1]


def test_a_file_that_lies_in_a_folder_of_its_own_is_there(run, models, place):
    (place / "checkpoints" / "mine").mkdir(parents=True)
    (place / "checkpoints" / "mine" / NAME).write_bytes(MODEL)
    assert "All of it is there." in run("get", NAME, files={NAME: models.put(NAME, MODEL)})[1]


def test_another_file_of_the_same_name_is_left_alone(run, models, place):
    (place / "checkpoints").mkdir(parents=True)
    (place / "checkpoints" / NAME).write_bytes(b"mine")
    files = {NAME: models.put(NAME, MODEL)}
    status, text = run("get", NAME, "--yes", files=files)
    assert (status, "with another size" in text) == (1, True)
    assert run("remove", NAME, "--yes")[0] == 1
    assert (place / "checkpoints" / NAME).read_bytes() == b"mine"


def test_an_unknown_set_is_answered_with_those_that_there_are(run, models):
    files = {NAME: models.put(NAME, MODEL)}
    assert run("get", "sdxl", files=files, tiny=[NAME])[1].endswith(
        "Model set or file 'sdxl' is unknown. Known: tiny.\n"
    )
    assert "Did you mean 'pixels.safetensors'?" in run("get", "pixel.safetensors")[1]


def test_a_pickle_is_not_fetched(run, models):
    status, text = run("get", "wild.ckpt", files={NAME: models.put(NAME, MODEL)})
    assert (status, "may run any program" in text) == (1, True)


def test_a_set_without_files_says_what_to_do_instead(place, tmp_path, capsys):
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps({"sets": {"faces": {"note": "Draw them by hand."}}, "files": {}}))
    assert cli.main(["models", "get", "faces", "--manifest", str(mine)]) == 1
    assert "Nothing is fetched for 'faces'. Draw them by hand." in capsys.readouterr().err


def test_a_tagger_comes_with_its_tags_to_where_the_node_looks_and_what_runs_it_is_said(
    models, place, tmp_path, monkeypatch, capsys
):
    onnx, tags = tmp_path / "model.onnx", tmp_path / "selected_tags.csv"
    make_tagger(onnx, tags)
    where = {"folder": "interrogators"}
    files = {f"tiny{made.suffix}": {**models.put(made.name, made.read_bytes()), **where} for made in (onnx, tags)}
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps({"sets": {"words": {"files": list(files), "note": "It needs more."}}, "files": files}))
    hub = ("--manifest", str(mine))
    monkeypatch.setenv("HF_ENDPOINT", models.url)
    assert cli.main(["models", "get", "words", "--yes", *hub]) == 0
    assert "It needs more." in capsys.readouterr().err
    (model,) = find([place / "interrogators"]).values()
    assert (model.name, model.kind, model.tags) == ("tiny.onnx", TAGGER, place / "interrogators" / "tiny.csv")
    assert cli.main(["models", "verify", "words", *hub]) == 0
    (place / "interrogators" / "tiny.csv").write_bytes(b"<html>" + tags.read_bytes()[6:])
    assert cli.main(["models", "verify", "words", *hub]) == 1
    assert "tiny.csv is a web page, and no model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.onnx", b"\x80\x02}q\x00." + bytes(99), "is a pickle, which may run any program"),
        ("a.onnx", b"PK\x03\x04" + bytes(99), "is a pickle in a ZIP archive"),
        ("a.onnx", b"version https://git-lfs", "is a pointer of Git LFS"),
        ("a.onnx", MODEL, "doesn't begin as ONNX files do"),
        ("a.csv", b"\x08\x07" + bytes(99), "is no list of a tagger's tags"),
    ],
)
def test_what_is_no_tagger_does_not_get_the_name_of_one(run, models, place, name, data, sentence):
    files = {name: {**models.put(name, data), "folder": "interrogators"}}
    status, text = run("get", name, "--yes", files=files)
    assert (status, sentence in text) == (1, True), text
    assert not list((place / "interrogators").iterdir())


# Broken off, and gone on


class Started:
    """The command in a process of its own, fetching slowly."""

    def __init__(self, models, tmp_path, entry, *, limit=0, **environment):
        path = manifest(tmp_path, {NAME: entry})
        command = [sys.executable, "-m", "bridge", "models", "get", NAME, "--yes", "--manifest", str(path)]
        if limit:
            command = ["prlimit", f"--fsize={limit}", *command]
        env = {**os.environ, "HF_ENDPOINT": models.url, **environment}
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)

    def wait_for(self, path, size, seconds=60.0):
        deadline = time.monotonic() + seconds
        while not (path.exists() and path.stat().st_size >= size):
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def ended(self):
        err = self.process.communicate(timeout=60)[1]
        return self.process.returncode, err


def slow(models):
    return models.put(NAME, MODEL, Fault(rate=2e6))


def test_after_kill_9_it_goes_on_where_it_was(run, models, place, tmp_path):
    entry = slow(models)
    half = part(place, entry["sha256"])
    started = Started(models, tmp_path, entry)
    started.wait_for(half, 1 << 20)
    started.process.kill()
    started.ended()
    have = half.stat().st_size
    assert not (place / "checkpoints" / NAME).exists()
    models.faults.clear()
    assert "%  " in run("list", files={NAME: entry})[1]
    status, text = run("get", NAME, "--yes")
    assert (status, "of which" in text) == (0, True)
    assert [each.range for each in models.asked(NAME)] == [None, f"bytes={have}-"]
    assert (place / "checkpoints" / NAME).read_bytes() == MODEL


def test_ctrl_c_says_how_much_is_kept(models, place, tmp_path):
    entry = slow(models)
    started = Started(models, tmp_path, entry)
    started.wait_for(part(place, entry["sha256"]), 1 << 20)
    started.process.send_signal(signal.SIGINT)
    status, text = started.ended()
    assert (status, "Traceback" in text) == (1, False)
    assert "pixart: Stopped with " in text
    assert "of 3.15 MB of pixels.safetensors. Run the command again to go on from there." in text


def test_two_at_once_don_t_write_to_one_file(run, models, place, tmp_path):
    entry = slow(models)
    started = Started(models, tmp_path, entry)
    started.wait_for(part(place, entry["sha256"]), 1 << 20)
    status, text = run("get", NAME, "--yes", files={NAME: entry})
    assert (status, "Another process is fetching this file." in text) == (1, True)
    assert started.ended()[0] == 0
    assert (place / "checkpoints" / NAME).read_bytes() == MODEL
    assert [each.range for each in models.asked(NAME)] == [None]


@pytest.mark.skipif(not shutil.which("prlimit"), reason="only Linux limits the size of another program's files")
def test_a_disk_that_fills_up_keeps_what_came(run, models, place, tmp_path):
    entry = models.put(NAME, MODEL)
    status, text = Started(models, tmp_path, entry, limit=1 << 20).ended()
    assert (status, "Traceback" in text, "is full. Free some space" in text) == (1, False, True)
    assert part(place, entry["sha256"]).stat().st_size == 1 << 20
    assert run("get", NAME, "--yes", files={NAME: entry})[0] == 0
    assert models.asked(NAME)[-1].range == f"bytes={1 << 20}-"


def test_room_is_looked_for_before_the_first_byte(run, models, place, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=70 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    monkeypatch.setenv("KEEP_FREE_MB", "69")
    status, text = run("get", NAME, "--yes", files={NAME: models.put(NAME, MODEL)})
    assert (status, "3.15 MB are to come, and " in text, "has 73.4 MB free. Free 2.1 MB" in text) == (1, True, True)
    assert not models.asked(NAME)


def test_a_connection_that_is_cut_is_taken_up_again(run, models, place):
    models_file = models.put(NAME, MODEL, Fault(cut_after=1 << 20))
    assert run("get", NAME, "--yes", files={NAME: models_file})[0] == 0
    assert (place / "checkpoints" / NAME).read_bytes() == MODEL
    assert len(models.asked(NAME)) == 4  # a MB each, and the rest


def test_a_server_that_can_t_begin_in_the_middle_begins_anew(run, models, place):
    entry = models.put(NAME, MODEL, Fault(no_ranges=True))
    half = part(place, entry["sha256"])
    half.parent.mkdir(parents=True)
    half.write_bytes(MODEL[:1000])
    assert run("get", NAME, "--yes", files={NAME: entry})[0] == 0
    assert (place / "checkpoints" / NAME).read_bytes() == MODEL


def test_what_is_all_there_but_for_its_name_isn_t_fetched_again(run, models, place):
    entry = models.put(NAME, MODEL)
    half = part(place, entry["sha256"])
    half.parent.mkdir(parents=True)
    half.write_bytes(MODEL)
    assert run("get", NAME, "--yes", files={NAME: entry})[0] == 0
    assert not models.asked(NAME)


# What a hub may answer


@pytest.mark.parametrize(
    ("status", "token", "sentence"),
    [
        (
            401,
            "",
            "An account is asked for (401). Accept the licence at {url}/owner/model, and set HF_TOKEN to a token.",
        ),
        (401, "hf_old", "HF_TOKEN isn't accepted (401). Make a new token, and look at {url}/owner/model."),
        (403, "hf_new", "Your account may not have it (403). Accept the licence at {url}/owner/model with"),
        (404, "", "The file isn't there any more (404). It may have moved: see {url}/owner/model. Or update Pixart."),
        (410, "", "The file was taken away (410)."),
        (416, "", "The file there is shorter than it should be (416). It was replaced at its source."),
        (451, "", "{host} answers 451. See {url}/owner/model."),
        (503, "", "{host} answers 503, 5 times in a row. What came is kept: run the command again to go on."),
    ],
)
def test_a_refusal_is_a_sentence_with_what_to_do(run, models, place, monkeypatch, status, token, sentence):
    monkeypatch.setenv("HF_TOKEN", token)
    entry = models.put(NAME, MODEL, Fault(status=status))
    code, text = run("get", NAME, "--yes", files={NAME: entry})
    assert code == 1
    assert sentence.format(url=models.url, host=models.url.removeprefix("http://")) in text
    assert NAME in text
    assert not (place / "checkpoints" / NAME).exists()


def test_a_server_that_is_busy_is_asked_again_when_it_says(run, models, place, monkeypatch):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    entry = models.put(NAME, MODEL, Fault(status=503, times=2, headers={"Retry-After": "7"}))
    assert run("get", NAME, "--yes", files={NAME: entry})[0] == 0
    assert waits == [7.0, 7.0]


def test_a_hub_that_nobody_can_reach_is_named(run, models, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    status, text = run("get", NAME, "--yes", files={NAME: models.put(NAME, MODEL)})
    assert (status, f"{NAME}: 127.0.0.1:9: Connection refused, 5 times in a row." in text) == (1, True)


@pytest.mark.parametrize("endpoint", ["ftp://127.0.0.1", "huggingface.co", "http://"])
def test_an_endpoint_that_is_none_is_named(run, models, monkeypatch, endpoint):
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    status, text = run("get", NAME, "--yes", files={NAME: models.put(NAME, MODEL)})
    assert (status, "A setting can't be used: HF_ENDPOINT: " in text) == (1, True)


def test_without_an_endpoint_it_is_hugging_face(monkeypatch):
    for value in ("", None):
        monkeypatch.setenv("HF_ENDPOINT", value) if value is not None else monkeypatch.delenv("HF_ENDPOINT")
        assert checked(hub.Hubs).endpoint == "https://huggingface.co"


def test_wrong_bytes_never_get_the_name(run, models, place):
    entry = models.put(NAME, MODEL)
    wrong = bytearray(MODEL)
    wrong[SIZE // 2] ^= 1
    models.files[models.path(NAME)] = bytes(wrong)
    status, text = run("get", NAME, "--yes", files={NAME: entry})
    assert (status, "isn't the file that is meant: its SHA-256 is " in text) == (1, True)
    assert list((place / "checkpoints").iterdir()) == []


def test_a_file_of_another_length_is_not_even_begun(run, models, place):
    entry = models.put(NAME, MODEL)
    models.files[models.path(NAME)] = MODEL[:-1]
    status, text = run("get", NAME, "--yes", files={NAME: entry})
    assert (status, f"has {len(MODEL) - 1} bytes at its source, and {len(MODEL)} are expected" in text) == (1, True)
    assert not models.asked(NAME)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (MODEL[:-10], "is truncated: 3145718 of 3145728 bytes of its weights are there"),
        (b"PK\x03\x04" + bytes(5000), "is a pickle in a ZIP archive, which may run any program"),
        (b"\x80\x02}q\x00." + bytes(5000), "is a pickle, which may run any program"),
        (b"<!doctype html><title>Log in</title>", "is a web page, and no model"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS"),
    ],
)
def test_what_is_no_model_is_refused_even_with_the_right_hash(run, models, place, data, sentence):
    status, text = run("get", NAME, "--yes", files={NAME: models.put(NAME, data)})
    assert (status, f"{NAME} {sentence}" in text) == (1, True)
    assert list((place / "checkpoints").iterdir()) == []


# Tokens


def test_the_token_is_the_hubs_and_stays_there_after_a_redirect(run, models, place, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with ModelHub() as elsewhere:
        entry = elsewhere.put(NAME, MODEL)
        models.put(NAME, MODEL, Fault(redirect=elsewhere.url))
        assert run("get", NAME, "--yes", files={NAME: entry})[0] == 0
        assert {each.authorization for each in models.heard} == {"Bearer hf_secret"}
        assert {each.authorization for each in elsewhere.heard} == {None}
        assert {each.agent for each in elsewhere.heard} == {f"pixart/{__version__}"}
    assert (place / "checkpoints" / NAME).read_bytes() == MODEL


def test_a_redirect_within_the_hub_is_followed_with_the_token(run, models, place, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    entry = models.put(NAME, MODEL, Fault(redirect="/moved"))
    models.files["/moved" + models.path(NAME)] = MODEL
    models.faults["/moved" + models.path(NAME)] = Fault(token="hf_secret")
    assert run("get", NAME, "--yes", files={NAME: entry})[0] == 0


def test_a_redirect_out_of_the_web_is_refused(run, models):
    entry = models.put(NAME, MODEL, Fault(redirect="ftp://127.0.0.1:9"))
    assert "leads to an address that is none of the web" in run("get", NAME, "--yes", files={NAME: entry})[1]


def test_a_token_with_a_line_end_in_it_is_named_and_not_shown(run, models, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret\nX-Other: 1")
    text = run("get", NAME, "--yes", files={NAME: models.put(NAME, MODEL)})[1]
    assert "HF_TOKEN has characters that no token has." in text
    assert "hf_secret" not in text
    assert not models.heard


# Civitai


@pytest.fixture
def site(models, place, monkeypatch):
    """Civitai's answer for a file's hash, and the file."""
    monkeypatch.setattr(civitai, "CIVITAI_ADDRESS", models.url)
    monkeypatch.setenv("CIVITAI_TOKEN", "civitai_secret")
    sha256 = hashlib.sha256(MODEL).hexdigest()
    models.files["/api/download/models/7"] = MODEL

    def site(kind="LORA", name="../My LoRA.safetensors", at=f"{models.url}/api/download/models/7"):
        other = {"name": "x.zip", "hashes": {"SHA256": "0" * 64}}
        file = {"name": name, "hashes": {"SHA256": sha256.upper()}, "downloadUrl": at, "sizeKB": len(MODEL) / 1024}
        answer = {"id": 7, "modelId": 3, "model": {"type": kind}, "files": [other, file]}
        models.files[f"/api/v1/model-versions/by-hash/{sha256}"] = json.dumps(answer).encode()
        return sha256

    return site


def test_a_file_of_civitai_is_fetched_by_its_hash_into_the_folder_of_its_kind(models, site, place, capsys):
    assert cli.main(["models", "get", site().upper(), "--yes"]) == 0
    assert f"from {models.url}/models/3?modelVersionId=7" in capsys.readouterr().err
    assert (place / "loras" / "My_LoRA.safetensors").read_bytes() == MODEL
    assert {each.authorization for each in models.heard} == {"Bearer civitai_secret"}


def test_a_file_of_a_manifest_without_a_repository_is_civitais(run, site, place):
    entry = {"folder": "loras", "sha256": site(), "size": len(MODEL)}
    assert run("get", "style", "--yes", files={"style.safetensors": entry})[0] == 0
    assert (place / "loras" / "style.safetensors").read_bytes() == MODEL


def test_civitais_key_goes_to_no_other_server_that_it_names(site, capsys):
    with ModelHub() as elsewhere:
        elsewhere.files["/file"] = MODEL
        assert cli.main(["models", "get", site(at=f"{elsewhere.url}/file"), "--yes"]) == 0
        assert {each.authorization for each in elsewhere.heard} == {None}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "style.pt"}, "'style.pt' is no .safetensors file, and nothing else is fetched."),
        ({"kind": "Workflows"}, "is a 'Workflows', which no folder is known for"),
        ({"at": "file:///etc/passwd"}, "leads to an address that is none of the web"),
    ],
)
def test_what_civitai_has_and_isn_t_a_model_is_not_fetched(site, capsys, changes, sentence):
    assert cli.main(["models", "get", site(**changes), "--yes"]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    "answer", [b"{}", b"[]", b"<html>", b'{"id": 7, "modelId": 3, "model": {"type": "LORA"}, "files": []}']
)
def test_an_answer_of_civitais_that_is_none_is_a_sentence(models, site, capsys, answer):
    sha256 = site()
    models.files[f"/api/v1/model-versions/by-hash/{sha256}"] = answer
    assert cli.main(["models", "get", sha256, "--yes"]) == 1
    assert "answers " in capsys.readouterr().err


# Looking after what is there


def test_verify_finds_a_changed_bit_a_truncated_file_and_names_pickles(run, models, place):
    files = {NAME: models.put(NAME, MODEL)}
    assert run("get", NAME, "--yes", files=files)[0] == 0
    (place / "loras").mkdir()
    (place / "loras" / "mine.safetensors").write_bytes(safetensors(100))
    status, text = run("verify")
    assert (status, f"{NAME}: whole" in text, "mine.safetensors: looks whole" in text) == (0, True, True)
    (place / "loras" / "mine.safetensors").write_bytes(safetensors(100)[:-1])
    (place / "loras" / "old.ckpt").write_bytes(b"\x80\x02")
    status, text = run("verify")
    assert (status, "mine.safetensors is truncated" in text, "old.ckpt" in text) == (1, True, True)
    assert run("verify", NAME)[0] == 0
    with (place / "checkpoints" / NAME).open("r+b") as file:
        file.seek(SIZE)
        file.write(b"!")
    status, text = run("verify", NAME)
    assert (status, "isn't the file that is meant" in text) == (1, True)
    (place / "checkpoints" / NAME).unlink()
    assert run("verify", NAME) == (1, f"{NAME}: isn't there\n")


def test_remove_asks_and_leaves_what_another_whole_set_needs(run, models, place):
    files = {name: models.put(name, safetensors(1000, name)) for name in ("lone.safetensors", "shared.safetensors")}
    sets = {"one": list(files), "two": ["shared.safetensors"]}
    assert run("get", "one", "two", "--yes", files=files, **sets)[0] == 0
    status, text = run("remove", "one")
    assert (status, "Remove this file? Nobody is there to answer." in text) == (1, True)
    assert run("remove", "one", "--yes")[0] == 0
    assert [path.name for path in (place / "checkpoints").iterdir()] == ["shared.safetensors"]
    assert "two needs it" in text
    assert run("remove", "shared.safetensors", "--yes")[0] == 0
    assert run("remove", "shared.safetensors", "--yes") == (1, "pixart: Nothing of it is there to be removed.\n")


def test_what_came_of_a_file_is_removed_with_it(run, models, place):
    entry = models.put(NAME, MODEL)
    half = part(place, entry["sha256"])
    half.parent.mkdir(parents=True)
    half.write_bytes(MODEL[:1000])
    assert run("remove", NAME, "--yes", files={NAME: entry})[0] == 0
    assert not half.exists()


def test_files_go_where_the_bridges_comfyui_looks(place, tmp_path, monkeypatch, capsys):
    source = tmp_path / "ComfyUI"
    source.mkdir()
    (source / "extra_model_paths.yaml").write_text(
        "webui:\n    base_path: ../webui\n    loras: |\n        models/Lora\n        models/LyCORIS\n"
        "shared:\n    base_path: /srv/models\n    is_default: true\n    checkpoints: sd\n    unet: flux\n"
        "nothing:\n"
    )
    (tmp_path / "more.yaml").write_text(f"more:\n    vae: {tmp_path}/vae\n")
    monkeypatch.setenv("COMFYUI_DIR", str(source))
    monkeypatch.setenv("COMFYUI_ARGS", f"--lowvram --extra-model-paths-config {tmp_path}/more.yaml")
    assert cli.main(["models", "where"]) == 0
    lines = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert lines["checkpoints"] == f"/srv/models/sd, {place}/checkpoints"
    assert lines["diffusion_models"] == f"/srv/models/flux, {place}/diffusion_models, {place}/unet"
    assert lines["loras"] == f"{place}/loras, {source}/../webui/models/Lora, {source}/../webui/models/LyCORIS"
    assert lines["vae"] == f"{place}/vae, {tmp_path}/vae"
    monkeypatch.setenv("COMFYUI_ARGS", f"--base-directory {tmp_path}/base")
    assert cli.main(["models", "where", "sd15"]) == 0
    assert (
        f"{tmp_path}/base/models/controlnet/control_v11p_sd15_canny_fp16.safetensors (not there)"
        in capsys.readouterr().out
    )
    (source / "extra_model_paths.yaml").write_text("webui: [")
    assert cli.main(["models", "where"]) == 1
    assert "extra_model_paths.yaml can't be read" in capsys.readouterr().err


def test_the_models_of_a_comfyui_elsewhere_are_named_by_their_folder(run, models, tmp_path, monkeypatch):
    monkeypatch.setenv("COMFYUI_URL", "http://127.0.0.1:8188")
    files = {NAME: models.put(NAME, MODEL)}
    status, text = run("get", NAME, "--yes", files=files)
    assert (status, "its models lie there" in text, "--folder" in text) == (1, True, True)
    folder = tmp_path / "other"
    assert f"There is no folder {folder}." in run("get", NAME, "--folder", str(folder))[1]
    folder.mkdir()
    os.umask(0o022)
    assert run("get", NAME, "--yes", "--folder", str(folder))[0] == 0
    assert (folder / "checkpoints" / NAME).stat().st_mode & 0o777 == 0o644


# Manifests


PINNED = {"folder": "loras", "repo": "o/m", "path": "a.safetensors", "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"../up.safetensors": PINNED}, "'../up.safetensors' is no name of a file in one folder."),
        ({"/etc/up.safetensors": PINNED}, "is no name of a file in one folder."),
        ({".hidden.safetensors": PINNED}, "is no name of a file in one folder."),
        ({"a.ckpt": PINNED}, "'a.ckpt' is a pickle, which may run any program"),
        ({"a.onnx": PINNED}, ".safetensors is what belongs into loras."),
        ({"a.safetensors": {**PINNED, "path": "a.csv"}}, ".safetensors is what belongs into loras."),
        ({"a.safetensors": {**PINNED, "folder": "interrogators"}}, ".onnx or .csv is what belongs into interrogators."),
        ({"a.zip": PINNED}, "is no name of a file in one folder. Only .safetensors is fetched"),
        ({"a.safetensors": {**PINNED, "folder": "../.."}}, "folder can't be '../..'. One of checkpoints, "),
        ({"a.safetensors": {**PINNED, "folder": "custom_nodes"}}, "folder can't be 'custom_nodes'."),
        ({"a.safetensors": {**PINNED, "path": "a/../../b.safetensors"}}, "path can't be 'a/../../b.safetensors'."),
        ({"a.safetensors": {**PINNED, "path": "a.pt"}}, "path can't be 'a.pt'."),
        ({"a.safetensors": {**PINNED, "repo": "../api"}}, "repo can't be '../api'. OWNER/NAME."),
        ({"a.safetensors": {**PINNED, "revision": "v1"}}, "revision can't be 'v1'."),
        ({"a.safetensors": {**PINNED, "sha256": "F" * 64}}, "64 hex digits, in small letters."),
        ({"a.safetensors": {**PINNED, "size": -1}}, "size must be a number of bytes, not '-1'."),
        ({"a.safetensors": {**PINNED, "size": True}}, "size must be a number of bytes, not 'True'."),
        ({"a.safetensors": {**PINNED, "licence": "MIT\x1b[2J"}}, "licence can't be "),
        ({"a.safetensors": {**PINNED, "url": "http://x"}}, "'url' is not known."),
        ({"a.safetensors": {"folder": "loras"}}, "sha256 is missing."),
        ({"a.safetensors": {"folder": "loras", "sha256": "0" * 64, "repo": "o/m"}}, "path is missing."),
        ({"a.safetensors": "x"}, "an object in braces is expected"),
    ],
)
def test_a_manifest_that_leads_astray_is_refused(files, sentence):
    with pytest.raises(SettingsError) as raised:
        parse(json.dumps({"sets": {}, "files": files}), "mine.json")
    assert sentence in str(raised.value)
    assert str(raised.value).startswith("mine.json")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[", "mine.json is not JSON"),
        ("[" * 100_000, "mine.json is not JSON"),
        ("[]", "an object in braces is expected"),
        ('{"files": {}}', "sets: an object in braces is expected"),
        ('{"files": {}, "sets": {}, "more": 1}', "'more' is not known. Known: files, sets."),
        ('{"files": {}, "sets": {"a": {"files": ["b"]}}}', "there is no file 'b'"),
        ('{"files": {}, "sets": {"a": {"files": "b"}}}', "files must be a list of names"),
        ('{"files": {}, "sets": {"A b": {"files": []}}}', "small letters, digits and -"),
    ],
)
def test_a_manifest_that_is_none_is_refused(text, sentence):
    with pytest.raises(SettingsError) as raised:
        parse(text, "mine.json")
    assert sentence in str(raised.value)


def test_what_is_no_file_is_named_and_nothing_is_fetched_in_its_place(run, models, place):
    folder = place / "checkpoints"
    (folder / NAME).mkdir(parents=True)
    (folder / "dead.safetensors").symlink_to(place / "nowhere")
    files = {NAME: models.put(NAME, MODEL), "dead.safetensors": models.put("dead.safetensors", safetensors(9))}
    status, text = run("verify", files=files)
    assert status == 1
    assert f"{folder / NAME} is a folder, and no file" in text
    assert f"{folder / 'dead.safetensors'} is a link to a file that isn't there" in text
    for name, sentence in ((NAME, "is a folder, and no file"), ("dead.safetensors", "is a link to a file")):
        status, text = run("get", name, "--yes")
        assert (status, sentence in text, "Move it away." in text) == (1, True, True)
    assert not models.heard


def test_a_file_that_may_not_be_read_is_named_and_the_others_are_still_looked_at(run, models, place, monkeypatch):
    (place / "checkpoints").mkdir(parents=True)
    for name in (NAME, "z.safetensors"):
        (place / "checkpoints" / name).write_bytes(MODEL)
    opened = type(place).open

    def refuse(path, *words, **more):
        if path.name == NAME:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *words, **more)

    monkeypatch.setattr(type(place), "open", refuse)  # the tests' own user may be one whom nothing is closed to
    status, text = run("verify", files={"other.safetensors": models.put("other.safetensors", MODEL)})
    assert status == 1
    assert f"{NAME} can't be read: Permission denied" in text
    assert "z.safetensors: looks whole" in text


def test_our_own_sets_have_what_each_is_for():
    sets = built_in().sets
    assert list(sets) == [
        *("sd15", "sdxl-pixel", "zimage-pixel", "klein-pixel"),
        *("qwen-pixel", "sd35", "flux-pixel", "chroma", "control", "upscalers", "interrogate"),
    ]
    kinds = {name: {file.folder for file in each.files} for name, each in sets.items()}
    assert {"checkpoints", "controlnet"} <= kinds["sd15"]
    assert {"checkpoints", "controlnet", "loras"} <= kinds["sdxl-pixel"]
    for name in ("zimage-pixel", "klein-pixel", "qwen-pixel"):
        assert {"diffusion_models", "text_encoders", "vae"} <= kinds[name]
    assert kinds["upscalers"] == {"upscale_models"}
    assert kinds["interrogate"] == {"interrogators"}
    assert all(each.files for each in sets.values())


def test_our_own_files_are_told_apart_by_name_and_by_hash():
    files = built_in().files.values()
    assert len({file.name.lower() for file in files}) == len({file.sha256 for file in files}) == len(files)


# What is shown


def test_progress_has_speed_and_time_left():
    progress = Progress(NAME)
    start = progress.line("fetching", 0, 100_000_000, 5.0)
    assert start == "fetching [..........]   0% of 100 MB: pixels.safetensors"
    line = progress.line("fetching", 25_000_000, 100_000_000, 7.5)
    assert line == "fetching [##........]  25% of 100 MB, 10.0 MB/s, 8 s left: pixels.safetensors"
    end = progress.line("fetching", 100_000_000, 100_000_000, 15.0)
    assert end == "fetching [##########] 100% of 100 MB, 10.0 MB/s: pixels.safetensors"
    assert "MB/s" not in progress.line("checking", 50_000_000, 100_000_000, 16.0)  # of another thing


def test_the_speed_is_that_of_the_last_seconds():
    progress = Progress(NAME)
    for second in range(100):  # fast, then slow
        line = progress.line(
            "fetching", 1_000_000 * second if second < 50 else 50_000_000 + second, 10**9, float(second)
        )
    assert ", 0.0 MB/s, " in line


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (7260, "2 h 1 min")])
def test_a_duration_is_said_as_people_say_it(seconds, words):
    assert duration(seconds) == words


def test_in_a_terminal_a_line_is_drawn_over_itself(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    tell = terminal.teller(NAME)
    tell("fetching", 1_000_000, 2_000_000)
    tell("fetching", 1_000_001, 2_000_000)  # too soon
    terminal.say("whole")
    err = capsys.readouterr().err
    assert err.count("fetching") == 1
    assert err.endswith("\r\x1b[Kwhole\n")


# Headers


def header(text: bytes, more: bytes = b"") -> bytes:
    return struct.pack("<Q", len(text)) + text + more


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (safetensors(19280), None),
        (header(b"{}"), None),
        (b"", "is truncated: it has 0 bytes, and not even its header is whole"),
        (header(b'{"a": 1', b"")[:-2], "is truncated: it has 13 bytes, and not even its header is whole"),
        (struct.pack("<Q", 100_000_001) + b"{", "says that its header has 100000001 bytes; 100000000 are the most"),
        (struct.pack("<Q", 2**63) + b"{", "says that its header has 9223372036854775808 bytes; 100000000 are the most"),
        (header(b"{not json}"), "has a header that is none of safetensors"),
        (header(b"[1, 2]"), "has a header that is none of safetensors"),
        (header(b'{"a": {"data_offsets": [0]}}'), "has a header that is none of safetensors"),
        (header(b'{"a": {"data_offsets": [0, "9"]}}'), "has a header that is none of safetensors"),
        (header(b"{" + b"[" * 100_000), "has a header that is none of safetensors"),
        (header(b"\xff\xfe"), "has a header that is none of safetensors"),
        (safetensors(10) + b"more", "has 4 bytes more than its header says"),
    ],
)
def test_a_header_says_whether_a_file_is_whole(tmp_path, data, why):
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    assert trouble(path) == why


def test_a_header_of_100_mb_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", 100_000_001) + b"{")
    os.truncate(path, 200_000_000)  # sparse
    monkeypatch.setattr(json, "loads", None)
    assert "100000000 are the most" in str(trouble(path))


def test_the_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        cli.main(["models", "--help"])
    assert {"list", "get", "verify", "where", "remove"} <= set(capsys.readouterr().out.replace(",", " ").split())
