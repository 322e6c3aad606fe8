"""Enlarged pixel art has the size and the colours it should; each rule is held to a pixel-by-pixel telling."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.errors import PictureError, UnknownName
from pixart_nodes.pixel.resize.enlarge import METHODS, enlarge, require

INK = np.array([[0, 0, 0, 0], [0, 0, 0, 255], [255, 255, 255, 255], [200, 40, 40, 255]], np.uint8)
FEW = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)).map(
    lambda numbers: INK[numbers]
)
ANY = hnp.arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 7), st.just(4)))
RIGHT, LEFT, DOWN, UP = (1, 0), (-1, 0), (0, 1), (0, -1)
FACTORS = {name: [n for n in range(2, 17) if method.passes(n)] for name, method in METHODS.items()}


def drawn(*rows):
    """A picture of rows of digits, each a colour of INK."""
    return INK[[[int(digit) for digit in row] for row in rows]]


def numbers(rgba):
    """The digits of a picture in the colours of INK."""
    return ["".join(str(next(n for n in range(4) if (INK[n] == color).all())) for color in row) for row in rgba]


def colors(rgba):
    return {tuple(color) if color[3] else (0, 0, 0, 0) for color in rgba.reshape(-1, 4).tolist()}


@pytest.mark.parametrize(("method", "factor"), [(name, n) for name in METHODS for n in FACTORS[name]])
def test_the_size_is_the_factor_times_the_picture_s(method, factor):
    assert enlarge(drawn("012", "321"), method, factor).shape == (2 * factor, 3 * factor, 4)


@pytest.mark.parametrize("method", METHODS)
@given(rgba=ANY)
def test_no_method_makes_a_colour(method, rgba):
    assert colors(enlarge(rgba, method, FACTORS[method][0])) <= colors(rgba)


@pytest.mark.parametrize("method", METHODS)
@given(color=hnp.arrays(np.uint8, 4))
def test_a_flat_picture_stays_flat_and_hidden_colours_go(method, color):
    flat = np.tile(color, (3, 4, 1))
    assert (enlarge(flat, method, FACTORS[method][0]) == (color if color[3] else 0)).all()


# not mmpx: its rules come one after the other, and where two want the same quarter the later one wins
@pytest.mark.parametrize("method", [name for name in METHODS if name != "mmpx"])
@given(rgba=FEW, turn=st.integers(0, 3))
def test_a_turned_picture_gives_the_turned_result(method, rgba, turn):
    factor = FACTORS[method][0]
    turned = enlarge(np.rot90(rgba, turn), method, factor)
    assert np.array_equal(turned, np.rot90(enlarge(rgba, method, factor), turn))


@pytest.mark.parametrize("method", METHODS)
def test_twice_two_is_four(method):
    if 4 in FACTORS[method]:
        picture = drawn("0110", "1221", "1321", "0110")
        assert np.array_equal(enlarge(picture, method, 4), enlarge(enlarge(picture, method, 2), method, 2))


def test_nearest_repeats():
    assert numbers(enlarge(drawn("12", "30"), "nearest", 3)) == [*["111222"] * 3, *["333000"] * 3]


@pytest.mark.parametrize("method", ["scale2x", "mmpx"])
def test_a_diagonal_line_stays_a_line(method):
    line = drawn("122222", "212222", "221222", "222122", "222212", "222221")
    large = numbers(enlarge(line, method, 2))
    # inside: steps of one, two pixels wide; the ends are left alone
    assert large[4:8] == ["222111222222", "222211122222", "222221112222", "222222111222"]


def test_scale2x_fills_the_corner_between_two_equal_sides():
    assert numbers(enlarge(drawn("212", "122", "222"), "scale2x", 2))[2:4] == ["111222", "112222"]


def test_scale3x_rounds_a_corner_by_three_of_nine():
    corner = drawn("2222", "2111", "2111", "2111")
    assert numbers(enlarge(corner, "scale3x", 3))[3:6] == ["222221111111", "222211111111", "222111111111"]


def test_mmpx_draws_a_two_to_one_slope_without_steps():
    slope = drawn("22222222", "11222222", "11112222", "11111122", "11111111")
    large = numbers(enlarge(slope, "mmpx", 2))
    widths = [row.count("1") for row in large[2:]]
    assert all(after - before == 2 for before, after in itertools.pairwise(widths[1:5]))


@pytest.mark.parametrize("method", ["scale2x", "xbr", "mmpx"])
def test_a_single_pixel_stays_a_square(method):
    dot = drawn("22222", "22222", "22122", "22222", "22222")
    assert np.array_equal(enlarge(dot, method, 2), enlarge(dot, "nearest", 2))


@pytest.mark.parametrize(("method", "factor"), [("scale2x", 3), ("scale3x", 4), ("xbr", 6), ("mmpx", 12)])
def test_a_factor_that_a_method_cannot_do_is_refused_with_those_it_can(method, factor):
    with pytest.raises(PictureError, match=f"{method} enlarges by .* not by {factor}: choose one of these"):
        require(method, factor)


def test_unknown_methods_and_too_large_results_are_refused():
    with pytest.raises(UnknownName, match="Did you mean 'scale2x'"):
        enlarge(drawn("1"), "scale2", 2)
    with pytest.raises(PictureError, match="choose a smaller factor"):
        enlarge(np.zeros((1, 2000, 4), np.uint8), "nearest", 16)


# The same rules told pixel by pixel


def reader(rgba):
    def at(x, y):
        color = rgba[min(max(y, 0), rgba.shape[0] - 1), min(max(x, 0), rgba.shape[1] - 1)]
        return tuple(int(value) for value in color) if color[3] else (0, 0, 0, 0)

    return at


def pixel_by_pixel(rgba, size, block):
    large = np.zeros((rgba.shape[0] * size, rgba.shape[1] * size, 4), np.uint8)
    at = reader(rgba)
    for y, x in np.ndindex(rgba.shape[:2]):
        large[y * size : (y + 1) * size, x * size : (x + 1) * size] = block(lambda dx, dy, x=x, y=y: at(x + dx, y + dy))
    return large


def scale2x_block(at):
    e, b, d, f, h = at(0, 0), at(0, -1), at(-1, 0), at(1, 0), at(0, 1)
    if b == h or d == f:
        return [[e, e], [e, e]]
    return [[d if d == b else e, f if f == b else e], [d if d == h else e, f if f == h else e]]


def scale3x_block(at):
    block = [[at(0, 0)] * 3 for _ in range(3)]
    e = at(0, 0)
    if at(0, -1) == at(0, 1) or at(-1, 0) == at(1, 0):
        return block
    for dx, dy in itertools.product((-1, 1), repeat=2):  # one corner after the other
        if at(dx, 0) == at(0, dy):
            block[1 + dy][1 + dx] = at(dx, 0)
            if e != at(-dx, dy):
                block[1 + dy][1] = at(0, dy)
            if e != at(dx, -dy):
                block[1][1 + dx] = at(dx, 0)
    return block


def xbr_far(one, other):
    def yuva(color):
        r, g, b, a = color
        return 299 * r + 587 * g + 114 * b, -169 * r - 331 * g + 500 * b, 500 * r - 419 * g - 81 * b, 1000 * a

    return sum(w * abs(p - q) for w, p, q in zip((48, 7, 6, 48), yuva(one), yuva(other), strict=True))


def xbr_is_a_corner(at, x, y):
    def other(one, *others):
        return all(xbr_far(at(*one), at(*two)) >= 720_000 for two in others)

    side, down, corner = (x, 0), (0, y), (x, y)
    return (
        other(side, (0, -y), (x, -y))
        or other(down, (-x, 0), (-x, y))
        or not other((0, 0), (-x, y))
        or not other((0, 0), (x, -y))
        or (not other((0, 0), corner) and (other(side, (2 * x, 0), (2 * x, y)) or other(down, (0, 2 * y), (x, 2 * y))))
    )


def xbr_block(at):
    def far(one, other):
        return xbr_far(at(*one), at(*other))

    block = [[at(0, 0)] * 2 for _ in range(2)]
    for x, y in itertools.product((-1, 1), repeat=2):
        own, side, down, corner = (0, 0), (x, 0), (0, y), (x, y)
        along = far(own, (x, -y)) + far(own, (-x, y)) + far(corner, (2 * x, 0)) + far(corner, (0, 2 * y))
        across = far(down, (-x, 0)) + far(down, (x, 2 * y)) + far(side, (2 * x, y)) + far(side, (0, -y))
        stronger = along + 4 * far(down, side) < across + 4 * far(own, corner)
        if stronger and at(0, 0) not in (at(*side), at(*down)) and xbr_is_a_corner(at, x, y):
            # on a tie the rule takes the neighbour to the right as it sees the corner turned upright
            first, second = (side, down) if x == y else (down, side)
            block[(y + 1) // 2][(x + 1) // 2] = at(*(first if far(own, first) <= far(own, second) else second))
    return block


def light(color):
    return (sum(color[:3]) + 1) * (256 - color[3])


def mmpx_corners(at, quarters):
    e = at(0, 0)
    for x, y in quarters:
        side, other, corner = at(x, 0), at(0, y), at(x, y)
        slope = side == other and side not in (at(-x, 0), at(0, -y)) and e in (corner, at(x, -y), at(-x, y))
        level = light(e) >= light(side) or e == corner
        sharp = light(e) < light(side) or corner != side or (at(0, 2 * y), at(2 * x, 0)) != (e, e)
        if slope and level and sharp:
            quarters[x, y] = side


def fill(quarters, x, y, color):
    """Give both quarters on one side a colour."""
    for quarter in quarters:
        if (quarter[0] == x) if x else (quarter[1] == y):
            quarters[quarter] = color


def mmpx_sides(at, quarters):
    e = at(0, 0)
    for x, y in (RIGHT, LEFT, DOWN, UP):  # a line that crosses on this side
        u, v = y, x  # along the side
        own = {at(x + u, y + v), at(x - u, y - v), at(-x, -y), at(-2 * x, -2 * y)}
        if at(x, y) != e and own == {e} and at(u, v) == at(-u, -v) == at(x, y) != at(3 * x, 3 * y):
            fill(quarters, x, y, at(x, y))
    for x, y in (UP, DOWN, RIGHT, LEFT):  # a darker line that ends at this side
        u, v = y, x
        own = {at(-x, -y), at(-x + u, -y + v), at(-x - u, -y - v), at(-2 * x, -2 * y)}
        free = {at(u, v), at(-u, -v), at(x + u, y + v), at(x - u, y - v)}
        if light(at(x, y)) < light(e) and own == {e} and e not in free:
            fill(quarters, x, y, at(x, y))


def mmpx_slopes(at, quarters):
    for x, y in (DOWN, UP, LEFT, RIGHT):  # a 2:1 slope along this side; first and second end
        u, v = (1, 0) if y else (0, 1)
        for sign in (1, -1):
            p, q = sign * u, sign * v
            color = at(x, y)
            free = {at(-x, -y), at(0, 0), at(-x + p, -y + q), at(-x - p, -y - q), at(-p, -q), at(2 * p - x, 2 * q - y)}
            if color not in free and {at(x - p, y - q), at(p, q), at(2 * p, 2 * q)} == {color}:
                quarters[x - p, y - q] = quarters[x + p, y + q]


def mmpx_block(at):
    quarters = dict.fromkeys(itertools.product((-1, 1), repeat=2), at(0, 0))
    for rules in (mmpx_corners, mmpx_sides, mmpx_slopes):
        rules(at, quarters)
    return [[quarters[-1, -1], quarters[1, -1]], [quarters[-1, 1], quarters[1, 1]]]


BLOCKS = {"scale2x": scale2x_block, "scale3x": scale3x_block, "xbr": xbr_block, "mmpx": mmpx_block}


@pytest.mark.parametrize("method", BLOCKS)
@given(rgba=FEW)
def test_whole_planes_give_what_the_rules_give_pixel_by_pixel(method, rgba):
    size = METHODS[method].base
    assert np.array_equal(enlarge(rgba, method, size), pixel_by_pixel(rgba, size, BLOCKS[method]))


@pytest.mark.parametrize("method", BLOCKS)
def test_and_so_on_a_larger_picture_of_three_colours(method):
    rgba = INK[1:][np.random.default_rng(3).integers(0, 3, (24, 31))]
    size = METHODS[method].base
    assert np.array_equal(enlarge(rgba, method, size), pixel_by_pixel(rgba, size, BLOCKS[method]))
