"""Synthesizers of the package ``sdv`` (GaussianCopula, CopulaGAN, …): one adapter for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imbench.errors import MethodError
from imbench.samplers.base import MinorityOversampler, column_kinds, for_other_packages
from imbench.samplers.seeding import global_seed

TABLE = "rows"
FEWEST_ROWS = 2


class SDVSampler(MinorityOversampler):
    """Fit one of sdv's single-table synthesizers on the minority rows and sample.

    ``synthesizer`` is the class name without the word Synthesizer; ``options`` go to its constructor.
    """

    def __init__(
        self,
        *,
        synthesizer: str = "GaussianCopula",
        options: dict[str, Any] | None = None,
        sampling_strategy: Any = "minority",
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state)
        self.synthesizer = synthesizer
        self.options = options

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        import sdv.single_table
        from sdv.metadata import Metadata

        continuous, _ = column_kinds(features)
        minority = for_other_packages(features[labels == label], features)
        if len(minority) < FEWEST_ROWS:
            raise MethodError(
                f"{self.synthesizer} needs {FEWEST_ROWS} minority rows to fit on, there is {len(minority)}."
            )
        kinds = {c: {"sdtype": "numerical" if c in continuous else "categorical"} for c in features.columns}
        metadata = Metadata.load_from_dict({"tables": {TABLE: {"columns": kinds}}, "relationships": []})
        maker = getattr(sdv.single_table, f"{self.synthesizer}Synthesizer")
        seed = int(rng.randint(2**31 - 1))
        with global_seed(seed):
            generator = maker(metadata, **(self.options or {}))
            generator.fit({TABLE: minority})
            generator._set_random_state(seed)  # otherwise sdv samples from one fixed seed of its own
            made = generator.sample(count)
        rows = made[TABLE] if isinstance(made, dict) else made
        return rows[list(features.columns)]
