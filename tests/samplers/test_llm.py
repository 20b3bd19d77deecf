"""The language-model oversampler: its parameters, bounds, seeds and stored models."""

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.base import clone

from imbench import LITO, GReaT, ImbLLM, LLMOversampler, PredLLM, TapTap
from imbench.errors import ConfigError, MethodError, Shortfall
from imbench.lm.llm_options import llm_options
from imbench.samplers.build import build_method
from imbench.samplers.interpolation import interpolate_neighbours
from imbench.samplers.llm.sampler import SAMPLING
from tests.helpers import read_yaml

LLM = {
    "name": "small", "source": "table", "numbers": "padded", "size": {"layers": 1, "width": 16, "heads": 2},
    "training": {"epochs": 50, "batch": 16, "lr": 5e-3, "max_steps": 25},
}  # fmt: skip
METHOD_OPTIONS = {
    "imbllm": {},
    "great": {"corpus": "all", "ordering": "permute_xy", "prompts": "condition_y"},
    "taptap": {"corpus": "all", "ordering": "features_only", "prompts": "condition_y",
               "verification": "classifier", "numbers": "characters", "accumulation": 2,
               "sampling": {"max_attempts": 1}},
    "predllm": {"corpus": "all", "ordering": "y_last", "prompts": "condition_x", "verification": "self",
                "sampling": {"max_attempts": 1}},
    "lito": {"corpus": "all", "ordering": "permute_xy", "prompts": "imputation", "verification": "self"},
}  # fmt: skip


def dataset(major=60, minor=12, seed=0):
    rng = np.random.default_rng(seed)
    count = major + minor
    rows = pd.DataFrame({
        "age": rng.integers(18, 80, count).astype(float),
        "income": rng.gamma(2, 1000, count).round(2),
        "job": pd.Categorical(rng.choice(["a, b", "x is y", "plain"], count)),
        "flag": pd.Categorical(rng.choice(["no", "yes"], count)),
    })  # fmt: skip
    return rows, pd.Series([0] * major + [1] * minor, name="Y")


def sampler(**options):
    return LLMOversampler(**{"llm": LLM, "random_state": 0, **options})


def generated(options, data=None):
    X, y = data or dataset()
    oversampler = sampler(**options)
    rows, labels = oversampler.fit_resample(X, y)
    pd.testing.assert_frame_equal(rows.iloc[: len(X)], X)
    return rows.iloc[len(X) :], labels[len(X) :], oversampler.ledger_


@pytest.mark.parametrize("method", METHOD_OPTIONS)
def test_every_method_generates_valid_minority_rows(method):
    X, _ = dataset()
    rows, labels, ledger = generated(METHOD_OPTIONS[method])
    assert (labels == 1).all()
    assert len(rows) + ledger.get("missing", 0) == ledger["requested"] == 48
    if METHOD_OPTIONS[method].get("verification") is None:
        assert len(rows) == 48 and ledger["rejected"] == {}
    else:
        assert sum(ledger["rejected"].values()) + ledger["accepted"] <= ledger["generated"] <= 5 * 48
    for column in ("age", "income"):
        assert rows[column].between(X[column].min(), X[column].max()).all()
    assert (rows["age"] % 1 == 0).all()
    assert rows.notna().all().all()
    assert ledger["repaired_cells"] == 0 and ledger["training_steps"] == 25 and ledger["entropy_token"] > 0


def test_the_yamls_differ_in_their_own_settings_only():
    read = {m: read_yaml("method", m) for m in METHOD_OPTIONS}
    for method, options in METHOD_OPTIONS.items():
        differing = {k for k in read["imbllm"].keys() | read[method].keys()
                     if read[method].get(k) != read["imbllm"].get(k)}  # fmt: skip
        assert differing - {"name", "metadata"} == set(options), method
        # A dict of options (sampling) is laid over ImbLLM's.
        expected = {k: read["imbllm"][k] | v if isinstance(v, dict) else v for k, v in options.items()}
        assert {k: read[method][k] for k in options} == expected
    assert {k: read["imbllm"][k] for k in ("corpus", "ordering", "prompts", "verification")} == {
        "corpus": "minority_interpolated", "ordering": "fix_y", "prompts": "condition_yx",
        "verification": "none",
    }  # fmt: skip


@pytest.mark.parametrize("cls", [ImbLLM, GReaT, TapTap, PredLLM, LITO])
def test_the_defaults_of_a_public_class_are_those_of_its_yaml(cls):
    settings = read_yaml("method", cls.__name__.lower())
    defaults = cls().get_params()
    elsewhere = {"llm", "sampling", "sampling_strategy", "missing", "random_state", "model_dir"}
    for parameter in set(defaults) - elsewhere:
        assert defaults[parameter] == settings[parameter], parameter
    assert settings["sampling"] == SAMPLING | (defaults["sampling"] or {})
    assert settings["llm"] == "${llm}" and defaults["llm"] == "tiny"
    assert settings["_target_"] == "imbench.LLMOversampler" and issubclass(cls, LLMOversampler)
    assert set(settings) - set(defaults) == {"_target_", "name", "metadata", "version"}


