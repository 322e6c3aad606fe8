"""Where everything stands: as large as the picture allows, in rows, with no face covered."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..brief import Relation
from ..rendering import LEAST, MOST
from .actor import Actor
from .air import is_in_sky
from .arrangement import ARRANGEMENTS
from .measure import Box
from .piece import Piece, bounds, snapped
from .relations import placed, ready
from .wearing import is_pair

FIRST = MOST  # pixels of the largest thing while proportions are tried
TRIES = 10
WHOLE, LEAST_OF_ONE = 100, 30  # percent of its usual size that a thing has
MOST_ROWS = 6
ROW_WORTH = 112  # percent by which things must be larger in one more row for it to be made
OVER_LAND = 48  # percent of the height that the moon or a cloud alone has over a place
FLYING = 76  # the same of who flies there
OVERLAP, MIXED, APART = 62, 78, 90  # percent of a row's height by which the next one is higher: see _step
AFLOAT = 44  # the same on water, whose rows seem to be in the air where they are further apart
ALONE, ZIGZAG = 104, 9  # the same where each stands in a row of its own; and percent of the width that these lie aside
PAIR = 16  # percent of their mean width by which two overlap
LIFT = (35, 14)  # percent of the empty room above by which things stand higher, and at most of the smaller side
ALIKE = 3  # things that stand in the order of the words where one row is enough
TAG = 14  # percent of the smaller side that what is written over somebody needs
PORTRAIT = 142  # percent of the picture's height that somebody is high in a portrait
TALL = 140  # percent of its width that a picture is high in which two things stand one behind the other


@dataclass(frozen=True)
class Stage:
    """Where things may be: the picture's sides, the line that feet are on, whether all float, and whether over land."""

    width: int
    height: int
    feet: int
    is_weightless: bool = False
    has_land: bool = False
    is_close: bool = False  # whether whoever is alone is seen to the chest
    is_water: bool = False  # whether things swim
    fill: int = 88  # percent of the smaller side that a single thing is high or wide

    @property
    def side(self) -> int:
        """The smaller side."""
        return min(self.width, self.height)


def group(actor: Actor, size: int) -> list[Piece]:
    """An actor and all that is placed by it, from the back to the front."""
    return _grown(Piece(actor, size))


def _grown(piece: Piece) -> list[Piece]:
    piece = replace(piece, actor=ready(piece.actor))
    before: list[Piece] = []
    after: list[Piece] = []
    for child in (each for actor in piece.actor.children for each in _each(actor)):
        part, is_behind = placed(child, piece)
        grown = _grown(part)
        if child.relation is Relation.BEHIND:
            before[:0] = grown  # farther off than what is held behind a face
        else:
            (before if is_behind else after).extend(grown)
    return [*before, piece, *after]


def _each(child: Actor) -> list[Actor]:
    """A child itself, or both of a pair that is worn."""
    if child.relation is Relation.WEARING and is_pair(child.drawing.name):
        return [replace(child, number=number) for number in (0, 1)]
    return [child]


