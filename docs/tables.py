"""The tables of the documents, made from the registries. `python docs/tables.py URL_OF_A_COMFYUI` writes them anew.

The URL has its token where ComfyUI has one; without a URL the tables of nodes stay as they are. A block stands between
`<!-- NAME -->` and `<!-- /NAME -->`; tests/test_docs.py holds the pages to it.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "custom_nodes")]

from pixart_nodes import menu  # noqa: E402  # the path comes first
from pixart_nodes.library import palettes  # noqa: E402
from pixart_nodes.pixel.color import spaces  # noqa: E402
from pixart_nodes.pixel.dither import table as dithers  # noqa: E402
from pixart_nodes.pixel.edit import background  # noqa: E402
from pixart_nodes.pixel.machine import table as machines  # noqa: E402
from pixart_nodes.pixel.machine import wishes  # noqa: E402
from pixart_nodes.pixel.palette import extract  # noqa: E402
from pixart_nodes.pixel.resize import downscale  # noqa: E402

from bridge.adapters import dialects  # noqa: E402  # the path comes first
from bridge.adapters.dialect import Dialect, Route  # noqa: E402
from bridge.adapters.styling import STYLES  # noqa: E402
from bridge.app.models.hub import Hubs  # noqa: E402
from bridge.catalog.families import BY_NAME, FAMILIES  # noqa: E402
from bridge.catalog.few_steps import FEW_STEPS_KINDS  # noqa: E402
from bridge.comfy.environment import NodeEnvironment  # noqa: E402
from bridge.comfy.protocol import Address  # noqa: E402
from bridge.core.metrics import EVENT_SERIES, STATE_SERIES  # noqa: E402
from bridge.core.results_settings import ResultsSettings  # noqa: E402
from bridge.core.settings import Settings  # noqa: E402
from bridge.core.unobeyed import NOT_OBEYED  # noqa: E402
from bridge.workflow.file import ENGINES  # noqa: E402
from bridge.workflow.library import Library  # noqa: E402

DOCS = ROOT / "docs"
NODES, SETTINGS, PALETTES, MODES = (DOCS / f"{name}.md" for name in ("NODES", "SETTINGS", "PALETTES", "MODES"))
FAMILIES_PAGE = DOCS / "FAMILIES.md"
API, METRICS = DOCS / "API.md", DOCS / "operations" / "metrics.md"
DECISIONS = DOCS / "decisions" / "README.md"
PACK = ROOT / "custom_nodes" / "pixart_nodes" / "README.md"
QUANTIZE = PACK.parent / "web" / "docs" / "PixartQuantize.md"
OFFERED = ROOT / "bridge" / "app" / "completion.json"
AUTO = "auto"  # what suits the picture; the command line takes it wherever it isn't the usual value


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def nodes(object_info: Mapping[str, Any]) -> str:
    """Every node of the pack, submenu by submenu: its name there, its id, what it is for."""
    order = [f"{menu.ROOT}/{family}" for family in menu.FAMILIES]
    ours = [n for n in object_info.values() if n["name"].startswith("Pixart")]
    if not ours:
        raise ValueError("That ComfyUI doesn't have the pack.")
    ours.sort(key=lambda n: (order.index(n["category"]), n["display_name"]))
    rows = [
        (n["category"].removeprefix(f"{menu.ROOT}/"), f"**{n['display_name']}**", f"`{n['name']}`", n["description"])
        for n in ours
    ]
    return table(("menu", "node", "id", "what it does"), rows)


def palette_table() -> str:
    """Every built-in palette."""
    rows = [(f"`{name}`", p.name, str(len(p)), p.author) for name, p in palettes().items()]
    return table(("name", "title", "colours", "author"), rows)


def dialect_table() -> str:
    """Every dialect: what it is, where it is, how to have it on a port of its own."""
    rows = [
        (
            f"[{dialect.title}](#{dialect.name})",
            dialect.summary,
            ", ".join(f"`{dialect.mount}{prefix}`" for prefix in dialect.prefixes),
            f"`{dialect.name}`",
        )
        for dialect in dialects().values()
    ]
    return table(("API", "what it does", "paths", "profile"), rows)


def routes(dialect: Dialect) -> str:
    """Every route of a dialect."""
    rows = [
        (f"`{route.method} {'' if route.alone else dialect.mount}{route.path}`", _said(route))
        for route in dialect.routes
    ]
    return table(("route", "what it does"), rows)


def _said(route: Route) -> str:
    more = "; answers when it is done" * route.wait + "; only on a listener of its own" * route.alone
    return route.summary + more


def modes() -> str:
    """Every workflow mode in its newest version."""
    library = Library.open(ROOT / "workflows")
    found = [library.get(mode) for mode in library.modes()]
    rows = [
        (f"`{each.name}`", each.summary, f"`{each.fallback}`" if each.fallback else "–")
        for each in found
        if not each.serves
    ]
    return table(("mode", "what it does", "without its models"), rows)


def engines() -> str:
    """The generic modes, and what draws each of them on every engine."""
    library = Library.open(ROOT / "workflows")
    served = [mode for mode in library.modes() if any(library.form(mode, engine) for engine in ENGINES[1:])]
    rows = [(f"`{mode}`", *(_form(library, mode, engine) for engine in ENGINES[1:])) for mode in served]
    return table(("mode", *(f"`ENGINE={engine}`" for engine in ENGINES[1:])), rows)


def _form(library: Library, mode: str, engine: str) -> str:
    found = library.form(mode, engine)
    return f"`{found.name}`" if found else "–"


def families() -> str:
    """Every family of models: how it is drawn with where a request says nothing else."""
    rows = [
        (
            f"**{each.title}**",
            ", ".join(f"`{kind}`" for kind in each.kinds),
            str(each.side),
            str(each.multiple),
            f"{each.steps} / {each.cfg:g}",
            f"`{each.sampler}` `{each.scheduler}`",
            "–" if each.clip_skip is None else str(each.clip_skip),
            "yes" if each.negative else "no",
            f"`{each.control.folder}`" if each.control else "–",
        )
        for each in FAMILIES
    ]
    names = ("family", "ComfyUI's name", "side", "multiple of", "steps / CFG", "sampler", "CLIP skip")
    heads = (*names, "negative prompt", "ControlNets in `models/`")
    return table(heads, rows)


def few_steps() -> str:
    """Every kind of models that draw in few steps."""
    rows = [
        (
            f"{BY_NAME[each.family].title} **{each.title}**",
            f"{each.steps} / {each.usual_cfg:g}",
            f"the name's / {each.cfg:g}",
            f"{each.sampler!r} {each.scheduler!r}".replace("'", "`"),
            _range(each.range_steps),
            _range(each.range_cfg),
        )
        for each in FEW_STEPS_KINDS
    ]
    heads = (
        "kind",
        "steps / CFG",
        "where a name says its steps",
        "sampler",
        "recommended steps",
        "recommended CFG",
    )
    return table(heads, rows)


def _range(ends: tuple[float, float]) -> str:
    least, most = ends
    return f"{least:g}" if least == most else f"{least:g} to {most:g}"


def styles() -> str:
    """Every style of the Pixart editor."""
    rows: list[tuple[str, ...]] = []
    for name, each in STYLES.items():
        colors = str(len(palettes()[each.palette]))
        style, palette, dither, method = (f"`{value}`" for value in (name, each.palette, each.dither, each.method))
        if each.own_colors:
            palette, colors = f"the picture's own, or {palette}", str(each.own_colors)
        rows.append((style, palette, colors, dither, method, f"{each.contrast:g}", f"*{each.wording}*"))
    return table(("style", "palette", "colours", "dither", "downscale", "contrast", "added to a model's prompt"), rows)


def settings() -> str:
    """Every setting, by the name of its environment variable: the server's, the nodes', then each dialect's own."""
    rows = [*_rows(Settings, ""), *_rows(ResultsSettings, ""), *_rows(NodeEnvironment, "nodes"), *_rows(Hubs, "models")]
    heeded: dict[tuple[str, ...], list[str]] = {}  # which dialects heed a setting: some are several ones'
    for dialect in dialects().values():
        for names, default, name, what in _rows(dialect.options, dialect.name) if dialect.options else []:
            heeded.setdefault((names, default, what), []).append(name)
    rows += [(names, default, ", ".join(who), what) for (names, default, what), who in heeded.items()]
    rows += [
        *((f"`{name}`", "–", "", f"not obeyed, `serve` says so: {why}") for name, why in NOT_OBEYED.items()),
    ]
    return table(("variable", "default", "dialect", "what it sets"), rows)


