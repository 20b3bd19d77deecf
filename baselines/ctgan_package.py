"""CTGAN and TVAE (Xu et al., NeurIPS 2019) from the package ``ctgan``, as the paper ran them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imbench.errors import MethodError
from imbench.samplers.base import MinorityOversampler, column_kinds, for_other_packages
from imbench.samplers.seeding import global_seed

LABEL = "__label__"
FEWEST_ROWS = 2


class CTGANSampler(MinorityOversampler):
    """Fit CTGAN or TVAE on the minority rows alone, with the constant target column, and sample.

    ``model`` is ``CTGAN`` or ``TVAE``; ``epochs`` and ``batch_size`` are the library's defaults.
    The published code did not seed torch; here fit and sample repeat exactly.
    """

    def __init__(
        self,
        *,
        model: str = "CTGAN",
        epochs: int = 300,
        batch_size: int = 500,
        sampling_strategy: Any = "minority",
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state)
        self.model = model
        self.epochs = epochs
        self.batch_size = batch_size

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        import ctgan

        minority = features[labels == label]
        continuous, categorical = column_kinds(features)
        has_missing = [c for c in continuous if minority[c].isna().any()]
        if has_missing:
            raise MethodError(
                f"{self.model} cannot take missing numbers, and there are some in: {', '.join(has_missing)}."
            )
        if len(minority) < FEWEST_ROWS:
            raise MethodError(
                f"{self.model} needs {FEWEST_ROWS} minority rows to fit on, there is {len(minority)}."
            )
        rows = for_other_packages(minority, features)
        rows[LABEL] = str(label)
        generator = getattr(ctgan, self.model)(
            epochs=self.epochs, batch_size=self.batch_size, enable_gpu=False, verbose=False
        )
        seed = int(rng.randint(2**31 - 1))
        with global_seed(seed):
            generator.set_random_state(seed)
            generator.fit(rows, discrete_columns=[*categorical, LABEL])
            made = generator.sample(count)
        return made[list(features.columns)]
