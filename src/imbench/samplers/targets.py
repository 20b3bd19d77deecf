"""Labels of every kind: as imbalanced-learn takes them, and back in the kind and dtype that they had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from imbench.errors import MethodError

#: Kinds of labels that can be counted and sorted, by pandas' names for them.
KNOWN = ("string", "boolean", "integer", "floating", "empty", "mixed-integer-float")


def plain_target(y: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Labels as imbalanced-learn takes them, and the function that gives resampled ones their kind back.

    One column a class becomes the numbers of the columns; categories, and text, whole numbers or booleans as
    objects, become arrays of their values. Everything else is left to imbalanced-learn. Raises
    :class:`MethodError` for labels of mixed kinds, and for those that are neither text, numbers nor booleans.

    Examples
    --------
    >>> import pandas as pd
    >>> y = pd.Series([True, False, False], dtype="category", name="ill")
    >>> plain, restore = plain_target(y)
    >>> plain.dtype
    dtype('bool')
    >>> restore(plain).equals(y)
    True
    """
    if isinstance(y, np.ndarray) and y.ndim == 2 and _is_one_hot(y):  # of two classes one column comes back
        return y.argmax(axis=1), lambda resampled: np.eye(y.shape[1], dtype=y.dtype)[resampled]
    dtype = getattr(y, "dtype", None)
    one_column = getattr(y, "ndim", None) == 1 and not hasattr(y, "todense")
    is_plain = isinstance(dtype, np.dtype) and dtype.kind not in "OmM"
    if not one_column or is_plain:
        return y, lambda resampled: resampled
    values = pd.Series(y).reset_index(drop=True)
    if values.isna().any():
        raise MethodError(
            f"The labels hold {int(values.isna().sum())} missing values (NaN). Drop those rows, or give "
            "them a label."
        )
    natural = values.astype(values.cat.categories.dtype) if isinstance(dtype, pd.CategoricalDtype) else values
    natural = natural.infer_objects()
    kind = pd.api.types.infer_dtype(natural, skipna=True)
    if kind not in KNOWN:
        raise MethodError(
            f"The labels ({dtype}) are of the kind '{kind}'. Labels are text, whole numbers or booleans, "
            "all of one kind: convert them, for example with y.astype(str)."
        )
    plain = natural.to_numpy(dtype=object if kind == "string" else None)

    def restore(resampled: Any) -> Any:
        if isinstance(y, pd.Series):
            return pd.Series(resampled, dtype=dtype, name=y.name)
        if isinstance(dtype, np.dtype):
            return np.asarray(resampled, dtype=dtype)
        return pd.array(resampled, dtype=dtype)

    return plain, restore


def _is_one_hot(y: np.ndarray) -> bool:
    if y.shape[1] < 2 or y.dtype.kind not in "biuf":
        return False
    return bool((y >= 0).all() and (np.sort(y)[:, -2:] == [0, 1]).all())


class AnyTarget:
    """Mixin of samplers: ``y`` may be of any kind of labels, and comes back in its own."""

    def fit(self, X: Any, y: Any, **params: Any) -> Any:
        """Check the input and choose the classes to fill up. Returns the instance itself."""
        return super().fit(X, plain_target(y)[0], **params)

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        """Resample; the original rows come back first, the synthetic ones after them."""
        plain, restore = plain_target(y)
        rows, labels = super().fit_resample(X, plain, **params)
        return rows, restore(labels)
