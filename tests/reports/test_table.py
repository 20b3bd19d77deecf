"""A report table in three formats; all of them well-formed whatever the cells hold."""

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbench.reports.overview import scores_figure
from imbench.reports.table import FITTED, PAGE_COLUMNS, PAGE_ROWS, Entry, ReportTable, ranked
from imbench.utils.paths import ROOT
from tests.reports.stored import source_of, write_run

TEXT = st.text("abZ09 _%&#$|{}\\^~<>±–—,\"'.()[]", max_size=12)
ENTRIES = st.builds(Entry, TEXT, st.sampled_from(["", "best", "second", "missing"]))


@st.composite
def tables(draw):
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(ENTRIES, min_size=width, max_size=width), max_size=4))
    return ReportTable(
        "name", draw(TEXT), draw(st.lists(TEXT, min_size=width, max_size=width)), rows, draw(TEXT)
    )


def check_latex(text, header, rows):
    """Begins and ends match, braces balance, every special sign is escaped, every line has its cells."""
    assert re.findall(r"\\(begin|end)\{([^}]*)\}", text) == [
        ("begin", "table*"), ("begin", "tabular"), ("end", "tabular"), ("end", "table*")
    ]  # fmt: skip
    first, text = text.split("\n", 1)
    assert first == r"% \usepackage{booktabs,graphicx}"
    bare = re.sub(r"\\[\\{}&%_#$]", "", text)
    depth = 0
    for sign in bare.replace("%\n", "\n"):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0 and bare.count("$") % 2 == 0
    words = re.sub(r"\$(?:\\pm|[<>|])\$|\\[a-zA-Z]+", "", bare.replace(FITTED, ""))
    assert not set(words) & set("%_#$^~\\<>|"), words
    table = text.split(r"\toprule" + "\n")[1].split(r"\bottomrule")[0].replace("\\midrule\n", "")
    lines = table.strip("\n").split("\n")
    assert len(lines) == 1 + rows and all(line.endswith(r" \\") for line in lines)
    for line in lines:
        assert len(re.findall(r"(?<!\\)&", line.replace(r"\\", ""))) == header - 1
        assert not line.startswith(("[", "*")), "the line break before it would take it for its option"


@given(tables())
def test_latex_is_well_formed(table):
    check_latex(table.latex(), len(table.header), len(table.rows))


def test_no_name_breaks_a_markdown_table_or_becomes_markup():
    names = ["a|b", "<b>bold", "x,y;z", "50%", "p < 0.05", "two\nlines"]
    text = ReportTable("t", "T", names, [[Entry(name) for name in names]], "N").markdown()
    header, _, row = (line for line in text.splitlines() if line.startswith("|"))
    assert header == row == "| a\\|b | &lt;b>bold | x,y;z | 50% | p < 0.05 | two lines |"


def latex_lines(text):
    """Every line of cells, as a list of cells, the headers among them."""
    return [line.removesuffix(r" \\").split(" & ") for line in text.split("\n") if line.endswith(r" \\")]


def test_a_long_table_goes_on_in_another_with_every_row_once():
    rows = [[Entry(f"r{i}"), Entry(f"{i}")] for i in range(2 * PAGE_ROWS + 1)]
    text = ReportTable("t", "Title", ["a", "b"], rows, "Note").latex()
    assert text.count(r"\begin{table*}") == text.count(r"\end{table*}") == 3
    assert re.findall(r"part (\d of \d)", text) == ["1 of 3", "2 of 3", "3 of 3"]
    lines = latex_lines(text)
    assert lines.count(["a", "b"]) == 3
    assert [line for line in lines if line != ["a", "b"]] == [[f"r{i}", f"{i}"] for i in range(len(rows))]


def test_a_wide_table_has_blocks_with_its_naming_columns_each():
    header = ["k", "l", *(f"c{i}" for i in range(PAGE_COLUMNS + 3))]
    rows = [[Entry(f"{h}{i}") for h in header] for i in range(2)]
    text = ReportTable("t", "T", header, rows, "N", keys=2).latex()
    assert text.count(r"\begin{table*}") == 1 and text.count(r"\begin{tabular}") == 2
    left, right = (latex_lines(block) for block in text.split(r"\par\medskip"))
    assert (
        [line[:2] for line in left]
        == [line[:2] for line in right]
        == [["k", "l"], ["k0", "l0"], ["k1", "l1"]]
    )
    joined = [one + two[2:] for one, two in zip(left, right, strict=True)]
    assert joined == [header, *([e.text for e in row] for row in rows)]
    assert all(len(line) <= PAGE_COLUMNS + 2 for line in left + right)
    assert ReportTable("t", "T", header, rows, "N", columns=4).latex().count(r"\begin{tabular}") == 4


