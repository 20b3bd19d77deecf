"""CTGAN and TVAE (Xu et al., NeurIPS 2019) from the package ``ctgan``, as the paper ran them."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions

from baselines.network_cost import network_cost
from imbench.samplers.base import MinorityOversampler, column_kinds, for_other_packages, need_rows
from imbench.samplers.expected_cost import ExpectedCost, Shape
from imbench.samplers.seeding import global_seed

#: The name of the label column, unless a feature has it.
LABEL = "__label__"
#: The fewest rows that the package can be fitted on.
FEWEST_ROWS = 2


class CTGANSampler(MinorityOversampler):
    """Fit CTGAN or TVAE on the minority rows, with the constant label as a column, and sample.

    The published code did not seed torch; here fitting and sampling are reproducible.

    Parameters
    ----------
    model : {"CTGAN", "TVAE"}, default="CTGAN"
        The class of the package.
    epochs, batch_size : int
        The package's defaults.
    sampling_strategy : float, str, dict or callable, default="auto"
        The classes to fill up, as in imbalanced-learn.
    missing : {"native", "impute", "refuse"} or None, default=None
        As of :class:`~imbench.MinorityOversampler`. ``"native"``, the default: a missing category is a
        category, missing numbers are refused.
    random_state : int, RandomState instance or None, default=None
        The same int gives the same rows.

    Attributes
    ----------
    ledger_ : dict
        Counts of rows.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MinorityOversampler._parameter_constraints,
        "model": [StrOptions({"CTGAN", "TVAE"})],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
    }

    _takes_missing: ClassVar[str] = "categories"

    def __init__(
        self,
        *,
        model: str = "CTGAN",
        epochs: int = 300,
        batch_size: int = 500,
        sampling_strategy: Any = "auto",
        missing: str | None = None,
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, missing=missing, random_state=random_state)
        self.model = model
        self.epochs = epochs
        self.batch_size = batch_size

    def expected_cost(self, features: pd.DataFrame, labels: np.ndarray) -> ExpectedCost:
        """Time and memory of fitting on the rarest class, before anything is trained."""
        return network_cost(Shape.of(features, labels), self.model, self.epochs, self.batch_size)

    def _generator_name(self) -> str:
        return self.model

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        import ctgan

        minority = features[labels == label]
        _, categorical = column_kinds(features)
        need_rows(self.model, len(minority), FEWEST_ROWS)
        rows = for_other_packages(minority, features)
        name = LABEL
        while name in rows.columns:
            name += "_"
        rows[name] = str(label)
        generator = getattr(ctgan, self.model)(
            epochs=self.epochs, batch_size=self.batch_size, enable_gpu=False, verbose=False
        )
        seed = int(rng.randint(2**31 - 1))
        with global_seed(seed):
            generator.set_random_state(seed)
            generator.fit(rows, discrete_columns=[*categorical, name])
            generated = generator.sample(count)
        return generated[list(features.columns)]
