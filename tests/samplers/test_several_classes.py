"""With several classes every method fills up the same ones to the same size, each apart from the others."""

import warnings

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE

from imbench.errors import MethodError, SamplerWarning
from imbench.runs.key import identify
from imbench.samplers.build import PUBLISHED, build_method
from imbench.samplers.interpolation import InterpolateMarginal
from imbench.samplers.wrapped import WrappedSampler
from tests.helpers import (
    METHODS,
    compose,
    is_llm,
    makes_rows,
    method_config,
    mixed_dataset,
    read_yaml,
    training_rows,
)

MAKES_ROWS = [m for m in METHODS if makes_rows(m)]
#: Share of the largest class up to which a method fills the others.
DOSES = {m: read_yaml("method", m).get("fill_to", 1) for m in MAKES_ROWS}
#: Methods that state how their published code differs, and one sampler for each other class of methods.
FEW_ROWS = [m for m in MAKES_ROWS if read_yaml("method", m).get("few_rows") == "duplicate" and DOSES[m] == 1]
CHEAP = [m for m in MAKES_ROWS if not is_llm(m)]
#: Language models of the same class differ in what they learn and not in which classes they fill up.
TRIED = [m for m in MAKES_ROWS if m in CHEAP or "/" not in m]
SIZES = {"a few": 4, "b some": 14, "c many": 30, "d most": 42}
THREE = {"b some": 14, "c many": 20, "d most": 40}


def rows(sizes=SIZES, seed=0):
    """A block of rows for each class from a generator of its own: its rows are the same beside any others."""
    parts = []
    for i, (label, size) in enumerate(sizes.items()):
        X, _ = training_rows(mixed_dataset(120, 24, seed=seed + sum(map(ord, label))))
        parts.append(
            X.iloc[:size].astype({c: object for c in X if X[c].dtype == "category"}).assign(label=label)
        )
        parts[-1]["size"] += i
    frame = pd.concat(parts, ignore_index=True)
    return frame.drop(columns="label"), frame["label"]


def resample(name, X, y, strategy):
    sampler = build_method(method_config(name), 0, strategy).sampler
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SamplerWarning)
        return sampler, *sampler.fit_resample(X, y)


def added(X, y, X_new, y_new, label):
    """The synthetic rows of one class, as texts."""
    return X_new.iloc[len(X) :][np.asarray(y_new)[len(y) :] == label].astype(str).to_numpy().tolist()


@pytest.mark.parametrize("strategy", ("minority", "auto"))
@pytest.mark.parametrize("name", TRIED)
def test_the_same_classes_are_filled_up_to_the_same_size(name, strategy):
    X, y = rows(THREE)
    sampler, _, y_new = resample(name, X, y, strategy)
    totals = {"b some": 40} if strategy == "minority" else {"b some": 40, "c many": 40}
    wanted = {c: int(DOSES[name] * n) - THREE[c] for c, n in totals.items() if DOSES[name] * n > THREE[c]}
    assert sampler.sampling_strategy_ == wanted
    counts = y_new.value_counts().to_dict()
    checked = getattr(sampler, "verification", "none") != "none"
    for label, before in y.value_counts().items():
        expected = before + wanted.get(label, 0)
        if checked:  # fewer rows may pass the check
            assert before <= counts[label] <= expected
        else:
            assert counts[label] == pytest.approx(expected, abs=5 if "adasyn" in name else 0)


def test_the_classes_of_the_package_have_the_default_of_imbalanced_learn():
    X, y = rows(THREE)
    expected = SMOTE().fit(X[["size"]], y).sampling_strategy_
    for sampler in (WrappedSampler(SMOTE()), InterpolateMarginal()):
        assert sampler.fit(X, y).sampling_strategy_ == expected
        assert set(sampler.fit_resample(X, y)[1].value_counts()) == {40}


@pytest.mark.parametrize("name", FEW_ROWS)
def test_a_fallback_concerns_its_own_class_alone(name):
    X, y = rows()
    sampler, X_new, y_new = resample(name, X, y, "auto")
    assert sampler.ledger_["fallback"].startswith("class a few: random duplicates: 4 minority rows")
    assert "b some" not in sampler.ledger_["fallback"] and "c many" not in sampler.ledger_["fallback"]
    real = set(map(tuple, X[y == "a few"].astype(str).to_numpy()))
    assert set(map(tuple, added(X, y, X_new, y_new, "a few"))) <= real
    for label in ("b some", "c many"):
        found = added(X, y, X_new, y_new, label)
        assert not set(map(tuple, found)) <= set(map(tuple, X[y == label].astype(str).to_numpy()))
        alone = resample(name, X, y, {label: 42})
        assert "fallback" not in alone[0].ledger_
        assert found == added(X, y, *alone[1:], label), "as if the other classes were not filled up"


