"""Read-only memory as it is filled: data at addresses, and numbers in either order of bytes."""

from __future__ import annotations


def little(number: int) -> bytes:
    """Two bytes, the low one first."""
    return number.to_bytes(2, "little")


def big(number: int, size: int = 2) -> bytes:
    """So many bytes, the high one first."""
    return number.to_bytes(size, "big")


class Rom(bytearray):
    """Zeros, into which data is put."""

    def put(self, at: int, data: bytes) -> None:
        """Data at an offset. Raises ValueError where it would go beyond the end."""
        if at + len(data) > len(self):
            raise ValueError(f"{len(data)} bytes at {at:x} go beyond the {len(self)} that there are.")
        self[at : at + len(data)] = data
