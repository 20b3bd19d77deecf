"""One sheet, three forms; all of them whole whatever the cells hold."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbench.reports.collect import Choice, load_runs
from imbench.reports.figures import scores_figure
from imbench.reports.sheet import Entry, Sheet, ranked
from tests.reports.stored import write_run

TEXT = st.text("abZ09 _%&#$|{}\\^~<>±–—,\"'.()[]", max_size=12)
ENTRIES = st.builds(Entry, TEXT, st.sampled_from(["", "best", "second", "missing"]))


@st.composite
def sheets(draw):
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(ENTRIES, min_size=width, max_size=width), max_size=4))
    return Sheet("name", draw(TEXT), draw(st.lists(TEXT, min_size=width, max_size=width)), rows, draw(TEXT))


def check_latex(text, header, rows):
    """Begins and ends match, braces balance, every special sign is escaped, every line has its cells."""
    assert re.findall(r"\\(begin|end)\{([^}]*)\}", text) == [
        ("begin", "table*"), ("begin", "tabular"), ("end", "tabular"), ("end", "table*")
    ]  # fmt: skip
    bare = re.sub(r"\\[\\{}&%_#$]", "", text)
    depth = 0
    for sign in bare:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0 and bare.count("$") % 2 == 0
    words = re.sub(r"\$(?:\\pm|[<>|])\$|\\[a-zA-Z]+", "", bare)
    assert not set(words) & set("%_#$^~\\<>|"), words
    table = text.split(r"\toprule" + "\n")[1].split(r"\bottomrule")[0].replace("\\midrule\n", "")
    lines = table.strip("\n").split("\n")
    assert len(lines) == 1 + rows and all(line.endswith(r" \\") for line in lines)
    for line in lines:
        assert len(re.findall(r"(?<!\\)&", line.replace(r"\\", ""))) == header - 1


@given(sheets())
def test_latex_is_well_formed(sheet):
    check_latex(sheet.latex(), len(sheet.header), len(sheet.rows))


@given(sheets())
def test_csv_gives_the_cells_back(sheet):
    lines = list(csv.reader(io.StringIO(sheet.csv().split("\n", 1)[1])))
    assert lines == [sheet.header, *([e.text for e in row] for row in sheet.rows)]
    assert sheet.csv().startswith("# ")


@given(sheets())
def test_markdown_has_all_cells_in_each_line(sheet):
    lines = sheet.markdown().split("\n")[2 : 4 + len(sheet.rows)]
    for line in lines[2:]:
        assert len(re.findall(r"(?<!\\)\|", line)) == len(sheet.header) + 1


def test_marks():
    row = [Entry("0.9", "best"), Entry("0.8", "second"), Entry("missing", "missing"), Entry("0.1")]
    sheet = Sheet("t", "T", ["a", "b", "c", "d"], [row])
    assert "| **0.9** | <u>0.8</u> | *missing* | 0.1 |" in sheet.markdown()
    assert r"\textbf{0.9} & \underline{0.8} & \textit{missing} & 0.1 \\" in sheet.latex()


def marks(values, compete=None):
    compete = compete or [True] * len(values)
    return [e.mark for e in ranked(values, ["x"] * len(values), compete)]


def test_ranks():
    assert marks([0.3, 0.9, 0.5]) == ["", "best", "second"]
    assert marks([0.9, 0.9, 0.5]) == ["best", "best", "second"], "equal values share their mark"
    assert marks([0.90001, 0.90004, 0.5]) == ["best", "best", "second"], "equal as printed"
    assert marks([0.99, 0.9, 0.5], [False, True, True]) == ["", "best", "second"]
    assert marks([None, 0.9, 0.5]) == ["missing", "best", "second"]
    assert marks([0.9]) == [""] and marks([None]) == ["missing"], "alone there is nothing to be best of"


def test_write(tmp_path):
    sheet = Sheet("t_1", "T", ["a"], [[Entry("1")]], "note")
    paths = sheet.write(tmp_path / "deep")
    assert [p.name for p in paths] == ["t_1.md", "t_1.csv", "t_1.tex"]
    assert [p.read_text() for p in paths] == [sheet.markdown(), sheet.csv(), sheet.latex()]


@pytest.mark.parametrize("some", (False, True))
def test_figure(tmp_path, some):
    """PNG and PDF, also of nothing; the same runs give the same bytes."""
    if some:
        for method in ("smote", "original"):
            for seed in (0, 1, 2):
                write_run(tmp_path / "runs", "car", method, seed)
    runs = load_runs(tmp_path / "runs")
    one, two = (scores_figure(runs, Choice(), tmp_path / name / "scores") for name in ("a", "b"))
    assert [p.suffix for p in one] == [".png", ".pdf"]
    for left, right in zip(one, two, strict=True):
        assert left.read_bytes() == right.read_bytes() and left.stat().st_size > 3000
