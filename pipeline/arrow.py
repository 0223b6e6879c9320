"""Columns as Arrow lays them out, made of Python values without Arrow; and Arrow arrays of them.

A worker makes the bytes of its columns and does not import pyarrow, which takes a twentieth of a
second and some forty megabytes of it; the process that writes makes arrays of them, which copies
nothing. Layout: https://arrow.apache.org/docs/format/Columnar.html
"""

from __future__ import annotations

import datetime as dt
import itertools
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.schemas import Kind

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = dt.date(1970, 1, 1).toordinal()


class Buffers(NamedTuple):
    """The values of a column, `length` of them, `missing` of these None, as bytes.

    `parts` are the buffers of its Arrow type; those of a label are codes, which count in `words`.
    """

    length: int
    missing: int
    parts: tuple[bytes | None, ...]
    words: Buffers | None = None


def to_buffers(values: Sequence[Any], kind: Kind) -> Buffers:
    """The buffers of a column of some `kind` with these `values`, None for what is missing.

    Raises what encoding raises for a value that the kind cannot hold, such as a lone surrogate.
    """
    words = None
    if kind == "label":
        codes: dict[Any, int] = {}
        values = [None if v is None else codes.setdefault(v, len(codes)) for v in values]
        words = to_buffers(list(codes), "text")
    missing = values.count(None)
    valid = _bits([v is not None for v in values]) if missing else None
    return Buffers(len(values), missing, (valid, *_PARTS[kind](values)), words)


def to_array(column: Buffers, form: pa.DataType) -> pa.Array:
    """The Arrow array of type `form`, that of its kind, with the values of a column."""
    import pyarrow as pa

    if column.words:
        codes = to_array(column._replace(words=None), form.index_type)
        return pa.DictionaryArray.from_arrays(codes, to_array(column.words, form.value_type))
    arrow = [None if part is None else pa.py_buffer(part) for part in column.parts]
    return pa.Array.from_buffers(form, column.length, arrow, column.missing)


def _bits(flags: Sequence[object]) -> bytes:
    """One bit for each flag, the first in the lowest."""
    digits = "".join("1" if flag else "0" for flag in reversed(flags))
    return int(digits or "0", 2).to_bytes((len(flags) + 7) // 8, "little")


def _texts(values: Sequence[Any]) -> tuple[bytes, bytes]:
    encoded = [v.encode() if v else b"" for v in values]
    ends = array("i", itertools.accumulate(map(len, encoded), initial=0))
    return ends.tobytes(), b"".join(encoded)


def _days(values: Sequence[Any]) -> tuple[bytes]:
    return (array("i", [v.toordinal() - _EPOCH if v else 0 for v in values]).tobytes(),)


def _numbers(code: str) -> Callable[[Sequence[Any]], tuple[bytes, ...]]:
    return lambda values: (array(code, [v or 0 for v in values]).tobytes(),)


_PARTS: Mapping[Kind, Callable[[Sequence[Any]], tuple[bytes, ...]]] = {
    "text": _texts,
    "label": _numbers("i"),
    "int": _numbers("q"),
    "float": _numbers("d"),
    "date": _days,
    "bool": lambda values: (_bits(values),),
}
