"""The published numbers agree with one another and with the experiments that repeat them."""

import csv

import numpy as np
import pytest

from imbench.reports.paper.published import (
    COLUMNS,
    DATASETS,
    FOLDER,
    figure4_value,
    figure_points,
    published,
    table2_value,
    table4_value,
)
from imbench.sweeps.plan import planned
from tests.reports.printed import printed, quoted

#: Four places are printed, so a mean of ten cells may be off by half a unit in each, and its own half.
ROUNDING = 1e-4
METRICS = ("f1", "auc", "close_probability")


def table3_f1(prompts, ordering, corpus):
    return printed("table3", prompts=prompts, ordering=ordering, corpus=corpus)


def f1(column, dataset="Average"):
    return table2_value(dataset, column)[0]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.csv")), ids=lambda p: p.stem)
def test_every_line_is_whole_and_has_its_place(path):
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = list(csv.reader(file))
    assert lines and all(len(line) == len(header) for line in lines)
    place = header.index("place")
    assert all(line[place].startswith(("Table ", "Section ", "Abstract")) for line in lines)
    assert len({tuple(line) for line in lines}) == len(lines)


def test_table3_is_the_full_cross_and_its_corners_are_table2s():
    lines = published("table3")
    rows = {(line["prompts"], line["ordering"], line["corpus"]) for line in lines}
    assert len(lines) == len(rows) == 8 and all(len({row[i] for row in rows}) == 2 for i in range(3))
    assert table3_f1("condition_y", "permute_xy", "all") == f1("Great")
    assert table3_f1("condition_yx", "fix_y", "minority_interpolated") == f1("ImbLLM")


def test_table3_rows_stand_where_the_text_says():
    """Section V-C1: fix_y alone or the corpus alone reach about 0.74, all three the best."""
    alone = (
        table3_f1("condition_y", "fix_y", "all"),
        table3_f1("condition_y", "permute_xy", "minority_interpolated"),
    )
    assert [round(v, 2) for v in alone] == [quoted("f1_one_change")] * 2
    assert [round(v - f1("Great"), 2) for v in alone] == [quoted("gain_one_change")] * 2
    assert max(float(line["f1_mean"]) for line in published("table3")) == quoted("f1_all_changes")


def test_the_experiment_of_table3_runs_the_rows_of_the_paper():
    methods = [c["method"] for c in planned(["experiment=table3", "dataset=german", "seed=0"])]
    ours = {(m["prompts"], m["ordering"], m["corpus"]) for m in methods}
    assert ours == {(line["prompts"], line["ordering"], line["corpus"]) for line in published("table3")}


def test_table4_is_whole_and_agrees_with_its_average_and_with_table2():
    assert len(published("table4")) == 11 * 2 * len(METRICS)
    for column in ("ImbLLM-inter", "ImbLLM"):
        for metric in METRICS:
            mean = np.mean([table4_value(d, column, metric) for d in DATASETS])
            assert mean == pytest.approx(table4_value("Average", column, metric), abs=ROUNDING), metric
    for dataset in (*DATASETS, "Average"):
        assert table4_value(dataset, "ImbLLM", "f1") == f1("ImbLLM", dataset)
    assert table4_value("bank", "ImbLLM-inter", "auc") == 0.5757
    assert table4_value("bank", "ImbLLM-inter", "coverage") is None


def test_table5_is_a_selection_of_table2():
    lines = published("table5")
    assert len(lines) == 20 and {line["dataset"] for line in lines} == {"adult", "german", "bank", "sick"}
    for line in lines:
        assert float(line["f1_mean"]) == f1(line["column"], line["dataset"])
    assert len({line["dataset"] for line in lines}) == quoted("weak_classifier_tables")


def test_figures_agree_with_the_tables_and_the_text():
    assert figure4_value("ImbLLM", "auc") == table4_value("Average", "ImbLLM", "auc")
    assert figure4_value("ImbLLM", "close_probability") == table4_value(
        "Average", "ImbLLM", "close_probability"
    )
    for metric, name in (("close_probability", "close"), ("coverage", "coverage")):
        assert figure4_value("ImbLLM", metric) == quoted(f"{name}_imbllm")
        assert figure4_value("CTGAN", metric) == quoted(f"{name}_ctgan")
    assert figure4_value("CTGAN", "auc") is None, "drawn, but not printed"
    assert figure_points("figure5", "ImbLLM") == {
        0.0: table4_value("Average", "ImbLLM-inter", "f1"), 1.0: f1("ImbLLM")
    }  # fmt: skip
    assert figure_points("figure5", "CTGAN") == {None: f1("CTGAN")}
    for column, word in (("ImbLLM", "imbllm"), ("Imbalance", "imbalance")):
        points = figure_points("figure6", column)
        assert points == {0.1: quoted(f"q_low_{word}"), 0.2: f1(column), 0.5: quoted(f"q_high_{word}")}
        assert list(points.values()) == sorted(points.values())


def test_quoted_counts_and_ranks_follow_from_table2():
    rivals = [c for c in COLUMNS if c != "Original"]
    order = {d: sorted(rivals, key=lambda c, d=d: -f1(c, d)) for d in (*DATASETS, "Average")}
    places = [order[d].index("ImbLLM") + 1 for d in DATASETS]
    assert (places.count(1), places.count(2)) == (quoted("imbllm_best"), quoted("imbllm_second"))
    assert order["Average"][:3] == ["ImbLLM", "CTGAN", "SMOTE-NC"]
    assert order["Average"].index("SMOTE-NC") + 1 == quoted("smotenc_rank")
    assert len(rivals) - 2 == quoted("baselines") and len(DATASETS) == quoted("tables")


def test_quoted_averages_are_those_of_table2():
    for name, column in (("f1_imbllm", "ImbLLM"), ("f1_original", "Original"), ("f1_great", "Great")):
        assert quoted(name) == f1(column)


def test_quoted_gains_follow_from_table2_but_for_one():
    for name in ("CTGAN", "Imbalance", "Pred-LLM"):
        word = name.lower().replace("-", "")
        assert round(f1("ImbLLM") - f1(name), 2) == quoted(f"gain_over_{word}")
    taptap = f1("ImbLLM") - f1("TapTap")
    assert taptap == pytest.approx(0.0825) and quoted("gain_over_taptap") == 0.09, "the paper says 9 %"
