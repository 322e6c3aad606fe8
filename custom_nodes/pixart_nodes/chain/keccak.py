"""Keccak-256 as Ethereum uses it, without dependencies; not SHA3-256, which pads differently."""

from __future__ import annotations

_MASK = (1 << 64) - 1
_RATE = 136  # bytes a block for a 256-bit digest
# FIPS 202, section 3.2: the round constants (iota), and rotations (rho) in the order in which pi visits the lanes.
_CONSTANTS = (
    *(0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B),
    *(0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088),
    *(0x0000000080008009, 0x000000008000000A, 0x000000008000808B, 0x800000000000008B, 0x8000000000008089),
    *(0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A),
    *(0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008),
)
_ROTATIONS = (1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44)
_VISITS = (10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1)


def keccak256(data: bytes) -> bytes:
    """The 32 bytes of Keccak-256: the submission of 2011, padded with 0x01 where SHA3-256 pads with 0x06."""
    padded = bytearray(data) + bytes(_RATE - len(data) % _RATE)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            at = start + lane * 8
            lanes[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _permuted(lanes: list[int]) -> list[int]:
    """Keccak-f[1600]: 24 rounds on 25 lanes of 64 bits."""
    for constant in _CONSTANTS:
        lanes = _chi(_rho_pi(_theta(lanes)))
        lanes[0] ^= constant
    return lanes


def _rotated(lane: int, by: int) -> int:
    return (lane << by | lane >> (64 - by)) & _MASK


def _theta(a: list[int]) -> list[int]:
    columns = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
    change = [columns[x - 1] ^ _rotated(columns[(x + 1) % 5], 1) for x in range(5)]
    return [lane ^ change[at % 5] for at, lane in enumerate(a)]


def _rho_pi(a: list[int]) -> list[int]:
    moved, carried = list(a), a[1]
    for at, by in zip(_VISITS, _ROTATIONS, strict=True):
        moved[at], carried = _rotated(carried, by), a[at]
    return moved


def _chi(a: list[int]) -> list[int]:
    rows = [a[y : y + 5] for y in range(0, 25, 5)]
    return [row[x] ^ (~row[(x + 1) % 5] & _MASK & row[(x + 2) % 5]) for row in rows for x in range(5)]
