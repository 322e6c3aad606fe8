"""What the server gives of the studio: its files under a strict policy, and its menus to whoever has the key."""

import re

import pytest
from keyed import bearer

from bridge.web import studio_files, studio_options
from bridge.web.studio_files import CONTENT_POLICY, STUDIO_FOLDER, files, release

# Other hosts, but for the name of SVG; and what makes elements or code of text.
FORBIDDEN = re.compile(r"https?://(?!www\.w3\.org/2000/svg)\S+|innerHTML|insertAdjacentHTML|document\.write|eval\(")


async def test_the_page_may_run_its_own_files_only_and_holds_no_script_or_style_itself(serve_queue):
    client = await serve_queue()
    answer = await client.get("/")
    page = await answer.text()
    assert answer.headers["Content-Security-Policy"] == CONTENT_POLICY
    assert "unsafe" not in CONTENT_POLICY
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert re.search(r"https?://", page) is None


def test_no_file_of_the_studio_names_another_host_or_makes_code_or_elements_of_text():
    wrong = []
    for path in STUDIO_FOLDER.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        found = re.findall(
            r"https?://(?!www\.w3\.org/2000/svg)\S+|innerHTML|insertAdjacentHTML|document\.write|eval\(", text
        )
        wrong += [f"{path.name}: {each}" for each in found]
    assert not wrong


def test_every_module_and_style_that_is_named_is_there():
    named = set()
    for path in (*STUDIO_FOLDER.rglob("*.js"), STUDIO_FOLDER / "index.html"):
        text = path.read_text(encoding="utf-8")
        for place in re.findall(r"""(?:from|import|module:)\s+['"](\.[^'"]+)""", text):
            base = STUDIO_FOLDER if path.name == "panels.js" and "parts/" in place else path.parent
            named.add((base / place).resolve().relative_to(STUDIO_FOLDER.resolve()).as_posix())
        named |= set(re.findall(r'"/studio/([^"]+)"', text))
    assert named <= set(files())


async def test_files_are_spared_to_browsers_that_have_them(serve_queue):
    client = await serve_queue()
    for path in ("/", "/studio/main.js", "/studio/theme.css", "/studio/words/en.js", "/studio/sample.png"):
        first = await client.get(path)
        assert (first.status, first.headers["Cache-Control"]) == (200, "no-cache")
        again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")
    kinds = {"main.js": "text/javascript", "theme.css": "text/css", "icon.svg": "image/svg+xml"}
    for name, kind in {**kinds, "sample.png": "image/png"}.items():
        assert (await client.get(f"/studio/{name}")).content_type == kind


def test_files_that_an_update_changes_are_given_as_they_were_until_the_server_is_started_anew(monkeypatch, tmp_path):
    monkeypatch.setattr(studio_files, "STUDIO_FOLDER", tmp_path)
    known = release()
    for text in ("old", "new"):
        for name in ("main.js", "late.js"):
            (tmp_path / name).write_text(text)
        if text == "old":
            files.cache_clear(), release.cache_clear()
            assert studio_files.file("main.js").data == b"old"
            first = release()
    assert studio_files.file("late.js").data == b"old"
    files.cache_clear(), release.cache_clear()
    assert studio_files.file("late.js").data == b"new"
    assert len({known, first, release()}) == 3
    files.cache_clear(), release.cache_clear()


@pytest.mark.parametrize(
    "path", ["nothing.js", "..%2fserver.py", "../server.py", "parts/", "%2fetc%2fpasswd", "parts%2f..%2findex.js"]
)
async def test_nothing_but_the_studios_own_files_is_given(serve_queue, path):
    client = await serve_queue()
    assert (await client.get(f"/studio/{path}")).status == 404


async def test_the_page_needs_no_key_and_its_menus_do(serve_queue, keys):
    client = await serve_queue(api_key="master")
    assert (await client.get("/")).status == 200
    assert (await client.get("/studio/main.js")).status == 200
    assert (await client.get("/studio/options")).status == 401
    assert (await client.get("/studio/options", headers=bearer("master"))).status == 200


async def test_the_menus_have_what_is_the_servers_own_while_comfyui_is_away(serve_queue):
    client = await serve_queue()
    options = await (await client.get("/studio/options")).json()
    assert (options["live"], options["palettes"], options["style"]) == (False, [], "pixel-modern")
    assert options["styles"]["retro-16bit"]["palette"] == "pico-8"
    assert options["sizes"] == {"least": 16, "most": 512}


@pytest.mark.comfy
def test_the_menus_have_what_comfyui_has_each_palette_with_its_colours(studio_bridge):
    _, options = studio_bridge.call("/studio/options")
    palettes = {palette["name"]: palette for palette in options["palettes"]}
    assert (options["live"], palettes["pico-8"]["title"]) == (True, "PICO-8")
    assert palettes["pico-8"]["colors"][:2] == ["#000000", "#1d2b53"]
    assert all(palette["colors"] for palette in palettes.values())
    assert {"bayer-4", "none"} < set(options["dithers"])
    assert {"line-art", "box"} < set(options["methods"])
    assert "a picture to pixel art" in options["modes"]["pixelate"]


@pytest.mark.parametrize("profile", ["a1111", "imagegen"])
async def test_a_listener_of_one_dialect_has_no_studio(serve_queue, profile):
    client = await serve_queue(profile)
    answer = await client.get("/", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/docs")
    assert (await client.get("/studio/main.js")).status == 404


def test_every_search_for_palettes_that_is_suggested_finds_some():
    words = (studio_options.PALETTES_FOLDER.parents[2] / "bridge/web/studio/words/en.js").read_text(encoding="utf-8")
    suggested = re.findall(r"searchExample: 'Search: (.+) …'", words)[0].split(", ")
    names = [path.stem for path in studio_options.PALETTES_FOLDER.glob("*.hex")]
    palettes = [(name, studio_options._palette(name)) for name in names]
    texts = [f"{name} {one['title']} {one['author']} {len(one['colors'])}".lower() for name, one in palettes]
    for each in suggested:
        assert any(all(word in text for word in each.split()) for text in texts), each