def _rows(model: Any, dialect: str) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        alias: Any = field.validation_alias
        names = ", ".join(f"`{choice}`" for choice in alias.choices)
        default = f"`{name}`" if name in ("data", "workflows") else _shown(field.default)
        yield names, default, dialect, (field.description or "").replace("](docs/", "](")


def _shown(value: Any) -> str:
    if value is None or value in ("", ()):
        return "–"
    if isinstance(value, tuple) and not all(isinstance(each, str) for each in value):
        return f"{len(value)} built in"
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def metrics() -> str:
    """Every metric of the bridge's own."""
    rows = [
        (f"`{each.query_name}`", each.type, ", ".join(f"`{label}`" for label in each.labels), each.says)
        for each in (*EVENT_SERIES, *STATE_SERIES)
    ]
    return table(("metric", "type", "labels", "what it says"), rows)


def decided() -> list[tuple[int, str, str]]:
    """Every decision: its number, what it says, the page that it is on."""
    found = [
        (int(number), title, page.name)
        for page in sorted(DECISIONS.parent.glob("*.md"))
        for title, number in re.findall(r"^## (.+) \((\d+)\)$", page.read_text(encoding="utf-8"), re.M)
    ]
    return sorted(found)


def decisions() -> str:
    """Every decision by its number."""
    return table(("number", "decision"), ((str(n), f"[{title}]({page}#{n})") for n, title, page in decided()))


