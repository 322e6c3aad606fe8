"""Listeners and settings: which ports are opened for whom, and which names of the originals count."""

import re
import subprocess
import sys

import pytest
from keyed import NOWHERE

from bridge import cli
from bridge.adapters import dialects, profiles
from bridge.app.serve import Door, doors, sample
from bridge.core.errors import SettingsError
from bridge.core.places import ROOT
from bridge.core.settings import Settings
from bridge.core.unobeyed import unobeyed
from bridge.core.variables import options_of

# Every environment variable that the originals' documents name.
ORIGINALS = {
    "pixart": "API_KEY CORS_ORIGINS MODEL_PATH CONTROLNET_PATH MAX_WORKERS MAX_QUEUE_SIZE TIMEOUT_SECONDS",
    "imagegen": "PORT MAX_CONCURRENT_JOBS MODEL_PATH CUDA_VISIBLE_DEVICES MAX_QUEUE_SIZE JOB_TIMEOUT "
    "ENABLE_NSFW_FILTER",
    "unified": "TEXT_MODEL_DIR UNET_MODEL",
    "pico": "A1111_BASE_URL A1111_USERNAME A1111_PASSWORD A1111_TIMEOUT SERVICE_HOST SERVICE_PORT DEBUG_MODE "
    "TARGET_WIDTH TARGET_HEIGHT LUMINANCE_INVERT ENABLE_CACHING CACHE_DIR MAX_WORKERS QUEUE_SIZE",
}


def settings(**values):
    return Settings(_env_file=None, **values)


def test_one_door_for_all_and_one_for_each_profile():
    wanted = settings(port=1, listeners="3003=imagegen, 7860=a1111", service_port=8080, service_host="0.0.0.0")
    assert doors(wanted) == [
        Door("127.0.0.1", 1),
        Door("127.0.0.1", 3003, "imagegen"),
        Door("127.0.0.1", 7860, "a1111"),
        Door("0.0.0.0", 8080, "pico"),
    ]
    assert doors(settings(profile="unified")) == [Door("127.0.0.1", 8000, "unified")]


@pytest.mark.parametrize("wrong", [{"profile": "a111"}, {"listeners": "1=nothing"}], ids=str)
def test_a_profile_that_is_no_dialect_is_refused_with_those_that_are(wrong):
    with pytest.raises(SettingsError, match="Known: a1111, aleaart"):
        doors(settings(**wrong))


@pytest.mark.parametrize("port", ["99999", "65536", "-1"])
def test_a_listener_has_a_port_that_there_is(port):
    with pytest.raises(ValueError, match=r"PIXART_LISTENERS\.1\.0"):
        settings(PIXART_LISTENERS=f"3003=imagegen,{port}=a1111")
    assert settings(listeners="0=a1111,65535=imagegen").listeners == ((0, "a1111"), (65535, "imagegen"))


@pytest.mark.parametrize("text", ["3003", "=a1111", "x=a1111", "1=2=3"])
def test_listeners_that_are_no_pairs_of_port_and_name_are_refused(text):
    with pytest.raises(ValueError, match=r"listeners|LISTENERS"):
        settings(PIXART_LISTENERS=text)


def test_a_python_without_the_packages_is_told_which_has_them():
    bare = [sys.executable, "-S", "-m", "bridge", "doctor"]  # -S: without what is installed
    run = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1
    told = r"pixart: \S+ lacks the package '\w+'\. Run this with \.venv/bin/python, which .*\n"
    assert re.fullmatch(told, run.stderr), run.stderr


@pytest.mark.parametrize("profile", ["", *profiles()])
def test_the_lines_to_try_have_a_place_for_the_key_where_one_is_needed(profile):
    keyed, free = (sample("http://h:1", profile, keyed=needed).splitlines() for needed in (True, False))
    assert all(line.startswith("  curl -u me:KEY http://h:1/") for line in keyed)
    assert [line.replace("-u me:KEY ", "") for line in keyed] == free


def test_a_folder_that_is_set_to_nothing_is_the_usual_one(monkeypatch):
    for name in ("PIXART_DATA", "PIXART_WORKFLOWS"):  # as `install.py` and lists of empty settings have it
        monkeypatch.setenv(name, "")
    assert (settings().data, settings().workflows) == (ROOT / "data", ROOT / "workflows")


def test_what_is_not_obeyed_is_said_only_when_it_is_asked_for():
    said = unobeyed({"OUTPUT_DIR": "there", "CLIP_TEXT_MODEL": "false", "CLIP_VISION_MODEL": ""})
    assert said == ["OUTPUT_DIR is set, but has no effect: results are kept in PIXART_DATA."]


@pytest.mark.parametrize(("original", "names"), ORIGINALS.items(), ids=list(ORIGINALS))
def test_every_name_that_an_original_knows_is_in_the_table_of_settings(original, names):
    table = (ROOT / "docs" / "SETTINGS.md").read_text(encoding="utf-8").partition("<!-- settings -->")[2]
    assert [name for name in names.split() if f"`{name}`" not in table] == []


