"""Draw figures of stored runs: ``python scripts/figures.py 5``.

scores   F1 of every method on every dataset under both protocols
2        attention between label and features (numbers of scripts/attention.py; --dataset)
4        average AUC, close probability and coverage
5, 6     F1 against the interpolation ratio and against the imbalance ratio
7        distances of unseen minority rows to the closest synthetic row (--dataset)
all      all of them

Writes PNG, PDF and the drawn numbers as CSV into ``results/figures``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown

if TYPE_CHECKING:
    from imbench.reports.select import Selection

FIGURES = ("scores", "2", "4", "5", "6", "7")
#: Tables of Figures 2 and 7 where none is named.
USUAL = {"2": "german", "7": "gem_price"}


def main() -> int:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figure", choices=(*FIGURES, "all"))
    parser.add_argument("--runs-dir", default="results/runs")
    parser.add_argument("--attention-dir", default="results/attention")
    parser.add_argument("--out", default="results/figures")
    parser.add_argument("--classifier", default="xgboost")
    parser.add_argument("--llm", default="tiny", help="language model of the runs to show (default: tiny)")
    parser.add_argument("--dataset", default=None, help="dataset of figure 2 (german) or 7 (gem_price)")
    words = parser.parse_args()

    from imbench.reports.paper.figures import attention_figure, distances_figure
    from imbench.reports.paper.figures.figure2 import measured_datasets
    from imbench.reports.select import Selection, load_runs

    runs_dir, attention_dir = from_root(words.runs_dir), from_root(words.attention_dir)
    out, selection = from_root(words.out), Selection(classifier=words.classifier, llm=words.llm)
    wanted = FIGURES if words.figure == "all" else (words.figure,)
    runs = load_runs(runs_dir) if wanted != ("2",) else []
    for name in wanted:
        if name == "2":
            usual = measured_datasets(attention_dir, selection) if words.figure == "all" else [USUAL["2"]]
            for dataset in [words.dataset] if words.dataset else usual:
                tell(attention_figure(attention_dir, selection, out / stem_of(name, dataset), dataset))
        elif name == "7":
            dataset = words.dataset or USUAL["7"]
            tell(distances_figure(runs, selection, out / stem_of(name, dataset), runs_dir, dataset))
        else:
            tell(drawing_of(name)(runs, selection, out / stem_of(name)))
    return 0


def drawing_of(name: str) -> Callable[[list[dict[str, Any]], Selection, Path], list[Path]]:
    """The function that draws a figure of all datasets."""
    from imbench.reports.paper import figures

    return {
        "scores": figures.scores_figure,
        "4": figures.averages_figure,
        "5": figures.interpolation_figure,
        "6": figures.imbalance_figure,
    }[name]


def stem_of(name: str, dataset: str | None = None) -> str:
    """The files' name; a dataset other than the usual one is part of it."""
    stem = name if name == "scores" else f"figure{name}"
    return stem if dataset == USUAL.get(name) else f"{stem}_{dataset}"


def tell(paths: list[Path]) -> None:
    """Name the written files."""
    for path in paths:
        print("written:", shown(path))


if __name__ == "__main__":
    sys.exit(exit_code(main))
