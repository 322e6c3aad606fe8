"""What the server and the command line write is their user's own, and a folder that isn't becomes it."""

import os
import stat
from pathlib import Path

import pytest
from bridge_process import WholeBridge

from bridge import cli
from bridge.core.permissions import keep_private, mend, umask, write_private

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


@pytest.fixture(autouse=True)
def usual_umask():
    """As most people's shells have it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_that_others_may_read_is_taken_from_them_and_that_is_said(tmp_path):
    folder = tmp_path / "data"
    (folder / "results" / "ab").mkdir(parents=True)
    for name in ("bridge.db", "results/ab/cd.png", "own.txt"):
        (folder / name).write_text(name)
    (folder / "own.txt").chmod(0o400)
    (folder / "models").mkdir()
    outside = tmp_path / "outside.txt"
    outside.write_text("linked to")
    (folder / "link").symlink_to(outside)
    said = mend(folder)
    assert f"Others on this machine could read {folder}: now only its owner can (4 files in it were open, too)." == said
    assert (mode(folder), mode(folder / "results" / "ab"), mode(folder / "bridge.db")) == (0o700, 0o700, 0o600)
    assert (mode(folder / "own.txt"), mode(outside), mode(folder / "models")) == (0o400, 0o644, 0o755)
    assert mend(folder) is None, "said once"


def test_a_folder_that_is_shared_on_purpose_stays_so(tmp_path):
    (tmp_path / "another's").write_text("")
    tmp_path.chmod(0o1777)
    assert mend(tmp_path) is None
    assert (mode(tmp_path), mode(tmp_path / "another's")) == (0o1777, 0o644)


def test_a_folder_that_there_is_not_is_made_private(tmp_path):
    assert mend(tmp_path / "a" / "data") is None
    assert mode(tmp_path / "a" / "data") == 0o700


def test_a_note_was_at_no_moment_anothers_to_read(tmp_path):
    note = tmp_path / "comfyui.url"
    note.write_text("of a version before this one")
    write_private(note, "http://127.0.0.1:1/?token=x")
    assert (mode(note), note.read_text()) == (0o600, "http://127.0.0.1:1/?token=x")


def test_what_a_person_asked_for_by_name_is_as_that_persons_files_are(tmp_path):
    before = keep_private()
    with umask(before):
        (tmp_path / "tree.png").write_text("")
    (tmp_path / "own").write_text("")
    assert (before, mode(tmp_path / "tree.png"), mode(tmp_path / "own")) == (0o022, 0o644, 0o600)


@pytest.mark.parametrize("command", [["keys", "add", "ann"], ["clean"]], ids=" ".join)
def test_each_command_mends_the_folder(tmp_path, monkeypatch, capsys, command):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "bridge.log").write_text("")
    monkeypatch.setenv("PIXART_DATA", str(folder))
    assert cli.main(command) == 0
    assert "Others on this machine could read" in capsys.readouterr().err
    assert (mode(folder), mode(folder / "bridge.log")) == (0o700, 0o600)
    assert not [path for path in folder.rglob("*") if mode(path) & 0o077]


def test_a_cache_of_its_own_place_is_private_too(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    environment = {"COMFYUI_URL": "http://127.0.0.1:9", "ENABLE_CACHING": "1", "CACHE_DIR": str(cache)}
    with WholeBridge(tmp_path / "data", **environment) as bridge:
        assert bridge.call("/health")[0] == 200
    assert (mode(cache), mode(tmp_path / "data"), mode(tmp_path / "data" / "bridge.db")) == (0o700, 0o700, 0o600)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_disk_that_is_full_is_told_with_the_file_that_was_to_be_written(tmp_path, monkeypatch):
    opened = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode: opened("/dev/full", os.O_WRONLY))
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_private(tmp_path / "keys.json", "x" * 100_000)
    assert caught.value.filename == str(tmp_path / "keys.json")
