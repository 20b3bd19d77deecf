"""Tables III, IV and V from stored runs: the right runs, the right cells, nothing averaged away."""

import json
import shutil
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from imbench.reports.ablation import modifications, namesakes, overrides_of, table3, table3_grid
from imbench.reports.collect import Choice, load_runs
from imbench.reports.interpolation import RATIOS, table4
from imbench.reports.paper import DATASETS, published, table4_value
from imbench.reports.verification import table5
from tests.helpers import imbench
from tests.reports.stored import score_of, write_run

SEEDS = (0, 1, 2)
FIRST, LAST = 0, 7
CHECKERS = ("original", "imbalance", "taptap", "predllm", "imbllm")


def words_of(row):
    """How a row's runs are started, as words of the command line: GReaT's under its own name."""
    return ("great", ()) if row == FIRST else ("imbllm", overrides_of(modifications()[row])[1:])


def score(dataset, row, seed):
    """Row 8 stands for r = 0; ImbLLM's own row keeps the score of its method."""
    return score_of(dataset, "imbllm" if row == LAST else f"row {row}", seed)


@cache
def blueprint(method, words):
    """The files of one run of these settings; those of another table or seed differ in labels only."""
    with TemporaryDirectory() as place:
        folder = write_run(Path(place), "german", method, 0, overrides=words)
        return {p.name: p.read_text() for p in folder.iterdir()}


def store_run(place, dataset, method, seed, f1=None, words=(), **status):
    """Store one run under a name that tells what it is, and return its folder."""
    contents = {name: json.loads(text) for name, text in blueprint(method, words).items()}
    contents["status.json"] |= {"dataset": dataset, "seed": seed, **status}
    value = score_of(dataset, method, seed) if f1 is None else f1
    scores = contents["scores.json"]
    scores["classifiers"]["xgboost"]["published"] = {"f1": value, "auc": value / 2}
    scores["classifiers"]["xgboost"]["corrected"] = {"f1": 1 - value, "auc": value}
    scores["quality"]["close_probability"] = value / 3
    folder = place / "-".join([dataset, method, *words, str(seed)])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def store(place, dataset, row, seed, **more):
    method, words = words_of(row) if row < 8 else ("imbllm", ("method.interpolation_ratio=0.0",))
    return store_run(place, dataset, method, seed, **{"f1": score(dataset, row, seed), "words": words} | more)


def change_f1(folder, reading, value):
    path = folder / "scores.json"
    scores = json.loads(path.read_text())
    scores["classifiers"]["xgboost"][reading]["f1"] = value
    path.write_text(json.dumps(scores))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """All eight rows and r = 0 on all ten tables, and the methods of Table V on its four."""
    place = tmp_path_factory.mktemp("ablation") / "runs"
    for dataset, row, seed in product(DATASETS, range(9), SEEDS):
        store(place, dataset, row, seed)
    for dataset, method, seed in product(DATASETS, CHECKERS[:-1], SEEDS):
        store_run(place, dataset, method, seed)
    return place


@pytest.fixture
def runs_dir(template, tmp_path):
    return Path(shutil.copytree(template, tmp_path / "runs"))


def cells(sheet):
    """``{(number of the line, header): text}``"""
    assert len(set(sheet.header)) == len(sheet.header)
    return {
        (i, h): e.text for i, row in enumerate(sheet.rows) for h, e in zip(sheet.header, row, strict=True)
    }


def sheets(runs_dir):
    runs, choice = load_runs(runs_dir), Choice()
    return {
        "III": table3(runs, choice),
        "III published": table3_grid(runs, "published", choice),
        "III corrected": table3_grid(runs, "corrected", choice),
        "IV published": table4(runs, "published", choice),
        "IV corrected": table4(runs, "corrected", choice),
        "V": table5(runs, choice),
    }


def changed(before, after):
    """``{(table, line's number, column)}`` of every cell whose text is another."""
    found = set()
    for name, sheet in before.items():
        old, new = cells(sheet), cells(after[name])
        assert old.keys() == new.keys()
        found |= {(name, *place) for place in old if old[place] != new[place]}
    return found


