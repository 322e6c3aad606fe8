"""What people send as a picture that isn't read here, told by how the file begins, and what they can do. Pure."""

from __future__ import annotations

from bridge.core.picture.sprite import is_sprite

EXPORT = "Export it as a PNG or JPEG."
HEIC = (
    "a HEIC, as telephones save photos",
    "Export it as a JPEG; “Most Compatible” in the camera's settings saves JPEGs from then on.",
)
FILM = ("a film", "Save one of its pictures as a PNG, or the film as a GIF.")
RAW = ("a camera's raw photo", EXPORT)
PAGE = ("a web page", "Send the picture itself and not the page that shows it.")
# The brand of a file of boxes (ISO/IEC 14496-12, `ftyp`) that is no film.
BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), HEIC),
    **dict.fromkeys((b"avif", b"avis"), ("an AVIF", EXPORT)),
    b"crx ": RAW,
}
BEGINNINGS = {
    b"\xff\x0a": ("a JPEG XL", EXPORT),
    b"\0\0\0\x0cJXL ": ("a JPEG XL", EXPORT),
    b"\0\0\0\x0cjP  ": ("a JPEG 2000", EXPORT),
    b"\xff\x4f\xff\x51": ("a JPEG 2000", EXPORT),
    b"\0\0\1\0": ("an icon file", EXPORT),
    b"DDS ": ("a DDS texture", EXPORT),
    b"qoif": ("a QOI", EXPORT),
    b"FUJIFILMCCD-RAW": RAW,
    b"gimp xcf": ("a file of GIMP's", EXPORT),
    b"PK\x03\x04": ("an archive, as Krita's and OpenRaster's files are", "Export the picture as a PNG."),
    b"\x1a\x45\xdf\xa3": FILM,
    b"%PDF": ("a PDF", "Save the page as a PNG."),
    b"%!PS": ("PostScript", EXPORT),
}
TEXTS = {  # in small letters, at the beginning of a text or behind its prologue
    b"<svg": ("an SVG", "Export it as a PNG as large as it is to be looked at, such as 1024 pixels."),
    b"<html": PAGE,
    b"<!doctype html": PAGE,
}
PROLOGUE = 1024  # bytes in which a text says what it is


def foreign(data: bytes) -> tuple[str, str] | None:
    """What a file is and what its sender can do; None for one that isn't known."""
    if data[4:8] == b"ftyp":
        return BRANDS.get(data[8:12], FILM)
    if is_sprite(data):
        return "a file of Aseprite's", "Export it as a PNG or GIF; `pixart make` reads it as it is."
    begin = next((kind for mark, kind in BEGINNINGS.items() if data.startswith(mark)), None)
    text = data[:PROLOGUE].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begin is None and text.startswith(b"<"):
        return next((kind for mark, kind in TEXTS.items() if mark in text), None)
    return begin
