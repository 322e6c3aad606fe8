"""Who may import whom: what docs/ARCHITECTURE.md promises, read from the code. Each test lists all offenders."""

import ast
import sys
from functools import cache

from bridge.core.places import ROOT

PACK = ROOT / "custom_nodes" / "pixart_nodes"
SOURCES = sorted([*ROOT.glob("bridge/**/*.py"), *PACK.glob("**/*.py")])
TOOLS = [
    *(ROOT / "install.py", ROOT / "command.py", ROOT / "comfyui_source.py", ROOT / "requirements/renew.py"),
    *sorted(ROOT.glob("benchmarks/**/*.py")),
]
STDLIB = set(sys.stdlib_module_names)
COMFY = {"comfy", "comfy_api", "folder_paths", "latent_preview", "nodes", "server"}

# The rooms of the bridge by floor: a room imports itself and rooms on lower floors.
FLOORS = (
    ("core",),
    ("catalog",),
    ("adapters", "workflow", "storage"),
    ("comfy",),
    ("drawing", "webhooks"),
    ("engine",),
    ("web",),
    ("app",),
    ("cli",),
    ("__main__",),
)

# The rooms of the pixel core, each of which imports the ones before it and itself. Kernels know the plain functions
# that they are the fast form of; nothing imports kernels but the seam, by name and late.
PIXEL_ROOMS = (
    *(
        "errors",
        "compiled",
        "color",
        "palette",
        "resize",
        "dither",
        "grid",
        "kind",
        "clean",
        "files",
        "edit",
        "machine",
    ),
)

# Libraries beyond the standard one, by room of the bridge or by file of it.
LIBRARIES = {
    "adapters": {"pydantic"},  # for the shape of requests
    "app/models/hub.py": {"pydantic"},  # for its settings
    "app/serve.py": {"aiohttp"},
    "catalog": set(),
    "cli": set(),
    "cli/serving.py": {"uvloop"},
    "comfy": {"aiohttp", "pydantic", "websocket", "yarl"},
    "comfy/door.py": {"aiohttp"},  # it runs in ComfyUI's process
    "comfy/launch.py": {"door", "torch", "torchvision"},  # so does this, from the folder of both
    "core/callback_address.py": {"yarl"},
    "core/logs.py": {"aiohttp", "pythonjsonlogger"},
    "core/metrics.py": {"prometheus_client"},
    "core/picture": {"PIL"},
    "core/setting_types.py": {"limits", "pydantic", "yarl"},
    "core/results_settings.py": {"pydantic"},
    "core/settings.py": {"pydantic"},
    "core/variables.py": {"pydantic", "pydantic_settings"},
    "drawing/unfinished.py": {"PIL"},
    "engine/local.py": {"aiohttp"},
    "engine/worker.py": {"aiohttp"},
    "storage": {"sqlalchemy"},
    "storage/postgres": {"greenlet", "procrastinate", "psycopg", "sqlalchemy"},  # imported where DATABASE_URL is set
    "storage/s3.py": {"obstore"},
    "web": {"aiohttp", "limits", "pydantic"},
    "webhooks": {"aiohttp", "sqlalchemy", "standardwebhooks", "yarl"},
    "workflow": set(),
}

# Adapters are pure: of the core they have values, and what reads and writes bytes.
ADAPTERS_SHARE = {
    "control_unit",
    "errors",
    "spelling",
    "job",
    "job_error",
    "picture.color_names",
    "picture.exif",
    "picture.image_size",
    "picture.png_text",
}
FORBIDDEN_IN_ADAPTERS = {"time", "random", "uuid", "secrets", "os", "socket", "pathlib", "asyncio"}

# Files and folders of the pack: what they may import beyond the standard library.
PACK_MAY = {
    "pixel": {"numpy", "numba", "llvmlite", ".pixel"},  # numba brings llvmlite; OpenCV is imported when asked for
    # its two runtimes and tokenizers are imported when asked for; the last two are for remote.py
    "axera": {"numpy", ".axera", ".errors", ".http_service", ".sent_picture"},
    # onnxruntime and transformers are imported when asked for
    "interrogate": {"numpy", "torch", ".axera.runtimes", ".errors", ".interrogate", ".picture_file"},
    "drawings": {"numpy", ".drawings", ".errors", ".pixel.errors", ".pixel.resize.downscale", ".pixel.clean.clusters"},
    "chain": {".chain", ".errors", ".pixel.palette.color_text", ".pixel.palette.palette"},
    "tensors.py": {"numpy", "torch", ".errors", ".pixel.color.levels"},
    "aside.py": set(),
    "http_service.py": {"aiohttp", ".errors"},
    "a1111.py": {"numpy", ".errors", ".http_service", ".sent_picture"},
    "denoise.py": {"torch"},  # noise is a tensor, but no model and no ComfyUI is needed
    "loras.py": {".errors"},
    "weights_file.py": {"torch", ".errors"},
    "model_kind.py": set(),
    "safety.py": {"numpy", ".errors", ".pixel.palette.picture"},  # nudenet is imported when asked for
    "bridge_secret.py": {"aiohttp"},
    "last_inputs.py": {"numpy", ".errors", ".pixel.color.levels", ".pixel.kind.treatment"},
    "palette_source.py": {".errors", ".library", ".picture_file", ".pixel.files", ".pixel.palette"},
    "routes/palettes.py": {"aiohttp", ".errors", ".library", ".palette_source", ".pixel.palette"},
}