def compile_latex(folder, paths):
    """One document with all of them, a page each; what the log says of errors and of things too large."""
    for tool in ("pdflatex", "kpsewhich"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    for package in ("booktabs.sty", "graphicx.sty"):
        if subprocess.run(["kpsewhich", package], capture_output=True).returncode:
            pytest.skip(f"LaTeX is here without {package}")
    (folder / "tex").mkdir(exist_ok=True)  # a path of its own: TeX reads no blanks in names
    names = [Path(shutil.copy(path, folder / "tex")).name for path in paths]
    inputs = "\n".join(rf"\input{{tex/{name}}}\clearpage" for name in names)
    head = r"\documentclass[a4paper]{article}\usepackage{booktabs,graphicx}\begin{document}"
    (folder / "all.tex").write_text("\n".join([head, inputs, r"\end{document}"]), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    log = (folder / "all.log").read_text(encoding="utf-8", errors="replace")
    wrong = [line for line in log.split("\n") if re.match(r"!|Overfull|.*[Ff]loat too large", line)]
    return [] if done.returncode == 0 and (folder / "all.pdf").exists() and not wrong else wrong or [log]


def test_every_stored_table_compiles_and_fits_its_page(tmp_path):
    paths = sorted((ROOT / "results" / "tables").glob("*.tex"))
    assert paths
    assert compile_latex(tmp_path, paths) == []


def test_any_sign_and_any_size_compiles(tmp_path):
    signs = "abZ09 _%&#$|{}\\^~<>±–—,\"'.()[]*"
    tall = ReportTable("tall", signs, ["a", "b"], [[Entry("[x]"), Entry(signs, "best")]] * 100, signs)
    wide = ReportTable(
        "wide", "wide", [f"heading {i}" for i in range(40)], [[Entry("* 0.1234 (0.123)", "second")] * 40]
    )
    paths = [
        path for table in (tall, wide, ReportTable("none", "none", ["a"])) for path in table.write(tmp_path)
    ]
    assert compile_latex(tmp_path, [path for path in paths if path.suffix == ".tex"]) == []
    broken = tmp_path / "broken.tex"
    broken.write_text(r"\begin{table*}\textbf{\end{table*}")
    assert compile_latex(tmp_path, [broken]) != []


@given(tables())
def test_csv_gives_the_cells_back(table):
    lines = list(csv.reader(io.StringIO(table.csv().split("\n", 1)[1])))
    assert lines == [table.header, *([e.text for e in row] for row in table.rows)]
    assert table.csv().startswith("# ")


@given(tables())
def test_markdown_has_all_cells_in_each_line(table):
    lines = table.markdown().split("\n")[2 : 4 + len(table.rows)]
    for line in lines[2:]:
        assert len(re.findall(r"(?<!\\)\|", line)) == len(table.header) + 1


def test_marks():
    row = [Entry("0.9", "best"), Entry("0.8", "second"), Entry("missing", "missing"), Entry("0.1")]
    table = ReportTable("t", "T", ["a", "b", "c", "d"], [row])
    assert "| **0.9** | <u>0.8</u> | *missing* | 0.1 |" in table.markdown()
    assert r"\textbf{0.9} & \underline{0.8} & \textit{missing} & 0.1 \\" in table.latex()


def marks(values, compete=None, higher_is_better=True):
    compete = compete or [True] * len(values)
    return [e.mark for e in ranked(values, ["x"] * len(values), compete, higher_is_better)]


def test_ranks():
    assert marks([0.3, 0.9, 0.5]) == ["", "best", "second"]
    assert marks([0.9, 0.9, 0.5]) == ["best", "best", "second"], "equal values share their mark"
    assert marks([0.90001, 0.90004, 0.5]) == ["best", "best", "second"], "equal as printed"
    assert marks([0.99, 0.9, 0.5], [False, True, True]) == ["", "best", "second"]
    assert marks([None, 0.9, 0.5]) == ["missing", "best", "second"]
    assert marks([0.9]) == [""] and marks([None]) == ["missing"], "alone there is nothing to be best of"
    assert marks([0.3, 0.9, 0.5], higher_is_better=False) == ["best", "", "second"]
    assert marks([0.3, 0.9, None], higher_is_better=None) == ["", "", "missing"]


def test_write(tmp_path):
    table = ReportTable("t_1", "T", ["a"], [[Entry("1")]], "note")
    paths = table.write(tmp_path / "deep")
    assert [p.name for p in paths] == ["t_1.md", "t_1.csv", "t_1.tex"]
    assert [p.read_text() for p in paths] == [table.markdown(), table.csv(), table.latex()]


@pytest.mark.parametrize("some", (False, True))
def test_figure(tmp_path, some):
    """PNG and PDF, also of nothing; the same runs give the same bytes."""
    if some:
        for method in ("smote", "original"):
            for seed in (0, 1, 2):
                write_run(tmp_path / "runs", "car", method, seed)
    source = source_of(tmp_path / "runs")
    one, two = (scores_figure(source, tmp_path / name) for name in ("a", "b"))
    assert [p.suffix for p in one][:2] == [".png", ".pdf"]
    for left, right in zip(one, two, strict=True):
        assert left.read_bytes() == right.read_bytes()
        assert left.stat().st_size > 3000 or left.suffix not in (".png", ".pdf")
