"""The common checks of imbalanced-learn and scikit-learn for every sampler class of ``conf/method``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from imblearn.utils import estimator_checks as imblearn_checks
from sklearn.utils import estimator_checks as sklearn_checks

from imbench.samplers.build import build_method
from tests.helpers import METHODS, method_config, read_yaml

#: Checks that imbalanced-learn's own tests run beside those of its generator.
FURTHER = (imblearn_checks.check_param_validation, imblearn_checks.check_dataframe_column_names_consistency)


def own_classes() -> dict[str, str]:
    """The sampler classes of this project (imbench, baselines) by name, each with a method that has it.

    The method is one without a check of its rows, which may leave fewer of them than the checks expect.
    """
    found: dict[str, str] = {}
    settings = {name: read_yaml("method", name) for name in METHODS}
    for method in sorted(
        METHODS, key=lambda m: (settings[m].get("verification", "none") != "none", len(m), m)
    ):
        target = settings[method]["_target_"]
        if target.split(".")[0] != "imblearn":
            found.setdefault(target.rsplit(".", 1)[1], method)
    return found


@lru_cache
def sampler_of(name: str) -> Any:
    """An instance of a class with the settings of its method, as small as tests have them."""
    sampler = build_method(method_config(own_classes()[name]), 0, "auto").sampler
    if sampling := sampler.get_params().get("sampling"):  # a barely trained model needs more attempts
        sampler.set_params(sampling={**sampling, "max_attempts": 100})
    return sampler


def name_of(check: Callable[..., Any]) -> str:
    return getattr(check, "func", check).__name__


def checks_of(sampler: Any, library: str) -> Iterator[Callable[[Any], Any]]:
    """The checks of a library; each is called with the sampler."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if library == "imbalanced-learn":
            for _, check in imblearn_checks.estimator_checks_generator(sampler):
                yield check
            for check in FURTHER:
                yield lambda estimator, check=check: check(type(estimator).__name__, estimator)
        else:
            for _, check in sklearn_checks.estimator_checks_generator(sampler):
                yield check
