"""SMOTE-NC is defined for numbers beside categories; what it is for columns of one kind alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC


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
