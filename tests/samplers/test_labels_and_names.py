"""Labels of every kind come back in their own kind; columns and rows may have any names."""

import warnings

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_index_equal

from imbench.errors import MethodError
from tests.samplers.common_checks import is_installed, own_classes, sampler_of

LONG = ("BeGreatSampler", "TabularARGNSampler")
CLASSES = [pytest.param(c, marks=pytest.mark.slow) if c in LONG else c for c in own_classes()]
N, RARE = 60, 22
IS_RARE = np.array([True] * RARE + [False] * (N - RARE))
TEXT = np.where(IS_RARE, "p", "q")
LABELS = {
    "bool": IS_RARE,
    "int8": IS_RARE.astype("int8"),
    "float": IS_RARE.astype(float),
    "text array": TEXT,
    "object array": TEXT.astype(object),
    "list of text": TEXT.tolist(),
    "one column": pd.DataFrame({"t": IS_RARE.astype(int)}),
    "one column a class": np.eye(2, dtype=int)[IS_RARE.astype(int)],
    "Categorical": pd.Categorical(TEXT),
    "pandas array": pd.array(IS_RARE, dtype="boolean"),
    "Series of bool": pd.Series(IS_RARE),
    "boolean": pd.Series(IS_RARE, dtype="boolean"),
    "Int64": pd.Series(IS_RARE.astype(int), dtype="Int64"),
    "string": pd.Series(TEXT, dtype="string"),
    "object text": pd.Series(TEXT, dtype=object, name="kind"),
    "object integers": pd.Series(IS_RARE.astype(int).astype(object)),
    "object booleans": pd.Series(IS_RARE.astype(object)),
    "category text": pd.Series(pd.Categorical(TEXT, ["q", "p", "other"])),
    "category ordered": pd.Series(pd.Categorical(TEXT, ["q", "p"], ordered=True), name="a"),
    "category integers": pd.Series(pd.Categorical(IS_RARE.astype(int))),
    "category booleans": pd.Series(pd.Categorical(IS_RARE)),
    "category floats": pd.Series(pd.Categorical(np.where(IS_RARE, 1.0, 0.0))),
    "pyarrow text": pd.Series(TEXT, dtype="string[pyarrow]"),
    "pyarrow integers": pd.Series(IS_RARE.astype(int), dtype="int64[pyarrow]"),
    "pyarrow booleans": pd.Series(IS_RARE, dtype="bool[pyarrow]"),
    "other index": pd.Series(IS_RARE.astype(int), index=range(100, 100 + N), name="y"),
}
REFUSED = {
    "mixed": (pd.Series([1 if x else "a" for x in IS_RARE], dtype=object), "object.*mixed-integer.*astype"),
    "dates": (pd.Series(pd.to_datetime(np.where(IS_RARE, "2020", "2021"))), "datetime64.*astype"),
    "intervals": (pd.Series(pd.cut(IS_RARE.astype(float), [-1, 0.5, 2])), "category.*interval.*astype"),
    "periods": (pd.Series(pd.PeriodIndex(np.where(IS_RARE, "2020", "2021"), freq="Y")), "period.*astype"),
    "missing category": (pd.Series(pd.Categorical([None, *TEXT[1:]])), "1 missing values.*Drop"),
    "missing text": (pd.Series([None, *TEXT[1:]], dtype="string"), "1 missing values.*Drop"),
}  # fmt: skip
COLUMNS = {
    "integers": [0, 1, 2],
    "floats": [0.5, 1.5, 2.5],
    "dates": pd.date_range("2020", periods=3),
    "two levels": pd.MultiIndex.from_tuples([("p", "a"), ("p", "b"), ("q", "c")], names=["over", "under"]),
    "empty": ["", "b", "c"],
    "the label's name and the adapters' own": ["y", "target", "__label__"],
    "further names of labels and tables": ["label", "rows", "index"],
    "the words of a sentence": ["a is b", "c, d", "None"],
    "spaces": [" a", "a ", "a"],
    "umlauts and control characters": ["ä", "日", "tab\tline\n"],
}


