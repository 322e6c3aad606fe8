"""The studio on the real server and a real ComfyUI without models."""

import pytest
from bridge_process import BridgeProcess
from studio_page import chromium, studio_page


@pytest.fixture(scope="module")
def studio_bridge(bare_comfy, tmp_path_factory):
    """A bridge without keys."""
    with BridgeProcess(tmp_path_factory.mktemp("studio"), COMFYUI_URL=bare_comfy.url) as bridge:
        yield bridge


@pytest.fixture(scope="module")
def studio_browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def studio(studio_bridge, studio_browser):
    """The studio as somebody sees it who opens it for the first time; in the end nothing may have been wrong."""
    with studio_page(studio_browser, studio_bridge.url + "/") as page:
        yield page.open()
        page.quiet()