def mean_std(values):
    return f"{np.mean(values):.4f} ({np.std(values):.3f})"


def test_the_eight_rows_are_the_cross_and_two_of_them_have_names():
    rows = modifications()
    assert len({tuple(row.values()) for row in rows}) == len(rows) == 8
    for word in rows[0]:
        assert len({row[word] for row in rows}) == 2
    assert [namesakes(row) for row in rows] == [("great",), *[()] * 6, ("imbllm",)]


def test_table3_averages_over_tables_and_spreads_over_seeds(runs_dir):
    found = cells(table3(load_runs(runs_dir), Choice()))
    for row, line in enumerate(published("table3")):
        by_seed = np.array([np.mean([score(d, row, s) for d in DATASETS]) for s in SEEDS])
        assert found[row, "published"] == mean_std(by_seed)
        assert found[row, "corrected"] == mean_std(1 - by_seed)
        paper = float(line["f1_mean"])
        assert found[row, "paper"] == f"{paper:.4f}"
        assert float(found[row, "published - paper"]) == pytest.approx(by_seed.mean() - paper, abs=6e-5)
        assert float(found[row, "corrected - paper"]) == pytest.approx(1 - by_seed.mean() - paper, abs=6e-5)
        assert found[row, "complete"] == "10 of 10 tables"
    assert [found[row, "method"] for row in (FIRST, 1, LAST)] == ["GReaT", "", "ImbLLM"]


def test_a_table_that_one_row_lacks_leaves_the_average_of_all_rows(runs_dir):
    shutil.rmtree(store(runs_dir, "car", 5, 1))
    store(runs_dir, "sick", 2, 2, state="failed")
    sheet = table3(load_runs(runs_dir), Choice())
    found, shared = cells(sheet), [d for d in DATASETS if d not in ("car", "sick")]
    for row in range(8):
        by_seed = [np.mean([score(d, row, s) for d in shared]) for s in SEEDS]
        assert found[row, "published (8 tables)"] == mean_std(by_seed)
        assert found[row, "published - paper"] == found[row, "corrected - paper"] == "–"
        assert found[row, "complete"] == ("9 of 10 tables" if row in (2, 5) else "10 of 10 tables")
    assert "Partial" in sheet.note and ", ".join(shared) in sheet.note and "not to be set" in sheet.note
    grid = cells(table3_grid(load_runs(runs_dir), "published", Choice()))
    assert grid[5, "car"] == "2 of 3" and grid[2, "sick"] == "2 of 3 (failed)"
    assert grid[5, "Average"] == grid[2, "Average"] == "9 of 10 tables"
    assert grid[0, "Average"] == mean_std([np.mean([score(d, 0, s) for d in DATASETS]) for s in SEEDS])
    for row in range(8):
        assert grid[row, "Average of 8 tables"] == found[row, "published (8 tables)"]


def test_no_shared_table_no_average(tmp_path):
    store(tmp_path, "german", 3, 0)
    sheet = table3(load_runs(tmp_path), Choice())
    assert {cells(sheet)[row, "published (0 tables)"] for row in range(8)} == {"missing"}
    assert "No table is complete" in sheet.note and "1 runs" in sheet.note
    assert cells(table3_grid(load_runs(tmp_path), "published", Choice()))[3, "german"] == "1 of 3"
    assert (
        cells(table4(load_runs(tmp_path), "published", Choice()))[10, "F1, ours: ImbLLM"] == "0 of 10 tables"
    )


def test_best_and_second_on_whole_tables_only(runs_dir):
    shutil.rmtree(store(runs_dir, "car", 5, 1))
    sheet = table3_grid(load_runs(runs_dir), "published", Choice())
    marks = {h: [row[i].mark for row in sheet.rows] for i, h in enumerate(sheet.header)}
    means = [np.mean([score("bank", row, s) for s in SEEDS]) for row in range(8)]
    order = list(np.argsort(means)[::-1])
    assert marks["bank"][order[0]] == "best" and marks["bank"][order[1]] == "second"
    assert marks["bank"].count("") == 6
    assert sorted(marks["car"]) == [""] * 7 + ["missing"]