def pages(object_info: Mapping[str, Any] | None = None) -> dict[Path, dict[str, str]]:
    """The tables of each page by the name of their place; those of nodes only with what ComfyUI says of its nodes."""
    ours = dialects()
    made = {
        API: {"dialects": dialect_table(), **{f"{name} routes": routes(each) for name, each in ours.items()}},
        DECISIONS: {"decisions": decisions()},
        FAMILIES_PAGE: {"families": families(), "few_steps": few_steps()},
        MODES: {"modes": modes(), "engines": engines(), "styles": styles()},
        METRICS: {"metrics": metrics()},
        PALETTES: {"palettes": palette_table()},
        SETTINGS: {"settings": settings()},
    }
    of_nodes = {"nodes": nodes(object_info)} if object_info else {}
    return {**made, NODES: of_nodes, PACK: of_nodes} if of_nodes else made


def offered() -> str:
    """What the pack's own menus have, by the option of the command line that takes it, for shells to complete."""
    values = {
        "background": list(background.METHODS),
        "dither": list(dict.fromkeys([AUTO, *dithers.DITHERS, *wishes.DITHERS])),
        "extraction": list(extract.METHODS),
        "machine": list(machines.MACHINES),
        "method": [AUTO, *downscale.METHODS],
        "metric": list(spaces.METRICS),
        "palette": list(palettes()),
        "quality": list(wishes.QUALITIES),
    }
    return json.dumps(values, indent=1) + "\n"


def filled(text: str, tables: Mapping[str, str]) -> str:
    """The text with each table in its place. Raises ValueError for a table without a place."""
    for name, content in tables.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
        if not pattern.search(text):
            raise ValueError(f"There is no place for the table {name!r}.")
        text = pattern.sub(lambda found, content=content: f"{found[1]}{content}\n{found[2]}", text)
    return text


def object_info_at(url: str) -> Any:
    """What a running ComfyUI says of its nodes."""
    address = Address.parsed(url)
    request = urllib.request.Request(address.at("/object_info"), headers=dict(address.headers("/object_info")))
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def dither_help(text: str) -> str:
    """The help page of Quantize to Palette with what each family of dithers says of itself; marks would be shown."""
    return re.sub(
        r"(\* `dither`:\n).*?(\* `strength`)", lambda found: f"{found[1]}{dithers.page()}{found[2]}", text, flags=re.S
    )


if __name__ == "__main__":
    for page, tables in pages(object_info_at(sys.argv[1]) if sys.argv[1:] else None).items():
        page.write_text(filled(page.read_text(encoding="utf-8"), tables), encoding="utf-8")
    QUANTIZE.write_text(dither_help(QUANTIZE.read_text(encoding="utf-8")), encoding="utf-8")
    OFFERED.write_text(offered(), encoding="utf-8")
