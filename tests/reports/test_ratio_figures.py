"""Figures 5 and 6 of made-up records: curves over a ratio, with gaps where runs are missing."""

from dataclasses import replace

import numpy as np
import pytest

from imbench.reports.paper.figures.curves import MEAN
from imbench.reports.paper.figures.figure5 import interpolation_curves
from imbench.reports.paper.figures.figure6 import imbalance_curves
from imbench.reports.paper.figures.panels import curves_figure, ratio_figures
from imbench.reports.paper.published import DATASETS
from imbench.reports.select import Selection
from tests.reports.drawn import IMBLLM, SEEDS, TWO, change, numbers, picked, set_f1, title
from tests.reports.stored import source_of, write_run


def interpolation_runs(runs_dir, without=()):
    """r = 0, 0.2 … 1 of ImbLLM and CTGAN on two datasets, but the (dataset, ratio, seed) of ``without``."""
    for dataset in TWO:
        for seed in SEEDS:
            write_run(runs_dir, dataset, "ctgan", seed, f1=0.5)
            for ratio in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
                if (dataset, ratio, seed) not in without:
                    overrides = (f"method.interpolation_ratio={ratio}",)
                    f1 = 0.4 + 0.1 * ratio + 0.01 * seed + 0.2 * (dataset == "car")
                    write_run(runs_dir, dataset, "imbllm", seed, f1=f1, overrides=overrides)


def points_of(curves, seeds=SEEDS, **wanted):
    """``{(dataset, method, ratio): point}`` of one source and protocol."""
    wanted = {"source": "ours", "protocol": "published"} | wanted
    return {
        (p.dataset, p.method, p.ratio): p
        for p in curves.points(seeds)
        if all(getattr(p, k) == v for k, v in wanted.items())
    }


def test_interpolation_curves_are_means_over_complete_datasets(runs_dir):
    interpolation_runs(runs_dir)
    curves = interpolation_curves(source_of(runs_dir))
    ours, corrected = points_of(curves), points_of(curves, protocol="corrected")
    assert curves.averaged(SEEDS) == list(TWO)
    assert ours["german", IMBLLM, 0.4].mean == pytest.approx(0.45)
    mean = ours[MEAN, IMBLLM, 0.4]
    assert mean.mean == pytest.approx(0.55) and mean.state == "over 2 datasets"
    assert mean.std == pytest.approx(np.std([0.0, 0.01, 0.02]))
    assert corrected["car", IMBLLM, 1.0].mean == pytest.approx(1 - 0.71)
    flat = {ratio: p.mean for (d, m, ratio), p in ours.items() if (d, m) == (MEAN, title("ctgan"))}
    assert flat == {None: pytest.approx(0.5)}


def test_a_missing_run_is_a_gap_and_its_dataset_leaves_the_mean(runs_dir):
    interpolation_runs(runs_dir, without={("car", 0.6, 1)})
    curves = interpolation_curves(source_of(runs_dir))
    ours = points_of(curves)
    gap = ours["car", IMBLLM, 0.6]
    assert np.isnan(gap.mean) and gap.state == "2 of 3" and np.isfinite(ours["car", IMBLLM, 0.8].mean)
    assert curves.averaged(SEEDS) == ["german"]
    assert ours[MEAN, IMBLLM, 0.0].mean == pytest.approx(0.41), "german alone, at every ratio"
    assert ours[MEAN, IMBLLM, 0.0].state == "over 1 datasets"


def test_one_changed_score_changes_its_point_and_its_mean_only(runs_dir):
    interpolation_runs(runs_dir)
    before = interpolation_curves(source_of(runs_dir)).points(SEEDS)
    change(runs_dir, set_f1, dataset="car", method="imbllm", seed=2, interpolation_ratio=0.8)
    after = interpolation_curves(source_of(runs_dir)).points(SEEDS)
    pairs = zip(before, after, strict=True)
    found = {(b.source, b.protocol, b.dataset, b.method, b.ratio) for a, b in pairs if repr(a) != repr(b)}
    assert found == {("ours", "published", place, IMBLLM, 0.8) for place in ("car", MEAN)}


def test_the_papers_values_stand_apart_from_ours():
    curves = interpolation_curves(source_of([]))
    assert not any(np.isfinite(p.mean) for p in points_of(curves).values())
    paper = {place: p.mean for place, p in points_of(curves, source="paper").items()}
    assert paper[MEAN, IMBLLM, 0.0] == 0.7857 and paper[MEAN, IMBLLM, 1.0] == 0.8002
    assert paper[MEAN, title("ctgan"), None] == 0.7724
    assert paper["german", IMBLLM, 0.0] == 0.3917 and paper["german", IMBLLM, 1.0] == 0.4419
    assert len(paper) == 3 + 3 * len(DATASETS), "r = 0, r = 1 and the flat line of each dataset"
    assert not points_of(curves, source="paper", protocol="corrected")


