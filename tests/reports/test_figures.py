"""Figures of made-up records: what is drawn is in the CSV, what is missing is a gap with its state."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imbench.errors import DataError
from imbench.reports.collect import Choice, load_runs
from imbench.reports.figures import (
    attention_figure,
    averages_figure,
    distances_figure,
    scores_figure,
)
from imbench.reports.figures.curves import MEAN, curves_figure
from imbench.reports.figures.ratios import imbalance_curves, interpolation_curves
from imbench.reports.figures.style import COLOURS, LEADERS, cards_of, control_cards, look_of
from imbench.reports.methods import method_cards
from imbench.reports.paper import DATASETS
from tests.helpers import imbench
from tests.reports.stored import write_run

TWO = ("german", "car")
SEEDS = (0, 1, 2)
CHOICE = Choice()
IMBLLM = "ImbLLM"
BINS = 60


def title(method):
    return method_cards()[method].title


def numbers(paths):
    """The lines of the figure's CSV, and its note."""
    text = next(p for p in paths if p.suffix == ".csv").read_text(encoding="utf-8")
    note, body = text.split("\n", 1)
    return list(csv.DictReader(body.splitlines())), note


def picked(lines, **words):
    return [x for x in lines if all(x[k] == v for k, v in words.items())]


def change(runs_dir: Path, edit, **labels):
    """Edit the scores of the one run with these labels."""
    found = [r for r in load_runs(runs_dir) if all(r[k] == v for k, v in labels.items())]
    assert len(found) == 1, labels
    path = runs_dir / found[0]["key"] / "scores.json"
    scores = json.loads(path.read_text())
    edit(scores)
    path.write_text(json.dumps(scores))


def set_f1(scores):
    scores["classifiers"]["xgboost"]["published"]["f1"] += 0.25


def changed_lines(before, after):
    assert len(before) == len(after)
    return [b for a, b in zip(before, after, strict=True) if a != b]


@pytest.fixture
def runs_dir(tmp_path):
    return tmp_path / "runs"


def quality_of(runs_dir, **quality):
    """Give every stored run these quality measures."""
    for path in runs_dir.glob("*/scores.json"):
        scores = json.loads(path.read_text())
        scores["quality"] |= quality
        path.write_text(json.dumps(scores))


def interpolation_runs(runs_dir, without=()):
    """r = 0, 0.2 … 1 of ImbLLM and CTGAN on two tables, but the (dataset, ratio, seed) of ``without``."""
    for dataset in TWO:
        for seed in SEEDS:
            write_run(runs_dir, dataset, "ctgan", seed, f1=0.5)
            for ratio in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
                if (dataset, ratio, seed) not in without:
                    words = (f"method.interpolation_ratio={ratio}",)
                    f1 = 0.4 + 0.1 * ratio + 0.01 * seed + 0.2 * (dataset == "car")
                    write_run(runs_dir, dataset, "imbllm", seed, f1=f1, overrides=words)


def points_of(curves, seeds=SEEDS, **words):
    """``{(dataset, method, ratio): point}`` of one source and reading."""
    words = {"source": "ours", "reading": "published"} | words
    return {
        (p.dataset, p.method, p.ratio): p
        for p in curves.points(seeds)
        if all(getattr(p, k) == v for k, v in words.items())
    }


def test_interpolation_curves_are_means_over_whole_tables(runs_dir):
    interpolation_runs(runs_dir)
    curves = interpolation_curves(load_runs(runs_dir), CHOICE)
    ours, corrected = points_of(curves), points_of(curves, reading="corrected")
    assert curves.whole(SEEDS) == list(TWO)
    assert ours["german", IMBLLM, 0.4].mean == pytest.approx(0.45)
    mean = ours[MEAN, IMBLLM, 0.4]
    assert mean.mean == pytest.approx(0.55) and mean.state == "over 2 tables"
    assert mean.std == pytest.approx(np.std([0.0, 0.01, 0.02]))
    assert corrected["car", IMBLLM, 1.0].mean == pytest.approx(1 - 0.71)
    flat = {ratio: p.mean for (d, m, ratio), p in ours.items() if (d, m) == (MEAN, title("ctgan"))}
    assert flat == {None: pytest.approx(0.5)}


def test_a_missing_run_is_a_gap_and_its_table_leaves_the_mean(runs_dir):
    interpolation_runs(runs_dir, without={("car", 0.6, 1)})
    curves = interpolation_curves(load_runs(runs_dir), CHOICE)
    ours = points_of(curves)
    gap = ours["car", IMBLLM, 0.6]
    assert np.isnan(gap.mean) and gap.state == "2 of 3" and np.isfinite(ours["car", IMBLLM, 0.8].mean)
    assert curves.whole(SEEDS) == ["german"]
    assert ours[MEAN, IMBLLM, 0.0].mean == pytest.approx(0.41), "german alone, at every ratio"
    assert ours[MEAN, IMBLLM, 0.0].state == "over 1 tables"


