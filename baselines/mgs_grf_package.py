"""MGS-GRF (Sakho 2025) from the package ``mgs-grf``: numbers from Gaussians, categories by a forest."""

from __future__ import annotations

import warnings
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval

from imbench.errors import MethodError
from imbench.samplers.base import MinorityOversampler, column_kinds, need_rows, round_whole
from imbench.samplers.seeding import global_seed
from imbench.utils.text import truncated

#: A neighbour besides the row itself.
FEWEST_ROWS = 2
#: Cells (new rows × training rows × trees) that the forest compares at once: 200 MB.
CELLS = 200_000_000


class MGSGRFSampler(MinorityOversampler):
    """Numbers from a Gaussian around the nearest minority rows, categories from a forest on the numbers.

    Parameters
    ----------
    neighbours : int or None, default=None
        Neighbours of a row; None: as many as there are continuous columns, the package's default. At most
        all other minority rows.
    sampling_strategy : float, str, dict or callable, default="auto"
        The classes to fill up, as in imbalanced-learn.
    missing : {"impute", "refuse"} or None, default=None
        As of :class:`~imbench.MinorityOversampler`; ``"refuse"`` is the default.
    random_state : int, RandomState instance or None, default=None
        The same int gives the same rows.

    Attributes
    ----------
    ledger_ : dict
        Counts of rows.

    Notes
    -----
    Needs a continuous column. Columns of whole numbers are rounded, which the package does not do.

    References
    ----------
    .. [1] A. Sakho, E. Malherbe, C.-E. Gauthier, E. Scornet, "Harnessing Mixed Features for Imbalance Data
       Oversampling: Application to Bank Customers Scoring", arXiv:2503.22730, 2025.
    """

    #: The module that the tests need; they are skipped where it is not installed.
    needs_module: ClassVar[str] = "mgs_grf"
    _takes_missing: ClassVar[str] = "none"
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MinorityOversampler._parameter_constraints,
        "neighbours": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        *,
        neighbours: int | None = None,
        sampling_strategy: Any = "auto",
        missing: str | None = None,
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, missing=missing, random_state=random_state)
        self.neighbours = neighbours

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        minority = features[labels == label]
        need_rows("MGS-GRF", len(minority), FEWEST_ROWS)
        continuous, categorical = column_kinds(features)
        if not continuous:
            raise MethodError(
                "MGS-GRF needs a column of numbers, and these rows have categories only. Choose another "
                "method (smotenc, duplicate)."
            )
        package = _package()
        sampler = package(
            K=min(self.neighbours or len(continuous), len(minority) - 1),
            categorical_features=list(range(len(continuous), len(features.columns))) or None,
            random_state=int(rng.randint(2**31 - 1)),
        )
        numbers = minority[continuous].to_numpy(dtype="float64")
        with global_seed(sampler.random_state), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sklearn: many categories for few rows
            try:
                new = sampler._fit_resample_continuous(count, numbers)
            except np.linalg.LinAlgError as error:
                raise MethodError(
                    "MGS-GRF cannot draw from the neighbours of a row: their covariance is singular. Drop or "
                    "rescale columns that depend on each other or differ by many orders of magnitude, or "
                    f"choose another method (arf). Columns of numbers: {truncated(', '.join(continuous))}."
                ) from error
            rows = pd.DataFrame(new, columns=continuous)
            if categorical:
                texts = minority[categorical].astype(object).to_numpy()
                drawn = sampler.categories(new, numbers, texts).reshape(count, len(categorical))
                rows[categorical] = pd.DataFrame(drawn, columns=categorical)
        return round_whole(rows[list(features.columns)], features)


def _package() -> Any:
    """The package's class, with the categories drawn in pieces that fit into memory."""
    try:
        from mgs_grf import MGSGRFOverSampler
        from mgs_grf.over_sampling import CLASSIFIERS
    except ImportError as error:
        raise MethodError("MGS-GRF is not installed: pip install -e '.[rivals]'.") from error
    from sklearn.base import clone

    class InPieces(MGSGRFOverSampler):
        """``predict`` of the forest compares each new row with each training row in each tree at once."""

        def categories(self, new: np.ndarray, numbers: np.ndarray, texts: np.ndarray) -> np.ndarray:
            forest = clone(CLASSIFIERS[self.classifier]).set_params(random_state=self.random_state)
            forest.fit(numbers, texts.ravel() if texts.shape[1] == 1 else texts)
            size = max(1, CELLS // (len(numbers) * forest.n_estimators))
            return np.concatenate(
                [forest.predict(new[start : start + size]) for start in range(0, len(new), size)]
            )

    return InPieces
