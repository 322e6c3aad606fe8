"""The language of recipes, as docs/DRAWINGS.md describes it: text to drawings, with limits on what strangers write."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..errors import DrawingError
from ..pixel.errors import UnknownName, require
from .recipe import CLEAR, EMPTY, UNIT, WHOLE, Anchor, Drawing, Motion, Pose, Shape, inherited
from .texture import TEXTURES

MOST_TEXT = 1 << 18  # characters of a file
MOST_DRAWINGS = 2000
MOST_NAMES = 24
MOST_ROLES = 16
MOST_SHAPES = 100  # with what a drawing inherits
MOST_POINTS = 32
MOST_POINTS_TOGETHER = 800  # so that the worst recipe takes two seconds at 256 pixels
MOST_FRAMES = 16
MOST_ANCESTORS = 6
LEAST, MOST = -60.0, 160.0  # where points may lie: a little outside the drawing's 0 to 100
FACES = ("left", "front")

NAME = re.compile(r"[a-z0-9][a-z0-9' -]{0,39}(/[a-z0-9][a-z0-9 -]{0,39})?")
WORD = re.compile(r"[a-z][a-z0-9-]{0,23}")
PAINT = re.compile(
    r"(?P<role>[a-z][a-z0-9]{0,23})(?P<tone>--?|\+\+?)?(?:\.(?P<flags>[jnfcgl]+))?"
    r"(?::(?P<target>[a-z][a-z0-9-]*))?(?:%(?P<texture>[a-z]+))?"
)
BOUND = re.compile(r"(>=|<)(\d{1,3})")

# By letter: how many numbers a shape takes at least and at most, and how many points.
FORMS = {
    "o": ((4, 5), (0, 0)),
    "r": ((4, 4), (0, 0)),
    "p": ((0, 0), (3, MOST_POINTS)),
    "s": ((0, 0), (3, MOST_POINTS)),
    "H": ((0, 0), (2, MOST_POINTS)),
    "h": ((0, 0), (2, MOST_POINTS)),
    "l": ((1, 1), (2, MOST_POINTS)),
    "L": ((1, 1), (2, MOST_POINTS)),
    "a": ((7, 7), (0, 0)),
    "e": ((2, 3), (0, 0)),
    "E": ((2, 3), (0, 0)),
}
DEGREES = {"o": (4,), "a": (5, 6)}  # by letter: which of its numbers are angles
LENGTHS = {"o": (2, 3), "r": (2, 3), "a": (0, 3, 4), "e": (2,), "E": (2,), "l": (0,), "L": (0,)}  # and which are sizes


@dataclass(frozen=True)
class Block:
    """The lines of one recipe, not yet understood: its names, its parent's name, its roles, and where it stands."""

    names: tuple[str, ...]
    parent: str
    roles: str
    category: str
    number: int
    lines: tuple[tuple[int, str], ...] = ()

    def error(self, number: int, trouble: str) -> DrawingError:
        """What is wrong in a line of it."""
        return DrawingError(f"{self.category}, line {number}, drawing {self.names[0]!r}: {trouble}")


