"""Ask Pixart for a picture and read it into a frame buffer, in 4 kB blocks. For MicroPython; CPython runs it too."""

import json
import socket
from binascii import b2a_base64
from collections import namedtuple

BLOCK = 4096  # bytes read at a time
LONGEST_REASON = 2048  # bytes of an error's body that are looked at
PATH = "/sdapi/v1/txt2img"

Picture = namedtuple("Picture", ("width", "height", "format", "seed", "notes"))


class PictureError(Exception):
    """No picture came. `status` is the HTTP status, 0 when what came is not to be understood."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Client:
    """A Pixart server's panel address, such as `http://192.168.1.20:8080` or `http://192.168.1.20:8000/pico`.

    `key` is the server's SERVICE_API_KEY or API_KEY, `user` and `password` are for a proxy that asks for them.
    `seconds` is how long a silence may last: the server is silent while it draws.
    """

    def __init__(
        self, url: str, key: str = "", user: str = "", password: str = "", seconds: float = 120, version: str = "1.0"
    ) -> None:
        self.host, self.port, self.path = _parts(url)
        self.seconds, self.version = seconds, version
        self.headers = {
            "Host": f"{self.host}:{self.port}",
            "Content-Type": "application/json",
            "Accept": "application/octet-stream",
            "Connection": "close",
        }
        if key:
            self.headers["X-API-Key"] = key
        if user:
            secret = b2a_base64(f"{user}:{password}".encode()).decode().strip()
            self.headers["Authorization"] = "Basic " + secret

    def picture(self, buffer: bytearray, prompt: str, path: str = PATH, **fields: object) -> Picture:
        """Draw `prompt` and read its RGB565 bytes into `buffer`, which has to be exactly as long.

        `fields` are A1111's: negative_prompt, steps, cfg_scale, seed, sampler_name, width, height and so on.
        Raises PictureError, and OSError when the server can't be reached or falls silent.
        """
        fields["prompt"] = prompt
        connection = _connected(self.host, self.port, self.seconds)
        try:
            connection.sendall(self._request(path, json.dumps(fields).encode()))
            stream = connection.makefile("rb")
            try:
                status, headers = _head(stream)
                _check(stream, status, headers, len(buffer))
                _fill(stream, buffer)
            finally:
                stream.close()
        finally:
            connection.close()
        return Picture(
            int(headers.get("x-image-width", 0)),
            int(headers.get("x-image-height", 0)),
            headers.get("x-image-format", ""),
            int(headers.get("x-image-seed", -1)),
            json.loads(headers.get("x-image-notes", "[]")),
        )

    def _request(self, path: str, body: bytes) -> bytes:
        lines = [f"POST {self.path}{path} HTTP/{self.version}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(lines).encode() + body


def _parts(url: str) -> tuple:
    """Host, port and path of an address."""
    scheme, _, rest = url.partition("://")
    if scheme != "http" or not rest:
        raise ValueError("The address must begin with http://, not " + url)
    place, _, path = rest.partition("/")
    host, _, port = place.partition(":")
    return host, int(port or 80), ("/" + path).rstrip("/")


def _connected(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to the first of the host's addresses that takes one."""
    trouble = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(seconds)
            connection.connect(address)
            return connection
        except OSError as error:
            connection.close()
            trouble = error
    raise trouble or OSError("no address for " + host)


def _head(stream) -> tuple:
    """The answer's status, and its headers by lower-case name: not every server or proxy keeps the usual spelling."""
    first = _heard(stream.readline()).split(None, 2)
    if len(first) < 2 or not first[0].startswith(b"HTTP/"):
        raise PictureError("What answered is no HTTP server.")
    headers = {}
    while True:
        line = _heard(stream.readline())
        if line in (b"\r\n", b"\n"):
            return int(first[1]), headers
        if not line:
            raise PictureError("The answer was cut off in its headers.")
        name, _, value = line.decode().partition(":")
        headers[name.strip().lower()] = value.strip()


def _heard(what):
    """What was read; on a time-out some ports of MicroPython return None instead of raising OSError."""
    if what is None:
        raise OSError("the server fell silent")
    return what


def _check(stream, status: int, headers: dict, size: int) -> None:
    """Refuse all that is not a picture of exactly this many bytes, before any of it is read."""
    if status != 200:
        raise PictureError(f"{status}: {_reason(stream)}", status)
    if headers.get("transfer-encoding", "identity").lower() != "identity":
        raise PictureError("The answer is chunked: something between here and the server repacks it.")
    kind = headers.get("content-type", "nothing")
    if kind.split(";")[0].strip() != "application/octet-stream":
        raise PictureError(f"The answer is {kind}, not the bytes of a picture.")
    length = headers.get("content-length", "unknown")
    if length != str(size):
        hint = "TARGET_WIDTH x TARGET_HEIGHT of the server must be the panel's."
        raise PictureError(f"The picture has {length} bytes, the buffer {size}. {hint}")


def _reason(stream) -> str:
    """What an error's body says; the server's is `{"error": ..., "code": ...}`."""
    text = stream.read(LONGEST_REASON) or b""
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return str(text)


def _fill(stream, buffer: bytearray) -> None:
    """Read until the buffer is full; a view of it, so that nothing is allocated but the view's slices."""
    view, done = memoryview(buffer), 0
    while done < len(buffer):
        count = _heard(stream.readinto(view[done : done + BLOCK]))
        if not count:
            raise PictureError(f"The picture ended after {done} of {len(buffer)} bytes.")
        done += count
