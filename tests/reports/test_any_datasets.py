"""Reports of any files: one dataset, one method, odd and long names, failed runs, too few for tests."""

import csv
import runpy
import warnings
from pathlib import Path

import pytest

from imbench.reports import letters
from imbench.reports import overview as overview_module
from imbench.reports.letters import drawable, families, lines_of, make_drawable, missing_letters
from imbench.reports.select import load_runs, stored_selection
from imbench.reports.style import pyplot, save
from imbench.reports.suite import STORED
from imbench.runs.run import run_one
from imbench.utils.paths import ROOT
from tests.helpers import csv_overrides, mixed_frame, run_config
from tests.reports.stored import source_of

LONG = "a_very_long_name_of_a_table_that_somebody_exported_from_a_warehouse_on_2024-01-31_final_v2"
#: The Hangul, Han and Kana of nobody's default font, and a letter that no font has.
NO_FONT = next(chr(c) for c in range(0x2A600, 0x2A6D0) if missing_letters(chr(c)))


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Two methods on a file with a long name and one that no font can write; a third file is not there."""
    folder = tmp_path_factory.mktemp("files")
    for seed, name in enumerate((LONG, f"data {NO_FONT}")):
        mixed_frame(80, 30, seed=seed).to_csv(folder / f"{name}.csv", index=False)
        for method in ("duplicate", "imbalance"):
            own = [f"dataset.path='{folder / name}.csv'" if "path" in o else o for o in csv_overrides("x")]
            assert run_one(run_config(folder / "runs", *own, f"method={method}")).ok
    failed = run_config(folder / "runs", *csv_overrides(folder / "absent.csv"), "method=duplicate")
    assert not run_one(failed).ok
    return folder / "runs"


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    """One run of one method without a reference on one dataset."""
    folder = tmp_path_factory.mktemp("single")
    mixed_frame(80, 30).to_csv(folder / "plain.csv", index=False)
    own = csv_overrides(folder / "plain.csv")
    assert run_one(run_config(folder / "runs", *own, "method=smotenc")).ok
    return folder / "runs"


@pytest.fixture
def script(monkeypatch, capsys, tmp_path):
    """Run a script in this process; its printed lines, and the Markdown and CSV that it wrote by name."""

    def run(name, runs_dir, *options):
        arguments = [name, *options, "--runs-dir", str(runs_dir), "--out", str(tmp_path / name)]
        monkeypatch.setattr("sys.argv", arguments)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert runpy.run_path(str(ROOT / "scripts" / f"{name}.py"))["main"]() == 0
        files = {p.name: p.read_text() for p in (tmp_path / name).iterdir() if p.suffix in (".md", ".csv")}
        return capsys.readouterr().out, files, [str(w.message) for w in caught]

    return run


@pytest.mark.parametrize(
    ("name", "left_out"), (("tables", "1, 2, 3, 4, 5, facts, noise"), ("figures", "2, 4, 5, 6, 7"))
)
def test_reports_of_the_paper_are_left_out_by_name(name, left_out, script, single):
    out, files, _ = script(name, single, "all")
    assert f"Left out: {left_out}, for they are about the suite 'paper'" in out
    assert {file.split(".")[0] for file in files} == (
        {"models", "overview"} if name == "tables" else {"scores"}
    )


def test_a_report_of_the_paper_is_made_where_it_is_asked_for(script, single):
    _, files, _ = script("tables", single, "5")
    assert "table5.md" in files


def test_no_table_is_empty_and_no_title_is_of_several_datasets(script, single, tmp_path):
    _, tables, _ = script("tables", single, "all")
    out, statistics, _ = script("compare", single, "--figures", str(tmp_path / "drawn"))
    for name, text in (tables | statistics).items():
        if name.endswith(".md"):
            assert [line for line in text.splitlines() if line.startswith("| ")][2:], name
            assert "all 1 datasets" not in text and "1 runs" not in text and "nothing is stored" not in text
    text = statistics["ranks_corrected_f1_all.md"]
    assert "the dataset plain" in text and "Complete: SMOTE-NC." in text
    assert "written: \n" not in out and out.count("not drawn") == 2


def test_a_dataset_without_a_finished_run_leaves_the_others_comparable(script, stored, tmp_path):
    _, files, _ = script("compare", stored, "--figures", str(tmp_path / "drawn"))
    text = files["ranks_corrected_f1_all.md"]
    assert "all 2 datasets" in text and "| Duplicate |" in text and "No method is complete on absent." in text
    for kind in ("gains", "nemenyi", "correlation"):
        text = files[f"{kind}_corrected_f1_all.md"]
        assert [line for line in text.splitlines() if line.startswith("| ")][2:], kind
    assert "fewer than three settings" in text


def test_letters_without_a_font_make_one_warning_and_are_written_as_code_points(script, stored):
    _, files, messages = script("figures", stored, "scores")
    assert [m for m in messages if "font" in m.lower() or "glyph" in m.lower()] == [
        f"no installed font has the letters {NO_FONT}; figures write them as code points. Install a font "
        "that has them, such as Noto Sans CJK."
    ]
    assert NO_FONT in files["scores.csv"], "the numbers keep the name"


def test_labels_and_titles_are_drawable(tmp_path):
    figure, axis = pyplot().subplots()
    axis.set_yticks([0, 1], [f"on {NO_FONT}", "plain"])
    axis.set_title("küche тест")
    with pytest.warns(UserWarning, match="no installed font"):
        assert make_drawable(figure)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save(figure, tmp_path / "figure")
        assert not make_drawable(figure)
    assert [t.get_text() for t in axis.get_yticklabels()] == [f"on U+{ord(NO_FONT):X}", "plain"]
    assert axis.get_title() == "küche тест"


def test_an_installed_font_is_used(monkeypatch):
    """STIX comes with Matplotlib and has letters that its default font lacks."""
    for cached in (families, letters._letters):
        cached.cache_clear()
    monkeypatch.setattr(letters, "FALLBACKS", ())
    only = letters._letters(families())
    families.cache_clear()
    monkeypatch.setattr(letters, "FALLBACKS", ("STIXGeneral",))
    more = sorted(letters._letters(families()) - only)
    assert families()[-1] == "STIXGeneral" and more and drawable(chr(more[0])) == chr(more[0])
    assert pyplot().rcParams["font.family"] == list(families())
    monkeypatch.undo()
    families.cache_clear()
    pyplot()


@pytest.mark.parametrize(
    ("text", "lines"),
    (
        ("plain", ["plain"]),
        ("export_of_table_number_00", ["export_of_", "table_", "number_00"]),
        ("abcdefghijklmno", ["abcdefghij", "klmno"]),
        ("two words here", ["two words", "here"]),
        ("", [""]),
    ),
)
def test_long_names_break_after_separators(text, lines):
    assert lines_of(text, 10).split("\n") == lines


def test_no_name_is_lost_or_too_wide_by_breaking():
    for text in (LONG, "SMOTE (duplicates on a, b and 1 other datasets: 3 rows)"):
        lines = lines_of(text, 28).split("\n")
        assert max(map(len, lines)) <= 28
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_marks_are_inside_the_panels_and_an_empty_panel_says_so(stored, monkeypatch, tmp_path):
    overview = overview_module
    drawn = []
    monkeypatch.setattr(overview, "write_figure", lambda figure, *rest: drawn.append(figure) or [])
    source = _selected(stored)
    overview.scores_figure(source, tmp_path)
    panels = [axis for axis in drawn[0].axes if axis.get_visible()]
    assert len(panels) == 3
    for axis in panels:
        low, high = axis.get_ylim()
        assert low <= -0.5 and high >= 1.5, "the marks of the first and last method are not on the frame"
        assert len(axis.get_xticks()) <= overview.TICKS + 2
    notes = {axis.get_title(): [t.get_text() for t in axis.texts] for axis in panels}
    assert notes["absent"] == ["no method has all its runs"] and sum(map(len, notes.values())) == 1


def _selected(runs):
    """The source of stored runs (a folder or flat lines) with what is stored selected."""
    lines = load_runs(runs) if isinstance(runs, Path) else runs
    return source_of(runs, suite=STORED, selection=stored_selection(lines)[0])


def test_many_datasets_are_rows(stored):
    overview = overview_module.overview

    few = _selected(stored)
    (table,) = overview(few)
    assert table.header[0] == "method" and len(table.rows) == 2
    runs = [
        run | {"dataset": f"{run['dataset']} {n}", "key": f"{run['key']}{n}"}
        for n in range(5)
        for run in few.runs
    ]
    many = _selected(runs)
    (table,) = overview(many)
    assert table.header == ["dataset", "protocol", "Duplicate", "Imbalance"] and table.keys == 2
    assert len(table.rows) == 30 and len(list(csv.reader(table.csv().splitlines()))) == 32
