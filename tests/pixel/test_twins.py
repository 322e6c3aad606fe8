"""Fast kernels come and go without being noticed: the results stay, nothing waits, nothing breaks."""

import ast
import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from pixart_nodes.pixel.color import levels
from pixart_nodes.pixel.compiled import kernel_cache, twins, warm
from pixart_nodes.pixel.palette import nearest

PIXEL = kernel_cache.PIXEL
MODULES = sorted(
    ".".join(path.relative_to(PIXEL.parent).with_suffix("").parts)
    for path in PIXEL.rglob("[!_]*.py")
    if not path.is_relative_to(kernel_cache.SOURCES)
)
for module in MODULES:  # so that every step is declared
    importlib.import_module(f"pixart_nodes.{module}")

needs_numba = pytest.mark.skipif(not twins.available(), reason="numba isn't installed")


def run(code, folder=PIXEL.parent, *arguments, **env):
    """What a line of Python prints in a process of its own, with `pixel` to be imported from the folder."""
    start = f"import sys; sys.path.append({str(folder)!r}); "
    kept = {name: value for name, value in os.environ.items() if name not in (twins.PLAIN_ONLY, "NUMBA_CACHE_DIR")}
    command = [sys.executable, "-c", start + code, *arguments]
    done = subprocess.run(command, env={**kept, **env}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def plain_only(monkeypatch):
    """The process as if it had been started with fast kernels switched off."""
    monkeypatch.setenv(twins.PLAIN_ONLY, "1")
    twins.available.cache_clear()
    yield
    twins.available.cache_clear()


@pytest.fixture
def copy(tmp_path):
    """The pixel core with a single kernel, never compiled."""
    folder = tmp_path / "pack"
    shutil.copytree(PIXEL, folder / "pixel", ignore=shutil.ignore_patterns("__pycache__", "kernels"))
    (folder / "pixel/compiled/kernels").mkdir()
    for name in ("__init__", "jit"):
        shutil.copy(PIXEL / f"compiled/kernels/{name}.py", folder / "pixel/compiled/kernels")
    (folder / "pixel/compiled/kernels/levels.py").write_text(SMALL, encoding="utf-8")
    return folder


SMALL = """
import numpy as np
from .jit import kernel

@kernel
def divide(pixels, values):
    for i in range(pixels.shape[0]):
        values[i] = np.float32(pixels[i]) / np.float32(255)

def to_floats(pixels):
    out = np.empty(pixels.shape, np.float32)
    divide(pixels.reshape(-1), out.reshape(-1))
    return out

def warm():
    to_floats(np.zeros(1, np.uint8))
"""


KERNELS = "pixel/compiled/kernels"
WARM = "from pixel.compiled import warm; warm.main()"
PIXELS = "np.full((2, 2), 51, np.uint8)"
USE = f"import numpy as np; from pixel.color import levels; print(levels.to_floats({PIXELS}).tolist())"
USED = "from pixel.compiled import twins; print(sorted(twins._used), 'numba' in sys.modules)"
FIFTHS = np.full((2, 2), 0.2, np.float32).tolist()
WANTED = str(FIFTHS)


def kept(folder, *endings):
    return {
        path.name: path.stat().st_mtime_ns for end in endings for path in folder.glob(f"{KERNELS}/__pycache__/*{end}")
    }


def test_importing_the_core_does_not_import_numba():
    assert run(f"import {', '.join(MODULES)}; print('numba' in sys.modules)") == "False\n"


@pytest.mark.parametrize("name", twins.STEPS)
@needs_numba
def test_a_step_has_a_twin_that_takes_the_same(name):
    step = twins.STEPS[name]
    for one, other in zip(parameters(step.plain), parameters(step.fast), strict=True):
        assert (one.name, one.default, one.kind) == (other.name, other.default, other.kind)


def parameters(function):
    return inspect.signature(function).parameters.values()


@pytest.mark.parametrize("path", sorted(PIXEL.glob("compiled/kernels/[!_]*.py")), ids=lambda path: path.stem)
def test_kernels_have_a_step_and_are_compiled_ahead(path):
    warmed = kernel_cache.modules()
    if path.stem in warmed:
        assert path.stem in {step.module for step in twins.STEPS.values()}
    else:
        files = set().union(
            *(kernel_cache._closure(kernel_cache.SOURCES / f"{module}.py", frozenset()) for module in warmed)
        )
        assert path in files, "no module with a warm() uses it"


def parsed_imports(file):
    nodes = [node for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.ImportFrom) and node.level]
    for node in nodes:
        package = file.parents[node.level - 1].joinpath(*(node.module or "").split("."))
        yield from (package.with_suffix(".py"), *(package / f"{alias.name}.py" for alias in node.names))