def test_a_public_class_generates_the_rows_of_its_settings():
    for cls, method in ((LITO, "lito"), (ImbLLM, "imbllm"), (PredLLM, "predllm")):
        rows, _ = cls(llm=LLM, random_state=0).fit_resample(*dataset())
        pd.testing.assert_frame_equal(rows.iloc[72:], generated(METHOD_OPTIONS[method])[0])


def test_a_model_is_known_by_the_name_of_its_file():
    assert llm_options("tiny") == read_yaml("llm", "tiny") and LLMOversampler().llm == "tiny"
    assert llm_options(LLM) == LLM
    with pytest.raises(ConfigError, match=r"llm='small' is not one of distilgpt2, .*tiny"):
        generated({"llm": "small"})


def test_the_fitted_model_is_an_attribute():
    oversampler = sampler()
    oversampler.fit_resample(*dataset())
    assert [c.name for c in oversampler.model_.columns] == ["age", "income", "job", "flag", "Y"]
    assert oversampler.model_.trained.steps == 25
    assert not hasattr(clone(oversampler), "model_")


@pytest.mark.parametrize(
    "options", [{}, METHOD_OPTIONS["predllm"], METHOD_OPTIONS["lito"], {"sampling": {"grammar": False}}]
)
def test_the_same_seed_gives_the_same_rows(options):
    first, second = generated(options)[0], generated(options)[0]
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(generated({**options, "random_state": 1})[0])


def test_a_stored_model_gives_the_same_rows_and_is_shared_by_sampling_variants(tmp_path):
    fresh, _, no_store = generated({})
    _, _, stored = generated({"model_dir": str(tmp_path)})
    again, _, found = generated({"model_dir": str(tmp_path)})
    pd.testing.assert_frame_equal(fresh, again)
    assert not stored["model_reused"] and found["model_reused"] and not no_store["model_reused"]
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == [found["model_key"]]
    shared = generated(
        {"model_dir": str(tmp_path), "prompts": "condition_y", "sampling": {"temperature": 1.0}}
    )
    assert shared[2]["model_reused"]
    for other in (
        {"ordering": "permute_xy"},
        {"corpus": "minority"},
        {"interpolation_ratio": 0.5},
        {"random_state": 9},
    ):
        assert generated({"model_dir": str(tmp_path), **other})[2]["model_key"] != found["model_key"], other


def test_free_sampling_counts_its_repairs():
    _, _, ledger = generated({"sampling": {"grammar": False}})
    assert ledger["repaired_cells"] > 0


def test_attempts_are_bounded_and_the_shortfall_has_the_reason():
    # Features decide the label: rows generated from majority-like noise are labelled majority.
    X, y = dataset()
    X["age"] = np.where(y == 1, 79.0, 20.0)
    X["income"] = np.where(y == 1, 9000.0, 1.0)
    options = {**METHOD_OPTIONS["predllm"], "sampling": {"max_attempts": 2}}
    rows, _, ledger = generated(options, (X, y))
    assert ledger["generated"] <= 2 * 48 and len(rows) < 48
    assert ledger["rejected"]["self"] > 0 and ledger["missing"] == 48 - len(rows)
    with pytest.raises(Shortfall, match=r"of 48 rows.*max_attempts=2.*'self'"):
        generated({**options, "shortage": "error"}, (X, y))


def test_interpolation_ratio_zero_is_the_minority_alone():
    _, _, without = generated({"interpolation_ratio": 0.0})
    _, _, half = generated({"interpolation_ratio": 0.5})
    _, _, whole = generated({})
    assert [w["training_rows"] for w in (without, half, whole)] == [12, 36, 60]


def test_number_and_place_as_in_the_paper():
    X, y = dataset()
    oversampler = sampler(number="majority", placement="replace")
    rows, labels = oversampler.fit_resample(X, y)
    assert (labels == 1).sum() == (labels == 0).sum() == 60 and oversampler.ledger_["removed"] == 12
    pd.testing.assert_frame_equal(rows.iloc[:60], X.iloc[:60])


@pytest.mark.parametrize("options", [{"prompt_features": "in_turn"}, {"interpolation": "neighbours"},
                                   {"interpolation_decimals": 2},
                                   {"llm": {**LLM, "numbers": "plain"}}])  # fmt: skip
def test_the_published_codes_settings_work(options):
    assert len(generated(options)[0]) == 48


@pytest.mark.parametrize("options", METHOD_OPTIONS.values())
def test_one_minority_row_and_a_constant_column(options):
    X, y = dataset(30, 1)
    X["age"] = 40.0
    X["job"] = pd.Categorical(["only"] * len(X))
    rows, _, ledger = generated(options, (X, y))
    assert (rows["age"] == 40).all() and (rows["job"] == "only").all()
    assert len(rows) + ledger.get("missing", 0) == 29


