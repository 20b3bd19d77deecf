"""XGBoost with the focal loss, which lowers the weight of rows that are predicted well already."""

from __future__ import annotations

from typing import Any

import numpy as np
from xgboost import XGBClassifier

#: Least second derivative: XGBoost divides by their sum.
LEAST = 1e-6


class FocalXGBClassifier(XGBClassifier):
    """XGBoost whose loss of a row is −(1 − p)^focus · log p, p the probability of the row's own class.

    Parameters
    ----------
    focus : float, default=2.0
        The exponent γ of the paper; 0 is the usual logistic loss.
    **kwargs
        Parameters of ``xgboost.XGBClassifier``, except ``objective``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels.

    Notes
    -----
    The second derivative is negative where a row is predicted very wrongly. Then that of the logistic loss
    times (1 − p)^focus takes its place, so that each step is one of descent. The paper's class weight α is
    left out: weights of rows can be given to ``fit``.

    References
    ----------
    .. [1] T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollár, "Focal Loss for Dense Object Detection", ICCV
       2017.
    .. [2] C. Wang, C. Deng, S. Wang, "Imbalance-XGBoost: leveraging weighted and focal losses for binary
       label-imbalanced classification with XGBoost", Pattern Recognition Letters 136, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from baselines.focal_loss import FocalXGBClassifier
    >>> X = np.arange(40.0).reshape(-1, 1)
    >>> model = FocalXGBClassifier(n_estimators=20).fit(X, (X[:, 0] > 30).astype(int))
    >>> model.predict([[5.0], [38.0]]).tolist()
    [0, 1]
    """

    def __init__(self, *, focus: float = 2.0, base_score: float | None = 0.5, **kwargs: Any):
        self.focus = focus
        super().__init__(base_score=base_score, **kwargs)

    def fit(self, X: Any, y: Any, *, sample_weight: Any = None, **options: Any) -> FocalXGBClassifier:
        """As ``XGBClassifier.fit``, with the focal loss. Raises ``ValueError`` for a negative focus."""
        if not self.focus >= 0:
            raise ValueError(f"focus={self.focus} must not be negative.")
        self.objective = FocalObjective(self.focus)
        return super().fit(X, y, sample_weight=sample_weight, **options)

    def get_xgb_params(self) -> dict[str, Any]:
        """The parameters for the booster, which does not know ``focus``."""
        return {k: v for k, v in super().get_xgb_params().items() if k != "focus"}


class FocalObjective:
    """First and second derivatives of the focal loss by the margins, as XGBoost asks for them.

    Parameters
    ----------
    focus : float, the exponent γ.
    """

    def __init__(self, focus: float):
        self.focus = focus

    def __call__(
        self, labels: np.ndarray, margins: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """For n class codes and margins (n, or n × classes): two arrays of the margins' shape."""
        found = self._two_classes if margins.ndim == 1 else self._several_classes
        gradient, hessian = found(labels.astype(int), margins.astype("float64"))
        if sample_weight is not None:
            weight = sample_weight if margins.ndim == 1 else sample_weight[:, None]
            gradient, hessian = gradient * weight, hessian * weight
        return gradient, hessian

    def _two_classes(self, labels: np.ndarray, margins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sign = np.where(labels == 1, 1.0, -1.0)
        log_p = -np.logaddexp(0.0, -sign * margins)
        p = np.exp(log_p)
        rest, g = -np.expm1(log_p), self.focus
        gradient = sign * (g * p * rest**g * log_p - rest ** (g + 1))
        # With rest ** (g + 1) for rest * rest ** g, so that nothing is divided by rest.
        exact = g * p * (rest ** (g + 1) * log_p - g * p * rest**g * log_p + rest ** (g + 1))
        exact += (g + 1) * p * rest ** (g + 1)
        return gradient, np.maximum(np.maximum(exact, p * rest ** (g + 1)), LEAST)

    def _several_classes(self, labels: np.ndarray, margins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shifted = margins - margins.max(axis=1, keepdims=True)
        probabilities = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
        own = np.eye(margins.shape[1])[labels]
        p = np.clip((probabilities * own).sum(axis=1), 1e-12, 1 - 1e-12)
        g = self.focus
        slope = g * p * (1 - p) ** (g - 1) * np.log(p) - (1 - p) ** g
        gradient = slope[:, None] * (own - probabilities)
        hessian = 2 * np.abs(slope)[:, None] * probabilities * (1 - probabilities)
        return gradient, np.maximum(hessian, LEAST)
