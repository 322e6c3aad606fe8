"""Each file holds the picture: decoders that were written apart from the writers read it again."""

import importlib.util
import io
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.pixel.machine.conversion import convert
from pixart_nodes.pixel.machine.formats import bundle, run_length
from pixart_nodes.pixel.machine.table import MACHINES, machine
from pixart_nodes.pixel.machine.wishes import Wishes


def picture(name, size=(32, 32)):
    width, height = size
    noise = np.random.default_rng(3).integers(0, 256, (height, width, 4), dtype=np.uint8)
    noise[..., 3] = 255
    (legal,) = convert(noise[None], machine(name), Wishes(tiles=9 if machine(name).tiled else -1))
    return legal, bundle.files(legal, "art")


@pytest.mark.parametrize("name", MACHINES)
def test_the_indexed_png_is_the_picture_and_its_indices_are_palette_times_colours_plus_slot(name):
    legal, files = picture(name)
    image = Image.open(io.BytesIO(files["art.png"]))
    assert image.mode == "P"
    assert np.array_equal(np.asarray(image.convert("RGBA")), legal.pixels)
    if legal.palettes.size <= 256:
        assert np.array_equal(np.asarray(image), legal.owners * machine(name).colors + legal.slots)


@pytest.mark.parametrize("name", [name for name, one in MACHINES.items() if one.tiled])
def test_tiled_puts_the_tiles_together_to_the_picture(name):
    legal, files = picture(name)
    layer = ElementTree.fromstring(files["art.tmx"])
    assert layer.find("tileset").get("source") == "art.tsx"
    assert {"tiledversion", "nextlayerid", "nextobjectid"} <= layer.attrib.keys()  # without which Arcade reads no map
    assert ElementTree.fromstring(files["art.tsx"]).find("image").get("source") == "art-tiles.png"
    cells = [int(cell) for cell in layer.find("layer/data").text.replace("\n", "").split(",")]
    tiles = legal.tile_set
    assert len(cells) == tiles.index.size
    sheet = np.asarray(Image.open(io.BytesIO(files["art-tiles.png"])))
    for place, cell in enumerate(cells):
        number, (y, x) = (cell & 0xFFFFFFF) - 1, divmod(place, 4)
        top, left = number // 16 * 8, number % 16 * 8
        tile = sheet[top : top + 8, left : left + 8]
        tile = tile[:, ::-1] if cell >> 31 & 1 else tile
        tile = tile[::-1] if cell >> 30 & 1 else tile
        first = tiles.palette.reshape(-1)[list(tiles.index.reshape(-1)).index(number)]
        if tiles.palette[y, x] == first:
            assert np.array_equal(tile, legal.pixels[8 * y : 8 * y + 8, 8 * x : 8 * x + 8])


def test_makechr_makes_the_same_parts_of_the_nes_picture_byte_for_byte(tmp_path):
    """In a process of its own; it is told the palettes, else it chooses some."""
    if importlib.util.find_spec("makechr") is None:
        pytest.skip("makechr isn't installed")
    legal, files = picture("nes", (256, 240))
    (tmp_path / "art.png").write_bytes(files["art.png"])
    codes = ["-".join(f"{code:02x}" for code in palette) for palette in legal.codes.tolist()]
    options = ["-p", f"P/{'/'.join(codes)}/", "-b", f"{legal.codes[0, 0]:02x}", "--rgb-mapping", "fceux"]
    command = [sys.executable, "-m", "makechr.makechr", "art.png", "-o", "out.%s", *options]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert made.stdout == ""
    parts = {name: (tmp_path / f"out.{name}").read_bytes() for name in ("chr", "nametable", "attribute", "palette")}
    assert parts["chr"][:4096] == files["art.chr"]
    assert parts["nametable"] + parts["attribute"] == files["art.nam"]
    assert parts["palette"][:16] == files["art.pal"]