# Of a room, files that know less than their room does.
ALONE = {
    "core/control_unit.py": set(),
    "core/deadline.py": set(),
    "core/errors.py": {"bridge.core.spelling"},
    "core/job.py": set(),
    "core/metrics.py": {"bridge.__version__"},
    "core/permissions.py": set(),
    "core/picture/image_size.py": {"bridge.core.picture.photoshop", "bridge.core.picture.tiff"},
    "core/picture/photoshop.py": set(),
    "core/picture/png_text.py": set(),
    "core/picture/tiff.py": set(),
    "core/spelling.py": set(),
    "catalog/samplers.py": {"bridge.core.spelling"},
    "comfy/door.py": set(),
    "comfy/protocol.py": {"bridge.core.errors", "bridge.core.job"},
    "storage/counted_clock.py": set(),
    "storage/queue_order.py": set(),
    "web/body.py": {"bridge.core.deadline", "bridge.core.errors", "bridge.web.not_json"},
    "web/malformed.py": set(),
    "workflow/widgets.py": {"bridge.core.errors"},
}


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def under(place, root):
    """The sources in a folder, or the one file."""
    return [path for path in SOURCES if path == root / place or (root / place) in path.parents]


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path):
    """Modules that a file imports, relative ones written from the root of the pack as `.pixel.color.spaces`."""
    package = path.relative_to(PACK).parent.parts if path.is_relative_to(PACK) else ()
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            upper = package[: len(package) - node.level + 1] if node.level else ()
            place = [part for part in (*upper, *(node.module or "").split(".")) if part]
            root, dot = (PACK, ".") if node.level else (ROOT, "")
            for alias in node.names:
                is_module = root.joinpath(*place, f"{alias.name}.py").exists()
                is_package = root.joinpath(*place, alias.name, "__init__.py").exists()
                of_root = alias.name == "__version__"
                found.append(dot + ".".join([*place, alias.name] if is_module or is_package or of_root else place))
    return tuple(found)


def outside(path):
    """Libraries that a file imports beyond the standard one."""
    return {root for module in imports(path) if (root := module.split(".")[0]) not in STDLIB | {"bridge", ""}}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def graph():
    """Imports among our own modules."""
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


def test_a_room_of_the_bridge_imports_itself_and_rooms_on_lower_floors_only():
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    wrong = []
    for name, others in graph().items():
        for other in others if name.startswith("bridge.") else ():
            room, below = (each.split(".")[1] if "." in each else "" for each in (name, other))
            if below and room != below and floor[below] >= floor[room]:
                wrong.append(f"{name} imports {other}")
    assert not wrong


