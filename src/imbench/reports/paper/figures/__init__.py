"""Figures of stored runs: PNG and PDF, and the drawn numbers as CSV.

Every figure carries its model, protocol, seeds, number of runs and commit. What is missing is a gap in
the picture and a line with its state in the CSV.
"""

from imbench.reports.overview import scores_figure
from imbench.reports.paper.figures.figure2 import attention_figure
from imbench.reports.paper.figures.figure4 import averages_figure
from imbench.reports.paper.figures.figure7 import distances_figure
from imbench.reports.paper.figures.figures5_6 import imbalance_figure, interpolation_figure

__all__ = [
    "attention_figure",
    "averages_figure",
    "distances_figure",
    "imbalance_figure",
    "interpolation_figure",
    "scores_figure",
]
