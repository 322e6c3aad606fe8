"""The documents say what the code says."""

import re
import sys

import pytest
from pixart_nodes.axera import runtimes

from bridge import __version__
from bridge.comfy.process import LOADING
from bridge.core.settings import ROOT
from bridge.workflow.library import Missing

sys.path.insert(0, str(ROOT / "docs"))
import tables  # lives beside the documents that it fills

README = (ROOT / "README.md").read_text(encoding="utf-8")


def line_of(pattern):
    return next(number for number, line in enumerate(README.splitlines(), 1) if re.search(pattern, line))


@pytest.mark.comfy
def test_the_readme_holds_the_tables_that_the_registries_make(comfy):
    assert tables.filled(README, tables.blocks(comfy.object_info)) == README, (
        f"run: python docs/tables.py {comfy.url} (or any ComfyUI with the pack)"
    )


@pytest.mark.comfy
def test_the_packs_readme_lists_every_node(comfy):
    page = tables.PACK.read_text(encoding="utf-8")
    assert tables.filled(page, tables.pack_blocks(comfy.object_info)) == page, f"run: python docs/tables.py {comfy.url}"


def test_the_api_page_holds_the_tables_that_the_registries_make():
    page = tables.API.read_text(encoding="utf-8")
    assert tables.filled(page, tables.api_blocks()) == page, "run: python docs/tables.py URL"


def test_the_operations_page_holds_the_table_of_metrics():
    page = tables.OPERATIONS.read_text(encoding="utf-8")
    assert tables.filled(page, tables.operations_blocks()) == page, "run: python docs/tables.py URL"


def test_the_help_page_of_dithers_holds_what_each_family_says_of_itself():
    page = tables.QUANTIZE.read_text(encoding="utf-8")
    assert tables.dither_help(page) == page, "run: python docs/tables.py URL"


def test_a_newcomer_sees_a_picture_two_commands_and_a_curl_on_the_first_screen():
    assert line_of(r"!\[") <= 10
    assert line_of(r"python3 install\.py --run") <= 20
    assert line_of(r"python3 install\.py --test") <= 20
    assert line_of(r"^curl ") <= 30


@pytest.mark.parametrize(
    "document", sorted(p.relative_to(ROOT) for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=str
)
def test_links_and_pictures_in_the_documents_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'src="([^"]+)"', text)
    missing = [t for t in targets if "://" not in t and not (ROOT / document).parent.joinpath(t).exists()]
    assert not missing


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
    for page in sorted(ROOT.glob("docs/*.md")):
        shell = "\n".join(re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.S))
        kept = re.findall(r"^[A-Z_]+=\S+ *(?:#.*)?$", shell, re.M)  # by a shell for itself: `export` is missing
        assert not kept, f"{page.name}: {kept}"


def test_what_the_axera_page_says_that_one_sees_is_what_one_sees():
    seen = (
        runtimes._trouble("axengine", ModuleNotFoundError(name="axengine")),
        runtimes._trouble("axengine", ImportError("No providers found")),
        str(Missing("model", "checkpoint", "put one there")),
        LOADING,
    )
    page = (ROOT / "docs" / "RASPBERRY_PI_SETUP.md").read_text(encoding="utf-8")
    for sentence in seen:
        assert any(said in sentence for said in re.findall(r"`([^`]+)`", page.partition("## 10.")[2])), sentence


def test_the_changelog_knows_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{__version__}]" in changelog


def test_the_version_is_the_same_everywhere():
    for file in ("pyproject.toml", "custom_nodes/pixart_nodes/pyproject.toml"):
        assert f'version = "{__version__}"' in (ROOT / file).read_text(encoding="utf-8"), file


def test_contributing_fits_on_a_page():
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 60


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
        if path.is_file() and path.suffix in TEXTS and "__pycache__" not in path.parts:
            found = PRIVATE.search(path.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{path.relative_to(ROOT)}: {found[0]}"
