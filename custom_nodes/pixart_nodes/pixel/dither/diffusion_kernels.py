"""Error-diffusion kernels, drawn as in the literature: `*` is the pixel, rows below are rows below.

Adding a kernel is one drawing here; the node's menu and the tests follow.
"""

from __future__ import annotations

from dataclasses import dataclass

Tap = tuple[int, int, float]


@dataclass(frozen=True, eq=False)
class Kernel:
    """Where a pixel's error goes: `taps` of (dx, dy, share); shares sum to at most 1."""

    taps: tuple[Tap, ...]

    @classmethod
    def draw(cls, picture: str, divisor: int) -> Kernel:
        """Read a drawing: one `*` in the first row, numbers are weights, dots are nothing."""
        rows = [line.split() for line in picture.strip().splitlines()]
        here = rows[0].index("*")
        return cls(
            tuple(
                (x - here, y, int(cell) / divisor)
                for y, row in enumerate(rows)
                for x, cell in enumerate(row)
                if cell not in "*."
            )
        )


KERNELS: dict[str, Kernel] = {
    # R. W. Floyd, L. Steinberg, "An adaptive algorithm for spatial grey scale" (1976)
    "floyd-steinberg": Kernel.draw(
        """
        . * 7
        3 5 1
        """,
        16,
    ),
    # The cheap form many programs shipped under the name above
    "false-floyd-steinberg": Kernel.draw(
        """
        * 3
        3 2
        """,
        8,
    ),
    # J. F. Jarvis, C. N. Judice, W. H. Ninke, "A survey of techniques for the display of continuous tone
    # pictures on bilevel displays" (1976)
    "jarvis-judice-ninke": Kernel.draw(
        """
        . . * 7 5
        3 5 7 5 3
        1 3 5 3 1
        """,
        48,
    ),
    # P. Stucki, "MECCA, a multiple-error correcting computation algorithm" (1981)
    "stucki": Kernel.draw(
        """
        . . * 8 4
        2 4 8 4 2
        1 2 4 2 1
        """,
        42,
    ),
    # D. Burkes (1988)
    "burkes": Kernel.draw(
        """
        . . * 8 4
        2 4 8 4 2
        """,
        32,
    ),
    # F. Sierra (1989), and his two shorter ones (1990)
    "sierra": Kernel.draw(
        """
        . . * 5 3
        2 4 5 4 2
        . 2 3 2 .
        """,
        32,
    ),
    "sierra-two-row": Kernel.draw(
        """
        . . * 4 3
        1 2 3 2 1
        """,
        16,
    ),
    "sierra-lite": Kernel.draw(
        """
        . * 2
        1 1 .
        """,
        4,
    ),
    # Bill Atkinson, Apple (1984): spreads 6/8 only, on purpose, for clean lights and darks
    "atkinson": Kernel.draw(
        """
        . * 1 1
        1 1 1 .
        . 1 . .
        """,
        8,
    ),
    # R. L. Stevenson, G. R. Arce, "Binary display of hexagonally sampled continuous-tone images" (1985)
    "stevenson-arce": Kernel.draw(
        """
        .  .  .  *  . 32  .
        12 . 26  . 30  . 16
        . 12  . 26  . 12  .
        5  . 12  . 12  .  5
        """,
        200,
    ),
}
