"""Table I from the data, Table II from stored runs."""

import csv
import io
import shutil
from pathlib import Path

import numpy as np
import pytest

from imbench.reports.methods import method_metadata
from imbench.reports.overview import overview
from imbench.reports.paper.paper_suite import paper_methods
from imbench.reports.paper.published import COLUMNS, DATASETS, published, table2_value
from imbench.reports.paper.tables import table1 as first
from imbench.reports.paper.tables.table1 import table1
from imbench.reports.paper.tables.table2 import table2
from tests.helpers import EMBEDDED, METHODS, imbench, read_yaml
from tests.reports.stored import score_of, source_of, tables_of, write_run

SHOWN = ("original", "imbalance", "smote_raw", "smotenc")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Four methods on all ten datasets, three seeds; one run is missing and one failed."""
    place = tmp_path_factory.mktemp("stored")
    for dataset in DATASETS:
        for method in SHOWN:
            for seed in (0, 1, 2):
                if (dataset, method, seed) == ("car", "smotenc", 1):
                    continue
                state = "failed" if (dataset, method, seed) == ("sick", "smote_raw", 2) else "done"
                write_run(place / "runs", dataset, method, seed, state)
    return place / "runs"


@pytest.fixture
def runs_dir(template, tmp_path):
    return Path(shutil.copytree(template, tmp_path / "runs"))


def cells(table):
    """``{(first cell of the row, header): (text, mark)}``"""
    return {
        (row[0].text, h): (e.text, e.mark)
        for row in table.rows
        for h, e in zip(table.header, row, strict=True)
    }


def table2_cells(runs_dir, protocol):
    return cells(tables_of(table2, source_of(runs_dir))[f"table2_{protocol}"])


def title(method):
    return method_metadata()[method].title


def test_published_numbers_are_whole_and_agree_with_their_own_average():
    lines = published("table2")
    assert {(x["dataset"], x["column"]) for x in lines} == {
        (d, c) for d in (*DATASETS, "Average") for c in COLUMNS
    }
    assert len(lines) == 11 * len(COLUMNS)
    for column in COLUMNS:
        mean = np.mean([table2_value(d, column)[0] for d in DATASETS])
        assert mean == pytest.approx(table2_value("Average", column)[0], abs=1e-4), column
    assert table2_value("adult", "Original") == (0.6761, 0.056) and table2_value("sick", "ImbLLM") == (
        0.8459,
        0.004,
    )
    assert table2_value("adult", "SMOTE-XL") is None and table2_value("adult", None) is None


def test_each_column_of_the_paper_has_one_method():
    columns = [method.paper_column for method in paper_methods()]
    assert columns == [c for c in COLUMNS if c in columns] and len(set(columns)) == len(columns)
    assert set(columns) >= {"Original", "Imbalance", "AdaSyn", "SMOTE", "SMOTE-NC", "CTGAN", "TVAE"}
    assert set(method_metadata()) == set(METHODS)
    assert [c.name for c in paper_methods() if not c.competes] == ["original"]


def test_table1_compares_with_the_paper(dataset_of, paper_data):
    (table,) = table1(source_of([], data_dir=str(paper_data)))
    found = cells(table)
    for line in published("table1"):
        name = line["dataset"]
        assert found[name, "N"][0] == line["rows"] and found[name, "K"][0] == line["classes"]
        difference = found[name, "differs from the paper in"][0]
        assert difference == ("#cat: paper 6" if name == "car" else "nothing")
    assert found["adult", "minority"][0] == ">50K (24.9%)" and found["car", "minority"][0] == "vgood (3.8%)"


def test_table1_shows_what_is_not_here_as_missing(no_folder, monkeypatch):
    away = {"url": "http://127.0.0.1:9/x.csv"}
    monkeypatch.setattr(first, "entry", lambda group, name: read_yaml(group, name) | away)
    (table,) = table1(source_of([]))
    found = cells(table)
    for dataset in DATASETS:
        assert (found[dataset, "N"] == ("missing", "missing")) == (dataset not in EMBEDDED)
    assert "fuel.csv" in found["fuel", "differs from the paper in"][0]


def test_table2_cells(runs_dir):
    found = table2_cells(runs_dir, "published")
    for dataset in DATASETS:
        for method in SHOWN:
            values = [score_of(dataset, method, s) for s in (0, 1, 2)]
            text, mark = found[dataset, title(method)]
            if (dataset, method) in (("car", "smotenc"), ("sick", "smote_raw")):
                assert mark == "missing" and text == ("2 of 3" if dataset == "car" else "2 of 3 (failed)")
            else:
                assert text == f"{np.mean(values):.4f} ({np.std(values):.3f})"
        assert found[dataset, title("tvae")] == ("missing", "missing")


def test_table2_best_and_second(runs_dir):
    found = table2_cells(runs_dir, "corrected")
    for dataset in set(DATASETS) - {"car", "sick"}:
        means = {m: np.mean([1 - score_of(dataset, m, s) for s in (0, 1, 2)]) for m in SHOWN[1:]}
        order = sorted(means, key=means.get, reverse=True)
        marks = {m: found[dataset, title(m)][1] for m in SHOWN}
        assert marks == {order[0]: "best", order[1]: "second", order[2]: "", "original": ""}


def test_table2_averages(runs_dir):
    found = table2_cells(runs_dir, "published")
    for method in ("original", "imbalance"):
        mean = np.mean([score_of(d, method, s) for d in DATASETS for s in (0, 1, 2)])
        assert found["Average", title(method)][0] == f"{mean:.4f}"
    for method in ("smotenc", "smote_raw"):
        assert found["Average", title(method)] == ("9 of 10 datasets", "missing")
    assert found["Average", title("ctgan")] == ("0 of 10 datasets", "missing")


def test_one_changed_score_changes_its_own_cells_alone(runs_dir):
    before = table2_cells(runs_dir, "published")
    others = table2_cells(runs_dir, "corrected")
    write_run(runs_dir, "bank", "imbalance", 1, f1=0.123456)
    after = table2_cells(runs_dir, "published")
    assert {k for k in before if before[k][0] != after[k][0]} == {
        ("bank", "Imbalance"),
        ("Average", "Imbalance"),
    }
    values = [score_of("bank", "imbalance", 0), 0.123456, score_of("bank", "imbalance", 2)]
    assert after["bank", "Imbalance"][0] == f"{np.mean(values):.4f} ({np.std(values):.3f})"
    moved = {k[0] for k in before if before[k] != after[k]}
    assert moved <= {"bank", "Average"}, "marks may move in the same row only"
    changed = table2_cells(runs_dir, "corrected")
    assert {k[0] for k in others if others[k] != changed[k]} <= {"bank", "Average"}


def test_comparison(runs_dir):
    table = tables_of(table2, source_of(runs_dir))["table2_comparison"]
    lines = {(r[0].text, r[1].text): [e.text for e in r[2:]] for r in table.rows}
    paper = table2_value("german", "SMOTE-NC")
    mean = np.mean([score_of("german", "smotenc", s) for s in (0, 1, 2)])
    line = lines["german", "SMOTE-NC"]
    assert line[0] == f"{paper[0]:.4f} ({paper[1]:.3f})"
    assert line[1].startswith(f"{mean:.4f}") and float(line[2]) == pytest.approx(mean - paper[0], abs=6e-5)
    assert float(line[4]) == pytest.approx(1 - mean - paper[0], abs=6e-5)
    assert lines["car", "SMOTE-NC"][1:3] == ["2 of 3", "–"] and lines["german", "TVAE"][1] == "missing"
    gaps = [abs(np.mean([score_of(d, "imbalance", s) for s in (0, 1, 2)]) - table2_value(d, "Imbalance")[0])
            for d in DATASETS]  # fmt: skip
    assert float(lines["mean |difference|", "Imbalance"][2]) == pytest.approx(np.mean(gaps), abs=6e-5)
    assert lines["mean |difference|", "SMOTE-NC"][2] == "9 of 10"
    assert len(table.rows) == 11 * len(paper_methods())


def test_overview_shows_what_was_run(runs_dir):
    write_run(runs_dir, "insurance", "duplicate", 0)
    (table,) = overview(source_of(runs_dir))
    found = cells(table)
    assert found["Duplicate", "insurance, published"] == ("1 of 3", "missing")
    assert found["Duplicate", "german, corrected"] == ("missing", "missing")
    assert [row[0].text for row in table.rows] == [title(m) for m in (*SHOWN, "duplicate")]


def test_the_script_writes_three_forms(runs_dir, tmp_path):
    done = imbench("2", "--runs-dir", runs_dir, "--out", tmp_path / "out", script="scripts/tables.py")
    assert done.returncode == 0, done.stderr
    names = {p.name for p in (tmp_path / "out").iterdir()}
    stems = ("table2_published", "table2_corrected", "table2_comparison")
    assert names >= {f"{s}.{e}" for s in stems for e in ("md", "csv", "tex")}
    text = (tmp_path / "out" / "table2_published.csv").read_text()
    note, body = text.split("\n", 1)
    assert "119 runs" not in note and "118 runs" in note and "cccccccccc" in note, (
        "the runs behind it, counted"
    )
    lines = list(csv.reader(io.StringIO(body)))
    assert lines[0][:3] == ["dataset", "Original", "Imbalance"] and len({len(line) for line in lines}) == 1
    assert [line[0] for line in lines[1:]] == [*DATASETS, "Average"]
    assert "### Table II, F1, published protocol" in done.stdout
