"""The suite's arms as rows ``method, task, fold, metric_error``, which benchmark packages rank."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from imbench.errors import ConfigError
from imbench.reports.registry import Source
from imbench.reports.verdict.arm_values import arm_values

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["method", "task", "fold", "metric_error"]


def error_rows(source: Source, endpoint: str) -> pd.DataFrame:
    """A line for each arm under each learner (``smotenc + xgboost``), dataset and split that was run.

    The error is 1 minus the score where higher is better, else the score itself: lower is better. A failed
    run takes the error of nothing, as in the verdict. A classifier that balances by itself is one method,
    named by itself. Raises :class:`ConfigError` for an unknown endpoint.
    """
    import pandas as pd

    values = arm_values(source)
    design = values.design
    by_name = {e.name: e for e in design.endpoints}
    if endpoint not in by_name:
        raise ConfigError(f"endpoint '{endpoint}' is not one of {', '.join(by_name)}.")
    chosen, nothing, rows = by_name[endpoint], design.arm(design.nothing), []
    for arm in design.arms:
        learners = design.learners_of(arm)
        for learner in learners[:1] if arm.classifier else learners:
            name = arm.classifier or f"{arm.name} + {learner}"
            for dataset in design.datasets:
                for seed in values.planned(arm, dataset):
                    found = values.at(dataset, arm, learner, seed, chosen)
                    if found is not None and math.isnan(found):
                        found = values.at(dataset, nothing, learner, seed, chosen)
                    if found is not None and not math.isnan(found):
                        error = 1 - found if chosen.higher_is_better else found
                        rows.append((name, dataset, seed, error))
    return pd.DataFrame(rows, columns=COLUMNS)
