"""The registry of reports: everything registered writes from made-up records, and a new file is found."""

import json
import sys
from pathlib import Path

import pytest

from imbench.errors import ConfigError
from imbench.reports import registry
from imbench.reports.paper.paper_suite import PAPER
from imbench.reports.registry import FIGURES, TABLES, discover, report_table, write_tables
from imbench.reports.suite import STORED, suite_of
from imbench.reports.verdict.design import VERDICT
from tests.helpers import ROOT, imbench
from tests.reports.stored import score_of, source_of, write_run
from tests.reports.test_figures import attention_record

discover()
METHODS = ("imbalance", "class_weight", "duplicate", "smote")
SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Runs on two datasets of the paper and on one of the user's; attention measurements."""
    place = tmp_path_factory.mktemp("stored")
    for dataset in ("german", "car", "insurance"):
        for method in METHODS:
            for seed in SEEDS:
                folder = write_run(place / "runs", dataset, method, seed)
                scores = json.loads((folder / "scores.json").read_text())
                scores["quality"]["coverage"] = score_of(dataset, method, seed)
                (folder / "scores.json").write_text(json.dumps(scores))
    for ordering in ("fix_y", "permute_xy"):
        attention_record(place / "attention", ordering)
    return place


@pytest.mark.parametrize("suite", (PAPER, STORED), ids=lambda suite: suite.name)
@pytest.mark.parametrize("report", TABLES.values(), ids=TABLES)
def test_every_table_writes(place, tmp_path, report, suite, paper_data):
    source = source_of(place / "runs", suite, data_dir=str(paper_data))
    written = list(write_tables([report], source, tmp_path))
    assert written or report.name == "noise", "no run has another number of bins"
    for table, paths in written:
        assert table.rows and all(len(row) == len(table.header) for row in table.rows), table.name
        assert table.title and table.note
        assert [p.suffix.lstrip(".") for p in paths] == list(report.formats)
        assert all(p.stat().st_size for p in paths)


@pytest.mark.parametrize("suite", (PAPER, STORED), ids=lambda suite: suite.name)
@pytest.mark.parametrize("report", FIGURES.values(), ids=FIGURES)
def test_every_figure_writes(place, tmp_path, report, suite):
    source = source_of(place / "runs", suite, attention_dir=place / "attention")
    paths = list(report.make(source, tmp_path))
    # on the paper's suite no method is complete on all ten datasets, so there is nothing to compare; the runs
    # have neither an average precision nor tuned scores, which the verdict's figures show (test_verdict)
    assert paths or report.group == VERDICT or (suite is PAPER and report.group == registry.STATISTICS)
    assert all(p.parent == tmp_path and p.stat().st_size for p in paths)


def test_the_papers_numbers_keep_their_names():
    assert {"1", "2", "3", "4", "5"} <= set(TABLES) and {"scores", "2", "4", "5", "6", "7"} <= set(FIGURES)


def test_a_new_file_is_a_new_table(tmp_path, monkeypatch):
    """One decorated function in one file, and no other edit."""
    package = sys.modules["imbench.reports"]
    (tmp_path / "pair_count.py").write_text(
        "from imbench.reports.registry import report_table\n"
        "from imbench.reports.table import Entry, ReportTable\n\n"
        "@report_table('pair_count', title='Number of pairs')\n"
        "def pair_count(source):\n"
        "    yield ReportTable('pair_count', 'Pairs', ['pairs'], [[Entry(str(len(source.groups)))]], 'n')\n"
    )
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    monkeypatch.setattr(registry, "TABLES", dict(TABLES))
    assert "pair_count" in registry.registered(registry.TABLES)
    sys.modules.pop("imbench.reports.pair_count")


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="registered already"):
        report_table("overview", title="again")(lambda source: [])


def test_statistics_cover_the_datasets_that_are_stored(place, tmp_path):
    done = imbench("--runs-dir", place / "runs", "--out", tmp_path, "--figures", tmp_path,
                   script="scripts/compare.py")  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "ranks_corrected_f1_all.md").read_text()
    assert "all 3 datasets" in text and "Datasets: car, german, insurance" in text


def test_suites():
    assert suite_of("paper") is PAPER and suite_of("stored") is STORED
    assert set(suite_of("embedded").datasets) == {"german", "car", "insurance"}
    with pytest.raises(ConfigError, match="'nosuch' is not one of"):
        suite_of("nosuch")


def test_nothing_but_the_papers_package_imports_it():
    """The paper's names, captions and claims live in reports/paper; a registry finds them."""
    found = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "src" / "imbench").rglob("*.py")
        if "reports/paper" not in path.as_posix() and "reports.paper" in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_help_lists_the_reports():
    done = imbench("--help", script="scripts/tables.py")
    assert done.returncode == 0 and "overview" in done.stdout and "Table IV" in done.stdout
    assert Path(ROOT / "scripts" / "tables.py").is_file()
