"""Refusals name what is wrong, where, and a way out; the way out works; contradictions are refused."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from imbench.errors import ConfigError, DataError
from imbench.runs.options import check_overrides
from imbench.runs.run import run_one
from imbench.utils.paths import ROOT
from tests.helpers import compose, mixed_dataset, mixed_frame, run_config

ERRORS = ("ConfigError", "DataError", "MethodError", "Shortfall")
FOLDERS = ("src/imbench/samplers", "src/imbench/data", "src/imbench/runs", "baselines")
#: What a message tells to do, or the values that are allowed.
WAY_OUT = re.compile(
    r"\b(Use|Choose|Set|Raise|Leave|Name|Add|Drop|Correct|Mend|Rename|Convert|Save|Put|Take|Unpack|Install|Give|"
    r"Return|Train|pip install|must|needs?|Have|Split|Write)\b|is not one of|may hold|may have|Did you mean",
    re.IGNORECASE,
)


def messages():
    """(place, literal text) of every refusal whose message is written where it is raised."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS and node.args:
                    text = "".join(
                        str(part.value)
                        for part in ast.walk(node.args[0])
                        if isinstance(part, ast.Constant) and isinstance(part.value, str)
                    )
                    if len(text) > 20:  # otherwise the message is composed elsewhere
                        yield f"{Path(path).relative_to(ROOT)}:{node.lineno}", text


@pytest.mark.parametrize(("place", "text"), [pytest.param(p, t, id=p) for p, t in messages()])
def test_every_message_names_a_way_out(place, text):
    assert WAY_OUT.search(text), f"{place}: {text}"
    assert "cannot be used" not in text


def own_file(folder, rows=120, minority=40, change=None, kinds="mixed"):
    frame = mixed_frame(rows, minority, kinds=kinds)
    if change is not None:
        change(frame)
    path = folder / "mine.csv"
    frame.to_csv(path, index=False)
    return [f"dataset.path={path}", "dataset.target=label"]


def with_missing(frame):
    frame.loc[frame.index % 4 == 0, "size"] = np.nan


def rename_label(frame):
    frame.loc[frame.index[frame["label"] == "rare"][:9], "label"] = "rare "


#: Options that are refused, what the message must name (the way out among it), and the way out as options.
REFUSED = {
    "missing values": (with_missing, {}, ["method=smotenc"], ["SMOTENC", "size"], ["method.missing=impute"]),
    "missing values, other method": (
        with_missing,
        {},
        ["method=smote"],
        ["SMOTE", "size", "interpolate_marginal"],
        ["method=interpolate_marginal"],
    ),
    "missing values, dropped": (
        with_missing,
        {},
        ["method=adasyn"],
        ["ADASYN", "size"],
        ["dataset.drop_missing=true"],
    ),
    "missing=native": (
        with_missing,
        {},
        ["method=smote", "method.missing=native"],
        ["missing=native", "SMOTE", "refuse, impute"],
        ["method.missing=impute"],
    ),
    "missing=refuse": (
        with_missing,
        {},
        ["method=imbllm", "method.missing=refuse"],
        ["size", "duplicate"],
        ["method=duplicate"],
    ),
    "few rows": (
        None,
        {"minority": 6},
        ["method=smote", "method.few_rows=error"],
        ["5 minority rows", "SMOTE needs 6"],
        ["method.few_rows=duplicate"],
    ),
    "few rows, other method": (
        None,
        {"minority": 3},
        ["method=ctgan", "imbalance_ratio=0.5"],
        ["CTGAN", "2 minority rows", "duplicate"],
        ["method=duplicate"],
    ),
    "text into a bare sampler": (
        None,
        {},
        ["method=duplicate", "method._target_=imblearn.over_sampling.SMOTE"],
        ["Method 'duplicate' failed", "colour", "imbench.WrappedSampler", "class_weight"],
        ["method=class_weight"],
    ),
    "strict": (
        None,
        {"minority": 5},
        ["method=smotenc", "strict=true"],
        ["random duplicates", "strict=false", "duplicate"],
        ["method=duplicate"],
    ),
    "labels": (
        rename_label,
        {},
        ["method=duplicate"],
        ["label", "rare", "dataset.labels=strip"],
        ["dataset.labels=strip"],
    ),
    "ignored and used": (
        None,
        {},
        ["method=duplicate", "dataset.ignore=[size]", "dataset.continuous=[size]"],
        ["dataset", "size", "ignore"],
        ["dataset.continuous=[]"],
    ),
    "decimal and thousands": (
        None,
        {},
        ["method=duplicate", "dataset.decimal=','", "dataset.thousands=','"],
        ["dataset", "decimal", "thousands"],
        ["dataset.thousands=auto"],
    ),
}


def outcome(folder, options):
    """The state of a run and its message; one with a refused configuration is ``refused``."""
    try:
        found = run_one(run_config(folder / "runs", *options))
    except ConfigError as error:
        return "refused", str(error)
    return found.state, found.reason


