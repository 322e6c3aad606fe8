"""The studio's page, its scripts, styles and pictures: the files of the folder `studio`, and what the page may do."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from bridge.core.errors import NotFound
from bridge.core.places import FILES
from bridge.web.documents import Document, document_of

FOLDER = Path(__file__).with_name("studio")
PAGE = "index.html"
# What a newcomer sees, and what it becomes: that ComfyUI may still be starting need not be waited for.
EXAMPLES = FILES / "examples"
ELSEWHERE = {"sample.png": EXAMPLES / "tree.png", "sample-result.png": EXAMPLES / "tree-retro-16bit.png"}
# The browser takes a module only under its own content type; what the machine's table says of it may be anything.
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# Nothing but this server's own scripts and styles, none of them in the page itself; pictures that the page makes.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@lru_cache
def names() -> frozenset[str]:
    """The studio's files by their paths in the folder; requests can't reach any other file of the machine."""
    own = (path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
    return frozenset((*own, *ELSEWHERE))


def file(name: str) -> Document:
    """A file of the studio. Raises NotFound."""
    if name not in names():
        raise NotFound(f"The studio has no file {name[:100]!r}.")
    return _read(name)


@lru_cache
def _read(name: str) -> Document:
    kind = TYPES.get(Path(name).suffix)
    return document_of(
        ELSEWHERE.get(name, FOLDER / name).read_bytes(), f"{kind}; charset=utf-8" if kind else "image/png"
    )
