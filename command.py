"""Commands that install.py runs: in which environment, and what their errors mean. Standard library only."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).absolute().parent
# What leads Python, git and pip astray, or has torch compiled at each start; pip may know where packages come from.
SOURCES = ".*INDEX.*|FIND_LINKS|TRUSTED_HOST|.*CERT|PROXY|.*TIMEOUT|RETRIES|.*CACHE.*|CONFIG_FILE"
UNWANTED = re.compile(rf"PYTHON(PATH|HOME|DONTWRITEBYTECODE)|GIT_(DIR|WORK_TREE|INDEX_FILE)|PIP_(?!({SOURCES})$).*")
FULL = "The disk is full. Free some space (a whole set-up takes 2 to 8 GB) and run this again; it goes on from here."
ALTERED = (
    "A package isn't the file that was tested, so it wasn't installed. Run this again, or with another package index."
)
SIGNS = {  # what the errors of pip and git say -> what to tell
    "DO NOT MATCH THE HASHES": ALTERED,
    "No space left|quota exceeded": FULL,
    "Permission denied|Read-only file": "A folder can't be written to. Check who owns it, then run this again.",
    "ProxyError": "The proxy that pip is set to use can't be reached. Check it, then run this again.",
    "versions: none|Max retries|fetch URL|timed out|broken": "The package index can't be reached. Check the network.",
}


class SetupError(Exception):
    """Something that the person at the terminal has to know: one sentence, and what to do."""


def say(text: str) -> None:
    """Print a step."""
    print(f"[pixart] {text}", flush=True)


def setting(name: str) -> str:
    """A setting where the bridge looks for it, the environment and then the file `.env`; empty where there is none."""
    file = ROOT / ".env"
    text = file.read_text(encoding="utf-8-sig") if file.is_file() else ""  # Windows' editors put a mark before it
    found = re.findall(rf"^\s*(?:export\s+)?{name}\s*=[ \t]*(.*?)(?:[ \t]+#.*)?$", text, re.M | re.I)
    return os.environ.get(name) or (found[-1].strip().strip("'\"") if found else "")


def data_folder() -> Path:
    """Where ComfyUI, models, jobs and results are kept. A relative path in `.env` starts at the checkout."""
    given = os.environ.get("PIXART_DATA")
    return Path(given).absolute() if given else ROOT / (setting("PIXART_DATA") or "data")


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would lead the new one astray."""
    kept = {name: value for name, value in os.environ.items() if not UNWANTED.fullmatch(name)}
    own = {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "GIT_TERMINAL_PROMPT": "0"}
    return {**kept, **own, "PIXART_DATA": str(data_folder()), **more}  # whole, as the bridge starts in another folder


def run(command: list[str], failure: str, env: dict[str, str]) -> None:
    """Run a command whose output is shown; its errors are also read, to say in a sentence what went wrong."""
    # close_fds: the lock of `alone` is inherited, so that it holds while a command outlives a killed set-up
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace", env=env, close_fds=False)
    lines = []
    try:
        for line in process.stderr or ():
            sys.stderr.write(line)
            lines.append(line)
        process.wait()
    finally:
        process.terminate()  # does nothing to one that has ended
        process.wait()
    if process.returncode:
        known = (told for signs, told in SIGNS.items() if re.search(signs, "".join(lines)))
        raise SetupError(next(known, f"{failure} The lines above say why."))


def fetch(python: Path, names: list[str]) -> None:
    """Fetch sets of models by the bridge's own command, which draws in the terminal how far it is."""
    command = [str(python), "-m", "bridge", "models", "get", "--yes", *names]
    if subprocess.call(command, cwd=ROOT, env=environment()):
        raise SetupError("Not all models were fetched: the line above says why. Run this again to go on.")
