"""An exam of kinds by generators that nothing else here uses: some of its parts were learnt from, one is judged once.

Its words are written in DejaVu and Liberation; without these fonts there is no exam.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import ImageFont

from . import exam_drawings, exam_finds, exam_flats, exam_pixels
from .kinds_pictures import CARTOON, FALSE, LINES, PIXEL, TONES, Picture

EACH = 4  # pictures of each generator, in each part
PART = 4  # that nobody looked at before it was judged
FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf")
PAINTS = {
    PIXEL: exam_pixels.NATIVE,
    FALSE: exam_pixels.FALSE | exam_finds.FALSE,
    LINES: exam_drawings.LINES | exam_finds.LINES,
    CARTOON: exam_flats.FLATS | exam_finds.FLATS,
    # The render comes last, so that those before it keep their seeds.
    TONES: exam_flats.TONES | exam_finds.TONES | {"render of a tiled floor": exam_flats.room},
}


def pictures(part: int = PART) -> Iterator[Picture]:
    """The pictures of a part: 0 or more, each with seeds of its own."""
    if not _has_fonts():
        return
    for number, (kind, paints) in enumerate(PAINTS.items()):
        for place, (name, paint) in enumerate(paints.items()):
            for turn in range(EACH):
                rng = np.random.default_rng([2026, part, number, place, turn])
                yield Picture(kind, f"{name} {turn}", np.ascontiguousarray(paint(rng)))


def _has_fonts() -> bool:
    try:
        for name in FONTS:
            ImageFont.truetype(name)
    except OSError:
        return False
    return True