@pytest.mark.parametrize("name", [m for m in CHEAP if not m.startswith("duplicate")])
def test_names_of_classes_and_classes_beside_do_not_matter(name):
    sizes = {"b some": 14, "c many": 22, "d most": 42}
    X, y = rows(sizes)
    _, *first = resample(name, X, y, "auto")
    renamed = y.map({"b some": "z", "c many": "a", "d most": "m"})
    _, *second = resample(name, X, renamed, "auto")
    for old, new in (("b some", "z"), ("c many", "a")):
        assert added(X, y, *first, old) == added(X, renamed, *second, new)
    if name in FEW_ROWS:
        assert "fallback" not in resample(name, *rows({**sizes, "e full": 42}), "auto")[0].ledger_
        more = resample(name, *rows({**sizes, "e one": 1}), "auto")[0].ledger_["fallback"]
        assert more == "class e one: random duplicates: 1 minority rows, " + more.split(", ")[1]


def test_the_ledger_counts_the_rows_of_all_classes():
    X, y = rows()
    sampler = InterpolateMarginal(random_state=0)
    sampler.fit_resample(X, y)
    assert sampler.ledger_ == dict.fromkeys(("requested", "generated", "accepted"), 38 + 28 + 12)


def test_a_number_of_rows_for_each_class():
    X, y = rows()
    for sampler in (WrappedSampler(SMOTE(k_neighbors=2)), InterpolateMarginal()):
        sampler.set_params(sampling_strategy={"a few": 9, "c many": 31})
        assert sampler.fit_resample(X, y)[1].value_counts().to_dict() == SIZES | {"a few": 9, "c many": 31}
    inner = WrappedSampler(SMOTE(k_neighbors=2, sampling_strategy={"a few": 9}))
    assert inner.fit(X, y).sampling_strategy_ == {"a few": 5}
    assert inner.set_params(sampling_strategy="minority").fit(X, y).sampling_strategy_ == {"a few": 38}


@pytest.mark.parametrize("name", MAKES_ROWS)
def test_published_settings_are_those_of_the_paper(name):
    """SMOTE and ADASYN filled up every class in one call, the other methods the rarest one."""
    X, y = rows(THREE)
    method = build_method(method_config(name), 0, PUBLISHED)
    interpolates = read_yaml("method", name)["metadata"]["group"] == "interpolation"
    wanted = {"b some": 26, "c many": 20} if interpolates else {"b some": int(DOSES[name] * 40) - 14}
    wanted = {label: count for label, count in wanted.items() if count > 0}
    assert method.sampler.fit(X, y).sampling_strategy_ == wanted
    assert method.sampler.get_params().get("together", False) == interpolates


def test_an_error_names_its_class():
    X, y = rows({"b some": 14, "c many": 39, "d most": 40})
    with pytest.raises(MethodError, match=r"ADASYN cannot work on these rows \(class c many\): No samples"):
        resample("adasyn", X, y, "auto")


def test_a_published_fallback_is_one_for_all_classes():
    X, y = rows()
    sampler, X_new, y_new = resample("smote", X, y, PUBLISHED)
    assert sampler.ledger_["fallback"] == "random duplicates: 4 minority rows, SMOTE needs 6"
    for label in ("a few", "b some", "c many"):
        real = set(map(tuple, X[y == label].astype(str).to_numpy()))
        assert set(map(tuple, added(X, y, X_new, y_new, label))) <= real


def test_a_strategy_of_the_methods_own_decides():
    X, y = rows()
    methods = dict.fromkeys(("smote", "duplicate", "interpolate_marginal"), "sampling_strategy")
    for name, option in [*methods.items(), ("smote", "sampler.sampling_strategy")]:
        config = method_config(name, f"+method.{option}=auto")
        for strategy in ("minority", PUBLISHED):
            fitted = build_method(config, 0, strategy).sampler.fit(X, y)
            assert set(fitted.sampling_strategy_) == {"a few", "b some", "c many"}, (name, strategy)


def test_a_sampler_that_removes_rows_keeps_its_own_strategy():
    under = {"name": "under", "_target_": "imblearn.under_sampling.RandomUnderSampler"}
    X, y = rows()
    assert set(build_method(under, 0).sampler.fit_resample(X, y)[1].value_counts()) == {4}


def test_the_strategy_is_part_of_a_key_where_it_matters():
    def key(*words):
        return identify(compose(*words)).key

    two, several = ("dataset=german", "method=smote"), ("dataset=car", "method=smote")
    for strategy in ("auto", "minority", "published"):
        assert key(*two, f"sampling_strategy={strategy}") == key(*two), "two classes: the same rows"
    keys = [key(*several, f"sampling_strategy={s}") for s in ("published", "auto", "minority")]
    assert len(set(keys)) == 3 and key(*several) == keys[0]
