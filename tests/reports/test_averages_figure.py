"""Figure 4 of made-up records: averages over the datasets that the top methods have complete."""

import numpy as np
import pytest

from imbench.reports.paper.figures.figure4 import figure4
from imbench.reports.paper.published import DATASETS
from imbench.reports.select import Selection, load_runs
from tests.reports.drawn import SEEDS, TWO, change, changed_lines, numbers, picked, quality_of, title
from tests.reports.stored import source_of, write_run


def averages_runs(runs_dir):
    for dataset in TWO:
        for method in ("imbllm", "ctgan", "smotenc", "imbalance", "great"):
            for seed in SEEDS:
                if (dataset, method, seed) != ("car", "great", 2):
                    write_run(runs_dir, dataset, method, seed)
    quality_of(runs_dir, close_probability=0.25)


def test_averages_take_the_datasets_that_the_top_methods_have(runs_dir, tmp_path):
    averages_runs(runs_dir)
    write_run(runs_dir, "fuel", "imbllm", 0)
    runs = load_runs(runs_dir)
    lines, note = numbers(figure4(source_of(runs_dir), tmp_path))
    ours = picked(lines, source="ours", metric="published_auc", method=title("ctgan"))[0]
    mean = np.mean([r["published_auc"] for r in runs if r["method"] == "ctgan"])
    assert float(ours["mean"]) == pytest.approx(mean, abs=1e-6) and ours["datasets"] == "2"
    assert "Averages over german, car" in note
    assert f"not shown, incomplete on these datasets: {title('great')}" in note
    assert title("great") not in {x["method"] for x in lines}
    close = {x["metric"]: float(x["mean"]) for x in picked(lines, source="paper", method=title("imbllm"))}
    raw = {"published_close_probability": 0.8011, "published_coverage": 0.8933}
    assert close == {"published_auc": 0.8503, **raw}, "beside the measures on raw codes alone"


def test_averages_change_where_a_score_changes(runs_dir, tmp_path):
    averages_runs(runs_dir)
    before, _ = numbers(figure4(source_of(runs_dir), tmp_path / "a"))
    change(runs_dir, lambda s: s["quality"].update(coverage=0.9), dataset="car", method="ctgan", seed=1)
    after, _ = numbers(figure4(source_of(runs_dir), tmp_path / "b"))
    found = [(x["metric"], x["method"]) for x in changed_lines(before, after)]
    assert found == [("coverage", title("ctgan"))]


def test_averages_of_nothing_are_drawn_as_nothing(runs_dir, tmp_path):
    write_run(runs_dir, "german", "imbllm", 0)
    lines, note = numbers(figure4(source_of(runs_dir), tmp_path / "figure4"))
    assert {x["state"] for x in picked(lines, source="ours")} == {"no dataset"} and "over no dataset" in note


def test_ten_datasets_make_the_papers_average(runs_dir, tmp_path):
    """Beside ours over ten datasets, and only there, the paper's average belongs in the picture."""
    for dataset in DATASETS:
        for method in ("imbllm", "ctgan", "smotenc"):
            for seed in (0,):
                write_run(runs_dir, dataset, method, seed)
    quality_of(runs_dir, close_probability=0.25)
    source = source_of(runs_dir, selection=Selection(seeds=(0,)))
    _, note = numbers(figure4(source, tmp_path))
    assert "Averages over the ten datasets" in note and "hollow: the paper's value" in note
