"""Bold cells, ranks, gains and correlations follow the direction of the metric."""

import numpy as np
import pytest

from imbench.errors import ConfigError
from imbench.reports.overview import overview, scores_figure
from imbench.reports.paper.tables.table2 import table2
from imbench.reports.registry import STATISTICS, TABLES, registered
from imbench.reports.suite import STORED
from imbench.reports.verdict.comparison import all_comparisons
from imbench.reports.verdict.diversity_gain import default_points
from tests.reports.stored import source_of, tables_of
from tests.reports.test_facts import line, title

#: From the best to the worst, for a metric of which less is better.
VALUES = {"smote": 0.1, "duplicate": 0.2, "imbalance": 0.3, "class_weight": 0.4}
DATASETS = ("german", "car", "sick")
METRICS = ("log_loss", "brier_score", "expected_calibration_error")


def source(metric, **more):
    """Runs on three datasets; ``metric`` and F1 have the same values, so their orders are opposite."""
    runs = [
        line(d, m, s, **{f"corrected_{metric}": v + d_shift + s / 1000, "corrected_f1": v}, synthetic_rows=5,
             key=f"{d}{m}{s}", coverage=1 - v)
        for d, d_shift in zip(DATASETS, (0.0, 0.02, 0.05), strict=True)
        for m, v in VALUES.items()
        for s in (0, 1, 2)
    ]  # fmt: skip
    return source_of(runs, STORED, metric=metric, **more)


def statistics(metric, kind):
    found = {}
    for name, report in registered(TABLES, STATISTICS).items():
        if name == kind:
            found |= tables_of(report.make, source(metric))
    return found


@pytest.mark.parametrize("metric", METRICS)
def test_the_lowest_value_is_bold(metric):
    (table,) = overview(source(metric))
    marks = {row[0].text: [e.mark for e in row[1:]] for row in table.rows}
    assert marks[title("smote")] == ["best"] * 3 and marks[title("duplicate")] == ["second"] * 3
    assert marks[title("class_weight")] == [""] * 3
    assert table.header[1:] == [f"{d}, corrected" for d in sorted(DATASETS)], "one protocol has it"
    (second,) = tables_of(table2, source(metric)).values()
    german = next(row for row in second.rows if row[0].text == "german")
    by_method = dict(zip(second.header, german, strict=True))
    assert by_method[title("smote")].mark == "best" and by_method[title("imbalance")].mark == ""


@pytest.mark.parametrize("metric", METRICS)
def test_the_lowest_value_has_rank_one(metric):
    table = statistics(metric, "ranks")[f"ranks_corrected_{metric}_all"]
    ranks = {row[0].text: [e.text for e in row[1:]] for row in table.rows}
    assert [row[0].text for row in table.rows] == [title(m) for m in VALUES]
    assert ranks[title("smote")][0] == "1.00" and ranks[title("smote")][2] == "3"
    assert ranks[title("class_weight")][0] == "4.00" and ranks[title("class_weight")][2] == "0"
    assert "lower values are better" in table.note


def test_a_gain_is_a_reduction():
    table = statistics("log_loss", "gains")["gains_corrected_log_loss_all"]
    gains = {(row[0].text, row[1].text): [e.text for e in row[2:]] for row in table.rows}
    found = gains[title("imbalance"), title("smote")]
    assert found[:3] == ["+0.2000", "+0.2000 to +0.2000", "3 of 3"]
    assert gains[title("imbalance"), title("class_weight")][0] == "-0.1000"
    assert "a gain is a reduction" in table.note and "log-loss" in table.title


def test_the_same_values_of_f1_have_the_opposite_order():
    (table,) = [t for n, t in statistics("f1", "ranks").items() if n == "ranks_corrected_f1_all"]
    assert [row[0].text for row in table.rows] == [title(m) for m in reversed(VALUES)]
    gains = statistics("f1", "gains")["gains_corrected_f1_all"]
    found = next(r for r in gains.rows if [e.text for e in r[:2]] == [title("imbalance"), title("smote")])
    assert found[2].text == "-0.2000"


def test_correlations_take_the_gain():
    """Coverage falls as the metric rises, so it rises with the gain."""
    comparison = next(iter(all_comparisons(source("log_loss"))))
    points = default_points(comparison, "imbalance")
    assert points.loc[points["group"] == title("smote"), "gain"].to_numpy() == pytest.approx([0.2] * 9)
    assert np.corrcoef(points["coverage"], points["gain"])[0, 1] > 0.99


def test_a_figure_of_another_metric_has_its_name(tmp_path):
    paths = scores_figure(source("log_loss"), tmp_path)
    assert {p.name for p in paths} == {f"scores_log_loss.{ending}" for ending in ("png", "pdf", "csv")}
    assert "log_loss_mean" in paths[2].read_text()


def test_an_unknown_metric_is_refused():
    with pytest.raises(ConfigError, match=r"metric 'nosuch' is not one of .*log_loss"):
        list(overview(source("nosuch")))