def test_one_changed_score_changes_its_point_and_its_mean_only(runs_dir):
    interpolation_runs(runs_dir)
    before = interpolation_curves(load_runs(runs_dir), CHOICE).points(SEEDS)
    change(runs_dir, set_f1, dataset="car", method="imbllm", seed=2, interpolation_ratio=0.8)
    after = interpolation_curves(load_runs(runs_dir), CHOICE).points(SEEDS)
    pairs = zip(before, after, strict=True)
    found = {(b.source, b.reading, b.dataset, b.method, b.ratio) for a, b in pairs if repr(a) != repr(b)}
    assert found == {("ours", "published", place, IMBLLM, 0.8) for place in ("car", MEAN)}


def test_the_papers_values_stand_apart_from_ours():
    curves = interpolation_curves([], CHOICE)
    assert not any(np.isfinite(p.mean) for p in points_of(curves).values())
    paper = {place: p.mean for place, p in points_of(curves, source="paper").items()}
    assert paper[MEAN, IMBLLM, 0.0] == 0.7857 and paper[MEAN, IMBLLM, 1.0] == 0.8002
    assert paper[MEAN, title("ctgan"), None] == 0.7724
    assert paper["german", IMBLLM, 0.0] == 0.3917 and paper["german", IMBLLM, 1.0] == 0.4419
    assert len(paper) == 3 + 3 * len(DATASETS), "r = 0, r = 1 and the flat line of each table"
    assert not points_of(curves, source="paper", reading="corrected")


def test_imbalance_curves_read_each_ratio_and_leave_out_what_was_not_swept(runs_dir):
    methods, choice = ("imbllm", "imbalance", "duplicate"), Choice(seeds=(0,))
    for ratio in (0.1, 0.2, 0.3, 0.4, 0.5):
        for method in methods:
            words = (f"imbalance_ratio={ratio}",)
            write_run(runs_dir, "german", method, 0, f1=ratio + 0.01, overrides=words)
    write_run(runs_dir, "german", "smotenc", 0)
    curves = imbalance_curves(load_runs(runs_dir), choice)
    ours, paper = points_of(curves, (0,)), points_of(curves, (0,), source="paper")
    for ratio in (0.1, 0.5):
        found = {m: p.mean for (d, m, q), p in ours.items() if (d, q) == ("german", ratio)}
        assert found == {title(m): pytest.approx(ratio + 0.01) for m in methods}
    assert [f for f in curves.facts if f.startswith("not run at several ratios") and title("smotenc") in f]
    assert paper[MEAN, IMBLLM, 0.1].mean == 0.7565 and paper[MEAN, title("imbalance"), 0.5].mean == 0.7902
    change(runs_dir, set_f1, method="duplicate", imbalance_ratio=0.4)
    after = points_of(imbalance_curves(load_runs(runs_dir), choice), (0,))
    moved = {place for place in ours if repr(ours[place]) != repr(after[place])}
    assert moved == {("german", title("duplicate"), 0.4), (MEAN, title("duplicate"), 0.4)}
    assert curves.whole((0,)) == ["german"], "a control is not needed for the mean"


def test_curves_are_drawn_with_their_numbers_and_gaps(runs_dir, tmp_path):
    interpolation_runs(runs_dir, without={("car", 0.6, 1)})
    curves = replace(interpolation_curves(load_runs(runs_dir), CHOICE), tables=TWO)
    one, two = (curves_figure(curves, CHOICE, tmp_path / name / "figure5") for name in "ab")
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]
    lines, note = numbers(one)
    assert len(lines) == len(curves.points(SEEDS))
    gap = picked(lines, source="ours", reading="corrected", dataset="car", ratio="0.6")[0]
    assert gap["f1_mean"] == "" and gap["state"] == "2 of 3"
    point = picked(lines, source="ours", reading="published", dataset="german", ratio="1")[0]
    assert point["f1_mean"] == "0.510000"
    for words in (
        "means over german (complete for every line)", "11 of 12 points", "both readings", "seeds 0, 1, 2",
        "41 runs", "tiny", "commit cccccccccc", "imbalance ratio 0.2",
    ):  # fmt: skip
        assert words in note


def averages_runs(runs_dir):
    for dataset in TWO:
        for method in ("imbllm", "ctgan", "smotenc", "imbalance", "great"):
            for seed in SEEDS:
                if (dataset, method, seed) != ("car", "great", 2):
                    write_run(runs_dir, dataset, method, seed)
    quality_of(runs_dir, close_probability=0.25)


