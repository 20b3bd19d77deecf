"""fill_to: classes up to a share of the largest one, whatever their number."""

import numpy as np
import pytest

from imbench.errors import ConfigError
from imbench.runs.key import identify
from imbench.samplers.build import build_method
from imbench.samplers.dose import FillUpTo
from imbench.utils.config import compose, plain
from tests.helpers import method_config, mixed_dataset, training_rows

THREE = np.array([0] * 40 + [1] * 25 + [2] * 8)


@pytest.mark.parametrize(
    ("share", "classes", "expected"),
    (
        (0.5, "minority", {2: 20}),
        (0.5, "auto", {2: 20}),
        (0.75, "auto", {1: 30, 2: 30}),
        (1, "auto", {1: 40, 2: 40}),
        (0.1, "auto", {}),
        (0.7, {1: 40}, {1: 28}),
    ),
)
def test_shares(share, classes, expected):
    assert FillUpTo(share, classes)(THREE) == expected
    letters = np.array(list("abc"))[THREE]
    if isinstance(classes, str):
        assert FillUpTo(share, classes)(letters) == {"abc"[k]: v for k, v in expected.items()}


@pytest.mark.parametrize("share", (0, -0.5, 1.5, True, "half", float("nan")))
def test_other_shares_are_refused(share):
    with pytest.raises(ConfigError, match=r"not in \(0, 1\]"):
        FillUpTo(share)


@pytest.mark.parametrize("name", ("duplicate", "smotenc", "interpolate_marginal"))
@pytest.mark.parametrize("share", (0.25, 0.5, 1))
def test_every_method_takes_a_dose(name, share):
    X, y = training_rows(mixed_dataset(110, 20))
    sampler = build_method(method_config(name) | {"fill_to": share}, 0).sampler
    assert (sampler.fit_resample(X, y)[1] == 0).sum() == int(share * 90)
    y = y.where(y == 1, np.where(np.arange(len(y)) % 2, 0, 2))  # three classes
    counts = np.bincount(y)
    expected = [max(n, int(share * counts.max())) for n in counts]
    sampler = build_method(method_config(name) | {"fill_to": share}, 0, "auto").sampler
    assert np.bincount(sampler.fit_resample(X, y)[1]).tolist() == expected


def test_a_full_dose_is_the_method_itself():
    X, y = training_rows(mixed_dataset(110, 20))
    whole, dose = (
        build_method(method_config("smotenc") | more, 3).sampler.fit_resample(X, y)[0]
        for more in ({}, {"fill_to": 1.0})
    )
    assert whole.equals(dose)


def test_a_dose_without_effect_is_refused():
    for name in ("imbalance", "undersample"):
        with pytest.raises(ConfigError, match="adds no rows"):
            build_method(method_config(name) | {"fill_to": 0.5}, 0)
    with pytest.raises(ConfigError, match="leave one out"):
        build_method(method_config("duplicate") | {"fill_to": 0.5, "sampling_strategy": "auto"}, 0)


def test_a_dose_has_a_key_of_its_own():
    def key(*overrides):
        return identify(plain(compose(["dataset=titanic", *overrides]))).generation_key

    keys = {key("method=duplicate"), *(key("method=duplicate", f"+method.fill_to={s}") for s in (0.25, 0.5))}
    assert len(keys) == 3
    assert key("method=duplicate_25") not in keys, "its name differs"
