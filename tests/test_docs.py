"""The documents say what the code says."""

import base64
import re
import sys

import numpy as np
import pytest
from aiohttp.test_utils import TestClient, TestServer
from comfy_folder import SECRET
from PIL import Image
from pixart_nodes.axera import runtimes
from pixart_nodes.library import palettes
from pixart_nodes.pixel.dither.table import DITHERS
from pixart_nodes.pixel.resize.downscale import METHODS
from test_architecture import FLOORS, PIXEL_ROOMS

from bridge import __version__
from bridge.adapters import dialects
from bridge.app.serve import opened
from bridge.comfy.process import LOADING_SENTENCE
from bridge.core.places import ROOT
from bridge.core.settings import Settings
from bridge.web.server import create_app
from bridge.workflow.missing import Missing

sys.path.insert(0, str(ROOT / "docs"))
import conformance
import gallery  # all live beside the documents that they fill
import studio_pictures
import tables

README = (ROOT / "README.md").read_text(encoding="utf-8")


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def line_of(pattern):
    return next(number for number, line in enumerate(README.splitlines(), 1) if re.search(pattern, line))


def held(made, how):
    wrong = [page.name for page, blocks in made.items() if tables.filled(text := read(page), blocks) != text]
    assert not wrong, f"run: python docs/tables.py {how}"


def test_the_pages_hold_the_tables_that_the_registries_make():
    held(tables.pages(), "")


def test_shells_complete_what_the_packs_menus_have():
    assert read(tables.OFFERED) == tables.offered(), "run: python docs/tables.py"


@pytest.mark.comfy
def test_the_pages_of_the_nodes_list_every_node(comfy):
    held(tables.pages(comfy.object_info), f"{comfy.url} (or the URL of any ComfyUI with the pack)")


def test_the_help_page_of_dithers_holds_what_each_family_says_of_itself():
    page = tables.QUANTIZE.read_text(encoding="utf-8")
    assert tables.dither_help(page) == page, "run: python docs/tables.py URL"


def test_a_newcomer_sees_a_picture_two_commands_and_a_curl_on_the_first_screen():
    assert line_of(r"!\[") <= 10
    assert line_of(r"python3 install\.py --run") <= 20
    assert line_of(r"python3 install\.py --test") <= 20
    assert line_of(r"^curl ") <= 30


