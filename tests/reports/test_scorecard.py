"""The scorecard and the claims: right verdicts, and only the cells that a score touches."""

import json

import numpy as np
import pytest

from imbench.reports.paper.claims.claim import CLAIMS, FAILS, HOLDS, PAPER, UNDECIDED, together
from imbench.reports.paper.claims.evidence import Evidence, gain, judged
from imbench.reports.paper.claims.leaderboard import OURS, _level, best_on_five
from imbench.reports.paper.claims.verdicts import claims_tables
from imbench.reports.paper.paper_suite import paper_methods
from imbench.reports.paper.printed_numbers import Number
from imbench.reports.paper.published import DATASETS, published, table2_value
from imbench.reports.paper.scorecard import DIFFERS, NOT_RUN, REPRODUCED, judge, scorecard, standard_error
from imbench.reports.select import Cell, Selection
from tests.helpers import imbench
from tests.reports.printed import quoted
from tests.reports.stored import source_of, tables_of, write_run

SEEDS = (0, 1, 2)


def number(values, paper=0.8, digits=4, std=float("nan"), seeds=SEEDS):
    cell = Cell(dict(zip(seeds, values, strict=False)), seeds)
    return Number("Table II", "Table II", "german", "X", "F1", "none", paper, digits, std, cell)


def test_standard_error_is_the_sample_deviation_over_root_n():
    values = [0.70, 0.72, 0.77]
    assert standard_error(np.std(values), 3) == pytest.approx(np.std(values, ddof=1) / np.sqrt(3))


@pytest.mark.parametrize(
    ("values", "paper", "std", "verdict", "both"),
    [
        ([0.79, 0.80, 0.81], 0.811, float("nan"), REPRODUCED, "–"),  # s.e. 0.0058
        ([0.79, 0.80, 0.81], 0.812, float("nan"), DIFFERS, "–"),
        ([0.79, 0.80, 0.81], 0.82, 0.02, DIFFERS, REPRODUCED),
        ([0.80, 0.80, 0.80], 0.80004, 0.0, REPRODUCED, REPRODUCED),  # the last printed digit
        ([0.80, 0.80, 0.80], 0.80010, 0.0, DIFFERS, DIFFERS),
        ([0.80, 0.80], 0.8, 0.1, NOT_RUN, "–"),
    ],
)
def test_verdicts(values, paper, std, verdict, both):
    score = judge(number(values, paper, std=std))
    assert (score.verdict, score.with_papers) == (verdict, both)


@pytest.fixture
def stored(tmp_path):
    for method in ("imbalance", "ctgan", "imbllm"):
        for dataset in ("german", "bank"):
            for seed in SEEDS:
                write_run(tmp_path, dataset, method, seed)
    return tmp_path


def cells(table, keys):
    """Every cell by its row's first words and its column."""
    return {
        (tuple(e.text for e in row[:keys]), i, h): entry
        for i, row in enumerate(table.rows) for h, entry in zip(table.header, row, strict=True)
    }  # fmt: skip


def changed(before, after):
    assert before.keys() == after.keys()
    return [key for key in before if before[key] != after[key]]


def test_one_changed_score_changes_exactly_its_cells(stored):
    """F1 of ImbLLM on german, seed 1: its cells of Tables II, IV and V, and no other number."""
    folder = write_run(stored, "german", "imbllm", 1)
    before = tables_of(scorecard, source_of(stored))["scorecard"]
    scores = json.loads((folder / "scores.json").read_text())
    scores["classifiers"]["xgboost"]["published"]["f1"] = 0.999
    (folder / "scores.json").write_text(json.dumps(scores))
    after = tables_of(scorecard, source_of(stored))["scorecard"]
    touched = changed(cells(before, 4), cells(after, 4))
    assert {key[0] for key in touched} == {
        ("Table II", "german", "ImbLLM", "F1"),
        ("Table IV", "german", "ImbLLM", "F1"),
        ("Table V", "german", "ImbLLM", "F1"),
    }
    columns = {key[2] for key in touched}
    assert {"ours", "difference", "our std", "our s.e."} <= columns
    assert columns <= {"ours", "difference", "our std", "our s.e.", "verdict", "with the paper's spread"}


def test_every_printed_result_is_on_the_scorecard(stored):
    table = tables_of(scorecard, source_of(stored))["scorecard"]
    found = cells(table, 4)
    for dataset in DATASETS:
        for method in paper_methods():
            entry = next(
                e for (key, _, h), e in found.items()
                if key == ("Table II", dataset, method.paper_column, "F1") and h == "paper"
            )  # fmt: skip
            assert float(entry.text) == table2_value(dataset, method.paper_column)[0]
    lines = [row[0].text for row in table.rows]
    for place, name in (("Table I", "table1"), ("Table III", "table3"), ("Table V", "table5")):
        assert lines.count(place) == len(published(name)) * (5 if name == "table1" else 1)
    model = {row[2].text: row[4].text for row in table.rows if row[0].text == "Table II"}
    assert model["ImbLLM"] == "tiny" and model["CTGAN"] == "none"


def test_summary_counts_every_number_once(stored):
    table, summary = scorecard(source_of(stored))
    counts = [[int(e.text) for e in row[2:7]] for row in summary.rows]
    assert counts[-1][0] == len(table.rows) == sum(row[0] for row in counts[:-1])
    assert all(row[0] == sum(row[1:]) for row in counts)


