"""Samplers of imbalanced-learn by YAML alone, and the adapter that feeds them."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE
from sklearn.base import clone

from imbench.data.raw_codes import MARK
from imbench.errors import ConfigError, MethodError
from imbench.runs.run import run_one
from imbench.samplers.build import build_method
from imbench.samplers.wrapped import WrappedSampler
from tests.helpers import compose, imbench, method_config, mixed_dataset, run_config, training_rows

BY_YAML = {
    "svm": {"_target_": "imblearn.over_sampling.SVMSMOTE"},
    "kmeans": {"_target_": "imblearn.over_sampling.KMeansSMOTE", "cluster_balance_threshold": 0.01},
    "smote_3": {"_target_": "imblearn.over_sampling.SMOTE", "k_neighbors": 3},
}


def wrapped(sampler, **options):
    options = {"categories": "decoded", "few_rows": "duplicate"} | options
    return {"name": "mine", "_target_": "imbench.WrappedSampler",
            "sampler": sampler} | options  # fmt: skip


@pytest.mark.parametrize("sampler", BY_YAML)
def test_any_oversampler_by_yaml_alone(sampler):
    X, y = training_rows(mixed_dataset())
    X_new, y_new = build_method(wrapped(BY_YAML[sampler]), 0).sampler.fit_resample(X, y)
    assert len(X_new) > len(X) and (y_new[len(X) :] == 0).all()
    assert X_new.iloc[: len(X)]["size"].tolist() == X["size"].tolist()
    assert set(X_new["colour"]) <= {"red", "green", "blue"}


def test_decoded_codes_are_the_samplers_own_rounded():
    """The adapter adds nothing of its own: SMOTE on the codes, rounded to the nearest category."""
    X, y = training_rows(mixed_dataset())
    codes = X.assign(**{c: X[c].cat.codes.astype(float) for c in X.columns[X.dtypes == "category"]})
    expected = SMOTE(random_state=4).fit_resample(codes, y)[0].iloc[len(X) :].reset_index(drop=True)
    generated = {
        kind: WrappedSampler(SMOTE(), categories=kind, whole_numbers=False, random_state=4).fit_resample(
            X, y
        )[0]
        for kind in ("decoded", "raw")
    }
    for kind, rows in generated.items():
        rows = rows.iloc[len(X) :].reset_index(drop=True)
        np.testing.assert_array_equal(rows["size"], expected["size"])
        for column in ("colour", "shape", "place"):
            names = list(X[column].cat.categories)
            for cell, code in zip(rows[column], expected[column], strict=True):
                if kind == "raw" and not float(code).is_integer():
                    assert cell == f"{MARK}{float(code)!r}"
                else:
                    assert cell == names[round(code)]


def test_whole_numbers_only_touch_columns_of_whole_numbers():
    X, y = training_rows(mixed_dataset())
    plain = WrappedSampler(SMOTE(), whole_numbers=False, random_state=0).fit_resample(X, y)[0]
    whole = WrappedSampler(SMOTE(), whole_numbers=True, random_state=0).fit_resample(X, y)[0]
    assert (plain["count"] % 1 != 0).any()
    np.testing.assert_array_equal(whole["count"], plain["count"].round())
    pd.testing.assert_frame_equal(whole.drop(columns="count"), plain.drop(columns="count"))


def test_is_a_sampler_that_can_be_cloned():
    sampler = WrappedSampler(SMOTE(k_neighbors=3), categories="raw", random_state=1)
    again = clone(sampler)
    assert again.get_params()["sampler__k_neighbors"] == 3 and again.categories == "raw"
    X, y = training_rows(mixed_dataset())
    again.fit_resample(X, y)
    assert again.sampler.random_state is None, "the sampler that was handed in stays as it was"


@pytest.mark.parametrize(
    ("sampler", "kept"),
    [("under_sampling.RandomUnderSampler", False), ("under_sampling.TomekLinks", False)],
)
def test_a_sampler_that_removes_rows_end_to_end(tmp_path, sampler, kept):
    """Named as the method's own _target_: fewer training rows, no synthetic ones, scores all the same."""
    config = run_config(tmp_path, "dataset=car")
    config.method = {"name": "under", "_target_": f"imblearn.{sampler}", "version": 1}
    if sampler.endswith("TomekLinks"):
        config.dataset = compose("dataset=insurance").dataset
        config.method = wrapped({"_target_": f"imblearn.{sampler}"})
        outcome = run_one(config)
        assert outcome.state == "failed"
        assert "TomekLinks removes rows: name it as the method's own _target_" in outcome.reason
        return
    outcome = run_one(config)
    assert outcome.state == "done", outcome.reason
    assert outcome.scores["quality"] == {"rows": 0}
    stage = next((tmp_path / ".stages").glob("*/generation.json"))
    from imbench.utils.files import read_json

    kept = read_json(stage)["kept"]
    assert 0 < len(kept) < 1382 and len(set(kept)) == len(kept)