@pytest.mark.parametrize("case", REFUSED)
def test_the_way_out_of_a_refusal_works(tmp_path, case):
    change, shape, options, named, way_out = REFUSED[case]
    options = ["dataset=csv", *own_file(tmp_path, change=change, **shape), *options]
    state, reason = outcome(tmp_path, options)
    assert state in ("failed", "shortfall", "refused"), state
    assert all(part in reason for part in named), reason
    assert any(part.split("=")[-1] in reason for part in way_out) or case in (
        "ignored and used",
        "decimal and thousands",
    )
    assert "Traceback" not in reason and not re.match(r"\w+Error: ", reason), reason
    dropped = ("method.missing=native", "method.missing=refuse")
    kept = [o for o in options if not any(o.split("=")[0] == w.split("=")[0] for w in way_out)]
    if any(w.startswith("method=") for w in way_out):
        kept = [o for o in kept if not o.startswith("method.") and o not in dropped]
    state, reason = outcome(tmp_path, [*kept, *way_out])
    assert state == "done", reason


#: Two options of which one would win without a word.
CONTRADICTIONS = [
    ("dataset.imbalance_ratio=0.5", "imbalance_ratio=0.3"),
    ("dataset.sampling_strategy=auto", "sampling_strategy=minority"),
    ("sampling_strategy=auto", "+method.sampling_strategy=minority"),
    ("sampling_strategy=minority", "method.sampler.sampling_strategy=auto"),
]


@pytest.mark.parametrize(("one", "other"), CONTRADICTIONS)
def test_contradicting_options_are_refused(one, other):
    check_overrides([one])
    check_overrides([one, one])
    with pytest.raises(ConfigError, match="contradict each other") as found:
        check_overrides([one, other, "seed=1"])
    assert one in str(found.value) and other.lstrip("+") in str(found.value)


def test_a_run_refuses_contradicting_options(tmp_path):
    options = ["dataset.imbalance_ratio=0.5", "imbalance_ratio=0.3"]
    config = run_config(tmp_path, "dataset=csv", *own_file(tmp_path), *options)
    with pytest.raises(ConfigError, match="contradict"):
        run_one(config, options)


@pytest.mark.parametrize(
    "option",
    ["labels=strip", "duplicates=drop", "decimal=','", "encoding=latin-1", "dates=none", "ignore=[id]"],
)
def test_options_of_own_files_are_refused_for_the_benchmarks(tmp_path, option):
    """They would have no effect: the file is read as it was published."""
    outcome_ = run_one(run_config(tmp_path, "dataset=german", f"+dataset.{option}"))
    assert outcome_.state == "failed" and option.split("=")[0] in outcome_.reason
    assert "no effect on 'german'" in outcome_.reason and "dataset=csv" in outcome_.reason


def test_options_of_interpolated_rows_without_such_rows_are_refused():
    from imbench.samplers.build import build_method
    from imbench.utils.config import plain

    for option in ("interpolation_ratio=0.4", "interpolation=neighbours"):
        with pytest.raises(ConfigError, match=r"no effect with corpus=all.*minority_interpolated"):
            build_method(plain(compose("method=great", f"method.{option}").method), 0)
        build_method(plain(compose("method=imbllm", f"method.{option}").method), 0)


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"stay": 48, "churn": 2}, r"no row of the minority \('churn', 2 rows in all\).*add rows"),
        ({"stay": 40, "churn": 2, "pause": 2}, r"no row of the class \('\w+', 2 rows in all\).*add rows"),
        ({"stay": 4, "churn": 3}, r"has 7 rows: too few for a test part of 20% with each of its 2 classes"),
    ],
)  # fmt: skip
def test_a_test_part_without_a_class_is_refused_before_any_fit(tmp_path, monkeypatch, counts, says):
    """A split is stratified, so that only a class of two rows, or one of a few rows, can be without one."""
    from imbench.runs import generation

    monkeypatch.setattr(generation, "build_method", lambda *_: pytest.fail("a method was made"))
    frame = mixed_frame(sum(counts.values()), 2)
    frame["label"] = [label for label, count in counts.items() for _ in range(count)]
    frame.to_csv(tmp_path / "mine.csv", index=False)
    options = [f"dataset.path={tmp_path / 'mine.csv'}", "dataset.target=label", "method=duplicate"]
    outcome_ = run_one(run_config(tmp_path / "runs", "dataset=csv", *options))
    assert outcome_.state == "failed" and re.search(says, outcome_.reason), outcome_.reason
    assert outcome_.status["phase"] == "split" and "generate" not in outcome_.status["phases"]
    assert not outcome_.scores


def test_a_test_part_without_the_majority_is_refused():
    """No stratified split makes one; the check does not rely on that."""
    import pandas as pd

    from imbench.data.split import _check_test_part

    dataset = mixed_dataset(30, 10)
    rare = dataset.schema.classes.index("rare")
    with pytest.raises(DataError, match="no row of the class"):
        _check_test_part(dataset, pd.Series([rare] * 6), rare)
