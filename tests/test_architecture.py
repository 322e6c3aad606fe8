"""Who may import whom: the promises of docs/DESIGN.md, read from the code itself."""

import ast
import sys
from pathlib import Path

import pytest

from bridge.settings import ROOT

PACK = ROOT / "custom_nodes" / "pixart_nodes"
SOURCES = sorted([*ROOT.glob("bridge/**/*.py"), *PACK.glob("**/*.py")])
STDLIB = set(sys.stdlib_module_names)
COMFY = {"comfy", "comfy_api", "folder_paths", "latent_preview", "nodes", "server"}

ADAPTERS_SHARE = {  # pure, all of them
    "bridge.catalog",
    "bridge.checkpoints",
    "bridge.errors",
    "bridge.failure",
    "bridge.fields",
    "bridge.header",
    "bridge.imagegen",
    "bridge.interrogators",
    "bridge.job",
    "bridge.preprocessors",
    "bridge.rendition",
    "bridge.sampling",
    "bridge.unified",
    "bridge.unit",
    "bridge.upscalers",
}

# folder or file -> what it may import beyond the standard library; "bridge.job" allows that module and what is in it
ALLOWED = {
    "custom_nodes/pixart_nodes/pixel": {"numpy", "numba", "llvmlite", ".pixel"},  # numba brings llvmlite
    # its two runtimes are imported when asked for; the last two are for remote.py
    "custom_nodes/pixart_nodes/axera": {"numpy", ".axera", ".errors", ".http_service", ".sent_picture"},
    # onnxruntime and transformers are imported when asked for
    "custom_nodes/pixart_nodes/interrogate": {
        *("numpy", "torch", ".axera.runtimes", ".errors", ".interrogate", ".picture_file"),
    },
    "custom_nodes/pixart_nodes/chain": {".chain", ".errors", ".pixel.palette"},
    "custom_nodes/pixart_nodes/tensors.py": {"numpy", "torch", ".errors", ".pixel.levels"},
    "custom_nodes/pixart_nodes/aside.py": set(),
    "custom_nodes/pixart_nodes/http_service.py": {"aiohttp", ".errors"},
    "custom_nodes/pixart_nodes/a1111.py": {"numpy", ".errors", ".http_service", ".sent_picture"},
    "bridge/adapters": {"bridge.adapters", "bridge.a1111", *ADAPTERS_SHARE, "pydantic", "pydantic_core"},
    "bridge/a1111": {"bridge.a1111", "bridge.adapters", "bridge.__version__", *ADAPTERS_SHARE, "pydantic"},
    "bridge/imagegen": {"bridge.adapters", *ADAPTERS_SHARE, "pydantic"},
    "bridge/unified": {"bridge.adapters", *ADAPTERS_SHARE, "pydantic"},
    "bridge/interrogators.py": {"bridge.catalog", "bridge.errors", "bridge.failure", "bridge.job"},
    "bridge/access.py": {"bridge.errors", "bridge.fields", "bridge.forms", "pydantic"},
    "bridge/fairness.py": set(),
    "bridge/deadline.py": set(),
    "bridge/encoding.py": {"bridge.errors"},
    "bridge/arrival.py": {"bridge.deadline", "bridge.encoding", "bridge.errors", "aiohttp"},
    "bridge/body.py": {"bridge.errors"},
    "bridge/documents.py": {"bridge.adapters", "bridge.headers", "bridge.openapi", "aiohttp"},
    "bridge/database.py": {"bridge.disk", "bridge.errors", "bridge.schema", "bridge.statement", "sqlalchemy"},
    "bridge/statement.py": {"bridge.disk", "sqlalchemy"},
    "bridge/catalog.py": {"bridge.preprocessors"},
    "bridge/preprocessors.py": {"bridge.errors"},
    "bridge/unit.py": set(),
    "bridge/control.py": {
        "bridge.convert",
        "bridge.errors",
        "bridge.preprocessors",
        "bridge.unit",
        "bridge.workflow",
    },
    "bridge/checkpoints.py": {"bridge.catalog"},
    "bridge/upscalers.py": {"bridge.catalog"},
    "bridge/header.py": set(),
    "bridge/effort.py": set(),
    "bridge/trace.py": set(),
    "bridge/redaction.py": set(),
    "bridge/logs.py": {"bridge.redaction", "aiohttp", "pythonjsonlogger"},
    "bridge/metrics.py": {"bridge.__version__", "prometheus_client"},
    "bridge/sampling.py": set(),
    "bridge/metadata.py": {"bridge.a1111.png", "bridge.errors"},
    "bridge/encoder.py": {"bridge.a1111.exif", "bridge.a1111.png", "bridge.job", "bridge.picture", "PIL"},
    "bridge/rendition.py": {"bridge.fields", "bridge.job", "pydantic"},
    "bridge/forms.py": {"limits", "pydantic", "yarl"},
    "bridge/fields.py": {"bridge.errors", "pydantic"},
    "custom_nodes/pixart_nodes/denoise.py": {"torch"},  # noise is a tensor, but no model and no ComfyUI is needed
    "custom_nodes/pixart_nodes/loras.py": {".errors"},
    # nudenet is imported when asked for
    "custom_nodes/pixart_nodes/safety.py": {"numpy", ".errors", ".pixel.picture"},
    "bridge/safety.py": {"bridge.errors", "bridge.job", "bridge.widgets", "bridge.workflow"},
    "bridge/job.py": set(),
    "bridge/elapsed.py": set(),
    "bridge/errors.py": set(),
    "bridge/failure.py": {"bridge.errors", "bridge.job"},
    "bridge/widgets.py": {"bridge.errors"},
    "bridge/convert.py": {"bridge.errors", "bridge.widgets"},
    "bridge/workflow_file.py": {"bridge.convert", "bridge.errors", "bridge.widgets"},
    "bridge/workflow.py": {
        *("bridge.catalog", "bridge.convert", "bridge.errors"),
        *("bridge.widgets", "bridge.workflow_file"),
    },
    "bridge/webhooks/address.py": {"bridge.errors", "yarl"},
    "bridge/webhooks/message.py": {"bridge.adapters", "bridge.outbox", "bridge.record", "yarl"},
    "bridge/comfy/launch.py": {"door", "torch", "torchvision"},
    "bridge/comfy/door.py": {"aiohttp"},  # it runs in ComfyUI's process
    "bridge/comfy/address.py": {"aiohttp", "yarl"},
    "bridge/permissions.py": set(),
    "bridge/malformed.py": {"aiohttp"},
    "custom_nodes/pixart_nodes/bridge_secret.py": {"aiohttp"},
}
FORBIDDEN_IN_ADAPTERS = {"time", "random", "uuid", "secrets", "os", "socket", "pathlib", "asyncio"}


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def imports(path):
    """Modules that a file imports, relative ones written from the root of their package as `.pixel.color`."""
    package = path.relative_to(PACK).parent.parts if path.is_relative_to(PACK) else ()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            parts = package[: len(package) - node.level + 1]
            yield "." + ".".join([*parts, *([node.module] if node.module else [])])
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "bridge")


