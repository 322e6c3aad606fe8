"""Emulators that are programs of their own: each runs a machine's program and gives the picture's part of its screen.

DOSBox and FS-UAE draw on `virtual_screen`; MAME and Hatari write what they show to files and end by themselves.
"""

import io
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import virtual_screen
from PIL import Image

# An EmuTOS, https://emutos.sourceforge.io, which is an operating system for the Atari ST that anybody may copy.
TOS = os.environ.get("TOS_IMAGE") or "/usr/share/hatari/tos.img"
SILENT = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
SEARCHED = f"{os.environ.get('PATH', '')}:/usr/games"  # where Debian has MAME
PATIENCE = 120  # seconds that a program may take
DOSBOX = """[sdl]
output=surface
[dosbox]
machine=ega
[render]
scaler=none
aspect=false
[mixer]
nosound=true
[autoexec]
mount c .
c:
"""
MAME_AT = 37, 64  # the row and the column where a CPC's screen begins, behind the border
# A CPC's ROMs, for MAME to have some: zeros. A snapshot has them switched off.
MAME_ROMS = {"cpc6128.rom": 1 << 15, "cpcados.rom": 1 << 14}
VERTICAL_BLANKS = 250  # in which an EmuTOS starts and runs a program
UAE = """
amiga_model=A500 kickstart_file=internal floppy_drive_speed=0 floppy_drive_volume=0 base_dir=. warp_mode=1 fullscreen=0
window_width=752 window_height=572 zoom=full stretch=1 keep_aspect=0 texture_filter=nearest
"""
UAE_AT, UAE_WINDOW = (50, 98), (14, 586, 24, 776)  # where its picture begins; its window's rows and columns


def is_here(command):
    """Whether there is such an emulator, with all that it needs."""
    if shutil.which(command, path=SEARCHED) is None:
        return False
    if command == "hatari":
        return Path(TOS).is_file()
    return command == "mame" or virtual_screen.is_here()


def in_dosbox(path):
    """Its window has the size of the graphics mode, in the corner of the screen; that of text is higher."""
    (path.parent / "dosbox.conf").write_text(f"{DOSBOX}{path.name}\n", encoding="ascii")
    with (
        virtual_screen.screen() as screen,
        virtual_screen.running(["dosbox", "-conf", "dosbox.conf", "-noconsole"], path.parent, screen.environment),
    ):
        return screen.still(lambda seen: seen[:200].any() and not seen[200:280].any())[:200, :320]


def _run(command, folder):
    environment = {**os.environ, **SILENT, "HOME": str(folder)}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=PATIENCE)


def in_mame(path):
    """Cartridges in a GX4000, which has no ROM of its own; snapshots in a CPC 6128. 640 columns."""
    folder, shots = path.parent, path.parent / "shots"
    shutil.rmtree(shots, ignore_errors=True)
    (folder / "cpc6128").mkdir(exist_ok=True)
    for name, size in MAME_ROMS.items():
        (folder / "cpc6128" / name).write_bytes(bytes(size))
    kind = ["gx4000", "-cart"] if path.suffix == ".cpr" else ["cpc6128", "-dump"]
    options = {"video": "none", "sound": "none", "seconds_to_run": "4", "rompath": ".", "snapshot_directory": "shots"}
    given = [part for name, value in options.items() for part in (f"-{name}", value)]
    _run([shutil.which("mame", path=SEARCHED), *kind, path.name, *given, "-nothrottle", "-noreadconfig"], folder)
    top, left = MAME_AT
    [shot] = shots.glob("*/*.png")
    return _pixels(shot.read_bytes())[top : top + 200, left : left + 640]


def _pixels(png):
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB"))


def in_hatari(path):
    """The last frame of its film, whose frames are PNGs one after the other, and each of whose pixels is 2 x 2."""
    switches = (
        "fast-boot on borders off crop on zoom 1 sound off confirm-quit off fast-forward on avi-vcodec png png-level 1"
    )
    words = switches.split()
    options = [part for name, value in zip(words[::2], words[1::2], strict=True) for part in (f"--{name}", value)]
    film = ["--avirecord", "--avi-file", "film.avi", "--run-vbls", str(VERTICAL_BLANKS)]
    _run(["hatari", "--tos", TOS, "--machine", "st", *options, *film, path.name], path.parent)
    data = (path.parent / "film.avi").read_bytes()
    return _pixels(data[data.rindex(b"\x89PNG") :])[::2, ::2]


def in_fs_uae(path):
    """With the free Kickstart that it brings along; each pixel is 2 x 2. What it says of itself goes after a while."""
    command = ["fs-uae", *(f"--{part}" for part in UAE.split()), f"--floppy_drive_0={path.name}"]
    (top, left), (first, last, west, east) = UAE_AT, UAE_WINDOW
    place = slice(top, top + 512), slice(left, left + 640)

    def alone(seen):
        border = np.concatenate([seen[first:last, west:left].reshape(-1, 3), seen[first:top, west:east].reshape(-1, 3)])
        return (border == border[0]).all() and seen[place].any(axis=2).mean() > 0.5

    with (
        virtual_screen.screen() as screen,
        virtual_screen.running(command, path.parent, screen.environment),
    ):
        return screen.still(alone)[place][::2, ::2]


RUNS = {"dosbox": in_dosbox, "mame": in_mame, "hatari": in_hatari, "fs-uae": in_fs_uae}
