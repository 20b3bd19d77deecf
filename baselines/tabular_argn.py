"""TabularARGN (Tiwald et al. 2025) from the package ``mostlyai-engine``, an autoregressive network."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions

from baselines.argn_engine import MODULE, fit_and_sample
from imbench.samplers.base import MinorityOversampler, add_counts, column_kinds, need_rows, round_whole

#: The fewest rows that the package can be fitted on: it keeps a fifth of them, at least one, for validation.
FEWEST_ROWS = 3
LABEL = "label"


class TabularARGNSampler(MinorityOversampler):
    """Fit TabularARGN on the rows of one class, or on all rows, and sample rows of that class.

    Parameters
    ----------
    rows : {"minority", "all"}, default="minority"
        The rows to fit on. With ``"all"`` the label is a further column, and rows are sampled with its
        value given.
    model : {"Small", "Medium", "Large"}, default="Medium"
        The size of the network, as the package names it.
    max_epochs : int, default=100
        The most epochs, the package's default. Training stops earlier by the loss on a fifth of the rows.
    sampling_strategy : float, str, dict or callable, default="auto"
        The classes to fill up, as in imbalanced-learn.
    missing : {"native", "impute", "refuse"} or None, default=None
        As of :class:`~imbench.MinorityOversampler`.
    random_state : int, RandomState instance or None, default=None
        The same int gives the same rows.

    Attributes
    ----------
    ledger_ : dict
        Counts of rows, ``training_rows``, ``training_steps``, ``seconds_fit`` and ``seconds_sample``.

    Notes
    -----
    The package replaces rare values by default to protect people; that is off here, as every other method
    sees all values. Missing values are values of their own.

    References
    ----------
    .. [1] P. Tiwald, I. Krchova, A. Sidorenko, M. Vargas Vieyra, M. Scriminaci, M. Platzer, "TabularARGN: A
       Flexible and Efficient Auto-Regressive Framework for Generating High-Fidelity Synthetic Data",
       arXiv:2501.12012, 2025.
    """

    #: The module that the tests need; they are skipped where it is not installed.
    needs_module: ClassVar[str] = MODULE

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MinorityOversampler._parameter_constraints,
        "rows": [StrOptions({"minority", "all"})],
        "model": [StrOptions({"Small", "Medium", "Large"})],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        rows: str = "minority",
        model: str = "Medium",
        max_epochs: int = 100,
        sampling_strategy: Any = "auto",
        missing: str | None = None,
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, missing=missing, random_state=random_state)
        self.rows = rows
        self.model = model
        self.max_epochs = max_epochs

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        chosen = np.ones(len(labels), dtype=bool) if self.rows == "all" else labels == label
        need_rows("TabularARGN", int(chosen.sum()), FEWEST_ROWS)
        coded = CodedRows(features[chosen])
        rows, given = coded.frame, None
        if self.rows == "all":
            codes = np.unique(labels, return_inverse=True)[1].astype(str)
            rows = rows.assign(**{LABEL: codes[chosen]})
            given = pd.DataFrame({LABEL: [codes[labels == label][0]] * count})
        options = {"model": f"MOSTLY_AI/{self.model}", "max_epochs": self.max_epochs,
                   "value_protection": False}  # fmt: skip
        sampled, facts = fit_and_sample(rows, options, int(rng.randint(2**31 - 1)), count, given)
        add_counts(self.ledger_, training_rows=len(rows), **facts)
        return round_whole(coded.decode(sampled), features)


class CodedRows:
    """Rows under names and categories that cannot collide with the package's own, and back.

    Columns are named by their position, and a category is the text of its code. A column without any value
    is left out.
    """

    def __init__(self, features: pd.DataFrame) -> None:
        self._features = features
        self._continuous = set(column_kinds(features)[0])
        self._names = {f"c{j}": c for j, c in enumerate(features) if features[c].notna().any()}
        self.frame = pd.DataFrame(
            {name: self._coded(features[c]) for name, c in self._names.items()}
        ).reset_index(drop=True)

    def _coded(self, values: pd.Series) -> pd.Series:
        if values.name in self._continuous:
            return values
        codes = values.cat.codes
        return codes.astype(str).where(codes >= 0, None)

    def decode(self, sampled: pd.DataFrame) -> pd.DataFrame:
        """Sampled rows with the columns of the features; numbers stay within the range of the given rows."""
        columns: Mapping[Any, str] = {c: name for name, c in self._names.items()}
        return pd.DataFrame(
            {c: self._decoded(sampled[columns[c]] if c in columns else None, self._features[c], len(sampled))
             for c in self._features}
        )  # fmt: skip

    def _decoded(self, sampled: pd.Series | None, values: pd.Series, count: int) -> pd.Series:
        if sampled is None:
            return pd.Series([np.nan] * count, dtype=values.dtype)
        codes = sampled.to_numpy(dtype="float64", na_value=np.nan)
        if values.name in self._continuous:
            return pd.Series(np.clip(codes, values.min(), values.max()))
        whole = np.where(np.isnan(codes), -1, codes).astype(int)
        return pd.Series(pd.Categorical.from_codes(whole, dtype=values.dtype))
