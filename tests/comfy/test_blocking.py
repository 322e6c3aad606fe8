"""The command line's client of ComfyUI says what to do about an answer that isn't one."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bridge.comfy.blocking import BlockingComfy
from bridge.comfy.protocol import Address
from bridge.core.errors import BackendFailure


class Refusing(BaseHTTPRequestHandler):
    """What takes no body that has `long` in it, and fails at any other."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_error(413 if b"long" in body else 500)

    def log_message(self, *_):
        pass


@pytest.fixture
def refusing():
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield BlockingComfy(Address.parsed(f"http://127.0.0.1:{server.server_port}", ""))
        server.shutdown()
        thread.join()


def test_a_file_that_is_longer_than_comfyui_takes_is_told_with_the_option_that_helps(refusing):
    with pytest.raises(BackendFailure, match=r"413 to /upload/image\. It takes 100 MB .*--max-upload-size 400"):
        refusing.upload(b"long", "a.tif", "pixart")
    with pytest.raises(BackendFailure, match=r"^ComfyUI at http://127\.0\.0\.1:\d+ answered 500 to /upload/image\.$"):
        refusing.upload(b"", "a.tif", "pixart")
