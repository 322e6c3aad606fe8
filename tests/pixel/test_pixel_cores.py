"""Pictures of a batch, several at a time."""

import threading

import numpy as np
import pytest
from pixart_nodes.pixel.color import levels
from pixart_nodes.pixel.compiled import cores, twins
from pixart_nodes.pixel.dither import quantize
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.table import DITHERS
from pixart_nodes.pixel.palette.palette import Palette

FRAMES = np.random.default_rng(3).integers(0, 256, (7, 24, 40, 4), dtype=np.uint8)
PALETTES = [Palette.of(np.random.default_rng(count).integers(0, 256, (count, 3))) for count in (5, 200)]


@pytest.fixture
def three(monkeypatch):
    monkeypatch.setattr(cores, "threads", lambda: 3)
    monkeypatch.setattr(cores, "LEAST_BYTES", 1)
    monkeypatch.setattr(twins, "available", lambda: True)


def test_so_many_are_worked_on_at_a_time_and_come_in_their_order(three):
    meeting = threading.Barrier(3, timeout=10)  # who comes alone waits in vain

    def work(one, other):
        meeting.wait()
        return one + other

    assert list(cores.each(work, np.arange(6), np.arange(6) * 10, together=True)) == [0, 11, 22, 33, 44, 55]


@pytest.mark.parametrize("reason", ["not wanted", "no numba", "one core", "small"])
def test_else_one_after_the_other_in_this_thread(three, reason, monkeypatch):
    monkeypatch.setattr(twins, "available", lambda: reason != "no numba")
    monkeypatch.setattr(cores, "threads", lambda: 1 if reason == "one core" else 3)
    monkeypatch.setattr(cores, "LEAST_BYTES", 2 if reason == "small" else 1)
    found = set(cores.each(lambda _: threading.current_thread(), np.arange(9), together=reason != "not wanted"))
    assert found == {threading.current_thread()}


def test_who_stops_asking_waits_only_for_what_has_begun(three):
    begun, go_on = [], threading.Event()

    def work(number):
        begun.append(number)
        assert number == 0 or go_on.wait(10)

    def interrupted():
        for _ in cores.each(work, np.arange(100), together=True):
            go_on.set()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()
    assert len(begun) < 100


def test_an_error_of_one_is_the_callers(three):
    with pytest.raises(ZeroDivisionError):
        list(cores.each(lambda number: 1 // int(number), np.arange(4), together=True))


@pytest.mark.parametrize("palette", PALETTES, ids=["5 colours", "200 colours"])
@pytest.mark.parametrize("dither", [name for name, dither in DITHERS.items() if dither.sequential])
@pytest.mark.parametrize("light", ["linear", "srgb"])
def test_a_frame_is_the_same_beside_others_as_alone(palette, dither, light, monkeypatch):
    monkeypatch.setattr(cores, "threads", lambda: 3)
    monkeypatch.setattr(cores, "LEAST_BYTES", 1)

    def draw(frame):
        return quantize.quantize(frame, Quantization(palette, dither=dither, light=light))

    alone = [draw(frame) for frame in FRAMES]
    assert np.array_equal(list(cores.each(draw, FRAMES, together=True)), alone)


def test_a_picture_of_a_batch_has_one_thread_to_itself(monkeypatch):
    monkeypatch.setattr(cores, "LEAST_BYTES", 1)
    monkeypatch.setattr(twins, "available", lambda: True)
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert list(cores.each(lambda _: cores.threads(), np.arange(4), together=True)) == [1, 1, 1, 1]
    assert cores.threads() == 3


@pytest.fixture
def three_cores(monkeypatch):
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    cores._pool.cache_clear()
    yield
    cores._pool.cache_clear()


def test_each_row_of_a_large_picture_is_in_one_band_and_a_band_stays_on_its_thread(three_cores):
    meeting, bands = threading.Barrier(3, timeout=10), []

    def work(start, stop):
        meeting.wait()  # who comes alone waits in vain
        for _ in range(2):
            cores.in_bands(lambda *within: bands.append((start, stop, *within)), stop - start, cores.LARGE_PIXELS)

    cores.in_bands(work, 100, cores.LARGE_PIXELS)
    assert sorted(bands) == [(0, 33, 0, 33)] * 2 + [(33, 66, 0, 33)] * 2 + [(66, 100, 0, 34)] * 2
    assert cores.threads() == 3


def test_an_error_of_a_band_is_the_callers_and_the_next_picture_is_spread_again(three_cores):
    with pytest.raises(ZeroDivisionError):
        cores.in_bands(lambda start, _: 1 // start, 9, cores.LARGE_PIXELS)
    assert cores.threads() == 3


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("dither", "strength"), [("none", 1.0), ("atkinson", 0.0), ("bayer-8", 1.0), ("stucki", 1.0)])
def test_a_picture_in_bands_is_the_same_as_in_one_piece(channels, dither, strength, monkeypatch):
    monkeypatch.setattr(cores, "threads", lambda: 3)
    monkeypatch.setattr(cores, "LARGE_PIXELS", 1)
    monkeypatch.setattr(cores.in_bands, "__defaults__", (1,))
    values = np.random.default_rng(4).random((50, 40, channels), dtype=np.float32)
    out = np.empty((50, 40, 4), np.float32)
    quantize.draw(values, out, Quantization(PALETTES[0], dither=dither, strength=strength))
    whole = quantize.quantize(levels.to_bytes(values), Quantization(PALETTES[0], dither=dither, strength=strength))
    assert np.array_equal(out, levels.to_floats(whole))
