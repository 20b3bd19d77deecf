"""Adversarial random forests (Watson et al. 2023) from the package ``arfpy``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval

from imbench.errors import MethodError
from imbench.samplers.base import MinorityOversampler, add_counts, column_kinds, need_rows, round_whole
from imbench.samplers.seeding import global_seed

#: Two of the package's smallest leaves.
FEWEST_ROWS = 10


class ARFSampler(MinorityOversampler):
    """Fit an adversarial random forest on the minority rows, and draw from the densities of its leaves.

    Parameters
    ----------
    trees : int, default=30
        Trees of a forest, the package's default.
    max_iters : int, default=10
        The most rounds of the two sides, the package's default.
    sampling_strategy : float, str, dict or callable, default="auto"
        The classes to fill up, as in imbalanced-learn.
    missing : {"impute", "refuse"} or None, default=None
        As of :class:`~imbench.MinorityOversampler`; ``"refuse"`` is the default.
    random_state : int, RandomState instance or None, default=None
        The same int gives the same rows.

    Attributes
    ----------
    ledger_ : dict
        Counts of rows; ``repaired`` counts numbers beyond the minority's range, which are set to its ends,
        and undefined ones, which are set to its median.

    Notes
    -----
    A leaf's density of a number reaches beyond what the minority rows hold where no tree has cut it off.
    Columns of whole numbers are rounded, which the package does not do. With numpy 2.4 the name ``in1d``,
    which the package uses, is put back while it works.

    References
    ----------
    .. [1] D. S. Watson, K. Blesch, J. Kapar, M. N. Wright, "Adversarial random forests for density
       estimation and generative modelling", AISTATS 2023.
    """

    #: The module that the tests need; they are skipped where it is not installed.
    needs_module: ClassVar[str] = "arfpy"
    _takes_missing: ClassVar[str] = "none"
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MinorityOversampler._parameter_constraints,
        "trees": [Interval(Integral, 1, None, closed="left")],
        "max_iters": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        trees: int = 30,
        max_iters: int = 10,
        sampling_strategy: Any = "auto",
        missing: str | None = None,
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, missing=missing, random_state=random_state)
        self.trees = trees
        self.max_iters = max_iters

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        minority = features[labels == label].reset_index(drop=True)
        need_rows("ARF", len(minority), FEWEST_ROWS)
        continuous, categorical = column_kinds(features)
        # Texts as objects: the package makes its own codes of them, and unused categories would be leaves.
        names = {c: f"c{j}" for j, c in enumerate(features.columns)}
        coded = minority.rename(columns=names).astype({names[c]: object for c in categorical})
        with global_seed(int(rng.randint(2**31 - 1))), _numpy_of_the_package(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pandas and sklearn, about the package's ways
            drawn = _draw(coded, count, self.trees, self.max_iters)
        rows = drawn.rename(columns={v: k for k, v in names.items()})[list(features.columns)]
        rows = rows.reset_index(drop=True).astype(dict.fromkeys(continuous, "float64"))
        low, high = minority[continuous].min(), minority[continuous].max()
        within = rows[continuous].clip(low, high, axis=1).fillna(minority[continuous].median())
        add_counts(self.ledger_, repaired=int((within != rows[continuous]).to_numpy().sum()))
        return round_whole(rows.assign(**within), features)


def _draw(rows: pd.DataFrame, count: int, trees: int, max_iters: int) -> pd.DataFrame:
    try:
        from arfpy import arf
    except ImportError as error:
        raise MethodError("ARF is not installed: pip install -e '.[rivals]'.") from error
    try:
        model = arf.arf(x=rows, num_trees=trees, max_iters=max_iters, verbose=False)
        model.forde()
        return model.forge(n=count)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise MethodError(
            f"arfpy cannot work on these {len(rows)} rows: {error}. Use method=duplicate, for example."
        ) from error


@contextmanager
def _numpy_of_the_package() -> Iterator[None]:
    absent = not hasattr(np, "in1d")
    if absent:
        np.in1d = np.isin
    try:
        yield
    finally:
        if absent:
            del np.in1d
