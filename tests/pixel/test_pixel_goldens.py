"""Every dither and every way of downscaling gives the pictures in `goldens/`, byte for byte of pixels."""

import golden
import pytest

CASES = golden.cases()


@pytest.mark.parametrize("name", CASES)
def test_a_picture_is_the_golden_one(name):
    golden.compare(name, CASES[name]())


def test_every_golden_is_asked_for():
    there = {file.relative_to(golden.FOLDER).with_suffix("").as_posix() for file in golden.FOLDER.rglob("*.png")}
    assert there == set(CASES)


def test_the_goldens_stay_small():
    assert sum(file.stat().st_size for file in golden.FOLDER.rglob("*.png")) < 150_000


def test_a_mismatch_shows_both_pictures_enlarged(tmp_path, monkeypatch):
    monkeypatch.setattr(golden, "FAILED", tmp_path / "failed")
    with pytest.raises(AssertionError, match="source differs"):
        golden.compare("source", golden.small()[::-1])
    shown = golden.decoded((tmp_path / "failed" / "source.png").read_bytes())
    assert shown.shape == (32 * golden.ZOOM, 2 * 48 * golden.ZOOM + golden.ZOOM, 4)