def test_a_combined_sampler_end_to_end(tmp_path):
    """SMOTEENN adds and removes: kept and new rows are distinguished."""
    from tests.helpers import mixed_frame

    path = tmp_path / "numbers.csv"
    mixed_frame(200, 80, kinds="numbers").to_csv(path, index=False)
    config = run_config(tmp_path / "runs", "dataset=csv", f"dataset.path={path}", "dataset.target=label")
    config.method = {"name": "enn", "_target_": "imblearn.combine.SMOTEENN", "version": 1}
    outcome = run_one(config)
    assert outcome.state == "done", outcome.reason
    rows = pd.read_parquet(outcome.folder / "synthetic.parquet")
    assert len(rows) > 0 and set(rows["label"]) == {"rare"}
    assert outcome.scores["quality"]["rows"] == len(rows)
    assert outcome.scores["quality"]["copies_of_test"] == 0


def test_a_new_yaml_is_a_method(tmp_path):
    """A file in another config folder, no code: the README's promise, through the command line."""
    (tmp_path / "method").mkdir()
    (tmp_path / "method" / "svm_smote.yaml").write_text(
        "name: svm_smote\nmetadata: {title: SVM-SMOTE}\n_target_: imbench.WrappedSampler\n"
        "sampler:\n  _target_: imblearn.over_sampling.SVMSMOTE\ncategories: decoded\nfew_rows: duplicate\n"
    )
    done = imbench("dataset=insurance", "method=svm_smote", f"hydra.searchpath=[file://{tmp_path}]",
                   f"runs_dir={tmp_path / 'runs'}", "tracking=none")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "insurance · svm_smote · seed 0" in done.stdout and "corrected F1" in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"categories": "encoded"}, ("'categories'", "'as_is'", "'decoded'", "'raw'", "Got 'encoded'")),
        ({"few_rows": "pray"}, ("'few_rows'", "'error'", "'duplicate'", "Got 'pray'")),
    ],
)
def test_a_wrong_parameter_is_named_with_its_value_and_the_allowed_ones(options, message):
    with pytest.raises(ValueError) as found:
        WrappedSampler(SMOTE(), **options).fit_resample(*training_rows(mixed_dataset()))
    assert all(part in str(found.value) for part in message)


def test_missing_values_are_named():
    X, y = training_rows(mixed_dataset())
    X.loc[3, "size"] = np.nan
    X.loc[4, "place"] = np.nan
    with pytest.raises(MethodError, match=r"SMOTE does not take missing values.*size, place.*drop_missing"):
        WrappedSampler(SMOTE()).fit_resample(X, y)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"_target_": "no.such.Sampler"}, r"Method 'm' cannot be made.*no\.such"),
        ({"_target_": "sklearn.svm.SVC"}, r"Method 'm': sklearn\.svm\.SVC has no fit_resample"),
        ({"_target_": "imblearn.FunctionSampler", "trains_on": "test"}, "trains_on=test is not one of"),
        ({"_target_": "imblearn.over_sampling.SMOTE", "neighbours": 3}, "neighbours"),
    ],
)
def test_a_method_that_cannot_be_instantiated(options, message):
    with pytest.raises(ConfigError, match=message):
        build_method({"name": "m"} | options, 0)
    with pytest.raises(ConfigError, match="lacks _target_"):
        build_method({"name": "m"}, 0)


def test_the_seed_reaches_every_part():
    method = build_method(
        wrapped(
            {"_target_": "imblearn.combine.SMOTEENN", "smote": {"_target_": "imblearn.over_sampling.SMOTE"}}
        ),
        9,
    )
    seeds = {k: v for k, v in method.sampler.get_params().items() if k.endswith("random_state")}
    assert len(seeds) == 3 and set(seeds.values()) == {9}


@pytest.mark.parametrize(("kinds", "stands_in"), (("numbers", "SMOTE"), ("words", "SMOTEN"), ("mixed", None)))
def test_smotenc_on_columns_of_one_kind(kinds, stands_in):
    X, y = training_rows(mixed_dataset(110, 20, kinds=kinds))
    method = build_method(method_config("smotenc"), 0)
    X_new, y_new = method.sampler.fit_resample(X, y)
    assert (y_new == 0).sum() == (y_new == 1).sum() == 90
    assert method.sampler.ledger_.get("sampler") == stands_in
    pd.testing.assert_frame_equal(X_new.iloc[:110], X, check_categorical=False, check_dtype=False)
    for column in X.columns[X.dtypes == "category"]:
        assert X_new[column].isin(X[column].cat.categories).all()
    if stands_in == "SMOTE":
        expected = SMOTE(random_state=0).fit_resample(X, y)[0]
        np.testing.assert_allclose(X_new.iloc[110:], expected.iloc[110:])
