"""Regenerate a table of the paper: ``python scripts/tables.py 1|2``.

Writes Markdown, CSV and LaTeX into ``results/tables`` and prints the Markdown. Table 2 comes under both
readings, beside the paper's values, and scored in four ways that tell the readings' parts apart.
"""

from __future__ import annotations

import argparse
import sys

import yaml

from imbench.paths import ROOT, from_root, shown
from imbench.script import exit_code


def main() -> int:
    """Parse the command line, build the sheets, write and print them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("number", type=int, choices=(1, 2), help="number of the paper's table")
    parser.add_argument("--runs-dir", default="results/runs", help="where the run records are")
    parser.add_argument("--out", default="results/tables", help="where the files go")
    parser.add_argument("--data-dir", default=None, help="folder with the paper's data files (Table I)")
    parser.add_argument(
        "--metric", default="f1", help="f1 (default), auc, or any other of a reading's metrics"
    )
    parser.add_argument("--classifier", default="xgboost")
    parser.add_argument("--llm", default=None, help="language model of the runs to show")
    words = parser.parse_args()
    for sheet in _sheets(words):
        paths = sheet.write(from_root(words.out))
        print(sheet.markdown())
        print("written:", ", ".join(shown(p) for p in paths), "\n")
    return 0


def _sheets(words: argparse.Namespace) -> list:
    from imbench.reports import tables
    from imbench.reports.collect import Choice, load_runs
    from imbench.reports.facts import WAYS, facts_table
    from imbench.reports.noise import noise_table
    from imbench.reports.paper import DATASETS

    if words.number == 1:
        configs = [
            yaml.safe_load((ROOT / "conf" / "dataset" / f"{d}.yaml").read_text("utf-8")) for d in DATASETS
        ]
        return [tables.table1(configs, words.data_dir)]
    runs = load_runs(from_root(words.runs_dir))
    choice = Choice(classifier=words.classifier, llm=words.llm)
    sheets = [tables.table2(runs, reading, choice, words.metric) for reading in tables.READINGS]
    if words.metric == "f1":
        sheets.append(tables.table2_comparison(runs, choice))
        noise = noise_table(runs, choice)
        sheets += [noise] if noise.rows else []
    if words.metric in WAYS:
        sheets.append(facts_table(runs, choice, words.metric))
    return sheets


if __name__ == "__main__":
    sys.exit(exit_code(main))