def test_a_kernels_imports_are_those_that_python_finds(tmp_path):
    strange = tmp_path / "kernels" / "strange.py"
    strange.parent.mkdir()
    for name in ("one", "two", "three", "four"):
        strange.with_name(f"{name}.py").touch()
    (tmp_path / "above.py").touch()
    text = "from .one import (  # four\n    a,\n)\ndef f():\n    from . import two as four, three\nfrom .. import above"
    strange.write_text(text, encoding="utf-8")
    for file in [*kernel_cache.SOURCES.glob("*.py"), strange]:
        assert set(kernel_cache._imported(file)) == {path for path in parsed_imports(file) if path.is_file()}, file


@needs_numba
def test_the_kernels_of_k_centroid_make_no_arrays():
    """Numba takes seconds to compile what makes them."""
    found = vars(importlib.import_module("pixart_nodes.pixel.compiled.kernels.majority")).values()
    options = [kernel.targetoptions for kernel in found if hasattr(kernel, "targetoptions")]
    assert options and not any(option.get("_nrt", True) for option in options)


def test_a_user_without_a_home_keeps_no_kernels_where_the_pack_can_not_be_written_to(tmp_path, monkeypatch):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    (tmp_path / "no folder").touch()
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(kernel_cache, "SOURCES", tmp_path / "no folder")
    monkeypatch.setattr(kernel_cache.Path, "home", nowhere)
    kernel_cache.folder.cache_clear()
    try:
        assert not kernel_cache.keeps()
    finally:
        kernel_cache.folder.cache_clear()


def test_plain_only_gives_the_same_bytes(request):
    picture, colors = np.arange(768, dtype=np.uint8).reshape(16, 16, 3), np.array([[0, 9, 99], [200, 180, 7]], np.uint8)
    either = nearest.indices(picture, colors, "oklab")
    request.getfixturevalue("plain_only")
    assert not twins.available()
    assert np.array_equal(nearest.indices(picture, colors, "oklab"), either)


@needs_numba
@pytest.mark.parametrize(("patience", "used"), [(5, False), (4, True)])
def test_until_kernels_are_compiled_only_a_large_picture_waits_for_them(patience, used, monkeypatch):
    monkeypatch.setattr(twins, "_used", set())
    monkeypatch.setattr(kernel_cache, "ready", lambda module: False)
    monkeypatch.setattr(levels.to_floats, "patience", patience)
    assert levels.to_floats(np.full((2, 2), 51, np.uint8)).tolist() == FIFTHS
    assert twins._used == ({"levels"} if used else set())


@needs_numba
def test_kernels_are_compiled_once_and_found_again_under_any_name(copy):
    assert run(f"{USE}; {USED}", copy) == f"{WANTED}\n[] False\n"
    assert re.fullmatch(r"Pixel kernels 1/1: levels, [\d.]+ s\n", run(WARM, copy))
    compiled = kept(copy, ".nbi", ".nbc", ".compiled")
    assert run(f"{USE}; {USED}", copy) == f"{WANTED}\n['levels'] True\n"
    (copy.parent / "link").symlink_to(copy, target_is_directory=True)
    # as ComfyUI loads a pack: by its path, which becomes its name
    load = (
        "import importlib.util as u; from pathlib import Path; place = Path(sys.argv[1], 'pixel', '__init__.py'); "
        "spec = u.spec_from_file_location('/any/place', place); module = u.module_from_spec(spec); "
        "sys.modules['/any/place'] = module; spec.loader.exec_module(module); "
        "sys.modules['pixel'] = None; import importlib, numpy as np; "
        "levels = importlib.import_module('/any/place.color.levels'); "
        "print(levels.to_floats(np.full((2, 2), 51, np.uint8)).tolist()); "
        "fast = importlib.import_module('/any/place.compiled.kernels.levels'); "
        "print(sum(fast.divide.stats.cache_misses.values()))"
    )
    assert run(load, copy, str(copy.parent / "link")) == f"{WANTED}\n0\n"
    assert run(WARM, copy) == ""
    assert kept(copy, ".nbi", ".nbc", ".compiled") == compiled