def test_missing_cells_are_learned_as_such():
    X, y = dataset()
    X.loc[::2, "age"] = np.nan
    X["job"] = X["job"].astype(object).where(np.arange(len(X)) % 2 == 0, np.nan).astype("category")
    rows, _, _ = generated({}, (X, y))
    assert rows["age"].isna().any() and rows["age"].notna().any() and rows["flag"].notna().all()


def test_five_thousand_categories():
    X, y = dataset(5000, 40)
    X["id"] = pd.Categorical([f"value {i}" for i in range(len(X))])
    rows, _, _ = generated({"sampling_strategy": {1: 60}}, (X, y))
    # Only categories of the rows it was fine-tuned on can come out.
    assert set(rows["id"]) <= set(X["id"][y == 1]) and len(rows) == 20


def test_two_hundred_columns():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({f"c{i}": rng.integers(0, 9, 40).astype(float) for i in range(100)})
    X = X.assign(**{f"t{i}": pd.Categorical(rng.choice(["u", "v"], 40)) for i in range(100)})
    rows, _, _ = generated({}, (X, pd.Series([0] * 30 + [1] * 10, name="Y")))
    assert rows.shape == (20, 200) and rows.notna().all().all()


def test_three_classes_and_text_labels():
    X, _ = dataset(60, 12)
    y = pd.Series(["big"] * 40 + ["mid"] * 20 + ["rare"] * 12, name="job")  # a name that a feature has
    oversampler = sampler(sampling_strategy="auto")
    _, labels = oversampler.fit_resample(X, y)
    assert set(np.unique(labels, return_counts=True)[1]) == {40} and oversampler.ledger_["accepted"] == 48


@pytest.mark.parametrize(
    ("options", "message"),
    [({"corpus": "some"}, "'corpus'.*'minority'.*Got 'some'"), ({"number": 3}, "'number'.*Got 3"),
     ({"interpolation_ratio": 1.5}, r"'interpolation_ratio'.*\[0.*1.*\].*Got 1.5"),
     ({"llm": 3}, "'llm'.*Got 3"), ({"model_dir": 3}, "'model_dir'.*Got 3"),
     ({"sampling": {"heat": 1}}, "sampling.heat"),
     ({"sampling": {"temperature": 0}}, "'temperature'.*'sampling'.*Got 0"),
     ({"sampling": {"max_attempts": 0}}, "'max_attempts'.*'sampling'.*Got 0"),
     ({"llm": {"name": "x", "sorce": 1}}, "llm.sorce"),
     ({"llm": {**LLM, "training": {"epoch": 1}}}, "llm.training"),
     ({"llm": {**LLM, "size": {"depth": 1}}}, "llm.size"),
     ({"ordering": "features_only", "verification": "self"}, "verification=self")],
)  # fmt: skip
def test_wrong_options_are_named(options, message):
    with pytest.raises((ConfigError, ValueError), match=message):
        generated(options)


def test_a_wrong_parameter_of_a_configuration_is_a_configuration_error():
    config = {"name": "mine", "_target_": "imbench.LLMOversampler", "ordering": "sideways"}
    with pytest.raises(ConfigError, match=r"Method 'mine': .*'ordering'.*'y_last'.*Got 'sideways'"):
        build_method(config, 0)


def test_it_is_a_sampler_like_any_other():
    from sklearn.tree import DecisionTreeClassifier

    X, y = dataset()
    numbers = X[["age", "income"]]
    pipeline = make_pipeline(clone(sampler()), DecisionTreeClassifier(random_state=0)).fit(numbers, y)
    assert set(pipeline.predict(numbers)) <= {0, 1}
    rows, labels = sampler().fit_resample(numbers.to_numpy(), y.to_numpy())
    assert isinstance(rows, np.ndarray) and rows.shape == (120, 2) and (labels == 1).sum() == 60


def test_neighbours_are_near_and_one_row_is_repeated():
    X, y = dataset()
    minority = X[y == 1]
    assert interpolate_neighbours(minority.iloc[:1], 5, np.random.RandomState(0)).drop_duplicates().shape == (
        1,
        2,
    )
    two = pd.concat([minority.iloc[:3].assign(age=20.0), minority.iloc[3:6].assign(age=70.0)])
    two["income"], two["job"], two["flag"] = 1.0, "plain", "no"
    mixed = interpolate_neighbours(two, 200, np.random.RandomState(0), neighbours=2)
    assert set(mixed["age"]) == {20.0, 70.0}  # never between the two clouds


def test_no_row_of_the_class_is_an_error():
    X, y = dataset()
    with pytest.raises((MethodError, ValueError)):
        sampler(sampling_strategy={7: 5}).fit_resample(X, y)
