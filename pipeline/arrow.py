"""Arrow arrays from Python values, made of their buffers.

`pyarrow.array` does this, too, but asks pandas first what it thinks of the values: that import
takes a quarter of a second and some thirty megabytes of every worker. Only the types of `schemas`
are known. Layout: https://arrow.apache.org/docs/format/Columnar.html
"""

from __future__ import annotations

import datetime as dt
import itertools
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = dt.date(1970, 1, 1).toordinal()


def to_array(values: Sequence[Any], form: pa.DataType) -> pa.Array:
    """An array of type `form` of `values`, None for what is missing.

    Raises what encoding raises for a value that the type cannot hold, such as a lone surrogate.
    """
    import pyarrow as pa

    if pa.types.is_dictionary(form):
        codes: dict[Any, int] = {}
        at = [None if v is None else codes.setdefault(v, len(codes)) for v in values]
        words = to_array(list(codes), form.value_type)
        return pa.DictionaryArray.from_arrays(to_array(at, form.index_type), words)
    missing = values.count(None)
    valid = _bits([v is not None for v in values]) if missing else None
    buffers = [valid, *_BUFFERS[str(form)](values)]
    arrow = [None if b is None else pa.py_buffer(b) for b in buffers]
    return pa.Array.from_buffers(form, len(values), arrow, missing)


def _bits(flags: Sequence[object]) -> bytes:
    """One bit for each flag, the first in the lowest."""
    digits = "".join("1" if flag else "0" for flag in reversed(flags))
    return int(digits or "0", 2).to_bytes((len(flags) + 7) // 8, "little")


def _texts(values: Sequence[Any]) -> tuple[array[int], bytes]:
    encoded = [v.encode() if v else b"" for v in values]
    return array("i", itertools.accumulate(map(len, encoded), initial=0)), b"".join(encoded)


def _days(values: Sequence[Any]) -> tuple[array[int]]:
    return (array("i", [v.toordinal() - _EPOCH if v else 0 for v in values]),)


def _numbers(code: str) -> Callable[[Sequence[Any]], tuple[object, ...]]:
    return lambda values: (array(code, [v or 0 for v in values]),)


_BUFFERS: Mapping[str, Callable[[Sequence[Any]], tuple[object, ...]]] = {
    "string": _texts,
    "int32": _numbers("i"),
    "int64": _numbers("q"),
    "double": _numbers("d"),
    "date32[day]": _days,
    "bool": lambda values: (_bits(values),),
}