def test_every_room_of_the_bridge_has_a_floor_and_there_are_no_more_than_fourteen_entries():
    entries = {
        path.stem for path in (ROOT / "bridge").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert entries == {"__init__", *(room for rooms in FLOORS for room in rooms)}
    assert len(entries) <= 14


def test_a_room_of_the_pixel_core_imports_the_ones_before_it_only():
    prefix = module_name(PACK / "pixel" / "__init__.py") + "."
    kernels = prefix + "compiled.kernels"
    wrong = []
    for name, others in graph().items():
        for other in others if name.startswith(prefix) and not name.startswith(kernels) else ():
            assert other.startswith(prefix), f"{name} imports {other}"
            room, below = (each.removeprefix(prefix).split(".")[0] for each in (name, other))
            if other.startswith(kernels) or PIXEL_ROOMS.index(below) > PIXEL_ROOMS.index(room):
                wrong.append(f"{name} imports {other}")
    assert not wrong
    entries = {
        path.stem for path in (PACK / "pixel").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert entries == {"__init__", *PIXEL_ROOMS}
    assert len(entries) <= 13


def test_a_room_uses_the_libraries_that_it_is_for():
    wrong = []
    for path in SOURCES:
        name = name_of(path).removeprefix("bridge/")
        if name_of(path).startswith("bridge/"):
            places = [place for place in LIBRARIES if name == place or name.startswith(place + "/")]
            may = LIBRARIES[max(places, key=len)] if places else set()
            wrong += [f"{name} imports {library}" for library in sorted(outside(path) - may)]
    assert not wrong


def test_a_file_that_knows_little_goes_on_knowing_little():
    wrong = []
    for name, may in ALONE.items():
        path = ROOT / "bridge" / name
        ours = {module for module in imports(path) if module.split(".")[0] == "bridge"}
        wrong += [f"{name} imports {module}" for module in sorted(ours - may)]
    assert not wrong


def test_a_part_of_the_pack_imports_only_what_it_may():
    wrong = []
    for place, may in PACK_MAY.items():
        assert under(place, PACK), f"there is no {place}"
        for path in under(place, PACK):
            for module in imports(path):
                inside = module == "." or any(module == each or module.startswith(each + ".") for each in may)
                if not inside and module.split(".")[0] not in STDLIB:
                    wrong.append(f"{name_of(path)} imports {module}")
    assert not wrong


def test_an_adapter_knows_values_and_the_catalog_does_no_io_and_reads_no_clock():
    wrong = []
    may = {f"bridge.core.{name}" for name in ADAPTERS_SHARE}
    for path in under("bridge/adapters", ROOT):
        core = {module for module in imports(path) if module.startswith("bridge.core")}
        roots = {module.split(".")[0] for module in imports(path)}
        wrong += [f"{name_of(path)} imports {module}" for module in sorted(core - may)]
        wrong += [f"{name_of(path)} imports {module}" for module in sorted(roots & FORBIDDEN_IN_ADAPTERS)]
    assert not wrong


def test_the_two_halves_share_no_python():
    wrong = []
    for path in SOURCES:
        other = {"bridge"} if path.is_relative_to(PACK) else COMFY
        roots = {module.split(".")[0] for module in imports(path)} & {"custom_nodes", "pixart_nodes", *other}
        wrong += [f"{name_of(path)} imports {root}" for root in sorted(roots)]
    assert not wrong


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


def test_functions_and_modules_stay_short():
    wrong = []
    for path in [*SOURCES, *TOOLS]:
        lines = path.read_text(encoding="utf-8").count("\n")
        wrong += [f"{name_of(path)} has {lines} lines"] * (lines > 400)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                wrong += [f"{name_of(path)}: {node.name} has {length} lines"] * (length > 50)
    assert not wrong


# Participles that say nothing of the thing that they name. Flags (`cancelled`) and functions that return a changed
# value, as `sorted` does, may be participles; `said` and `used` are columns of released databases.
PARTICIPLES = {
    "asked",
    "found",
    "given",
    "gone",
    "kept",
    "known",
    "made",
    "met",
    "seen",
    "taken",
    "told",
    "torn",
    "wanted",
}
ROOMS_OF_NOUNS = (
    *("adapters", "app", "catalog", "comfy", "core", "drawing", "engine"),
    *("storage", "web", "webhooks", "workflow"),
)


def names_in(path):
    """The names that a file gives to parameters, variables, fields, functions and classes, with their lines."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno


def test_things_are_named_by_nouns_in_the_rooms_of_the_bridge():
    files = [path for room in ROOMS_OF_NOUNS for path in (ROOT / "bridge" / room).rglob("*.py")]
    offenders = [f"{name_of(path)}:{line} {name}" for path in files for name, line in names_in(path)]
    assert len(offenders) > 1000, "names are there"
    assert [each for each in offenders if each.rpartition(" ")[2].strip("_").lower() in PARTICIPLES] == []


def test_things_are_named_by_nouns_in_the_node_pack():
    names = [(name, f"{name_of(path)}:{line}") for path in PACK.rglob("*.py") for name, line in names_in(path)]
    assert len(names) > 1000, "names are there"
    assert [f"{place} {name}" for name, place in names if name.strip("_").lower() in PARTICIPLES] == []


def reached_through(path):
    """Chains such as `a.b.c.d` that begin at a name: all but those of modules and of a table's columns."""
    nodes = list(ast.walk(tree(path)))
    modules = {alias.asname or alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        chain = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        parts = chain.split(".")
        if len(parts) > 3 and all(map(str.isidentifier, parts)) and parts[0] not in modules and parts[1] != "c":
            yield f"{path.relative_to(ROOT)}:{node.lineno}: {chain}"


def test_nobody_reaches_through_what_another_one_holds():
    assert [chain for path in SOURCES if path.is_relative_to(ROOT / "bridge") for chain in reached_through(path)] == []


def test_broad_excepts_stand_only_at_the_process_boundaries():
    broad = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
    }
    assert broad <= {"bridge/web/middlewares.py"}
