"""Sixteen or four numbers at a time, in LLVM's own vectors: where its loops wouldn't be, as arrays might overlap.

LLVM makes of a vector what the machine has: one register, or several smaller ones.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

SIZE = 16


def _parter(channels: int) -> Any:
    """An intrinsic for pixels of so many bytes."""

    def part(context: Any, pixels: Any, at: Any, rows: Any, to: Any, apart: Any) -> Any:
        """Red, green and blue of 16 pixels, whose bytes begin at `at`: to `to`, to `apart` places on, and once more.

        Arrays are flat and contiguous, places uint64; nobody looks whether they are there.
        """

        def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            source, first, goal, place, step = arguments
            many = channels * SIZE
            whole = builder.load(_pointer(target, builder, signature.args[0], source, first, 8, many), align=1)
            for channel in range(3):
                chosen = ir.Constant(_vector(32), list(range(channel, many, channels)))
                plane = builder.shuffle_vector(whole, ir.Constant(whole.type, ir.Undefined), chosen)
                builder.store(plane, _pointer(target, builder, signature.args[2], goal, place, 8), align=1)
                place = builder.add(place, step)
            return target.get_dummy_value()

        return types.void(pixels, at, rows, to, apart), lower

    return intrinsic(part)


def _narrow(context: Any, numbers: Any, at: Any, out: Any, to: Any) -> Any:
    """16 int32 from `at` on as int16 to `to`; arrays as above."""

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, first, goal, place = arguments
        wide = builder.load(_pointer(target, builder, signature.args[0], source, first, 32), align=4)
        narrow = builder.trunc(wide, _vector(16))
        builder.store(narrow, _pointer(target, builder, signature.args[2], goal, place, 16), align=2)
        return target.get_dummy_value()

    return types.void(numbers, at, out, to), lower


def _copy(context: Any, table: Any, at: Any, out: Any, to: Any, kept: Any) -> Any:
    """Four words of 32 bits from `at` on to `to`, uint32 both, or zeros unless `kept`, a bool; arrays as above."""

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, first, goal, place, wanted = arguments
        words = builder.load(_pointer(target, builder, signature.args[0], source, first, 32, 4), align=4)
        zeros = ir.Constant(_vector(32, 4), [0] * 4)
        shown = builder.select(builder.trunc(wanted, ir.IntType(1)), words, zeros)
        builder.store(shown, _pointer(target, builder, signature.args[2], goal, place, 32, 4), align=4)
        return target.get_dummy_value()

    return types.void(table, at, out, to, kept), lower


def _pointer(context: Any, builder: Any, kind: Any, value: Any, place: Any, bits: int, many: int = SIZE) -> Any:
    """To so many numbers of an array from a place on."""
    return builder.bitcast(address(context, builder, kind, value, place), _vector(bits, many).as_pointer())


def address(context: Any, builder: Any, kind: Any, value: Any, place: Any) -> Any:
    """Of what an array, flat and contiguous, has at a place."""
    return builder.gep(cgutils.create_struct_proxy(kind)(context, builder, value).data, [place])


def _vector(bits: int, many: int = SIZE) -> ir.VectorType:
    return ir.VectorType(ir.IntType(bits), many)


part3, part4 = _parter(3), _parter(4)
narrow: Any = intrinsic(_narrow)
copy: Any = intrinsic(_copy)
