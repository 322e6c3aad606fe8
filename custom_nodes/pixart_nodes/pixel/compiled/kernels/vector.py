"""Sixteen or four numbers at a time, in LLVM's own vectors: where its loops wouldn't be, as arrays might overlap.

LLVM makes of a vector what the machine has: one register, or several smaller ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

SIZE = 16


def _parter(channels: int) -> Any:
    """An intrinsic for pixels of so many bytes, or floats 0..1."""

    def part(context: Any, pixels: Any, at: Any, rows: Any, to: Any, apart: Any) -> Any:
        """Red, green and blue of 16 pixels, which begin at `at`: to `to`, to `apart` places on, and once more.

        Floats become bytes, and are followed by their alpha where they have one. Arrays are flat and contiguous,
        places uint64; nobody looks whether they are there.
        """

        def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            source, first, goal, place, step = arguments
            many, kind = channels * SIZE, signature.args[0]
            if kind.dtype == types.uint8:
                whole = builder.load(_pointer(target, builder, kind, source, first, 8, many), align=1)
                planes = [_chosen(builder, whole, whole, range(channel, many, channels)) for channel in range(3)]
            else:
                parts = _floats(builder, address(target, builder, kind, source, first), channels)
                whole = _joined(builder, [_byte(builder, one) for one in parts])
                planes = [_chosen(builder, whole, whole, range(channel, many, channels)) for channel in range(channels)]
            for plane in planes:
                builder.store(plane, _pointer(target, builder, signature.args[2], goal, place, 8), align=1)
                place = builder.add(place, step)
            return target.get_dummy_value()

        return types.void(pixels, at, rows, to, apart), lower

    return intrinsic(part)


def _opaque(context: Any, values: Any, at: Any, pixels: Any, to: Any) -> Any:
    """16 pixels of three floats 0..1 from `at` on as pixels of four bytes to `to`; arrays as above."""

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, first, goal, place = arguments
        parts = _floats(builder, address(target, builder, signature.args[0], source, first), 3)
        alpha = ir.Constant(_vector(8), [0, 0, 0, 255] * 4)
        for quarter in range(4):  # which begins in one part and ends in the next, or the same
            one, other = parts[quarter * 12 // SIZE], parts[min(quarter, 2)]
            start = quarter * 12 % SIZE
            reds = range(start, start + 3 * 4, 3)
            fours = chain.from_iterable((red, red + 1, red + 2, red + 2) for red in reds)  # the last becomes alpha
            spread = _chosen(builder, one, other, fours)
            goals = _pointer(target, builder, signature.args[2], goal, place, 8)
            builder.store(builder.or_(_byte(builder, spread), alpha), goals, align=1)
            place = builder.add(place, ir.Constant(place.type, SIZE))
        return target.get_dummy_value()

    return types.void(values, at, pixels, to), lower


def _to_bytes(context: Any, values: Any, at: Any, pixels: Any, to: Any) -> Any:
    """16 floats 0..1 from `at` on as bytes to `to`; arrays as above."""

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, first, goal, place = arguments
        (shares,) = _floats(builder, address(target, builder, signature.args[0], source, first), 1)
        goals = _pointer(target, builder, signature.args[2], goal, place, 8)
        builder.store(_byte(builder, shares), goals, align=1)
        return target.get_dummy_value()

    return types.void(values, at, pixels, to), lower


def _floats(builder: Any, address: Any, many: int) -> list[Any]:
    """So many vectors of floats, one after the other."""
    kind, places = ir.VectorType(ir.FloatType(), SIZE), (ir.Constant(ir.IntType(64), i * SIZE) for i in range(many))
    return [builder.load(builder.bitcast(builder.gep(address, [at]), kind.as_pointer()), align=4) for at in places]


def _byte(builder: Any, values: Any) -> Any:
    """A vector of floats 0..1 as bytes: see `pixel.color.levels.to_bytes`.

    What is added rounds to a whole number, halves to even, and leaves its bits lowest. Neither comparison holds for
    NaN, which so becomes 0.
    """
    none, full, whole = (ir.Constant(values.type, [value] * SIZE) for value in (0.0, 255.0, float(1 << 23)))
    scaled = builder.fmul(values, full)
    above = builder.select(builder.fcmp_ordered(">", scaled, none), scaled, none)
    within = builder.select(builder.fcmp_ordered("<", above, full), above, full)
    return builder.trunc(builder.bitcast(builder.fadd(within, whole), _vector(32)), _vector(8))


def _joined(builder: Any, vectors: list[Any]) -> Any:
    """Three or four vectors as one, of four; of three the last comes twice."""
    first, second, third, last = (vectors[min(i, len(vectors) - 1)] for i in range(4))
    upper, lower = _chosen(builder, first, second, range(2 * SIZE)), _chosen(builder, third, last, range(2 * SIZE))
    return _chosen(builder, upper, lower, range(4 * SIZE))


def _chosen(builder: Any, one: Any, other: Any, places: Iterable[int]) -> Any:
    """What stands in these places of two vectors, one behind the other."""
    order = list(places)
    return builder.shuffle_vector(one, other, ir.Constant(_vector(32, len(order)), order))


def _narrow(context: Any, numbers: Any, at: Any, out: Any, to: Any) -> Any:
    """16 int32 from `at` on as int16 to `to`; arrays as above."""

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, first, goal, place = arguments
        wide = builder.load(_pointer(target, builder, signature.args[0], source, first, 32), align=4)
        narrow = builder.trunc(wide, _vector(16))
        builder.store(narrow, _pointer(target, builder, signature.args[2], goal, place, 16), align=2)
        return target.get_dummy_value()

    return types.void(numbers, at, out, to), lower


def _copy(context: Any, table: Any, at: Any, out: Any, to: Any, condition: Any) -> Any:
    """Four words of 32 bits from `at` on to `to`, uint32 both, or zeros where the bool `condition` is false."""

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, first, goal, place, flag = arguments
        words = builder.load(_pointer(target, builder, signature.args[0], source, first, 32, 4), align=4)
        zeros = ir.Constant(_vector(32, 4), [0] * 4)
        shown = builder.select(builder.trunc(flag, ir.IntType(1)), words, zeros)
        builder.store(shown, _pointer(target, builder, signature.args[2], goal, place, 32, 4), align=4)
        return target.get_dummy_value()

    return types.void(table, at, out, to, condition), lower


def _move(context: Any, words: Any, at: Any, out: Any, to: Any) -> Any:
    """16 words of 32 bits from `at` on to `to`; arrays as above."""

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, first, goal, place = arguments
        moved = builder.load(_pointer(target, builder, signature.args[0], source, first, 32), align=4)
        builder.store(moved, _pointer(target, builder, signature.args[2], goal, place, 32), align=4)
        return target.get_dummy_value()

    return types.void(words, at, out, to), lower


def _fetch(context: Any, numbers: Any, at: Any) -> Any:
    """Have the memory bring what an array has at a place to the second cache, for whom it is asked a little later.

    It doesn't matter if there is no such place.
    """

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        spot = address(target, builder, signature.args[0], *arguments)
        where = builder.bitcast(spot, ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [where.type, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        reading, second, data = (ir.Constant(word, value) for value in (0, 2, 1))
        builder.call(function, [where, reading, second, data])
        return target.get_dummy_value()

    return types.void(numbers, at), lower


def _turn(context: Any, words: Any, at: Any, apart: Any, out: Any, to: Any, step: Any) -> Any:
    """A square of 16 rows of 16 words of 32 bits, turned: from `at` on, rows `apart`; to `to` on, rows `step` apart.

    Of 32 bits those are kept that `out` has room for.
    """

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, first, between, goal, place, step = arguments
        rows, bits = [], signature.args[3].dtype.bitwidth
        for _ in range(SIZE):
            rows.append(builder.load(_pointer(target, builder, signature.args[0], source, first, 32), align=4))
            first = builder.add(first, between)
        for row in _turned(builder, rows):
            row_bits = row if bits == 32 else builder.trunc(row, _vector(bits))
            builder.store(row_bits, _pointer(target, builder, signature.args[3], goal, place, bits), align=bits // 8)
            place = builder.add(place, step)
        return target.get_dummy_value()

    return types.void(words, at, apart, out, to, step), lower


def _turned(builder: Any, rows: list[Any]) -> list[Any]:
    """A square of vectors, turned: squares of 1, 2, 4 and 8 within it change places across its diagonal."""
    side = 1
    while side < SIZE:
        upper = [i - side + SIZE if i & side else i for i in range(SIZE)]
        lower = [i + SIZE if i & side else i + side for i in range(SIZE)]
        for i in range(SIZE):
            if not i & side:
                one, other = rows[i], rows[i + side]
                rows[i], rows[i + side] = (_chosen(builder, one, other, order) for order in (upper, lower))
        side *= 2
    return rows


def _picker(count: int) -> Any:
    """An intrinsic for the first so many of an entry's four floats."""

    def pick(context: Any, entries: Any, indices: Any, at: Any, out: Any, to: Any, apart: Any) -> Any:
        """Of 16 entries of four floats, by int32 indices from `at` on: to `to`, `apart` on, and so on.

        On many processors an instruction that gathers takes longer.
        """

        def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            source, numbers, first, goal, place, step = arguments
            index = builder.load(_pointer(target, builder, signature.args[1], numbers, first, 32), align=4)
            four, two = ir.VectorType(ir.FloatType(), 4), ir.Constant(ir.IntType(64), 2)
            entries_of_lanes = []
            for lane in range(SIZE):
                number = builder.zext(builder.extract_element(index, ir.Constant(ir.IntType(32), lane)), two.type)
                spot = address(target, builder, signature.args[0], source, builder.shl(number, two))
                entries_of_lanes.append(builder.load(builder.bitcast(spot, four.as_pointer()), align=4))
            for plane in _planes(builder, entries_of_lanes)[:count]:
                goals = address(target, builder, signature.args[3], goal, place)
                builder.store(plane, builder.bitcast(goals, plane.type.as_pointer()), align=4)
                place = builder.add(place, step)
            return target.get_dummy_value()

        return types.void(entries, indices, at, out, to, apart), lower

    return intrinsic(pick)


