"""Whole numbers that a float cannot hold, for samplers of other packages, which turn a frame into floats."""

from __future__ import annotations

import pandas as pd

from imbench.errors import MethodError
from imbench.samplers.column_codecs import EXACT, Numbers


class LargeNumbers:
    """The columns of a frame with whole numbers beyond 2**53, which are counted from their smallest one.

    imbalanced-learn's samplers work on one array of all columns; beside a column of floats such numbers would
    change, in the training rows as well.

    Examples
    --------
    >>> frame = pd.DataFrame({"size": [0.5, 1.5], "number": [2**60 + 1, 2**60 + 3]})
    >>> numbers = LargeNumbers(frame)
    >>> numbers.counted(frame)["number"].tolist()
    [0.0, 2.0]
    >>> numbers.restored(numbers.counted(frame)).equals(frame)
    True
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        """Raises :class:`MethodError` for a column whose values are more than 2**53 apart."""
        self._codecs: dict[int, Numbers] = {}
        for position, name in enumerate(frame.columns):
            values = frame.iloc[:, position]
            dtype = values.dtype
            if isinstance(dtype, pd.SparseDtype) or not pd.api.types.is_integer_dtype(dtype):
                continue
            codec = Numbers(values, name)
            if not codec.is_beyond_floats:
                continue
            if int(values.max()) - int(values.min()) > EXACT:
                raise MethodError(
                    f"Column '{name}' ({dtype}) holds whole numbers more than 2**53 apart, which this "
                    "sampler would round. Convert the column to float64 or to text, or leave it out."
                )
            self._codecs[position] = codec

    def counted(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with those columns as float64 counts."""
        return _with(frame, {i: codec.encode(frame.iloc[:, i]) for i, codec in self._codecs.items()})

    def restored(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of the counted columns with numbers of the columns' dtypes."""
        return _with(rows, {i: codec.decode(rows.iloc[:, i]) for i, codec in self._codecs.items()})


def _with(frame: pd.DataFrame, columns: dict[int, pd.Series]) -> pd.DataFrame:
    changed = frame.copy(deep=False)
    for position, values in columns.items():  # not by assign, which takes names of text only
        changed[frame.columns[position]] = values.set_axis(frame.index)
    return changed
