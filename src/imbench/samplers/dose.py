"""Fill classes up to a share of the largest one, for any number of classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from imblearn.utils import check_sampling_strategy

from imbench.errors import ConfigError


class FillUpTo:
    """A sampling strategy: classes are filled up to ``share`` times the number of rows of the largest class.

    imbalanced-learn takes a share for two classes only, and refuses one that a class exceeds already; here
    such a class gets no rows.

    Parameters
    ----------
    share : float in (0, 1]
        Rows of a filled class over rows of the largest class.
    classes : str, list, dict or callable, default="minority"
        The classes to fill up, as imbalanced-learn's ``sampling_strategy``.

    Examples
    --------
    >>> FillUpTo(0.5)([0] * 10 + [1] * 7 + [2] * 3)
    {2: 5}
    >>> FillUpTo(0.5, "auto")([0] * 10 + [1] * 7 + [2] * 3)
    {2: 5}
    """

    def __init__(self, share: float, classes: Any = "minority") -> None:
        """Raises :class:`ConfigError` for a share beyond (0, 1]."""
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise ConfigError(
                f"method.fill_to={share} is not in (0, 1]: it is the number of rows of a filled class over "
                "that of the largest class. Set method.fill_to=1 to fill it up."
            )
        self.share = share
        self.classes = classes

    def __call__(self, y: Any) -> dict[Any, int]:
        """The number of rows of each filled class afterwards, for n labels ``y``."""
        labels = np.asarray(y)
        values, counts = np.unique(labels, return_counts=True)
        present = dict(zip(values.tolist(), counts.tolist(), strict=True))
        most = int(self.share * max(present.values()))
        chosen = check_sampling_strategy(self.classes, labels, "over-sampling")
        return {label: most for label, count in present.items() if label in chosen and count < most}

    def __repr__(self) -> str:
        return f"FillUpTo({self.share}, {self.classes!r})"
