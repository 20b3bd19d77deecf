"""Figures of stored runs: PNG and PDF, and the drawn numbers as CSV.

Every figure carries its model, reading, seeds, number of runs and commit. What is missing is a gap in
the picture and a line with its state in the CSV.
"""

from imbench.reports.figures.attention import attention_figure
from imbench.reports.figures.averages import averages_figure
from imbench.reports.figures.distances import distances_figure
from imbench.reports.figures.ratios import imbalance_figure, interpolation_figure
from imbench.reports.figures.scores import scores_figure

__all__ = [
    "attention_figure",
    "averages_figure",
    "distances_figure",
    "imbalance_figure",
    "interpolation_figure",
    "scores_figure",
]
