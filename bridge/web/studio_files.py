"""The studio's page, its scripts, styles and pictures: the files of the folder `studio`, and what the page may do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from bridge.core.errors import NotFound
from bridge.core.places import FILES
from bridge.web.documents import Document, document_of

STUDIO_FOLDER = Path(__file__).with_name("studio")
PAGE_FILE = "index.html"
# What a newcomer sees, and what it becomes: that ComfyUI may still be starting need not be waited for.
EXAMPLES = FILES / "examples"
SAMPLE_FILES = {"sample.png": EXAMPLES / "tree.png", "sample-result.png": EXAMPLES / "tree-retro-16bit.png"}
# The browser takes a module only under its own content type; what the machine's table says of it may be anything.
CONTENT_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# Nothing but this server's own scripts and styles, none of them in the page itself; pictures that the page makes.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@lru_cache
def files() -> Mapping[str, Document]:
    """The studio's files by their paths in the folder; requests can't reach any other file of the machine.

    All are read at once, so that none that an update writes meanwhile is given beside the others.
    """
    own = {path.relative_to(STUDIO_FOLDER).as_posix(): path for path in STUDIO_FOLDER.rglob("*") if path.is_file()}
    return {name: _read(path) for name, path in (own | SAMPLE_FILES).items()}


@lru_cache
def release() -> str:
    """What tells these files from those of another version."""
    tags = sorted((name, document.tag) for name, document in files().items())
    return hashlib.sha256(repr(tags).encode()).hexdigest()[:16]


def file(name: str) -> Document:
    """A file of the studio. Raises NotFound."""
    if name not in files():
        raise NotFound(f"The studio has no file {name[:100]!r}.")
    return files()[name]


def _read(path: Path) -> Document:
    kind = CONTENT_TYPES.get(path.suffix)
    return document_of(path.read_bytes(), f"{kind}; charset=utf-8" if kind else "image/png")
