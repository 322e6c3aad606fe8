"""What the node pack needs, into the Python of the ComfyUI that it is in; ComfyUI-Manager runs this.

All that is there keeps its version. So which versions come is not known before, and they have no hashes to be held to.
"""

import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).absolute().parent
WARM = "import sys; sys.path.append(sys.argv[1]); from pixel.compiled import warm; sys.exit(warm.main())"


def versions() -> dict[str, str]:
    """What is installed."""
    return {d.metadata["Name"].lower(): d.version for d in metadata.distributions() if d.metadata["Name"]}


def named(requirements: Path) -> list[str]:
    """The lines of a file of requirements."""
    lines = (line.split("#")[0].strip().lower() for line in requirements.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def pip(requirements: Path, *options: str) -> bool:
    """Install beside what is installed; whether that went well."""
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder, "held.txt")
        pins = [f"{name}=={v}\n" for name, v in versions().items() if re.fullmatch(r"\d[\w.+!]*", v or "")]
        held.write_text("".join(pins), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", *options, "-r", str(requirements), "-c", str(held)]
        return subprocess.call(command) == 0


def main() -> int:
    """The exit status: 0 unless something is missing that the pack can't do without."""
    needed, faster = HERE / "requirements.txt", HERE / "requirements-fast.txt"
    if all(line in versions() for line in named(needed)):
        print("All that the node pack needs is there; nothing was changed.")
    elif not pip(needed):
        return 1
    if not pip(faster, "--only-binary", ":all:"):
        print("numba can't be installed beside what is there. The nodes work, but slower.")
        return 0
    subprocess.call([sys.executable, "-c", WARM, str(HERE)])  # what fails here is done when the nodes run
    return 0


if __name__ == "__main__":
    sys.exit(main())
