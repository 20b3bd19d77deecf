"""SMOTE-NC: what it is for columns of one kind alone, and its categories decoded without a loop over rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC
from sklearn.preprocessing import OneHotEncoder


def for_kinds(sampler: Any, continuous: Sequence[str], categorical: Sequence[str]) -> Any:
    """``sampler``, or what takes the place of SMOTE-NC where the rows lack one kind of columns.

    Without categories SMOTE-NC's distance and its new numbers are SMOTE's. Without numbers imbalanced-learn
    offers SMOTE-N (the value difference metric of Chawla 2002, section 6.2). imbalanced-learn's own SMOTE-NC
    refuses both.

    Examples
    --------
    >>> for_kinds(SMOTENC("auto", k_neighbors=3), ["age"], [])
    SMOTE(k_neighbors=3)
    >>> for_kinds(SMOTENC("auto"), [], ["job"])
    SMOTEN()
    """
    if not isinstance(sampler, SMOTENC) or (continuous and categorical):
        return sampler
    other = SMOTE() if continuous else SMOTEN()
    parameters = sampler.get_params(deep=False)
    return other.set_params(**{k: parameters[k] for k in other.get_params(deep=False) if k in parameters})


class QuickOneHot(OneHotEncoder):
    """scikit-learn's encoder, whose way back from a sparse matrix takes no Python loop over the rows.

    SMOTE-NC decodes all rows, old and new; scikit-learn calls ``argmax`` for each row and column then, which
    is most of SMOTE-NC's time on long files. Rows with other than one positive entry a column take its way.

    Examples
    --------
    >>> encoder = QuickOneHot()
    >>> encoder.inverse_transform(encoder.fit_transform([["a"], ["b"]])).tolist()
    [['a'], ['b']]
    """

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Categories (n × columns) of one-hot rows (n × all categories), as scikit-learn returns them."""
        positions = self._positions(X)
        if positions is None:
            return super().inverse_transform(X)
        dtype = np.result_type(*[values.dtype for values in self.categories_])
        cells = np.empty(positions.shape, dtype=dtype)
        for column, values in enumerate(self.categories_):
            cells[:, column] = values[positions[:, column]]
        return cells

    def _positions(self, X: Any) -> np.ndarray | None:
        """The category's position (n × columns) where each row is one entry a column, else None."""
        sizes = np.array([len(values) for values in self.categories_])
        if getattr(X, "format", "") != "csr" or X.shape[1] != sizes.sum() or not (X.data > 0).all():
            return None
        if not (np.diff(X.indptr) == len(sizes)).all():
            return None
        rows = X.sorted_indices()
        positions = rows.indices.reshape(X.shape[0], len(sizes)) - (np.cumsum(sizes) - sizes)
        return positions if ((positions >= 0) & (positions < sizes)).all() else None


def quick_decoding(sampler: Any) -> Any:
    """``sampler``, itself changed where it is SMOTE-NC with its own encoder: the same rows in less time."""
    if isinstance(sampler, SMOTENC) and sampler.categorical_encoder is None:
        # imbalanced-learn's own default, for numbers that are float64
        sampler.set_params(categorical_encoder=QuickOneHot(handle_unknown="ignore", dtype=np.float64))
    return sampler