def test_the_readme_stays_short_and_leads_to_every_api_and_every_page():
    assert len(README.splitlines()) <= 150
    assert len(next(line for line in README.splitlines() if line and line[0].isalpha())) < 250  # what it is, at once
    apis = [line for line in README.splitlines() if line.startswith("- [") and "docs/API.md#" in line]
    assert {name for line in apis for name in re.findall(r"API\.md#(\w+)", line)} == set(dialects())
    assert len(apis) == len(dialects())
    pages = {path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/*/README.md")]}
    assert not [page for page in pages if f"]({page}" not in README]
    assert f"{len(palettes())} built-in palettes" in README


@pytest.mark.parametrize("name", gallery.WORDS)
def test_the_readmes_pictures_of_words_are_what_these_words_draw(name):
    prompt = gallery.WORDS[name]
    assert f'"{prompt}"' in README
    assert f"docs/gallery/words-{name}.png" in README
    with Image.open(gallery.GALLERY / f"words-{name}.png") as shown:
        small = np.array(shown.convert("RGBA"))[:: gallery.WORDS_ZOOM, :: gallery.WORDS_ZOOM]
    assert np.array_equal(small, np.array(gallery.from_words(prompt)))


def test_every_dither_and_every_downscale_has_words_and_a_picture():
    page = read("docs/DITHERS.md")
    dithers, downscales = page.partition("## Downscales")[::2]
    assert not [name for name in DITHERS if f"`{name}`" not in dithers]
    assert not [name for name in METHODS if f"`{name}`" not in downscales.partition("## Palettes")[0]]
    for name in ("sweetie-16", "downscale", "palettes", "chain"):
        assert f"](gallery/{name}.png)" in page


PAGES = ("*.md", "docs/**/*.md", "examples/**/*.md", "custom_nodes/**/*.md", "benchmarks/results/*.md")
DOCUMENTS = sorted(path.relative_to(ROOT) for pattern in PAGES for path in ROOT.glob(pattern))


def anchors(page):
    """The names by which a link reaches a place of a page, as GitHub makes them of headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    headings = (re.sub(r"[^\w\- ]", "", line).strip() for line in re.findall(r"^#+ (.*)$", text, re.M))
    named = {heading.lower().replace(" ", "-") for heading in headings}
    return named | set(re.findall(r'<a id="([^"]+)"', text))


def dead_links(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text):
        file, _, anchor = target.partition("#")
        page = (ROOT / document).parent / file if file else ROOT / document
        if "://" not in target and (not page.exists() or (anchor and anchor not in anchors(page))):
            yield f"{document}: {target}"


def test_links_and_pictures_in_the_documents_lead_somewhere():
    assert [link for document in DOCUMENTS for link in dead_links(document)] == []


def test_files_that_the_documents_name_are_there():
    named = re.compile(
        r"`((?:tests|benchmarks|bridge|custom_nodes|deploy|docs|examples|requirements|workflows)/[\w./-]+)`"
    )
    wrong = []
    for document in DOCUMENTS:
        if document.name != "CHANGELOG.md":  # which tells of files that there were
            paths = [path for path in named.findall(read(document)) if "NAME" not in path]
            wrong += [f"{document}: {path}" for path in paths if not (ROOT / path).exists()]
    assert not wrong


def test_pages_that_the_code_names_are_there_with_the_section_that_it_names():
    sources = [*ROOT.glob("*.py"), *ROOT.glob("deploy/**/*.*"), *ROOT.glob("requirements/*.txt")]
    sources += [path for folder in ("bridge", "custom_nodes", "tests") for path in (ROOT / folder).glob("**/*.py")]
    wrong = []
    for path in sources:
        for file, anchor in re.findall(r"\b(docs/[\w/]+\.md)(?:#([\w-]+))?", path.read_text(encoding="utf-8")):
            page = ROOT / file
            missing = not page.exists() or (anchor and anchor not in anchors(page))
            foreign = file == "docs/ase-file-specs.md"  # of Aseprite's repository
            wrong += [f"{path.relative_to(ROOT)}: {file}#{anchor}"] * bool(missing and not foreign)
    assert not wrong


def test_each_door_is_held_by_tests_that_there_are():
    page = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")
    doors = page.partition("## The doors")[2].partition("## What isn't covered")[0]
    names = {
        name for path in ROOT.glob("tests/**/test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    for line in doors.strip().splitlines()[2:]:
        held_by = re.findall(r"`([^`]+)`", line.rpartition(" | ")[2])
        assert held_by, line
        assert not [each for each in held_by if each not in names and not (ROOT / each).is_file()], line


def test_settings_that_are_shown_line_by_line_reach_the_server_of_the_next_line():
    for page in sorted(ROOT.glob("docs/**/*.md")):
        shell = "\n".join(re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.S))
        kept = re.findall(r"^[A-Z_]+=\S+ *(?:#.*)?$", shell, re.M)  # by a shell for itself: `export` is missing
        assert not kept, f"{page.name}: {kept}"


def test_what_the_axera_page_says_that_one_sees_is_what_one_sees():
    seen = (
        runtimes._trouble("axengine", ModuleNotFoundError(name="axengine")),
        runtimes._trouble("axengine", ImportError("No providers found")),
        str(Missing("model", "checkpoint", "put one there")),
        LOADING_SENTENCE,
    )
    page = (ROOT / "docs" / "RASPBERRY_PI_SETUP.md").read_text(encoding="utf-8")
    for sentence in seen:
        assert any(said in sentence for said in re.findall(r"`([^`]+)`", page.partition("## 10.")[2])), sentence


def test_the_changelog_knows_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{__version__}]" in changelog


def test_the_version_is_the_same_everywhere():
    pack = (ROOT / "custom_nodes/pixart_nodes/pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{__version__}"' in pack  # the bridge's package takes its own from the code


def test_contributing_fits_on_a_page_and_names_places_that_there_are():
    text = read("CONTRIBUTING.md")
    assert len(text.splitlines()) <= 60
    places = [path.replace("P/", "custom_nodes/pixart_nodes/", 1) for path in re.findall(r"`(P/[\w./]+)`", text)]
    assert len(places) > 9
    assert not [path for path in places if "NAME" not in path and not (ROOT / path).exists()]
    for wish in ("dialect", "dither", "family of dithers", "mode", "second ComfyUI", "second store", "page"):
        assert f"| **a {wish}**" in text


TEXTS = {".py", ".md", ".toml", ".json", ".txt", ".html", ".js", ".hex", ".yml", ""}
# Built from pieces, so that this file doesn't find itself.
PRIVATE = re.compile(
    "|".join(
        (r"/" + r"work/", r"/" + r"root/", r"pypi\." + "org", r"files\.python" + "hosted", r"registry\." + "npmjs")
    )
)


def test_nothing_committed_holds_a_path_of_a_machine_or_a_registry_host():
    ours = [ROOT / name for name in ("bridge", "custom_nodes", "docs", "requirements", "tests", "workflows", ".ci")]
    files = [*ROOT.glob("*.*"), *(path for folder in ours for path in folder.rglob("*"))]
    for path in files:
        if path.is_file() and path.suffix in TEXTS and path.name != ".git" and "__pycache__" not in path.parts:
            found = PRIVATE.search(path.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{path.relative_to(ROOT)}: {found[0]}"


def section(page, title):
    return read(page).partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_diagram_has_the_rooms_on_their_floors():
    diagram = section("docs/ARCHITECTURE.md", "The rooms").partition("```text\n")[2].partition("```")[0]
    floors = [tuple(rooms) for line in diagram.splitlines() if (rooms := re.findall(r"\[(\w+)\]", line))]
    assert [set(rooms) for rooms in reversed(floors)] == [set(rooms) for rooms in FLOORS]
    assert tuple(re.findall(r"\|  +(\w+) +\|$", diagram.partition("before it:")[2], re.M)) == PIXEL_ROOMS
    described = re.findall(r"^\| (`.*?`) \|", section("docs/ARCHITECTURE.md", "The rooms"), re.M)
    assert set(re.findall(r"`(\w+)`", " ".join(described))) == {room for rooms in FLOORS for room in rooms}


def test_each_decision_has_one_number_one_page_and_an_anchor():
    numbers = [number for number, _, _ in tables.decided()]
    assert numbers == list(range(1, len(numbers) + 1))  # none twice, none lost
    for number, _, page in tables.decided():
        assert f'<a id="{number}"></a>\n## ' in read(f"docs/decisions/{page}"), number
    rooms = {room for floor in FLOORS for room in floor} - {"cli", "__main__"}
    assert {path.stem for path in ROOT.glob("docs/decisions/*.md")} == rooms | {"README", "nodes", "pixel"}


def test_the_glossary_has_no_more_words_than_one_remembers():
    words = re.findall(r"^\| (?!word|---)([^|]+) \|", section("docs/ARCHITECTURE.md", "Words"), re.M)
    assert len(words) <= 40
    assert words == sorted(words, key=str.lower)


async def called(settings, url):
    """The functions of the bridge that a sketch's way to its picture calls, as `room.module.function`, in order."""
    calls = []

    def note(frame, event, _):
        if event == "call" and (module := frame.f_globals.get("__name__", "")).startswith("bridge."):
            calls.append(f"{module.removeprefix('bridge.')}.{frame.f_code.co_name}")

    sketch = base64.b64encode((ROOT / "examples" / "tree.png").read_bytes()).decode()
    body = {"id": "first", "prompt": "a small tree", "width": 64, "height": 64, "sketchData": sketch}
    async with opened(settings) as jobs:
        await jobs.backend.ready()
        async with TestClient(TestServer(create_app(settings, jobs))) as client:
            sys.setprofile(note)
            try:
                async with client.post(f"{url}/generate", json=body) as answer:
                    assert answer.status == 200
                async with client.get(f"{url}/result/first") as answer:
                    assert answer.content_type == "image/png"
            finally:
                sys.setprofile(None)
    return calls


@pytest.mark.comfy
async def test_a_job_takes_the_path_that_the_page_describes(bare_comfy, tmp_path):
    settings = Settings(data=tmp_path, comfyui_url=bare_comfy.url, comfyui_secret=SECRET, _env_file=None)
    calls = await called(settings, "/api/pixel-generation")
    path = section("docs/ARCHITECTURE.md", "The path of one job")
    steps = re.findall(r"^\d+\. `([\w.]+)`", path, re.M)
    assert len(steps) > 15
    remaining = iter(calls)
    for step in steps:
        assert step in calls, f"{step} isn't called"
        assert step in remaining, f"{step} is called, but not after the step before it"
    assert not [name for name in re.findall(r"`(\w+\.\w+\.\w+)`", path) if name not in {*calls, "room.module.function"}]


@pytest.mark.parametrize("name", ["studio-first.png", "editor-first.png"])
def test_an_animation_of_the_readme_moves_and_is_light(name):
    file = ROOT / "docs/gallery" / name
    assert f"docs/gallery/{name}" in (ROOT / "README.md").read_text(encoding="utf-8")
    with Image.open(file) as picture:
        assert picture.is_animated and picture.n_frames >= 8
    assert file.stat().st_size < 300_000


def test_each_view_of_the_studio_has_its_pictures_on_the_studios_page_and_nothing_else_is_there():
    page = re.findall(r'<img src="gallery/(studio[\w-]*\.png)" width="\d+%" alt="[^"]+">', read("docs/STUDIO.md"))
    there = {path.name for path in (ROOT / "docs/gallery").glob("studio*.png")} - {"studio-first.png"}
    assert set(page) == studio_pictures.names() == there
    assert len(page) == len(there)


@pytest.mark.parametrize("name", sorted(studio_pictures.names()))
def test_a_picture_of_the_studio_has_its_screens_size_and_a_palette(name):
    screen, _, count = studio_pictures.SCREENS["-phone" if "-phone" in name else ""]
    with Image.open(ROOT / "docs/gallery" / name) as picture:
        assert (picture.mode, picture.size) == ("P", (screen["width"], screen["height"]))
        assert len(picture.getcolors()) <= count


def test_all_pictures_of_the_faces_are_light_together():
    names = *studio_pictures.names(), "studio-first.png", "editor-first.png"
    assert sum((ROOT / "docs/gallery" / name).stat().st_size for name in names) < 600_000


def test_the_page_of_clients_has_a_row_for_each_route():
    def rows(text):
        return [line.split(" | ")[:2] for line in text.splitlines() if line.startswith("| ")]

    known = rows(conformance.table({}))
    assert [row for row in rows(read("docs/CONFORMANCE.md")) if row[0] != "| ComfyUI's own"][-len(known) :] == known
