"""A libretro core without a window: it loads a program, runs frames, and gives the last one as RGB.

Cores are where the environment variable LIBRETRO_CORES says, else in the package stable-retro.
"""

import ctypes as c
import importlib.util
import os
from pathlib import Path

import numpy as np

ENVIRONMENT = c.CFUNCTYPE(c.c_bool, c.c_uint, c.c_void_p)
VIDEO = c.CFUNCTYPE(None, c.c_void_p, c.c_uint, c.c_uint, c.c_size_t)
AUDIO = c.CFUNCTYPE(None, c.c_int16, c.c_int16)
BATCH = c.CFUNCTYPE(c.c_size_t, c.c_void_p, c.c_size_t)
POLL = c.CFUNCTYPE(None)
STATE = c.CFUNCTYPE(c.c_int16, c.c_uint, c.c_uint, c.c_uint, c.c_uint)
# What a core asks of its host: https://github.com/libretro/RetroArch/blob/master/libretro-common/include/libretro.h
CAN_DUPLICATE, FOLDERS, PIXEL_FORMAT, VARIABLE, CHANGED, OPTIONS_VERSION = 3, (9, 30, 31), 10, 15, 17, 52
VARIABLES = 16
WIDE = 1
# Where red, green and blue are, and of how many bits: 0RGB1555, XRGB8888, RGB565.
FORMS = {0: ((10, 5), (5, 5), (0, 5)), WIDE: ((16, 8), (8, 8), (0, 8)), 2: ((11, 5), (5, 6), (0, 5))}


class Variable(c.Structure):
    _fields_ = (("key", c.c_char_p), ("value", c.c_char_p))


class Game(c.Structure):
    _fields_ = (("path", c.c_char_p), ("data", c.c_void_p), ("size", c.c_size_t), ("meta", c.c_char_p))


def core(name):
    """The file of a core, or None."""
    spec = importlib.util.find_spec("stable_retro")
    beside = Path(next(iter(spec.submodule_search_locations))) / "cores" if spec else None
    folder = os.environ.get("LIBRETRO_CORES") or beside
    path = Path(folder) / f"{name}_libretro.so" if folder else None
    return path if path and path.exists() else None


class Core:
    """One core in this process; it can't be loaded twice, so each run takes a process of its own."""

    def __init__(self, path, options, folder):
        self.library, self.frame, self.form = c.CDLL(str(path)), None, 0
        self.options = {key.encode(): value.encode() for key, value in options.items()}
        self.folder = c.c_char_p(str(folder).encode())
        self.calls = {
            "environment": ENVIRONMENT(self.environment),
            "video_refresh": VIDEO(self.video),
            "audio_sample": AUDIO(lambda left, right: None),
            "audio_sample_batch": BATCH(lambda data, frames: frames),
            "input_poll": POLL(lambda: None),
            "input_state": STATE(lambda *asked: 0),
        }
        for name, call in self.calls.items():
            getattr(self.library, f"retro_set_{name}")(call)
        self.library.retro_init()

    def environment(self, command, data):
        command &= 0xFFFF
        if command == CAN_DUPLICATE:
            c.cast(data, c.POINTER(c.c_bool))[0] = True
        elif command in FOLDERS:
            c.cast(data, c.POINTER(c.c_char_p))[0] = self.folder
        elif command == PIXEL_FORMAT:
            self.form = c.cast(data, c.POINTER(c.c_uint))[0]
        elif command == VARIABLE:
            variable = c.cast(data, c.POINTER(Variable))[0]
            if variable.key not in self.options:
                return False
            c.cast(data, c.POINTER(Variable))[0].value = self.options[variable.key]
        elif command == VARIABLES:
            self.take_defaults(c.cast(data, c.POINTER(Variable)))
        elif command == CHANGED:
            c.cast(data, c.POINTER(c.c_bool))[0] = False
        elif command == OPTIONS_VERSION:
            c.cast(data, c.POINTER(c.c_uint))[0] = 0
        else:
            return False
        return True

    def take_defaults(self, variables):
        """Of "what it is; first|second" the first, for what nobody has set: some cores fall without a value."""
        number = 0
        while variables[number].key:
            default = variables[number].value.split(b"; ", 1)[-1].split(b"|")[0]
            self.options.setdefault(variables[number].key, default)
            number += 1

    def video(self, data, width, height, pitch):
        if data:
            rows = np.frombuffer(c.string_at(data, pitch * height), np.uint8).reshape(height, pitch)
            self.frame = rows.view(np.uint32 if self.form == WIDE else np.uint16)[:, :width].copy()

    def load(self, path):
        data = Path(path).read_bytes()
        self.data = c.create_string_buffer(data, len(data))
        game = Game(str(path).encode(), c.cast(self.data, c.c_void_p), len(data), None)
        self.library.retro_load_game.restype = c.c_bool
        assert self.library.retro_load_game(c.byref(game)), "the core refuses the program"
        self.library.retro_get_system_av_info(c.byref((c.c_ubyte * 128)()))

    def run(self, frames):
        """The last of so many frames: uint8 [H, W, 3]."""
        for _ in range(frames):
            self.library.retro_run()
        shifts = {WIDE: ((16, 8), (8, 8), (0, 8)), 2: ((11, 5), (5, 6), (0, 5)), 0: ((10, 5), (5, 5), (0, 5))}[
            self.form
        ]
        planes = [(self.frame >> shift & (1 << bits) - 1) * 255 / ((1 << bits) - 1) for shift, bits in shifts]
        return np.rint(np.stack(planes, axis=-1)).astype(np.uint8)


def main(arguments):
    """`CORE PROGRAM FRAME.npy KEY=VALUE ...`: run 90 frames and save the last."""
    path, program, target, *options = arguments
    one = Core(path, dict(option.split("=") for option in options), Path(target).parent)
    one.load(program)
    np.save(target, one.run(90))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # some cores fall over their own threads when a process ends