def allowed(module, names):
    return module.split(".")[0] in STDLIB or any(module == name or module.startswith(name + ".") for name in names)


@pytest.mark.parametrize(
    ("path", "names"),
    [(path, names) for place, names in ALLOWED.items() for path in SOURCES if name_of(path).startswith(place)],
    ids=lambda value: name_of(value) if isinstance(value, Path) else "",
)
def test_a_layer_imports_only_what_it_may(path, names):
    wrong = [module for module in imports(path) if module not in ("bridge", ".") and not allowed(module, names)]
    assert not wrong, f"{name_of(path)} may not import {', '.join(wrong)}"


PURE = [path for path in SOURCES if path.parent.name in ("adapters", "a1111") and name_of(path).startswith("bridge/")]


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_an_adapter_does_no_io_and_reads_no_clock(path):
    if name_of(path) == "bridge/adapters/__init__.py":
        return
    wrong = FORBIDDEN_IN_ADAPTERS & {module.split(".")[0] for module in imports(path)}
    assert not wrong, f"{name_of(path)} may not import {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_the_two_halves_share_no_python(path):
    roots = {module.split(".")[0] for module in imports(path)}
    if path.is_relative_to(PACK):
        assert not roots & {"bridge", "custom_nodes", "pixart_nodes"}, "the pack uses relative imports and no bridge"
    else:
        assert not roots & {"custom_nodes", "pixart_nodes", *COMFY}, "the bridge knows the pack as data only"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_below_the_process_imports_the_server(path):
    if name_of(path) not in ("bridge/service.py", "bridge/server.py"):
        assert "bridge.server" not in set(imports(path))


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def graph():
    """Module-level imports among our own modules, `if TYPE_CHECKING` and functions left out."""
    names = {module_name(path): path for path in SOURCES}
    prefix = module_name(PACK / "__init__.py")
    edges = {}
    for name, path in names.items():
        found = set()
        for module in imports(path):
            full = (prefix + module).rstrip(".") if module.startswith(".") else module
            while full and full not in names:
                full = full.rpartition(".")[0]
            if full and full != name:
                found.add(full)
        edges[name] = found
    return edges


def test_there_is_no_import_cycle():
    edges, done = graph(), set()

    def visit(name, trail):
        assert name not in trail, "cycle: " + " -> ".join([*trail[trail.index(name) :], name])
        if name in done:
            return
        for other in sorted(edges[name]):
            # a package's __init__ is imported with each of its modules; only what it imports itself counts
            if not name.startswith(other + "."):
                visit(other, [*trail, name])
        done.add(name)

    for name in edges:
        visit(name, [])


@pytest.mark.parametrize(
    "path", [*SOURCES, ROOT / "install.py", ROOT / "command.py", ROOT / "requirements/renew.py"], ids=name_of
)
def test_functions_and_modules_stay_short(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400, "a module over 400 lines asks to be split"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 50, f"{node.name} has {length} lines"


def test_broad_excepts_stand_only_at_the_process_boundaries():
    broad = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
    }
    assert broad <= {"bridge/server.py"}