@pytest.mark.parametrize("row", (FIRST, LAST))
def test_equal_settings_under_another_name_are_the_same_row(runs_dir, row):
    """GReaT's row run as words around ImbLLM, ImbLLM's without any; of two the done one, then the newer."""
    words = overrides_of(modifications()[row])[1:] if row == FIRST else ()
    grid = lambda: cells(table3_grid(load_runs(runs_dir), "published", Choice()))  # noqa: E731
    method, own = words_of(row)
    for seed in SEEDS:
        shutil.rmtree(store_run(runs_dir, "fuel", method, seed, words=own))
    assert grid()[row, "fuel"] == "missing"
    for seed in SEEDS:
        store_run(runs_dir, "fuel", "imbllm", seed, f1=0.25, words=words)
    assert grid()[row, "fuel"] == "0.2500 (0.000)"
    if row == FIRST:
        for seed in SEEDS:
            store_run(runs_dir, "fuel", "great", seed, state="failed", finished="2027")
        assert grid()[row, "fuel"] == "0.2500 (0.000)"
        for seed in SEEDS:
            store_run(runs_dir, "fuel", "great", seed, f1=0.75, finished="2027")
        assert grid()[row, "fuel"] == "0.7500 (0.000)"


def test_table4_cells(runs_dir):
    for reading, turned in (("published", False), ("corrected", True)):
        sheet = table4(load_runs(runs_dir), reading, Choice())
        found = cells(sheet)
        for i, dataset in enumerate((*DATASETS, "Average")):
            assert found[i, "dataset"] == dataset
            tables = DATASETS if dataset == "Average" else [dataset]
            for name, row in zip(RATIOS, (8, LAST), strict=True):
                f1 = np.array([np.mean([score(d, row, s) for d in tables]) for s in SEEDS])
                ours = {"F1": 1 - f1 if turned else f1, "AUC": f1 if turned else f1 / 2}
                for metric, values in {**ours, "close probability": f1 / 3}.items():
                    assert found[i, f"{metric}, ours: {name}"] == mean_std(values)
                    paper = table4_value(dataset, name, metric.replace(" ", "_").lower())
                    assert found[i, f"{metric}, paper: {name}"] == f"{paper:.4f}"
        assert len(sheet.rows) == 11 and "Partial" not in sheet.note
    assert table4_value("german", "ImbLLM-inter", "f1") == 0.3917
    assert table4_value("sick", "ImbLLM", "close_probability") == 0.8685


def test_table4_in_part_averages_the_paper_over_the_same_tables(runs_dir):
    shutil.rmtree(store(runs_dir, "adult", 8, 0))
    sheet = table4(load_runs(runs_dir), "published", Choice())
    found, shared = cells(sheet), DATASETS[1:]
    assert found[0, "F1, ours: ImbLLM-inter"] == "2 of 3"
    assert found[10, "F1, ours: ImbLLM-inter"] == "9 of 10 tables"
    assert found[10, "AUC, paper: ImbLLM"] == f"{table4_value('Average', 'ImbLLM', 'auc'):.4f}"
    assert found[11, "dataset"] == "Average of 9 tables"
    for name, row in zip(RATIOS, (8, LAST), strict=True):
        assert found[11, f"F1, ours: {name}"] == mean_std(
            [np.mean([score(d, row, s) for d in shared]) for s in SEEDS]
        )
        paper = np.mean([table4_value(d, name, "f1") for d in shared])
        assert found[11, f"F1, paper: {name}"] == f"{paper:.4f}"


def test_table4_marks_the_higher_of_a_whole_pair(runs_dir):
    shutil.rmtree(store(runs_dir, "adult", 8, 0))
    sheet = table4(load_runs(runs_dir), "published", Choice())
    marks = [[e.mark for e in row] for row in sheet.rows]
    for i, dataset in enumerate(DATASETS):
        pair = [np.mean([score(dataset, row, s) for s in SEEDS]) for row in (8, LAST)]
        wanted = (
            ["missing", ""] if dataset == "adult" else ["best", ""] if pair[0] > pair[1] else ["", "best"]
        )
        assert marks[i][3:5] == wanted, dataset
    assert marks[0][1:3] == ["best", ""] and marks[1][1:3] == ["", "best"], "0.6792 and 0.4419 of the paper"