def test_averages_take_the_tables_that_the_top_methods_have(runs_dir, tmp_path):
    averages_runs(runs_dir)
    write_run(runs_dir, "fuel", "imbllm", 0)
    runs = load_runs(runs_dir)
    lines, note = numbers(averages_figure(runs, CHOICE, tmp_path / "figure4"))
    ours = picked(lines, source="ours", metric="published_auc", method=title("ctgan"))[0]
    mean = np.mean([r["published_auc"] for r in runs if r["method"] == "ctgan"])
    assert float(ours["mean"]) == pytest.approx(mean, abs=1e-6) and ours["tables"] == "2"
    assert "Averages over german, car" in note
    assert f"not shown, incomplete on these tables: {title('great')}" in note
    assert title("great") not in {x["method"] for x in lines}
    close = {x["metric"]: float(x["mean"]) for x in picked(lines, source="paper", method=title("imbllm"))}
    assert close == {"published_auc": 0.8503, "close_probability": 0.8011, "coverage": 0.8933}


def test_averages_change_where_a_score_changes(runs_dir, tmp_path):
    averages_runs(runs_dir)
    before, _ = numbers(averages_figure(load_runs(runs_dir), CHOICE, tmp_path / "a"))
    change(runs_dir, lambda s: s["quality"].update(coverage=0.9), dataset="car", method="ctgan", seed=1)
    after, _ = numbers(averages_figure(load_runs(runs_dir), CHOICE, tmp_path / "b"))
    found = [(x["metric"], x["method"]) for x in changed_lines(before, after)]
    assert found == [("coverage", title("ctgan"))]


def test_averages_of_nothing_are_drawn_as_nothing(runs_dir, tmp_path):
    write_run(runs_dir, "german", "imbllm", 0)
    lines, note = numbers(averages_figure(load_runs(runs_dir), CHOICE, tmp_path / "figure4"))
    assert {x["state"] for x in picked(lines, source="ours")} == {"no table"} and "over no table" in note


def distance_runs(runs_dir):
    for method in ("imbllm", "ctgan", "duplicate", "class_weight"):
        for seed in SEEDS[: 2 if method == "ctgan" else 3]:
            write_run(runs_dir, "german", method, seed)
    quality_of(runs_dir, dcr_test_histogram=[3, 1] + [0] * (BINS - 2), dcr_test_median=0.04)
    lost = {"dcr_test_histogram": None, "dcr_test_median": None}
    for seed in SEEDS:
        change(runs_dir, lambda s: s["quality"].update(lost), method="class_weight", seed=seed)


def test_distances_are_summed_over_seeds_and_gaps_are_named(runs_dir, tmp_path):
    distance_runs(runs_dir)
    paths = distances_figure(load_runs(runs_dir), CHOICE, tmp_path / "a", runs_dir, "german")
    lines, note = numbers(paths)
    first = picked(lines, method=title("imbllm"))[0]
    assert (first["from"], first["to"], first["rows"], first["share"]) == ("0", "0.05", "9", "0.750000")
    gap = picked(lines, method=title("ctgan"))
    assert len(gap) == 1 and gap[0]["state"] == "2 of 3" and gap[0]["share"] == ""
    assert f"{title('ctgan')} (2 of 3)" in note and "6 runs" in note
    assert not picked(lines, method=title("class_weight")), "it makes no rows"
    more = {"dcr_test_histogram": [0, 4] + [0] * (BINS - 2)}
    change(runs_dir, lambda s: s["quality"].update(more), method="duplicate", seed=0)
    after, _ = numbers(distances_figure(load_runs(runs_dir), CHOICE, tmp_path / "b", runs_dir, "german"))
    assert {x["method"] for x in changed_lines(lines, after)} == {title("duplicate")}
    assert [x["rows"] for x in picked(after, method=title("duplicate"))] == ["6", "6"]


def attention_record(folder, ordering, seed=0, label_first=1.0, paid=0.5, **more):
    """Two features and the label, as scripts/attention.py stores them: the label last."""
    looks = [[0.9, 0.1, paid], [0.2, 0.8, paid], [0.0, 0.0, 1.0]]
    before = [[0.0, 0.5, label_first], [0.5, 0.0, label_first], [1 - label_first] * 2 + [0.0]]
    record = {
        "dataset": "german", "method": "imbllm", "llm": "tiny", "seed": seed, "ordering": ordering,
        "corpus": "minority", "git_commit": "c" * 40, "git_dirty": False, "minority": "bad",
        "sentences": 8, "label": "credit", "columns": ["age", "month", "credit"],
        "looks": looks, "before": before,
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / f"german_{ordering}_tiny_seed{seed}.json").write_text(json.dumps(record | more))