def same(value, datasets=DATASETS):
    return dict.fromkeys(datasets, (value,) * 3)


def test_a_claim_is_not_decided_while_datasets_are_missing():
    found = judged(gain(same(0.9, DATASETS[:6]), same(0.5)), "published", "x")
    assert (found.verdict, found.so_far) == (UNDECIDED, HOLDS) and "4 of 10 datasets" in found.why
    assert judged(gain(same(0.9), same(0.5)), "published", "x").verdict == HOLDS
    assert judged(gain(same(0.4), same(0.5)), "published", "x").verdict == FAILS
    mixed = {d: (0.6 if i % 2 else 0.45,) * 3 for i, d in enumerate(DATASETS)}
    assert judged(gain(mixed, same(0.5)), "published", "x").verdict == UNDECIDED, "may be chance"
    nothing = judged(gain({}, same(0.5)), "published", "x")
    assert nothing.verdict == nothing.so_far == UNDECIDED


def test_together():
    assert together([HOLDS, HOLDS]) == HOLDS and together([FAILS]) == FAILS
    assert together([HOLDS, FAILS]) == "holds in part"
    assert together([HOLDS, UNDECIDED]) == UNDECIDED
    assert together([HOLDS, UNDECIDED, FAILS]) == "holds in part", "what failed is not hidden by what is open"
    assert together([UNDECIDED, FAILS]) == FAILS


def test_the_papers_own_table_agrees_with_its_words():
    """Five first and three second places, as quoted; and what its own numbers do not support."""
    findings = {f.protocol: f for f in best_on_five(Evidence([], Selection()))}
    expected = (
        f"first on {quoted('imbllm_best'):.0f}, second on {quoted('imbllm_second'):.0f}, lower on 2 of 10"
    )
    assert findings[PAPER].numbers == expected and findings[PAPER].verdict == HOLDS
    claim = next(c for c in CLAIMS if c.text.startswith("Each of the three changes"))
    changes = [f for f in claim.judge(Evidence([], Selection())) if f.protocol == PAPER]
    assert [f.verdict for f in changes] == ["holds in part", HOLDS, HOLDS]
    assert "alone -0.0143" in changes[0].numbers, "condition_yx alone lowers Great from 0.6833 to 0.6690"


def of_paper(start):
    """The findings on the paper's own numbers for the claim that begins like this."""
    found = next(c for c in CLAIMS if c.text.startswith(start))
    return [f for f in found.judge(Evidence([], Selection())) if f.protocol == PAPER]


def test_four_printed_values_can_decide():
    """Table V: ImbLLM is above TapTap and Pred-LLM on all four datasets, too few for Wilcoxon's test."""
    found = {f.what: f.verdict for f in of_paper("Verification fails")}
    assert found["ImbLLM over TapTap there"] == found["ImbLLM over Pred-LLM there"] == HOLDS


def test_printed_averages_decide_by_their_order():
    assert [f.verdict for f in of_paper("The F1 of ImbLLM rises")] == [HOLDS, HOLDS]
    assert [f.numbers for f in of_paper("ImbLLM improves with the number")][1] == "0.0340, 0.0764, 0.0872"
    assert "0.7761, 0.7871" in [f.numbers for f in of_paper("ImbLLM-inter is still better")]


def test_a_distance_at_the_limit_is_not_decided():
    original = same(0.8)
    near = dict.fromkeys(DATASETS, (0.77, 0.78, 0.775))
    gaps = {OURS: gain(original, near), "other": gain(original, same(0.5))}
    assert _level("published", gaps, "x", False).verdict == UNDECIDED
    gaps[OURS] = gain(original, same(0.79))
    assert _level("published", gaps, "x", False).verdict == HOLDS
    gaps[OURS] = gain(original, same(0.77))
    assert _level("published", gaps, "x", False).verdict == FAILS


def test_claims_without_any_run_are_not_decided():
    overview, findings = claims_tables(source_of([]))
    assert len(overview.rows) == len(CLAIMS) >= 15
    for row in findings.rows:
        assert row[1].text == PAPER or row[4].text == UNDECIDED, [e.text for e in row]


def test_one_changed_score_moves_only_claims_that_use_it(stored):
    """A control's score moves comparisons with this control, and nothing else."""
    for seed in SEEDS:
        write_run(stored, "german", "duplicate", seed)
    before = tables_of(claims_tables, source_of(stored))["findings"]
    write_run(stored, "german", "duplicate", 2, f1=0.123)
    after = tables_of(claims_tables, source_of(stored))["findings"]
    touched = {key[0][2] for key in changed(cells(before, 3), cells(after, 3))}
    assert touched == {"over Duplicate (control)", "AUC, over Duplicate (control)"}


def test_the_script_writes_the_same_bytes_twice(stored, tmp_path):
    written = []
    for name in ("one", "two"):
        done = imbench("--runs-dir", stored, "--out", tmp_path / name, script="scripts/scorecard.py")
        assert done.returncode == 0, done.stderr
        written.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert written[0] == written[1]
    assert set(written[0]) == {
        f"{s}.{e}" for s in ("scorecard", "scorecard_summary", "claims", "findings") for e in ("md", "csv")
    }