def test_table5_selects_from_table2(runs_dir):
    sheet = table5(load_runs(runs_dir), Choice())
    assert sheet.header[2:] == ["Original", "Imbalance", "TapTap", "Pred-LLM", "ImbLLM"]
    lines = {(row[0].text, row[1].text): row[2:] for row in sheet.rows}
    assert list(lines) == list(
        product(("adult", "german", "bank", "sick"), ("paper", "ours, published", "ours, corrected"))
    )
    for (dataset, whose), entries in lines.items():
        for method, entry in zip(CHECKERS, entries, strict=True):
            values = np.array([score_of(dataset, method, s) for s in SEEDS])
            if whose != "paper":
                assert entry.text == mean_std(values if "published" in whose else 1 - values)
        assert entries[0].mark == "", "Original does not compete"
    assert [e.text for e in lines["bank", "paper"]] == ["0.3657", "0.1118", "0.0831", "0.1352", "0.3441"]
    assert [e.mark for e in lines["sick", "paper"]] == ["", "second", "", "", "best"]


ROW5 = {("III published", 5, "bank"), ("III published", 5, "Average")}
MOVES = {
    "a row": (5, "published", {("III", 5, "published"), ("III", 5, "published - paper"), *ROW5}),
    "a row, corrected": (
        5, "corrected",
        {("III", 5, "corrected"), ("III", 5, "corrected - paper"),
         ("III corrected", 5, "bank"), ("III corrected", 5, "Average")},
    ),
    "r = 0": (
        8, "published",
        {("IV published", 6, "F1, ours: ImbLLM-inter"), ("IV published", 10, "F1, ours: ImbLLM-inter")},
    ),
    "ImbLLM": (
        LAST, "published",
        {("III", 7, "published"), ("III", 7, "published - paper"), ("III published", 7, "bank"),
         ("III published", 7, "Average"), ("IV published", 6, "F1, ours: ImbLLM"),
         ("IV published", 10, "F1, ours: ImbLLM"), ("V", 7, "ImbLLM")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MOVES)
def test_one_changed_score_changes_its_own_cells_alone(runs_dir, case):
    row, reading, places = MOVES[case]
    assert DATASETS[6] == "bank"
    before = sheets(runs_dir)
    change_f1(store(runs_dir, "bank", row, 1), reading, 0.123456)
    after = sheets(runs_dir)
    assert changed(before, after) == places
    assert {n: s.note for n, s in before.items()} == {n: s.note for n, s in after.items()}


def test_a_method_of_table5_changes_table5_alone(runs_dir):
    before = sheets(runs_dir)
    change_f1(store_run(runs_dir, "german", "taptap", 2), "corrected", 0.123456)
    assert changed(before, sheets(runs_dir)) == {("V", 5, "TapTap")}
    change_f1(store_run(runs_dir, "fuel", "taptap", 2), "corrected", 0.123456)
    assert changed(before, sheets(runs_dir)) == {("V", 5, "TapTap")}, "fuel is not among its tables"


def test_the_script_writes_all_tables_and_the_same_bytes_again(runs_dir, tmp_path, paper_data):
    out = tmp_path / "out"
    words = ("all", "--runs-dir", runs_dir, "--out", out, "--data-dir", paper_data)
    done = imbench(*words, script="scripts/tables.py")
    assert done.returncode == 0, done.stderr
    metrics, readings = ("", "_auc"), ("published", "corrected")
    wide = {f"{n}_{r}{m}" for n in ("table2", "table3") for r in readings for m in metrics}
    single = {"table1", "table2_comparison", "facts_f1", "facts_auc", "table3", "table5"}
    assert {p.stem for p in out.iterdir()} == wide | single | {"table4_published", "table4_corrected"}
    for sheet in sheets(runs_dir).values():
        for path in sheet.write(tmp_path / "again"):
            assert path.read_bytes() == (out / path.name).read_bytes(), path.name
    note = (out / "table3.csv").read_text().split("\n")[0]
    assert "240 runs" in note and "language model: tiny" in note and "cccccccccc" in note
