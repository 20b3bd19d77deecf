"""Table IV from stored runs: r = 0 beside r = 1, and the paper over the same datasets."""

import shutil

import numpy as np

from imbench.reports.paper.published import DATASETS, table4_value
from imbench.reports.paper.tables.table4 import table4
from imbench.reports.paper.variants import RATIOS
from tests.reports.ablation_runs import LAST, SEEDS, cells, mean_std, score, store
from tests.reports.stored import source_of, tables_of


def table4_of(place, protocol):
    return tables_of(table4, source_of(place))[f"table4_{protocol}"]


def test_table4_cells(ablation_dir):
    for protocol, turned in (("published", False), ("corrected", True)):
        table = table4_of(ablation_dir, protocol)
        found = cells(table)
        for i, dataset in enumerate((*DATASETS, "Average")):
            assert found[i, "dataset"] == dataset
            datasets = DATASETS if dataset == "Average" else [dataset]
            for name, row in zip(RATIOS, (8, LAST), strict=True):
                f1 = np.array([np.mean([score(d, row, s) for d in datasets]) for s in SEEDS])
                ours = {"F1": 1 - f1 if turned else f1, "AUC": f1 if turned else f1 / 2}
                close = "close probability" + ", raw codes" * (protocol == "published")
                for metric, values in {**ours, close: f1 / 3}.items():
                    assert found[i, f"{metric}, ours: {name}"] == mean_std(values)
                    paper = table4_value(dataset, name, metric.split(",")[0].replace(" ", "_").lower())
                    assert found[i, f"{metric}, paper: {name}"] == f"{paper:.4f}"
        assert len(table.rows) == 11 and "Partial" not in table.note
    assert table4_value("german", "ImbLLM-inter", "f1") == 0.3917
    assert table4_value("sick", "ImbLLM", "close_probability") == 0.8685


def test_table4_in_part_averages_the_paper_over_the_same_datasets(ablation_dir):
    shutil.rmtree(store(ablation_dir, "adult", 8, 0))
    table = table4_of(ablation_dir, "published")
    found, shared = cells(table), DATASETS[1:]
    assert found[0, "F1, ours: ImbLLM-inter"] == "2 of 3"
    assert found[10, "F1, ours: ImbLLM-inter"] == "9 of 10 datasets"
    assert found[10, "AUC, paper: ImbLLM"] == f"{table4_value('Average', 'ImbLLM', 'auc'):.4f}"
    assert found[11, "dataset"] == "Average of 9 datasets"
    for name, row in zip(RATIOS, (8, LAST), strict=True):
        assert found[11, f"F1, ours: {name}"] == mean_std(
            [np.mean([score(d, row, s) for d in shared]) for s in SEEDS]
        )
        paper = np.mean([table4_value(d, name, "f1") for d in shared])
        assert found[11, f"F1, paper: {name}"] == f"{paper:.4f}"


def test_table4_marks_the_higher_of_a_complete_pair(ablation_dir):
    shutil.rmtree(store(ablation_dir, "adult", 8, 0))
    table = table4_of(ablation_dir, "published")
    marks = [[e.mark for e in row] for row in table.rows]
    for i, dataset in enumerate(DATASETS):
        pair = [np.mean([score(dataset, row, s) for s in SEEDS]) for row in (8, LAST)]
        wanted = (
            ["missing", ""] if dataset == "adult" else ["best", ""] if pair[0] > pair[1] else ["", "best"]
        )
        assert marks[i][3:5] == wanted, dataset
    assert marks[0][1:3] == ["best", ""] and marks[1][1:3] == ["", "best"], "0.6792 and 0.4419 of the paper"