def rows():
    rng = np.random.RandomState(0)
    return pd.DataFrame(
        {"a": rng.normal(size=N).round(3), "b": rng.choice(["x", "y"], N), "c": rng.randint(0, 9, N)}
    )


def sampler_or_skip(name):
    sampler = sampler_of(name)
    if not is_installed(sampler):
        pytest.skip(f"{name} needs {sampler.needs_module}")
    return sampler


def resample(sampler, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sampler.fit_resample(X, y)


def plain(labels):
    return np.asarray(labels).tolist()


@pytest.mark.parametrize("name", CLASSES)
def test_labels_of_every_kind(name):
    sampler, wanted = sampler_or_skip(name), 2 * (N - RARE)
    for kind, y in LABELS.items():
        X_new, y_new = resample(sampler, rows(), y)
        assert type(y_new) is type(y) and len(X_new) == len(y_new) == wanted, kind
        assert plain(y_new)[:N] == plain(y), kind
        assert all(label == plain(y)[0] for label in plain(y_new)[N:]), kind
        if not isinstance(y, list | pd.DataFrame):
            assert y_new.dtype == y.dtype and getattr(y_new, "name", None) == getattr(y, "name", None), kind
        if isinstance(y, pd.Series):
            assert_index_equal(y_new.index, X_new.index)
            assert {type(v) for v in y_new.tolist()} == {type(v) for v in y.tolist()}, kind


@pytest.mark.parametrize("kind", REFUSED)
def test_labels_that_cannot_be_counted_are_refused(kind):
    y, text = REFUSED[kind]
    for name in own_classes():
        for call in (sampler_of(name).fit, sampler_of(name).fit_resample):
            with pytest.raises(MethodError, match=text):
                call(rows(), y)


@pytest.mark.parametrize("name", CLASSES)
def test_columns_of_any_name(name):
    """All columns keep their names and values, and synthetic ones keep to their own column."""
    sampler, y = sampler_or_skip(name), pd.Series(IS_RARE.astype(int), name="y")
    for kind, columns in COLUMNS.items():
        X = rows().set_axis(columns, axis=1)
        X_new, _ = resample(sampler, X, y)
        assert_frame_equal(X_new.iloc[:N], X)
        assert_index_equal(X_new.columns, X.columns)
        synthetic = X_new.iloc[N:].set_axis(["a", "b", "c"], axis=1)
        assert set(synthetic["b"]) <= {"x", "y"}, kind
        assert synthetic["c"].nunique() > 1 and (synthetic["a"] % 1 != 0).any(), kind


@pytest.mark.parametrize("name", CLASSES)
def test_rows_of_any_index(name):
    """As of imbalanced-learn: rows are numbered anew, those of X and y alike."""
    X = rows().set_axis([5] * 30 + list(range(30)))
    y = pd.Series(IS_RARE.astype(int), index=X.index)
    X_new, y_new = resample(sampler_or_skip(name), X, y)
    assert_frame_equal(X_new.iloc[:N], X.reset_index(drop=True))
    assert X_new.index.tolist() == y_new.index.tolist() == list(range(2 * (N - RARE)))


@pytest.mark.parametrize("name", own_classes())
def test_two_columns_of_one_name_are_refused(name):
    X = rows().set_axis(["a", "b", "a"], axis=1)
    with pytest.raises(MethodError, match=r"Two columns have the name 'a'\. Rename one"):
        sampler_of(name).fit_resample(X, IS_RARE)


@pytest.mark.parametrize("name", own_classes())
def test_names_of_two_kinds_are_refused_as_scikit_learn_does(name):
    with pytest.raises(TypeError, match="convert them all to strings"):
        sampler_of(name).fit_resample(rows().set_axis([0, "b", "c"], axis=1), IS_RARE)
