"""A method that did something else has another name in tables, figures and on the page."""

import pytest

from imbench.reports.methods import MethodMetadata, with_fallbacks
from imbench.runs.run import run_one
from tests.helpers import csv_overrides, imbench, mixed_frame, run_config

SMOTE = MethodMetadata("smote", "SMOTE")
DUPLICATES = "random duplicates: {} minority rows, SMOTE needs 6"


def titles(**runs):
    groups = {
        (dataset, "smote"): {
            seed: {"ledger_fallback": None if rows is None else DUPLICATES.format(rows)}
            for seed, rows in enumerate(counts)
        }
        for dataset, counts in runs.items()
    }
    (method,) = with_fallbacks([SMOTE], groups)
    return method.title


@pytest.mark.parametrize(
    ("runs", "title"),
    (
        ({"a": [None, None]}, "SMOTE"),
        ({"a": [4, 4]}, "SMOTE (duplicates: 4 rows)"),
        ({"a": [4], "b": [2]}, "SMOTE (duplicates: 2 to 4 rows)"),
        ({"a": [4], "b": [None]}, "SMOTE (duplicates on a: 4 rows)"),
        ({"a": [None, 1]}, "SMOTE (duplicates on a: 1 row)"),
        (
            {"a": [3], "b": [3], "c": [3], "d": [None]},
            "SMOTE (duplicates on a, b and 1 other datasets: 3 rows)",
        ),
    ),
)
def test_the_title(runs, title):
    assert titles(**runs) == title


def test_other_fallbacks_keep_their_words():
    (method,) = with_fallbacks([SMOTE], {("a", "smote"): {0: {"ledger_fallback": "the mean row"}}})
    assert method.title == "SMOTE (the mean row)"


def test_in_the_table_the_figure_and_on_the_page(tmp_path):
    path = tmp_path / "few.csv"
    mixed_frame(80, 6).to_csv(path, index=False)
    for method in ("duplicate", "smote"):
        assert run_one(run_config(tmp_path / "runs", *csv_overrides(path), f"method={method}")).ok
    for script, place in (("summary.py", "out"), ("page.py", "out/page.html")):
        done = imbench("--runs-dir", tmp_path / "runs", "--out", tmp_path / place, script=f"scripts/{script}")
        assert done.returncode == 0, done.stderr
    for file in ("overview.md", "scores.csv", "page.html"):
        text = (tmp_path / "out" / file).read_text()
        assert "SMOTE (duplicates: 5 rows)" in text and "| SMOTE |" not in text, file