def blocks(text: str, category: str) -> list[Block]:
    """A file's recipes by their first lines. Raises DrawingError."""
    if len(text) > MOST_TEXT:
        raise DrawingError(f"{category}: {len(text)} characters; recipes may have {MOST_TEXT} together.")
    heads: list[Block] = []
    lines: list[list[tuple[int, str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace():
            heads.append(_headed(line, number, category))
            lines.append([])
        elif heads:
            lines[-1].append((number, line))
        else:
            raise DrawingError(f"{category}, line {number}: a drawing's first line isn't indented.")
    blocks = [replace(head, lines=tuple(own)) for head, own in zip(heads, lines, strict=True)]
    if len(blocks) > MOST_DRAWINGS:
        raise DrawingError(f"{category}: {len(blocks)} drawings; a file may have {MOST_DRAWINGS}.")
    return blocks


def _headed(line: str, number: int, category: str) -> Block:
    head, colon, roles = line.partition(":")
    names, _, parent = head.partition("<")
    block = Block(tuple(name.strip() for name in names.split(",")), parent.strip(), roles, category, number)
    if not colon:
        raise block.error(number, "its first line ends with a colon and its colours: 'name: body=red'.")
    if len(block.names) > MOST_NAMES:
        raise block.error(number, f"{len(block.names)} names; {MOST_NAMES} are enough.")
    for name in (*block.names, *([block.parent] if block.parent else ())):
        if not NAME.fullmatch(name):
            raise block.error(number, f"{name[:50]!r} is no name; small letters, digits, spaces and - make one.")
    return block


@dataclass
class _Draft:
    """What a recipe's own lines have said so far."""

    shapes: list[Shape] = field(default_factory=list)
    anchors: dict[str, Anchor] = field(default_factory=dict)
    poses: dict[str, tuple[Pose, ...]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


def drawing(block: Block, parent: Drawing | None = None) -> Drawing:
    """The drawing that a recipe describes, with what it inherits. Raises DrawingError, which names drawing and line."""
    draft = _Draft()
    for number, line in block.lines:
        for piece in line.split(";"):
            tokens = piece.split()
            if tokens:
                try:
                    _read(tokens, draft)
                except (DrawingError, UnknownName) as error:
                    raise block.error(number, str(error)) from None
    try:
        return _checked(_drawing(block, draft, parent or Drawing("")))
    except (DrawingError, UnknownName) as error:
        raise block.error(block.number, str(error)) from None


def drawings(text: str, category: str = "recipe") -> dict[str, Drawing]:
    """All drawings of a text by name; parents stand before their children. Raises DrawingError, UnknownName."""
    by_name: dict[str, Drawing] = {}
    for block in blocks(text, category):
        if block.names[0] in by_name:
            raise block.error(block.number, "a drawing of that name stands above.")
        if block.parent:
            require(block.parent, by_name, what=f"Parent of {block.names[0]}")
        by_name[block.names[0]] = drawing(block, by_name.get(block.parent))
    return by_name


def _drawing(block: Block, draft: _Draft, parent: Drawing) -> Drawing:
    roles = {**parent.roles, **_roles(block.roles)}
    ancestors = (*((parent.name,) if parent.name else ()), *parent.ancestors)
    facts = draft.facts
    return Drawing(
        name=block.names[0],
        synonyms=block.names[1:],
        category=block.category,
        roles=roles,
        shapes=inherited(parent.shapes, tuple(draft.shapes)),
        anchors={**parent.anchors, **draft.anchors},
        poses={**parent.poses, **draft.poses},
        centimeters=_size(facts["size"]) if "size" in facts else parent.centimeters,
        faces=facts.get("faces", parent.faces),
        color=facts.get("color", "") or parent.color or next(iter(roles), ""),
        lines=1 + len(block.lines),
        ancestors=ancestors,
    )


def _checked(drawing: Drawing) -> Drawing:
    if len(drawing.ancestors) > MOST_ANCESTORS:
        raise DrawingError(f"it has {len(drawing.ancestors)} ancestors; {MOST_ANCESTORS} are the most.")
    if len(drawing.shapes) > MOST_SHAPES:
        raise DrawingError(f"{len(drawing.shapes)} shapes with the inherited ones; {MOST_SHAPES} are the most.")
    together = sum(len(shape.points) for shape in drawing.shapes)
    if together > MOST_POINTS_TOGETHER:
        raise DrawingError(f"{together} points with the inherited ones; {MOST_POINTS_TOGETHER} are the most.")
    require(drawing.faces, FACES, what="Direction that it faces")
    if drawing.color:
        require(drawing.color, drawing.roles, what="Role that a colour word means")
    for role in drawing.roles:
        drawing.color_of(role)
    for shape in drawing.shapes:
        _check(shape, drawing)
    return drawing


def _check(shape: Shape, drawing: Drawing) -> None:
    if shape.kind != EMPTY and shape.role != CLEAR:
        drawing.color_of(shape.role)
    if shape.target:
        require(shape.target, drawing.slots, what="Slot that clips")
    if shape.state and not shape.slot:
        raise DrawingError(f"what is painted in the state {shape.state!r} alone has a slot: ?~{shape.state} ?eyes.")
    if shape.limb and shape.limb not in drawing.anchors:
        raise DrawingError(f"the limb {shape.limb!r} has no joint; say where it turns: @{shape.limb} X Y.")


def _roles(text: str) -> dict[str, str]:
    roles: dict[str, str] = {}
    for token in text.split():
        role, equals, color = token.partition("=")
        if not equals or not WORD.fullmatch(role) or not color:
            raise DrawingError(f"{token[:50]!r} is no colour of a role; write role=red or role=#d23b43.")
        roles[role] = color
    if len(roles) > MOST_ROLES:
        raise DrawingError(f"{len(roles)} roles; {MOST_ROLES} are the most.")
    return roles


def _size(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 10_000_000:
        raise DrawingError(f"{text[:20]!r} is no size; give whole centimetres.")
    return int(text)


def _read(tokens: list[str], draft: _Draft) -> None:
    first = tokens[0]
    if first[0] == "=":
        draft.facts.update(_facts([*([first[1:]] if first[1:] else []), *tokens[1:]]))
    elif first[0] == "@":
        draft.anchors[_word(first[1:])] = _anchor(tokens[1:])
    elif first[0] == "~":
        draft.poses[_word(first[1:])] = _frames(tokens[1:])
    else:
        draft.shapes.append(_shape(tokens))


def _word(text: str) -> str:
    if not WORD.fullmatch(text):
        raise DrawingError(f"{text[:30]!r} is no name; small letters, digits and - make one.")
    return text


def _number(text: str, least: float = LEAST, most: float = MOST) -> float:
    try:
        value = float(text)
    except ValueError:
        raise DrawingError(f"{text[:30]!r} is no number.") from None
    if not least <= value <= most:
        raise DrawingError(f"{text[:30]} lies outside {least:g} to {most:g}.")
    return value


def _units(text: str, least: float = LEAST, most: float = MOST) -> int:
    return round(_number(text, least, most) * UNIT)


def _facts(tokens: list[str]) -> dict[str, str]:
    facts = ("size", "faces", "color")
    if len(tokens) % 2:
        raise DrawingError("facts are pairs: '= size 45  faces left  color body'.")
    for name in tokens[::2]:
        require(name, facts, what="Fact")
    return dict(zip(tokens[::2], tokens[1::2], strict=True))


def _anchor(tokens: list[str]) -> Anchor:
    if len(tokens) not in (2, 3):
        raise DrawingError("an anchor is '@name X Y', or '@name X Y limb' where it moves along.")
    return Anchor(_units(tokens[0]), _units(tokens[1]), _word(tokens[2]) if tokens[2:] else "")


def _frames(tokens: list[str]) -> tuple[Pose, ...]:
    frames: list[dict[str, Motion]] = [{}]
    for token in tokens:
        if token == "|":
            frames.append({})
            continue
        limb, equals, values = token.partition("=")
        _word(limb.removesuffix("'"))
        numbers = values.split(",")
        if not equals or len(numbers) not in (1, 3):
            raise DrawingError(f"{token[:40]!r}: a pose is limb=DEGREES or limb=DEGREES,RIGHT,DOWN.")
        turn, right, down = (*numbers, "0", "0")[:3]
        frames[-1][limb] = Motion(round(_number(turn, -360, 360)), _units(right), _units(down))
    if len(frames) > MOST_FRAMES:
        raise DrawingError(f"{len(frames)} frames; a pose may have {MOST_FRAMES}.")
    return tuple(frames)


def _shape(tokens: list[str]) -> Shape:
    shape, tokens = _prefixed(tokens)
    if tokens == [EMPTY]:
        if not shape.slot:
            raise DrawingError("'-' empties a slot; write '?slot -'.")
        return shape
    letter = tokens[0].lstrip("|") if tokens else ""
    require(letter, FORMS, what="Shape")
    shape = replace(shape, kind=letter, mirrored=tokens[0].startswith("|"))
    if shape.is_eye:
        return _measured(replace(shape, role="ink", flags="n"), tokens[1:])
    if len(tokens) < 2 or not (paint := PAINT.fullmatch(tokens[1])):
        what = tokens[1][:40] if tokens[1:] else ""
        raise DrawingError(f"{what!r} is no paint; write ROLE, ROLE- or ROLE.FLAGS with flags of j n f c g l.")
    texture = paint["texture"] or ""
    if texture:
        require(texture, TEXTURES, what="Texture")
    mark = paint["tone"] or ""
    flags = (paint["flags"] or "") + ("c" if paint["target"] else "")
    return _measured(
        replace(
            shape,
            role=paint["role"],
            step=mark.count("+") - mark.count("-"),
            flags=flags,
            target=paint["target"] or "",
            texture=texture,
        ),
        tokens[2:],
    )


def _prefixed(tokens: list[str]) -> tuple[Shape, list[str]]:
    shape, at = Shape(EMPTY), 0
    while at < len(tokens) and tokens[at][0] in "?&":
        token = tokens[at]
        bound = BOUND.fullmatch(token[1:])
        if token[0] == "&":
            limb = _word(token[1:])
            if limb == WHOLE:
                raise DrawingError(f"{WHOLE!r} is the whole drawing; name the limb otherwise.")
            shape = replace(shape, limb=limb)
        elif bound:
            edge = int(bound[2])
            shape = replace(shape, least=edge) if bound[1] == ">=" else replace(shape, most=edge - 1)
        elif token[1:2] == "~":
            shape = replace(shape, state=_word(token[2:]))
        else:
            shape = replace(shape, slot=_word(token[1:]))
        at += 1
    return shape, tokens[at:]


def _measured(shape: Shape, tokens: list[str]) -> Shape:
    (fewest, most), (fewest_points, most_points) = FORMS[shape.kind]
    texts = [token for token in tokens if "," not in token]
    pairs = [token.split(",") for token in tokens if "," in token]
    if not fewest <= len(texts) <= most:
        raise DrawingError(f"the shape {shape.kind!r} takes {_range(fewest, most)} numbers, here are {len(texts)}.")
    if not fewest_points <= len(pairs) <= most_points or any(len(pair) != 2 for pair in pairs):
        raise DrawingError(f"the shape {shape.kind!r} takes {_range(fewest_points, most_points)} points X,Y.")
    numbers = tuple(_measure(shape.kind)(place, text) for place, text in enumerate(texts))
    return replace(shape, numbers=numbers, points=tuple((_units(x), _units(y)) for x, y in pairs))


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def _measure(kind: str) -> Callable[[int, str], int]:
    def measured(place: int, text: str) -> int:
        if place in DEGREES.get(kind, ()):
            return round(_number(text, -720, 720))
        if place in LENGTHS.get(kind, ()):
            return _units(text, 0.1)
        return _units(text)

    return measured
