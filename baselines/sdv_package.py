"""Synthesizers of the package ``sdv`` (GaussianCopula, CopulaGAN, …): one adapter for all of them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import StrOptions

from baselines.network_cost import network_cost
from imbench.samplers.base import MinorityOversampler, column_kinds, for_other_packages, need_rows
from imbench.samplers.expected_cost import ExpectedCost, Shape
from imbench.samplers.seeding import global_seed

#: The name of the rows in the metadata.
TABLE = "rows"
#: The fewest rows that the package can be fitted on.
FEWEST_ROWS = 2
#: The network of each synthesizer that has one, and the package's options that decide its cost.
NETWORKS = {"CopulaGAN": "CTGAN", "CTGAN": "CTGAN", "TVAE": "TVAE"}
PACKAGE_DEFAULTS = {"epochs": 300, "batch_size": 500}


class SDVSampler(MinorityOversampler):
    """Fit a single-table synthesizer of sdv on the minority rows and sample.

    Parameters
    ----------
    synthesizer : str, default="GaussianCopula"
        The name of the class without "Synthesizer".
    options : dict or None, default=None
        Arguments of its constructor.
    sampling_strategy : float, str, dict or callable, default="auto"
        The classes to fill up, as in imbalanced-learn.
    missing : {"native", "impute", "refuse"} or None, default=None
        As of :class:`~imbench.MinorityOversampler`.
    random_state : int, RandomState instance or None, default=None
        The same int gives the same rows.

    Attributes
    ----------
    ledger_ : dict
        Counts of rows.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MinorityOversampler._parameter_constraints,
        "synthesizer": [StrOptions({"GaussianCopula", "CopulaGAN", "CTGAN", "TVAE"})],
        "options": [dict, None],
    }

    def __init__(
        self,
        *,
        synthesizer: str = "GaussianCopula",
        options: dict[str, Any] | None = None,
        sampling_strategy: Any = "auto",
        missing: str | None = None,
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, missing=missing, random_state=random_state)
        self.synthesizer = synthesizer
        self.options = options

    def expected_cost(self, features: pd.DataFrame, labels: np.ndarray) -> ExpectedCost | None:
        """Time and memory of fitting on the rarest class; None of a synthesizer without a network."""
        model = NETWORKS.get(self.synthesizer)
        options = {**PACKAGE_DEFAULTS, **(self.options or {})}
        if model is None:
            return None
        return network_cost(Shape.of(features, labels), model, options["epochs"], options["batch_size"])

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        import sdv.single_table
        from sdv.metadata import Metadata

        continuous, _ = column_kinds(features)
        minority = for_other_packages(features[labels == label], features)
        need_rows(self.synthesizer, len(minority), FEWEST_ROWS)
        kinds = {c: {"sdtype": "numerical" if c in continuous else "categorical"} for c in features.columns}
        metadata = Metadata.load_from_dict({"tables": {TABLE: {"columns": kinds}}, "relationships": []})
        synthesizer = getattr(sdv.single_table, f"{self.synthesizer}Synthesizer")
        seed = int(rng.randint(2**31 - 1))
        with global_seed(seed):
            generator = synthesizer(metadata, **(self.options or {}))
            generator.fit({TABLE: minority})
            generator._set_random_state(seed)  # sdv samples with a fixed seed otherwise
            sampled = generator.sample(count)
        rows = sampled[TABLE] if isinstance(sampled, dict) else sampled
        return rows[list(features.columns)]
