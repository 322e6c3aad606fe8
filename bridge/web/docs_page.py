"""The documentation page: Swagger UI from the package swagger-ui-py, in one file that needs nothing from outside."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.metadata import distribution
from pathlib import Path

PAGE_PACKAGE = "swagger-ui-py"
PAGE_SCRIPT = """
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  validatorUrl: null,
});
"""
PAGE_STYLE = "body { margin: 0; } img { image-rendering: pixelated; min-width: 8rem; }"
PAGE_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Pixart API</title>
{head}
</head>
<body>
<div id="api"></div>
{scripts}
</body>
</html>
"""


def text() -> str:
    """The whole page, of 1.6 MB; each call makes it anew."""
    head = "\n".join(f"<style>{each}</style>" for each in _styles())
    return PAGE_HTML.format(head=head, scripts="\n".join(f"<script>{each}</script>" for each in _scripts()))


@lru_cache
def policy() -> str:
    """The page's Content-Security-Policy: its scripts and styles by their hashes, this server, and blob: pictures."""
    allowed = f"script-src {_hashes(_scripts())}; style-src {_hashes(_styles())}"
    allowed += "; connect-src 'self'; img-src 'self' data: blob:"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _scripts() -> tuple[str, str]:
    return _file("swagger-ui-bundle.js"), PAGE_SCRIPT


def _styles() -> tuple[str, str]:
    return _file("swagger-ui.css"), PAGE_STYLE


def _file(name: str) -> str:
    """A file of the package's; importing the package would bring in Jinja and YAML for nothing."""
    path = distribution(PAGE_PACKAGE).locate_file(f"swagger_ui/static/{name}")
    return Path(str(path)).read_text(encoding="utf-8")


def _hashes(parts: tuple[str, ...]) -> str:
    """Scripts or styles as a policy names them."""
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in parts)