def _planes(builder: Any, entries: list[Any]) -> list[Any]:
    """The firsts to the fourths of 16 vectors of four. In registers, numbers stay within their four."""

    def by_fours(pair: list[Any], order: tuple[int, int, int, int]) -> Any:
        return _chosen(builder, pair[0], pair[1], [4 * four + i for four in range(4) for i in order])

    columns = []  # entries k, k + 4, k + 8 and k + 12
    for k in range(4):
        first, last = (_chosen(builder, entries[i], entries[i + 4], range(8)) for i in (k, k + 8))
        columns.append(_chosen(builder, first, last, range(SIZE)))
    low = [by_fours(columns[i : i + 2], (0, 16, 1, 17)) for i in (0, 2)]
    high = [by_fours(columns[i : i + 2], (2, 18, 3, 19)) for i in (0, 2)]
    return [by_fours(pair, order) for pair in (low, high) for order in ((0, 1, 16, 17), (2, 3, 18, 19))]


def _pointer(context: Any, builder: Any, kind: Any, value: Any, place: Any, bits: int, many: int = SIZE) -> Any:
    """To so many numbers of an array from a place on."""
    return builder.bitcast(address(context, builder, kind, value, place), _vector(bits, many).as_pointer())


def address(context: Any, builder: Any, kind: Any, value: Any, place: Any) -> Any:
    """Of what an array, flat and contiguous, has at a place."""
    return builder.gep(cgutils.create_struct_proxy(kind)(context, builder, value).data, [place])


def _vector(bits: int, many: int = SIZE) -> ir.VectorType:
    return ir.VectorType(ir.IntType(bits), many)


part3, part4 = _parter(3), _parter(4)
opaque: Any = intrinsic(_opaque)
to_bytes: Any = intrinsic(_to_bytes)
narrow: Any = intrinsic(_narrow)
copy: Any = intrinsic(_copy)
move: Any = intrinsic(_move)
fetch: Any = intrinsic(_fetch)
turn: Any = intrinsic(_turn)
pick3, pick4 = _picker(3), _picker(4)
