"""Tables III, IV and V together: Table V selects from Table II, and a changed score moves its own cells."""

import json
from itertools import product

import numpy as np
import pytest

from imbench.reports.paper.published import DATASETS
from imbench.reports.paper.tables.table3 import table3
from imbench.reports.paper.tables.table4 import table4
from imbench.reports.paper.tables.table5 import table5
from tests.helpers import imbench
from tests.reports.ablation_runs import CHECKERS, LAST, SEEDS, cells, mean_std, store, store_run
from tests.reports.stored import score_of, source_of, tables_of


def change_f1(folder, protocol, value):
    path = folder / "scores.json"
    scores = json.loads(path.read_text())
    scores["classifiers"]["xgboost"][protocol]["f1"] = value
    path.write_text(json.dumps(scores))


def tables(ablation_dir):
    source = source_of(ablation_dir)
    third, fourth = tables_of(table3, source), tables_of(table4, source)
    return {
        "III": third["table3"],
        "III published": third["table3_published"],
        "III corrected": third["table3_corrected"],
        "IV published": fourth["table4_published"],
        "IV corrected": fourth["table4_corrected"],
        "V": tables_of(table5, source)["table5"],
    }


def changed(before, after):
    """``{(dataset, line's number, column)}`` of every cell whose text is another."""
    found = set()
    for name, table in before.items():
        old, new = cells(table), cells(after[name])
        assert old.keys() == new.keys()
        found |= {(name, *place) for place in old if old[place] != new[place]}
    return found


def test_table5_selects_from_table2(ablation_dir):
    (table,) = table5(source_of(ablation_dir))
    assert table.header[2:] == ["Original", "Imbalance", "TapTap", "Pred-LLM", "ImbLLM"]
    lines = {(row[0].text, row[1].text): row[2:] for row in table.rows}
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
def test_one_changed_score_changes_its_own_cells_alone(ablation_dir, case):
    row, protocol, places = MOVES[case]
    assert DATASETS[6] == "bank"
    before = tables(ablation_dir)
    change_f1(store(ablation_dir, "bank", row, 1), protocol, 0.123456)
    after = tables(ablation_dir)
    assert changed(before, after) == places
    assert {n: s.note for n, s in before.items()} == {n: s.note for n, s in after.items()}


def test_a_method_of_table5_changes_table5_alone(ablation_dir):
    before = tables(ablation_dir)
    change_f1(store_run(ablation_dir, "german", "taptap", 2), "corrected", 0.123456)
    assert changed(before, tables(ablation_dir)) == {("V", 5, "TapTap")}
    change_f1(store_run(ablation_dir, "fuel", "taptap", 2), "corrected", 0.123456)
    assert changed(before, tables(ablation_dir)) == {("V", 5, "TapTap")}, "fuel is not among its datasets"


def test_the_script_writes_all_tables_and_the_same_bytes_again(ablation_dir, tmp_path, paper_data):
    out = tmp_path / "out"
    options = ("--runs-dir", ablation_dir, "--out", out, "--data-dir", paper_data, "--suite", "paper")
    done = imbench("all", *options, script="scripts/tables.py")
    assert done.returncode == 0, done.stderr
    metrics, protocols = ("", "_auc"), ("published", "corrected")
    wide = {f"{n}_{r}{m}" for n in ("table2", "table3") for r in protocols for m in metrics}
    single = {"table1", "table2_comparison", "facts_f1", "facts_auc", "table3", "table5", "overview"}
    expected = wide | single | {"table4_published", "table4_corrected"}
    assert expected <= {p.stem for p in out.iterdir()}, "and whatever else is registered"
    for table in tables(ablation_dir).values():
        for path in table.write(tmp_path / "again"):
            assert path.read_bytes() == (out / path.name).read_bytes(), path.name
    note = (out / "table3.csv").read_text().split("\n")[0]
    assert "240 runs" in note and "language model: tiny" in note and "cccccccccc" in note
