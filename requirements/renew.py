"""Renews constraints.txt and the locks that install.py installs from: versions, and the hashes of all their files.

python requirements/renew.py            after a change to a list of requirements; versions that still fit are kept
python requirements/renew.py --upgrade  to the newest versions; all options go to `uv pip compile`
"""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CONSTRAINTS = HERE / "constraints.txt"
PACK = "custom_nodes/pixart_nodes/requirements"
LOCKS = {  # what is installed together <- what it is made from
    "comfyui.txt": ("requirements/comfyui.txt", "requirements/torch.txt", f"{PACK}.txt"),
    "bridge.txt": ("requirements/bridge.txt",),
    "test.txt": ("requirements/test.txt", "requirements/s3.txt"),
    "fast.txt": (f"{PACK}-fast.txt",),
}
# As above, for other versions of ComfyUI: at the constraints' versions but where that one wants others.
OTHERS = {"comfyui-0.33.txt": ("requirements/comfyui-0.33.txt", "requirements/torch.txt", f"{PACK}.txt")}
ENTRY = r"==(?:.*\\\n)*.*\n"  # a version, and the lines with its hashes
GPU = re.compile(r"^(?:triton|(?:nvidia|cuda)-[\w-]+)" + ENTRY, re.M)  # torch pins its own, and each build has others
TORCH = re.compile(r"^(?:torch|torchvision)" + ENTRY, re.M)  # torch.txt says why


def compiled(kept: str, *arguments: str) -> str:
    """What uv makes of lists of requirements; `kept` holds versions to prefer."""
    with TemporaryDirectory() as folder:
        out = Path(folder, "compiled.txt")
        out.write_text(kept, encoding="utf-8")
        form = ["--universal", "--python-version", "3.10", "--strip-extras", "--no-annotate", "--no-header", "--quiet"]
        try:
            subprocess.run(["uv", "pip", "compile", *form, *arguments, "-o", str(out)], cwd=ROOT, check=True)
        except FileNotFoundError:
            sys.exit("renew: uv is missing. Install it: pip install uv")
        except subprocess.CalledProcessError as error:
            sys.exit(f"renew: uv failed with status {error.returncode}; the lines above say why. Nothing was changed.")
        return GPU.sub("", out.read_text(encoding="utf-8"))


def main(options: list[str]) -> None:
    """Renew all of them, or none."""
    old = CONSTRAINTS.read_text(encoding="utf-8")
    head = "".join(re.findall(r"^#.*\n", old, re.M))
    sources = sorted({source for made_from in LOCKS.values() for source in made_from})
    with TemporaryDirectory() as folder:
        pins = Path(folder, "pins.txt")
        pins.write_text(compiled(old, *options, *sources), encoding="utf-8")
        hashed = {
            name: compiled("", "--generate-hashes", "-c", str(pins), *made_from) for name, made_from in LOCKS.items()
        }
        hashed |= {
            name: compiled(pins.read_text(encoding="utf-8"), "--generate-hashes", *made_from)
            for name, made_from in OTHERS.items()
        }
        CONSTRAINTS.write_text(head + pins.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    for name, text in hashed.items():
        says = f"# Made by requirements/renew.py. From: {' '.join((LOCKS | OTHERS)[name])}\n"
        (HERE / "locked" / name).write_text(says + TORCH.sub("", text), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