@pytest.mark.trap(12)
def test_three_originals_measure_time_in_their_own_units(monkeypatch):
    monkeypatch.setenv("TIMEOUT_SECONDS", "60")
    monkeypatch.setenv("JOB_TIMEOUT", "300000")
    monkeypatch.setenv("A1111_TIMEOUT", "45")
    assert settings().timeout_seconds == 60
    found = {name: options_of(each.options) for name, each in dialects().items()}
    assert found["imagegen"].job_timeout == 300_000  # milliseconds
    assert found["pico"].seconds == 45


# What can't be used


def refused(capsys, *arguments):
    """What `serve` says and ends with."""
    assert cli.main(["serve", "--port", "0", *arguments]) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    return sentence


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder of its own to serve from, with its own `.env` if it shall have one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIXART_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COMFYUI_URL", NOWHERE)
    return tmp_path


@pytest.mark.parametrize("text", ["not json", "", '[{"name": "mine"'])
def test_styles_that_are_no_json_are_refused_by_name(elsewhere, monkeypatch, capsys, text):
    monkeypatch.setenv("A1111_STYLES", text)
    assert refused(capsys).startswith("pixart: A setting can't be used: A1111_STYLES: Invalid JSON: ")


@pytest.mark.parametrize("coding", ["utf-16", "latin-1"])
def test_a_dotenv_in_another_coding_is_refused_by_name(elsewhere, capsys, coding):
    (elsewhere / ".env").write_text("API_KEY=schlüssel\n", encoding=coding)
    assert refused(capsys) == "pixart: The file .env can't be read: it is not UTF-8. Save it as UTF-8."


@pytest.mark.parametrize("text", ["127.0.0..1", ".", "a" * 64], ids=["two dots", "a dot", "too long"])
@pytest.mark.parametrize("name", ["HOST", "SERVICE_HOST"])
@pytest.mark.parametrize("key", ["", "k" * 24], ids=["for everybody", "with a key"])
def test_a_host_that_can_be_none_is_refused_by_name(elsewhere, monkeypatch, capsys, name, text, key):
    monkeypatch.setenv("API_KEY", key)
    monkeypatch.setenv("SERVICE_PORT", "0")
    monkeypatch.setenv(name, text)
    said = f"pixart: A setting can't be used: {name}: {text!r} is no address, nor the name of a machine."
    assert refused(capsys) == said


@pytest.mark.parametrize("host", ["", "127.0.0.1", "::", "fe80::1%eth0", "localhost", "local.", "bücher.example"])
def test_a_host_of_any_kind_is_taken(host):
    assert settings(host=host, service_host=host).host == host


@pytest.mark.parametrize(
    ("text", "why"), [("--foo 'bar", "No closing quotation"), ("--foo bar\\", "No escaped character")], ids=str
)
@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_arguments_that_no_shell_reads_are_refused_by_name(elsewhere, monkeypatch, capsys, command, text, why):
    monkeypatch.delenv("COMFYUI_URL")
    monkeypatch.setenv("COMFYUI_ARGS", text)
    assert cli.main([command]) == 1
    said = "COMFYUI_ARGS: can't be split into arguments as a shell does it:"
    assert capsys.readouterr().err == f"pixart: A setting can't be used: {said} {why}.\n"


@pytest.mark.parametrize("name", ["PIXART_DATA", "PIXART_WORKFLOWS", "COMFYUI_DIR", "CACHE_DIR"])
def test_a_file_where_a_folder_belongs_is_refused_by_name(elsewhere, monkeypatch, capsys, name):
    file = elsewhere / "notes.txt"
    file.write_text("buy milk")
    for path, what in {file: "a file and no folder", file / "sub": f"below {file}, which is a file"}.items():
        monkeypatch.setenv(name, str(path))
        assert refused(capsys) == f"pixart: A setting can't be used: {name}: {path} is {what}."
        assert cli.main(["doctor"]) == 1
        assert capsys.readouterr().err == f"pixart: A setting can't be used: {name}: {path} is {what}.\n"


def test_a_folder_of_workflows_that_is_not_there_is_refused(elsewhere, monkeypatch, capsys):
    monkeypatch.setenv("PIXART_WORKFLOWS", "mine")
    assert cli.main(["serve", "--port", "0"]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == "pixart: mine, the folder of workflows, isn't there: PIXART_WORKFLOWS names it."


NO_URLS = ["http://", "http:///x", "http://:8188", "http://[::1", "http://h:99999", "http://h:0", "http://h:x"]


@pytest.mark.parametrize("text", [*NO_URLS, "http://a..b", "http://ü..b", "http://my host", "ftp://h", "h:8188"])
def test_a_url_of_comfyui_that_leads_nowhere_is_refused_by_name(text):
    with pytest.raises(ValueError, match="COMFYUI_URL"):
        settings(COMFYUI_URL=text)


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:8188", "https://me:word@comfy.example/behind/it", "http://[::1]:8188", "http://bücher.example"],
)
def test_a_url_of_comfyui_is_taken_without_its_last_slash(text):
    assert settings(comfyui_url=f"{text}/").comfyui_url == settings(comfyui_url=text).comfyui_url == text
