"""Regenerate the datasets of the paper: ``python scripts/tables.py 1|2|3|4|5|all``.

Writes Markdown, CSV and LaTeX into ``results/datasets`` and prints the Markdown. All but Table 1 come from
stored runs, under both protocols and beside the paper's values; Table 2 also scored in four ways that tell
the protocols' parts apart, Table 3 also dataset by dataset. ``all`` gives Tables 2 and 3 for F1 and for AUC.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import yaml

from imbench.utils.cli import exit_code
from imbench.utils.paths import ROOT, from_root, shown

TABLES = ("1", "2", "3", "4", "5")


def main() -> int:
    """Parse the command line, build the tables, write and print them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("number", choices=(*TABLES, "all"), help="number of the paper's dataset, or all")
    parser.add_argument("--runs-dir", default="results/runs", help="where the run records are")
    parser.add_argument("--out", default="results/datasets", help="where the files go")
    parser.add_argument("--data-dir", default=None, help="folder with the paper's data files (Table I)")
    parser.add_argument(
        "--metric",
        default=None,
        help="of Tables 2 and 3: f1 (default), auc, or any other of a protocol's metrics",
    )
    parser.add_argument("--classifier", default="xgboost")
    parser.add_argument(
        "--llm", default="tiny", help="language model of the runs to show (default: %(default)s)"
    )
    words = parser.parse_args()
    for table in _tables(words):
        paths = table.write(from_root(words.out))
        print(table.markdown())
        print("written:", ", ".join(shown(p) for p in paths), "\n")
    return 0


def _tables(words: argparse.Namespace) -> Iterator:
    from imbench.reports.select import Selection, load_runs
    from imbench.reports.table import MISSING

    numbers = TABLES if words.number == "all" else (words.number,)
    metrics = [words.metric or "f1"] + ["auc"] * (words.number == "all" and words.metric is None)
    runs = [] if numbers == ("1",) else load_runs(from_root(words.runs_dir))
    selection = Selection(classifier=words.classifier, llm=words.llm)
    for number in numbers:
        if number == "1":
            counted = _table1(words.data_dir)
            incomplete = [row[0].text for row in counted.rows if any(e.mark == MISSING for e in row)]
            if incomplete and words.number == "all":
                print(
                    f"Table I stays as it is: no data file for {', '.join(incomplete)} (see IMBENCH_DATA).\n"
                )
            else:
                yield counted
        elif number in ("2", "3"):
            for metric in metrics:
                yield from {"2": _table2, "3": _table3}[number](runs, selection, metric)
        else:
            yield from {"4": _table4, "5": _table5}[number](runs, selection)


def _table1(data_dir: str | None):
    from imbench.reports.paper.published import DATASETS
    from imbench.reports.paper.tables.table2 import table1

    folder = ROOT / "conf" / "dataset"
    return table1(
        [yaml.safe_load((folder / f"{d}.yaml").read_text(encoding="utf-8")) for d in DATASETS], data_dir
    )


def _table2(runs: list, selection, metric: str) -> Iterator:
    from imbench.reports.paper.cells import PROTOCOLS
    from imbench.reports.paper.tables.facts import WAYS, facts_table
    from imbench.reports.paper.tables.noise import noise_table
    from imbench.reports.paper.tables.table2 import table2, table2_comparison

    yield from (table2(runs, protocol, selection, metric) for protocol in PROTOCOLS)
    if metric == "f1":
        yield table2_comparison(runs, selection)
        noise = noise_table(runs, selection)
        yield from [noise] if noise.rows else []
    if metric in WAYS:
        yield facts_table(runs, selection, metric)


def _table3(runs: list, selection, metric: str) -> Iterator:
    from imbench.reports.paper.cells import PROTOCOLS
    from imbench.reports.paper.tables.table3 import table3, table3_grid

    if metric == "f1":
        yield table3(runs, selection)
    yield from (table3_grid(runs, protocol, selection, metric) for protocol in PROTOCOLS)


def _table4(runs: list, selection) -> Iterator:
    from imbench.reports.paper.cells import PROTOCOLS
    from imbench.reports.paper.tables.table4 import table4

    yield from (table4(runs, protocol, selection) for protocol in PROTOCOLS)


def _table5(runs: list, selection) -> Iterator:
    from imbench.reports.paper.tables.table5 import table5

    yield table5(runs, selection)


if __name__ == "__main__":
    sys.exit(exit_code(main))