def test_paintbrush_opens_in_pillow_and_the_ega_s_planes_are_read_by_a_decoder_of_their_own():
    legal, files = picture("ega", (320, 200))
    with Image.open(io.BytesIO(files["art.pcx"])) as opened:
        assert (opened.format, opened.mode) == ("PCX", "P")
        assert np.array_equal(np.asarray(opened.convert("RGB")), legal.pixels[..., :3])
    planes, data = [files["art.ega"][8000 * plane :] for plane in range(4)], np.zeros((200, 320), int)
    for y in range(200):
        for x in range(320):
            data[y, x] = sum((plane[y * 40 + x // 8] >> (7 - x % 8) & 1) << bit for bit, plane in enumerate(planes))
    assert np.array_equal(data, legal.slots)


def test_atari_and_amiga_files_are_read_by_decoders_of_their_own():
    legal, files = picture("st", (320, 200))
    degas, neochrome = files["art.pi1"], files["art.neo"]
    assert len(degas) == 32034 and degas[:2] == bytes(2) and degas[34:] == neochrome[128:] and len(neochrome) == 32128
    assert degas[2:34] == neochrome[4:36] and neochrome[58:62] == (320).to_bytes(2, "big") + (200).to_bytes(2, "big")
    words, seen = np.frombuffer(degas[34:], ">u2").reshape(200, 20, 4), np.zeros((200, 320), int)
    for x in range(320):
        seen[:, x] = sum((words[:, x // 16, plane] >> (15 - x % 16) & 1) << plane for plane in range(4))
    levels = [[word >> 8 & 7, word >> 4 & 7, word & 7] for word in np.frombuffer(degas[2:34], ">u2").tolist()]
    assert np.array_equal(np.array(levels)[seen], legal.pixels[..., :3] >> 5)
    legal, files = picture("amiga", (320, 256))
    planes, colors = np.frombuffer(files["art.raw"], np.uint8).reshape(5, 256, 40), files["art.pal"]
    seen = sum(np.unpackbits(plane, axis=1).astype(int) << number for number, plane in enumerate(planes))
    levels = [[word >> 8, word >> 4 & 15, word & 15] for word in np.frombuffer(colors, ">u2").tolist()]
    assert np.array_equal(np.array(levels)[seen] * 17, legal.pixels[..., :3])
    assert np.array_equal(interleaved(files["art.iff"]), legal.pixels[..., :3])


def interleaved(data):
    """An ILBM as its first description says: https://wiki.amigaos.net/wiki/ILBM_IFF_Interleaved_Bitmap."""
    assert data[:4] == b"FORM" and int.from_bytes(data[4:8], "big") == len(data) - 8 and data[8:12] == b"ILBM"
    chunks, place = {}, 12
    while place < len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "big")
        chunks[data[place : place + 4]] = data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
    head = chunks[b"BMHD"]
    width, height, planes = int.from_bytes(head[:2], "big"), int.from_bytes(head[2:4], "big"), head[8]
    assert head[9:11] == b"\0\1"  # no mask, packed
    plain = unpacked_bits(chunks[b"BODY"])
    bits = np.unpackbits(np.frombuffer(plain, np.uint8)).reshape(height, planes, width)
    slots = sum(bits[:, plane].astype(int) << plane for plane in range(planes))
    return np.frombuffer(chunks[b"CMAP"], np.uint8).reshape(-1, 3)[slots]


def unpacked_bits(packed):
    plain, place = bytearray(), 0
    while place < len(packed):
        count = packed[place]
        if count < 128:
            plain += packed[place + 1 : place + 2 + count]
            place += 2 + count
        else:
            plain += packed[place + 1 : place + 2] * (257 - count)
            place += 2
    return bytes(plain)


def unpacked_pcx(packed):
    plain, place = bytearray(), 0
    while place < len(packed):
        count = packed[place] & 63 if packed[place] >= 192 else 0
        plain += packed[place + 1 : place + 2] * count if count else packed[place : place + 1]
        place += 2 if count else 1
    return bytes(plain)


def test_packed_rows_come_back_whatever_their_runs():
    random = np.random.default_rng(8)
    for length in (1, 2, 3, 63, 64, 127, 128, 129, 300):
        for alone in (0, 2, 200):
            parts = np.repeat(random.integers(0, 256, 4), length), random.integers(0, 256, alone), np.full(length, 0xC5)
            row = np.concatenate(parts).astype(np.uint8)
            assert unpacked_bits(run_length.packed_bits(row)) == row.tobytes()
            assert unpacked_pcx(run_length.pcx_packed(row)) == row.tobytes()


@pytest.mark.parametrize(("name", "width"), [("cpc", 160), ("cpc-mode1", 320)])
def test_an_amstrad_s_screen_and_inks_are_read_by_a_decoder_of_their_own(name, width):
    """Bits of pixels as the CPC's firmware guide has them: mode 0 in 0426 and 1537, mode 1 in 04, 15, 26 and 37."""
    legal, files = picture(name, (width, 200))
    data, colors = files["art.scr"], files["art.pal"]
    for file, size in ((data, 0x4000), (colors, 239)):
        assert len(file) == 128 + size and file[18] == 2 and int.from_bytes(file[24:26], "little") == size
        assert int.from_bytes(file[67:69], "little") == sum(file[:67])
    assert int.from_bytes(data[21:23], "little") == 0xC000
    seen, across = np.zeros((200, width), int), width // 80
    order = ((7, 3, 5, 1), (6, 2, 4, 0)) if across == 2 else ((7, 3), (6, 2), (5, 1), (4, 0))
    for y in range(200):
        for x in range(width):
            byte = data[128 + y % 8 * 2048 + y // 8 * 80 + x // across]
            seen[y, x] = sum((byte >> place & 1) << bit for bit, place in enumerate(order[x % across]))
    assert colors[128] == (0 if across == 2 else 1)
    inks = np.array([colors[131 + 12 * ink] & 31 for ink in range(16)])
    places = np.searchsorted(machine(name).gamut.codes, inks[seen])
    assert np.array_equal(machine(name).gamut.colors[places], legal.pixels[..., :3])


def test_a_playdate_s_picture_is_read_by_a_decoder_of_its_own():
    legal, files = picture("playdate", (400, 240))
    data = files["art.pdi"]
    flags, size, *sides = (int.from_bytes(data[at : at + 4], "little") for at in range(12, 28, 4))
    cell = zlib.decompress(data[32:])
    assert data[:12] == b"Playdate IMG" and flags == 1 << 31 and size == len(cell) and sides == [400, 240]
    assert [int.from_bytes(cell[at : at + 2], "little") for at in range(0, 16, 2)] == [400, 240, 50, 0, 0, 0, 0, 0]
    bits = np.unpackbits(np.frombuffer(cell[16:], np.uint8)).reshape(240, 400)
    assert np.array_equal(bits * 255, legal.pixels[..., 0])


def test_koala_is_read_by_a_decoder_of_its_own():
    legal, files = picture("c64", (160, 200))
    data = files["art.koa"]
    assert len(data) == 10003 and data[:2] == b"\x00\x60"
    bitmap, screen, colors, background = data[2:8002], data[8002:9002], data[9002:10002], data[10002]
    seen = np.zeros((200, 160), int)
    for y in range(200):
        for x in range(160):
            cell = y // 8 * 40 + x // 4
            pair = bitmap[cell * 8 + y % 8] >> (6 - 2 * (x % 4)) & 3
            seen[y, x] = (background, screen[cell] >> 4, screen[cell] & 15, colors[cell] & 15)[pair]
    assert np.array_equal(machine("c64").gamut.colors[seen], legal.pixels[..., :3])


def test_art_studio_and_screen_2_are_read_by_decoders_of_their_own():
    legal, files = picture("c64-hires", (320, 200))
    data = files["art.art"]
    assert len(data) == 9009
    seen = np.zeros((200, 320), int)
    for y in range(200):
        for x in range(320):
            cell = y // 8 * 40 + x // 8
            ink = data[2 + cell * 8 + y % 8] >> (7 - x % 8) & 1
            seen[y, x] = data[8002 + cell] >> (4 if ink else 0) & 15
    assert np.array_equal(machine("c64-hires").gamut.colors[seen], legal.pixels[..., :3])
    legal, files = picture("msx1", (256, 192))
    memory = files["art.sc2"][7:]
    seen = np.zeros((192, 256), int)
    for y in range(192):
        for x in range(256):
            tile = memory[0x1800 + y // 8 * 32 + x // 8] + y // 64 * 256
            ink = memory[tile * 8 + y % 8] >> (7 - x % 8) & 1
            seen[y, x] = memory[0x2000 + tile * 8 + y % 8] >> (4 if ink else 0) & 15
    places = np.searchsorted(machine("msx1").gamut.codes, seen)
    assert np.array_equal(machine("msx1").gamut.colors[places], legal.pixels[..., :3])


def test_pico_8_reads_its_sprite_sheet_and_tic_80_its_chunks():
    legal, files = picture("pico8", (128, 128))
    text = files["art.p8"].decode()
    rows = text.split("__gfx__\n")[1].split()
    assert [[int(digit, 16) for digit in row] for row in rows] == legal.slots.tolist()
    assert text.count("pal(") == 16
    legal, files = picture("tic80", (240, 136))
    chunks, data = {}, files["art.tic"]
    while data:
        size = int.from_bytes(data[1:3], "little")
        chunks[data[0]], data = data[4 : 4 + size], data[4 + size :]
    pixels = np.frombuffer(chunks[1] + chunks[2], np.uint8)
    tiles = np.stack([pixels & 15, pixels >> 4], axis=1).reshape(510, 8, 8)
    assert np.array_equal(tiles.reshape(17, 30, 8, 8).swapaxes(1, 2).reshape(136, 240), legal.slots)
    assert chunks[12] == machine("tic80").gamut.colors.tobytes()
    assert chunks[5].startswith(b"-- script: lua\nfunction TIC()for i=0,509 do spr(i,i%30*8,i//30*8)")


def test_a_session_of_nexxt_holds_what_the_nes_files_hold():
    _, files = picture("nes")
    values = dict(line.split("=") for line in files["art.nss"].decode().split("\r\n") if "=" in line)
    assert bytes.fromhex(values["CHRMain"])[:4096] == files["art.chr"]
    assert bytes.fromhex(values["NameTable"] + values["AttrTable"]) == files["art.nam"]
    assert bytes.fromhex(values["Palette"])[:16] == files["art.pal"] and len(values["Palette"]) == 128


def test_the_zip_has_all_files_and_is_always_the_same():
    _, files = picture("gbc")
    data = bundle.zipped(files)
    assert data == bundle.zipped(files)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
