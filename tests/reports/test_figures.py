"""Figures of made-up records: what is drawn is in the CSV, what is missing is a gap with its state."""

import json
import shutil

import pytest

from imbench.errors import DataError
from imbench.reports.overview import scores_figure
from imbench.reports.paper.figures.figure2 import figure2
from imbench.reports.paper.figures.figure4 import figure4
from imbench.reports.paper.figures.figure7 import figure7
from imbench.reports.paper.figures.leaders import LEADERS, controls, style_of
from imbench.reports.paper.paper_suite import methods_of
from imbench.reports.style import COLOURS
from tests.helpers import imbench
from tests.reports.drawn import BINS, SEEDS, change, changed_lines, numbers, picked, quality_of, title
from tests.reports.stored import source_of, write_run


def distance_runs(runs_dir):
    for method in ("imbllm", "ctgan", "duplicate", "class_weight"):
        for seed in SEEDS[: 2 if method == "ctgan" else 3]:
            write_run(runs_dir, "german", method, seed)
    for prefix in ("published_", ""):
        near = {f"{prefix}dcr_test_histogram": [3, 1] + [0] * (BINS - 2), f"{prefix}dcr_test_median": 0.04}
        quality_of(runs_dir, **near)
    lost = {f"{p}dcr_test_{n}": None for p in ("published_", "") for n in ("histogram", "median")}
    for seed in SEEDS:
        change(runs_dir, lambda s: s["quality"].update(lost), method="class_weight", seed=seed)


def test_distances_are_summed_over_seeds_and_gaps_are_named(runs_dir, tmp_path):
    distance_runs(runs_dir)
    paths = figure7(source_of(runs_dir, dataset="german"), tmp_path / "a")
    lines, note = numbers(paths)
    first = picked(lines, method=title("imbllm"))[0]
    assert (first["from"], first["to"], first["rows"], first["share"]) == ("0", "0.05", "9", "0.750000")
    gap = picked(lines, method=title("ctgan"))
    assert len(gap) == 1 and gap[0]["state"] == "2 of 3" and gap[0]["share"] == ""
    assert f"{title('ctgan')} (2 of 3)" in note and "6 runs" in note
    assert not picked(lines, method=title("class_weight")), "it makes no rows"
    assert "integer codes" in note and "scaled to [0, 1]" in numbers(paths[3:])[1]


@pytest.mark.parametrize(("prefix", "changed"), (("published_", slice(0, 3)), ("", slice(3, 6))))
def test_each_protocol_has_a_figure_of_its_own_distances(runs_dir, tmp_path, prefix, changed):
    distance_runs(runs_dir)
    before = figure7(source_of(runs_dir, dataset="german"), tmp_path / "a")
    more = {f"{prefix}dcr_test_histogram": [0, 4] + [0] * (BINS - 2)}
    change(runs_dir, lambda s: s["quality"].update(more), method="duplicate", seed=0)
    after = figure7(source_of(runs_dir, dataset="german"), tmp_path / "b")
    lines, found = numbers(before[changed])[0], numbers(after[changed])[0]
    assert {x["method"] for x in changed_lines(lines, found)} == {title("duplicate")}
    assert [x["rows"] for x in picked(found, method=title("duplicate"))] == ["6", "6"]
    other = slice(3, 6) if changed.start == 0 else slice(0, 3)
    assert numbers(before[other]) == numbers(after[other])


def attention_record(folder, ordering, seed=0, label_first=1.0, paid=0.5, **more):
    """Two features and the label, as scripts/attention.py stores them: the label last."""
    attention = [[0.9, 0.1, paid], [0.2, 0.8, paid], [0.0, 0.0, 1.0]]
    before = [[0.0, 0.5, label_first], [0.5, 0.0, label_first], [1 - label_first] * 2 + [0.0]]
    record = {
        "dataset": "german", "method": "imbllm", "llm": "tiny", "seed": seed, "ordering": ordering,
        "corpus": "minority", "git_commit": "c" * 40, "git_dirty": False, "minority": "bad",
        "sentences": 8, "label": "credit", "columns": ["age", "month", "credit"],
        "attention": attention, "before": before,
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / f"german_{ordering}_tiny_seed{seed}.json").write_text(json.dumps(record | more))


def test_attention_figure_shows_the_label_first_and_means_over_seeds(tmp_path):
    folder = tmp_path / "attention"
    attention_record(folder, "fix_y", paid=0.5)
    with pytest.raises(DataError, match=r"scripts/attention\.py dataset=german"):
        list(figure2(source_of([], attention_dir=folder, dataset="german"), tmp_path))
    attention_record(folder, "permute_xy", paid=0.1, label_first=0.5)
    attention_record(folder, "fix_y", seed=1, paid=0.7)
    attention_record(folder, "permute_xy", seed=1, paid=0.3, label_first=0.5)
    lines, note = numbers(list(figure2(source_of([], attention_dir=folder), tmp_path)))
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
    source = source_of(runs_dir, dataset="german", attention_dir=tmp_path / "attention")
    drawn = []
    for name in ("a", "b"):
        out = tmp_path / name
        drawn.append(
            [*figure4(source, out), *figure7(source, out), *figure2(source, out), *scores_figure(source, out)]
        )
    assert [p.suffix for p in drawn[0]] == [".png", ".pdf", ".csv"] * 5
    for left, right in zip(*drawn, strict=True):
        assert left.read_bytes() == right.read_bytes(), left.name
        assert left.suffix == ".csv" or left.stat().st_size > 5000


def test_scores_figure_has_its_numbers(runs_dir, tmp_path):
    for seed in SEEDS:
        write_run(runs_dir, "german", "smote", seed, f1=0.2 + 0.1 * seed)
    write_run(runs_dir, "german", "adasyn", 0)
    lines, _ = numbers(scores_figure(source_of(runs_dir), tmp_path))
    found = {(x["method"], x["protocol"]): (x["f1_mean"], x["state"]) for x in lines}
    assert found[title("smote"), "published"] == ("0.300000", "3 of 3")
    assert found[title("adasyn"), "corrected"] == ("", "1 of 3")


def test_methods_of_one_figure_have_different_styles():
    methods = [*methods_of(LEADERS), *controls()]
    styles = [style_of(method) for method in methods]
    assert len({style.colour for style in styles}) == len(methods) == len(COLOURS)
    assert len({style.marker for style in styles}) == len(methods)
    assert len(methods_of(LEADERS)) == len(LEADERS), "every column of the paper has its method"


def test_script_writes_a_figure_and_its_numbers(runs_dir, tmp_path):
    distance_runs(runs_dir)
    out = tmp_path / "out"
    options = ("7", "--runs-dir", runs_dir, "--out", out)
    done = imbench(*options, "--dataset", "german", script="scripts/figures.py")
    assert done.returncode == 0, done.stderr
    stems = ("figure7_german", "figure7_german_corrected")
    assert {p.name for p in out.iterdir()} == {f"{s}.{e}" for s in stems for e in ("png", "pdf", "csv")}
    shutil.rmtree(out)
    nothing = imbench("2", "--attention-dir", tmp_path, "--out", out, script="scripts/figures.py")
    assert nothing.returncode == 2 and "python scripts/attention.py dataset=german" in nothing.stderr
