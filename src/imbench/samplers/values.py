"""The one place where cells are mapped to what a generator works on, and back.

A generator sees two kinds of columns: continuous ones as ``float64`` and categorical ones as text
(a pandas category of the texts that occur). What it returns is mapped back to values of the column's
own kind and dtype, so that booleans, integers, dates, intervals, ordered categories and objects survive.

==================================== =============================================================
dtype of the column                  the generator sees
==================================== =============================================================
int, uint, float, nullable, pyarrow  numbers; whole-number dtypes come back rounded, within the
                                     dtype's range; beyond 2**53 they count from the smallest one
datetime64, timedelta64, pyarrow's   days since the earliest value where all are whole days, else
dates, dates as Python objects       seconds
period                               the period's ordinal
bool, boolean, text, category,       one text a value; the text of a value is ``str(value)``, made
interval, object                     unique where two values share it
object with numbers only             numbers, where more than 20 values occur
sparse                               as the dense values
complex, lists, infinite values      refused, with the column's name and dtype
==================================== =============================================================
"""

from __future__ import annotations

import pandas as pd

from imbench.errors import MethodError
from imbench.samplers.column_codecs import codec_of, unique_texts


def check_names(frame: pd.DataFrame) -> None:
    """Raise :class:`MethodError` where two columns share a name."""
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise MethodError(f"Two columns have the name '{twice}'. Rename one of them.")


class FrameCodec:
    """Maps the rows of one frame to a generator's columns and generated rows back.

    Attributes
    ----------
    names : list of str, the generator's column names: the frame's own as text, made unique.
    continuous : list of bool, which columns the generator sees as numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"paid": [True, False], "day": ["2024-01-01", "2024-01-03"]})
    >>> frame["day"] = pd.to_datetime(frame["day"])
    >>> codec = FrameCodec(frame)
    >>> codec.encode(frame)["day"].tolist()
    [0.0, 2.0]
    >>> codec.decode(codec.encode(frame)).equals(frame)
    True
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        """Learn the columns. Raises :class:`MethodError` for a column that no generator takes."""
        check_names(frame)
        self._columns = frame.columns
        self.names = unique_texts(frame.columns)
        self._codecs = [codec_of(frame[c], c) for c in frame.columns]
        self.continuous = [codec.is_number for codec in self._codecs]

    def encode(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows as a generator takes them, index 0 … n-1; values that were not learned become missing."""
        return pd.DataFrame(
            {
                name: codec.encode(frame[column].reset_index(drop=True))
                for name, column, codec in zip(self.names, self._columns, self._codecs, strict=True)
            }
        )

    def decode(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Generated rows with the frame's column names, values and dtypes, index 0 … n-1.

        Raises :class:`MethodError` where a column cannot hold what was generated.
        """
        decoded = [codec.decode(rows[name]) for name, codec in zip(self.names, self._codecs, strict=True)]
        frame = pd.concat(decoded, axis=1) if decoded else pd.DataFrame(index=range(len(rows)))
        frame.columns = self._columns
        return frame