def test_imbalance_curves_read_each_ratio_and_leave_out_what_was_not_swept(runs_dir):
    methods, selection = ("imbllm", "imbalance", "duplicate"), Selection(seeds=(0,))
    for ratio in (0.1, 0.2, 0.3, 0.4, 0.5):
        for method in methods:
            overrides = (f"imbalance_ratio={ratio}",)
            write_run(runs_dir, "german", method, 0, f1=ratio + 0.01, overrides=overrides)
    write_run(runs_dir, "german", "smotenc", 0)
    curves = imbalance_curves(source_of(runs_dir, selection=selection))
    ours, paper = points_of(curves, (0,)), points_of(curves, (0,), source="paper")
    for ratio in (0.1, 0.5):
        found = {m: p.mean for (d, m, q), p in ours.items() if (d, q) == ("german", ratio)}
        assert found == {title(m): pytest.approx(ratio + 0.01) for m in methods}
    assert [f for f in curves.facts if f.startswith("not run at several ratios") and title("smotenc") in f]
    assert paper[MEAN, IMBLLM, 0.1].mean == 0.7565 and paper[MEAN, title("imbalance"), 0.5].mean == 0.7902
    change(runs_dir, set_f1, method="duplicate", imbalance_ratio=0.4)
    after = points_of(imbalance_curves(source_of(runs_dir, selection=selection)), (0,))
    moved = {place for place in ours if repr(ours[place]) != repr(after[place])}
    assert moved == {("german", title("duplicate"), 0.4), (MEAN, title("duplicate"), 0.4)}
    assert curves.averaged((0,)) == ["german"], "a control is not needed for the mean"


def test_curves_are_drawn_with_their_numbers_and_gaps(runs_dir, tmp_path):
    interpolation_runs(runs_dir, without={("car", 0.6, 1)})
    curves = replace(interpolation_curves(source_of(runs_dir)), wanted=TWO)
    one, two = (curves_figure(curves, Selection(), tmp_path / name / "figure5") for name in "ab")
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]
    lines, note = numbers(one)
    assert len(lines) == len(curves.points(SEEDS))
    gap = picked(lines, source="ours", protocol="corrected", dataset="car", ratio="0.6")[0]
    assert gap["f1_mean"] == "" and gap["state"] == "2 of 3"
    point = picked(lines, source="ours", protocol="published", dataset="german", ratio="1")[0]
    assert point["f1_mean"] == "0.510000"
    for text in (
        "means over german (complete for every line)", "11 of 12 points", "both protocols", "seeds 0, 1, 2",
        "41 runs", "tiny", "commit cccccccccc", "imbalance ratio 0.2",
    ):  # fmt: skip
        assert text in note


def test_a_line_without_its_runs_does_not_keep_the_others_from_a_mean(runs_dir):
    selection = Selection(seeds=(0,))
    for ratio in (0.1, 0.2, 0.3, 0.4, 0.5):
        for method in ("imbalance", "imbllm") if ratio == 0.2 else ("imbalance",):
            write_run(runs_dir, "german", method, 0, f1=ratio, overrides=(f"imbalance_ratio={ratio}",))
    write_run(runs_dir, "german", "imbllm", 0, f1=0.6, overrides=("imbalance_ratio=0.3",))
    curves = replace(imbalance_curves(source_of(runs_dir, selection=selection)), wanted=("german",))
    assert curves.averaged((0,)) == ["german"]
    means = {(m, q): p.mean for (d, m, q), p in points_of(curves, (0,)).items() if d == MEAN}
    assert means[title("imbalance"), 0.5] == pytest.approx(0.5) and means[IMBLLM, 0.3] == pytest.approx(0.6)
    assert np.isnan(means[IMBLLM, 0.5])


def test_datasets_that_every_line_has_are_drawn_for_themselves_while_a_line_lacks_some(runs_dir, tmp_path):
    selection = Selection(seeds=(0,))

    def write(dataset, method, f1):
        for ratio in (0.1, 0.2, 0.3, 0.4, 0.5):
            write_run(runs_dir, dataset, method, 0, f1=f1, overrides=(f"imbalance_ratio={ratio}",))

    def drawn():
        curves = replace(imbalance_curves(source_of(runs_dir, selection=selection)), wanted=TWO)
        return {p.name: p for p in ratio_figures(curves, selection, tmp_path / "figure6")}

    for dataset, method, f1 in (
        ("german", "imbalance", 0.2),
        ("car", "imbalance", 0.4),
        ("german", "imbllm", 0.6),
    ):
        write(dataset, method, f1)
    before = drawn()
    first = {"source": "ours", "protocol": "published", "dataset": MEAN, "ratio": "0.1"}
    lines, note = numbers([before["figure6_common.csv"]])
    means = {x["method"]: x["f1_mean"] for x in picked(lines, **first)}
    assert means == {IMBLLM: "0.600000", title("imbalance"): "0.200000"}
    assert "means over german (complete for every line)" in note and not picked(lines, dataset="car")
    complete, _ = numbers([before["figure6.csv"]])
    assert {x["method"]: x["f1_mean"] for x in picked(complete, **first)} == {
        IMBLLM: "",
        title("imbalance"): "0.300000",
    }
    write("car", "imbllm", 0.8)
    assert "figure6_common.csv" not in drawn() and not (tmp_path / "figure6_common.csv").exists()