def test_attention_figure_shows_the_label_first_and_means_over_seeds(tmp_path):
    folder = tmp_path / "attention"
    attention_record(folder, "fix_y", paid=0.5)
    with pytest.raises(DataError, match=r"scripts/attention\.py dataset=german"):
        attention_figure(folder, CHOICE, tmp_path / "figure2", "german")
    attention_record(folder, "permute_xy", paid=0.1, label_first=0.5)
    attention_record(folder, "fix_y", seed=1, paid=0.7)
    attention_record(folder, "permute_xy", seed=1, paid=0.3, label_first=0.5)
    lines, note = numbers(attention_figure(folder, CHOICE, tmp_path / "figure2", "german"))
    paid = {x["ordering"]: x for x in lines if (x["from"], x["to"]) == ("age", "credit")}
    assert float(paid["fix_y"]["attention"]) == pytest.approx(0.6)
    assert float(paid["permute_xy"]["attention"]) == pytest.approx(0.2)
    assert float(paid["permute_xy"]["attention_when_before"]) == pytest.approx(0.4)
    assert lines[0]["from"] == "credit" and "seeds 0, 1 (not measured: 2)" in note
    assert "4 fine-tuned models; language model: tiny; commit cccccccccc" in note


def test_the_same_records_make_the_same_bytes(runs_dir, tmp_path):
    for method in ("imbllm", "ctgan", "smotenc"):
        for seed in SEEDS:
            write_run(runs_dir, "german", method, seed)
    quality_of(runs_dir, close_probability=0.2, dcr_test_histogram=[1] * BINS, dcr_test_median=0.4)
    attention_record(tmp_path / "attention", "fix_y")
    attention_record(tmp_path / "attention", "permute_xy")
    runs, drawn = load_runs(runs_dir), []
    for name in ("a", "b"):
        out = tmp_path / name
        drawn.append(
            [
                *averages_figure(runs, CHOICE, out / "figure4"),
                *distances_figure(runs, CHOICE, out / "figure7", runs_dir, "german"),
                *attention_figure(tmp_path / "attention", CHOICE, out / "figure2", "german"),
                *scores_figure(runs, CHOICE, out / "scores"),
            ]
        )
    assert [p.suffix for p in drawn[0]] == [".png", ".pdf", ".csv"] * 4
    for left, right in zip(*drawn, strict=True):
        assert left.read_bytes() == right.read_bytes(), left.name
        assert left.suffix == ".csv" or left.stat().st_size > 5000


def test_scores_figure_has_its_numbers(runs_dir, tmp_path):
    for seed in SEEDS:
        write_run(runs_dir, "german", "smote", seed, f1=0.2 + 0.1 * seed)
    write_run(runs_dir, "german", "adasyn", 0)
    lines, _ = numbers(scores_figure(load_runs(runs_dir), CHOICE, tmp_path / "scores"))
    found = {(x["method"], x["reading"]): (x["f1_mean"], x["state"]) for x in lines}
    assert found[title("smote"), "published"] == ("0.300000", "3 of 3")
    assert found[title("adasyn"), "corrected"] == ("", "1 of 3")


def test_methods_of_one_figure_look_different():
    cards = [*cards_of(LEADERS), *control_cards()]
    looks = [look_of(card) for card in cards]
    assert len({look.colour for look in looks}) == len(cards) == len(COLOURS)
    assert len({look.marker for look in looks}) == len(cards)
    assert len(cards_of(LEADERS)) == len(LEADERS), "every column of the paper has its method"


def test_script_writes_a_figure_and_its_numbers(runs_dir, tmp_path):
    distance_runs(runs_dir)
    out = tmp_path / "out"
    words = ("7", "--runs-dir", runs_dir, "--out", out)
    done = imbench(*words, "--dataset", "german", script="scripts/figures.py")
    assert done.returncode == 0, done.stderr
    assert {p.name for p in out.iterdir()} == {f"figure7_german.{e}" for e in ("png", "pdf", "csv")}
    shutil.rmtree(out)
    nothing = imbench("2", "--attention-dir", tmp_path, "--out", out, script="scripts/figures.py")
    assert nothing.returncode == 2 and "python scripts/attention.py dataset=german" in nothing.stderr


def test_ten_tables_make_the_papers_average(runs_dir, tmp_path):
    """Beside ours over ten tables, and only there, the paper's average belongs in the picture."""
    for dataset in DATASETS:
        for method in ("imbllm", "ctgan", "smotenc"):
            for seed in (0,):
                write_run(runs_dir, dataset, method, seed)
    quality_of(runs_dir, close_probability=0.25)
    choice = Choice(seeds=(0,))
    _, note = numbers(averages_figure(load_runs(runs_dir), choice, tmp_path / "figure4"))
    assert "Averages over the ten tables" in note and "hollow: the paper's value" in note