@needs_numba
def test_a_kernel_that_is_found_again_does_without_what_numba_needs_to_compile(copy):
    run(WARM, copy)
    code = f"{USE}; from pixel.compiled import twins; print(sorted(twins._used), 'numba.np.arraymath' in sys.modules)"
    assert run(code, copy) == f"{WANTED}\n['levels'] False\n"


@needs_numba
def test_kernels_of_an_older_source_are_neither_used_nor_kept(copy):
    run(WARM, copy)
    before = kept(copy, ".nbi", ".nbc", ".compiled")
    jit = copy / "pixel/compiled/kernels/jit.py"
    jit.write_text(jit.read_text(encoding="utf-8") + "# another state\n", encoding="utf-8")
    assert run(f"{USE}; {USED}", copy) == f"{WANTED}\n[] False\n"
    run(WARM, copy)
    after = kept(copy, ".nbi", ".nbc", ".compiled")
    assert after and not before.keys() & after.keys()


@needs_numba
def test_a_pack_that_can_not_be_written_to_keeps_its_kernels_with_the_person(copy, tmp_path):
    (copy / "pixel/compiled/kernels/__pycache__").write_text("in the way, for root, too", encoding="utf-8")
    home = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home/.cache")}
    assert "levels" in run(WARM, copy, **home)
    assert run(f"{USE}; {USED}", copy, **home) == f"{WANTED}\n['levels'] True\n"


@needs_numba
def test_where_nothing_can_be_written_kernels_serve_one_process(copy):
    (copy / "pixel/compiled/kernels/__pycache__").write_text("in the way", encoding="utf-8")
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null"}
    assert run(USE.replace("to_floats", "to_floats.fast"), copy, **nowhere) == f"{WANTED}\n"
    assert "levels" in run(WARM, copy, **nowhere)
    assert run("from pixel.compiled import warm; warm.in_background(); print(warm._started)", copy, **nowhere) == "[]\n"


@needs_numba
def test_threads_that_come_while_it_compiles_get_their_results(copy):
    code = (
        "import numpy as np; from concurrent.futures import ThreadPoolExecutor as Pool; "
        "from pixel.color import levels; "
        "found = list(Pool(4).map(levels.to_floats.fast, [np.full((2, 2), 51, np.uint8)] * 8)); "
        "print({str(one.tolist()) for one in found})"
    )
    assert run(code, copy) == f"{ {WANTED} }\n"


@needs_numba
@pytest.mark.parametrize("error", ["ImportError", "SystemError", "AttributeError"])
def test_a_numba_that_can_not_be_loaded_is_said_once_and_done_without(copy, tmp_path, error):
    (tmp_path / "broken/numba").mkdir(parents=True)
    (tmp_path / "broken/numba/__init__.py").write_text(f"raise {error}('numpy is too new')", encoding="utf-8")
    ready = "from pixel.compiled import kernel_cache; kernel_cache.ready = lambda module: True; "
    said = run(f"{ready}{USE}; {USE}", copy, PYTHONPATH=str(tmp_path / "broken"))
    assert said.count(WANTED) == 2
    assert said.count("Pixart does without numba, and is slower: it can't be loaded (numpy is too new).") == 1


@needs_numba
def test_only_one_process_compiles_at_a_time(copy):
    with kernel_cache.alone() as first:
        assert first
        assert run("from pixel.compiled import kernel_cache as c; print(c.alone().__enter__())") == "False\n"
    assert run("from pixel.compiled import kernel_cache as c; print(c.alone().__enter__())") == "True\n"


@needs_numba
def test_the_background_compiles_while_its_parent_goes_on_and_ends(copy):
    began = "import logging; logging.basicConfig(level='INFO'); from pixel.compiled import warm; warm.in_background()"
    left = "print('left', warm.left())"
    said = run(f"{began}; print(warm._started[0].poll()); {left}; warm._started[0].wait(); {left}", copy)
    assert said.count("\n") == 4 and "in the background" in said
    assert "None" in said, "it waited for the compiler"
    assert "left 1" in said and "left 0" in said
    assert kept(copy, ".compiled")
    assert run("from pixel.compiled import warm; warm.in_background(); print(warm._started)", copy) == "[]\n"


@pytest.mark.usefixtures("plain_only")
def test_without_numba_there_is_nothing_to_compile(capsys):
    assert warm.main() == 0
    assert "plain ones serve" in capsys.readouterr().out
