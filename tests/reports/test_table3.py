"""Table III from stored runs: the cross of three changes, averaged over shared datasets only."""

import shutil

import numpy as np
import pytest

from imbench.reports.paper.published import DATASETS, published
from imbench.reports.paper.tables.table3 import table3
from imbench.reports.paper.tables.table4 import table4
from imbench.reports.paper.variants import equal_methods, modifications
from tests.reports.ablation_runs import (
    FIRST,
    LAST,
    SEEDS,
    cells,
    mean_std,
    method_and_overrides,
    row_overrides,
    score,
    store,
    store_run,
)
from tests.reports.stored import source_of, tables_of

LATER = "2027-01-01T00:00:00+00:00"


def averages_of(place):
    return tables_of(table3, source_of(place))["table3"]


def grid_of(place):
    return tables_of(table3, source_of(place))["table3_published"]


def test_the_eight_rows_are_the_cross_and_two_of_them_have_names():
    rows = modifications()
    assert len({tuple(row.values()) for row in rows}) == len(rows) == 8
    for name in rows[0]:
        assert len({row[name] for row in rows}) == 2
    assert [equal_methods(row) for row in rows] == [["great"], *[[]] * 6, ["imbllm"]]


def test_table3_averages_over_datasets_and_spreads_over_seeds(ablation_dir):
    found = cells(averages_of(ablation_dir))
    for row, line in enumerate(published("table3")):
        by_seed = np.array([np.mean([score(d, row, s) for d in DATASETS]) for s in SEEDS])
        assert found[row, "published"] == mean_std(by_seed)
        assert found[row, "corrected"] == mean_std(1 - by_seed)
        paper = float(line["f1_mean"])
        assert found[row, "paper"] == f"{paper:.4f}"
        assert float(found[row, "published - paper"]) == pytest.approx(by_seed.mean() - paper, abs=6e-5)
        assert float(found[row, "corrected - paper"]) == pytest.approx(1 - by_seed.mean() - paper, abs=6e-5)
        assert found[row, "complete"] == "10 of 10 datasets"
    assert [found[row, "method"] for row in (FIRST, 1, LAST)] == ["GReaT", "", "ImbLLM"]


def test_a_dataset_that_one_row_lacks_leaves_the_average_of_all_rows(ablation_dir):
    shutil.rmtree(store(ablation_dir, "car", 5, 1))
    store(ablation_dir, "sick", 2, 2, state="failed")
    table = averages_of(ablation_dir)
    found, shared = cells(table), [d for d in DATASETS if d not in ("car", "sick")]
    for row in range(8):
        by_seed = [np.mean([score(d, row, s) for d in shared]) for s in SEEDS]
        assert found[row, "published (8 datasets)"] == mean_std(by_seed)
        assert found[row, "published - paper"] == found[row, "corrected - paper"] == "–"
        assert found[row, "complete"] == ("9 of 10 datasets" if row in (2, 5) else "10 of 10 datasets")
    assert "Partial" in table.note and ", ".join(shared) in table.note and "not comparable" in table.note
    grid = cells(grid_of(ablation_dir))
    assert grid[5, "car"] == "2 of 3" and grid[2, "sick"] == "2 of 3 (failed)"
    assert grid[5, "Average"] == grid[2, "Average"] == "9 of 10 datasets"
    assert grid[0, "Average"] == mean_std([np.mean([score(d, 0, s) for d in DATASETS]) for s in SEEDS])
    for row in range(8):
        assert grid[row, "Average of 8 datasets"] == found[row, "published (8 datasets)"]


def test_no_shared_dataset_no_average(tmp_path):
    store(tmp_path, "german", 3, 0)
    table = averages_of(tmp_path)
    assert {cells(table)[row, "published (0 datasets)"] for row in range(8)} == {"missing"}
    assert "No dataset is complete" in table.note and "1 run;" in table.note
    assert cells(grid_of(tmp_path))[3, "german"] == "1 of 3"
    fourth = tables_of(table4, source_of(tmp_path))["table4_published"]
    assert cells(fourth)[10, "F1, ours: ImbLLM"] == "0 of 10 datasets"


def test_best_and_second_on_complete_datasets_only(ablation_dir):
    shutil.rmtree(store(ablation_dir, "car", 5, 1))
    table = grid_of(ablation_dir)
    marks = {h: [row[i].mark for row in table.rows] for i, h in enumerate(table.header)}
    means = [np.mean([score("bank", row, s) for s in SEEDS]) for row in range(8)]
    order = list(np.argsort(means)[::-1])
    assert marks["bank"][order[0]] == "best" and marks["bank"][order[1]] == "second"
    assert marks["bank"].count("") == 6
    assert sorted(marks["car"]) == [""] * 7 + ["missing"]


@pytest.mark.parametrize("row", (FIRST, LAST))
def test_equal_settings_under_another_name_are_the_same_row(ablation_dir, row):
    """GReaT's row run as overrides of ImbLLM, ImbLLM's without any; of two the done one, then the newer."""
    overrides = row_overrides(row) if row == FIRST else ()
    grid = lambda: cells(grid_of(ablation_dir))  # noqa: E731
    method, own = method_and_overrides(row)
    for seed in SEEDS:
        shutil.rmtree(store_run(ablation_dir, "fuel", method, seed, overrides=own))
    assert grid()[row, "fuel"] == "missing"
    for seed in SEEDS:
        store_run(ablation_dir, "fuel", "imbllm", seed, f1=0.25, overrides=overrides)
    assert grid()[row, "fuel"] == "0.2500 (0.000)"
    if row == FIRST:
        for seed in SEEDS:
            store_run(ablation_dir, "fuel", "great", seed, state="failed", finished=LATER)
        assert grid()[row, "fuel"] == "0.2500 (0.000)"
        for seed in SEEDS:
            store_run(ablation_dir, "fuel", "great", seed, f1=0.75, finished=LATER)
        assert grid()[row, "fuel"] == "0.7500 (0.000)"