def layout(roots: list[Actor], stage: Stage) -> tuple[list[Piece], int]:
    """Every piece at its place, from the back to the front, and the row that feet are on."""
    high = [root for root in roots if is_in_sky(root.drawing) or (root.is_airborne and not stage.is_weightless)]
    low = [root for root in roots if root not in high]
    margin = max(0, stage.side * (100 - stage.fill) // 200)
    area = Box(margin, margin, stage.width - margin, stage.feet)
    if any(root.is_tagged for root in roots):
        area = replace(area, top=area.top + stage.side * TAG // 100)
    if len(roots) == 1:
        factor = roots[0].factor if not roots[0].children else max(WHOLE, roots[0].factor)
        area = _for_one(area, factor, stage)  # "a man in a tiny boat": it is small for the man, not in the picture
    if stage.is_close and len(roots) == len(low) == 1 and (near := _for_portrait(low[0], area)):
        area = near
    if not high:
        return _standing(low, area, stage)
    if not low:
        is_over_land = stage.has_land and all(is_in_sky(root.drawing) and not root.children for root in high)
        flies = stage.has_land and all(root.pose == "fly" for root in high)
        share = OVER_LAND if is_over_land else FLYING if flies else 100
        above = replace(area, bottom=area.top + area.height * share // 100)
        return _floating(high, above, stage), stage.feet
    split = area.height * 38 // 100
    sky = _floating(high, replace(area, bottom=area.top + split), stage, aside=True)
    pieces, feet = _standing(low, replace(area, top=area.top + split * 7 // 8), stage)
    return [*sky, *pieces], feet


def _for_one(area: Box, factor: int, stage: Stage) -> Box:
    """What a thing has for itself that is so many percent of its usual size: all of the picture, if that is more."""
    if factor > WHOLE:
        return Box(0, 0, stage.width, stage.height)
    share = max(LEAST_OF_ONE, factor)
    across, down = area.width * (WHOLE - share) // 200, area.height * (WHOLE - share) // 100
    return Box(area.left + across, area.top + down, area.right - across, area.bottom)


def _for_portrait(root: Actor, area: Box) -> Box | None:
    """Room beyond the picture for the legs of whoever is seen to the chest; None for who has no face."""
    piece = Piece(root, FIRST)
    if piece.face is None:
        return None
    wide, high = area.width * PORTRAIT // 100, area.height * PORTRAIT // 100
    left = area.left - (wide - area.width) // 2
    if root.drawing.faces == "left":  # its head is brought to the middle
        left += (piece.box.center - piece.face.center) * wide // piece.box.width
        high = max(area.height, min(high, wide * piece.box.height // piece.box.width))
    return Box(left, area.top, left + wide, area.top + high)


def _standing(roots: list[Actor], area: Box, stage: Stage) -> tuple[list[Piece], int]:
    pieces = _rows(roots, area, stage)
    box = bounds(pieces)
    empty = max(0, area.height - box.height)
    lift = empty // 2 if stage.is_weightless else min(empty * LIFT[0], stage.side * LIFT[1]) // 100
    down = area.bottom - box.bottom - lift
    return [piece.moved(_middle(area, box), down) for piece in pieces], stage.feet - lift


def _floating(roots: list[Actor], area: Box, stage: Stage, aside: bool = False) -> list[Piece]:
    pieces = _rows(roots, area, stage)
    box = bounds(pieces)
    right = _middle(area, box)
    if aside and len(roots) == 1:
        right = area.right - box.right - area.width // 24
    return [piece.moved(right, area.top - box.top + (area.height - box.height) // 2) for piece in pieces]


def _middle(area: Box, box: Box) -> int:
    return area.left - box.left + (area.width - box.width) // 2


def _rows(roots: list[Actor], area: Box, stage: Stage) -> list[Piece]:
    """In as many rows as show things largest, the fewer the better."""
    best, largest = [], 0
    if any(root.arrangement in ARRANGEMENTS for root in roots):
        return _fitted(roots, 1, area, stage)[0]
    if len(roots) == 2 and area.height * 100 < TALL * area.width:
        return _fitted(roots, 1, area, stage)[0]
    by_size = sorted(roots, key=lambda root: root.weight)  # the small ones in front
    for rows in range(1, min(MOST_ROWS, len(roots)) + 1):
        pieces, scale = _fitted(by_size if rows > 1 or len(roots) > ALIKE else roots, rows, area, stage)
        if not best or scale * 100 > largest * ROW_WORTH:
            best, largest = pieces, scale
    return best


def _fitted(roots: list[Actor], rows: int, area: Box, stage: Stage) -> tuple[list[Piece], int]:
    """The largest arrangement in so many rows that fits, and the size of its largest thing."""
    heaviest = max(root.weight for root in roots)
    most = FIRST
    pieces: list[Piece] = []
    for _ in range(TRIES):
        pieces = _arranged(roots, rows, most, heaviest, stage)
        box = bounds(pieces)
        if box.width <= area.width and box.height <= area.height and most < FIRST:
            break
        share = min(area.width * 1000 // box.width, area.height * 1000 // box.height)
        if most == LEAST:
            break
        smaller = most * share // 1000
        most = max(LEAST, smaller if most == FIRST else min(smaller, most - 1))
    return pieces, most


def _arranged(roots: list[Actor], rows: int, most: int, heaviest: int, stage: Stage) -> list[Piece]:
    least = max(LEAST, min(10, stage.side // 5))
    groups = []
    for root in roots:
        size = max(least, most * root.weight // heaviest)
        groups.append(group(root, snapped(size) if most < FIRST else size))
    kind = next((root.arrangement for root in roots if root.arrangement in ARRANGEMENTS), "")
    if kind:
        among = [pieces for root, pieces in zip(roots, groups, strict=True) if root.arrangement == kind]
        others = [pieces for root, pieces in zip(roots, groups, strict=True) if root.arrangement != kind]
        return ARRANGEMENTS[kind](among, others)
    lines = _lines(groups, rows)
    pieces: list[Piece] = []
    baseline = 0
    for number, line in enumerate(lines):  # from the front to the back
        row = _row(line, baseline, is_shifted=number % 2 == 1 and len(line) == len(lines[0]) > 1)
        if len(lines) > 1 and len(groups) == len(lines):
            row = _to_side(row, stage.width * (1 if number % 2 else -1) * ZIGZAG // 100)
        pieces = [*row, *pieces]
        box = bounds(row)
        step = ALONE if len(groups) == len(lines) else AFLOAT if stage.is_water else _step(row)
        baseline -= max(1, box.height * step // 100)
    return pieces


def _to_side(pieces: list[Piece], right: int) -> list[Piece]:
    return [piece.moved(right, 0) for piece in pieces]


def _step(row: list[Piece]) -> int:
    """How much higher the row behind is, so that what is in front hides bodies but no faces."""
    if row[0].actor.is_airborne or not all(piece.face for piece in row):
        return APART
    return OVERLAP if len({piece.actor.subject for piece in row}) == 1 else MIXED


def _overlapping(line: list[list[Piece]], boxes: list[Box], baseline: int, reach: int) -> list[Piece]:
    """Two groups, one of them a little behind the other, if that hides no face."""
    lift = max(1, reach // 2)
    x = -(boxes[0].width + boxes[1].width - reach) // 2
    places = x - boxes[0].left, x + boxes[0].width - reach - boxes[1].left
    for back, front in ((0, 1), (1, 0)):
        near = [piece.moved(places[front], baseline - boxes[front].bottom) for piece in line[front]]
        far = [piece.moved(places[back], baseline - lift - boxes[back].bottom) for piece in line[back]]
        hidden = any(piece.face and piece.face.meets(other.box) for piece in far for other in near)
        if not hidden and not line[0][0].actor.is_airborne:
            return [*far, *near]
    return []


def _lines(groups: list[list[Piece]], rows: int) -> list[list[list[Piece]]]:
    """Groups by row, the first one nearest; the nearer rows have more of them."""
    lines, at = [], 0
    for row in range(rows):
        count = -(-(len(groups) - at) // (rows - row))
        lines.append(groups[at : at + count])
        at += count
    return [line for line in lines if line]


def _row(line: list[list[Piece]], baseline: int, is_shifted: bool) -> list[Piece]:
    """Groups side by side, standing on a line, their middle at 0, or half a place to the right."""
    boxes = [bounds(pieces) for pieces in line]
    width = sum(box.width for box in boxes) // len(boxes)
    if len(line) == 2 and (pair := _overlapping(line, boxes, baseline, width * PAIR // 100)):
        return pair
    gap = max(1, width // 14)
    x = -(sum(box.width for box in boxes) + gap * (len(boxes) - 1)) // 2
    x += boxes[0].width // 2 if is_shifted else 0
    row: list[Piece] = []
    for pieces, box in zip(line, boxes, strict=True):
        row += [piece.moved(x - box.left, baseline - box.bottom) for piece in pieces]
        x += box.width + gap
    return row
