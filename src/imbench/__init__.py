"""imbench: which way of making minority rows really helps a classifier on imbalanced tables?

The data goes one way: configuration → :mod:`imbench.data` (table, split) →
:mod:`imbench.samplers` (synthetic minority rows) → :mod:`imbench.scoring` (scores in two
readings) → :mod:`imbench.runs` (a record on disk) → :mod:`imbench.reports` (tables, figures).
"""

__version__ = "0.1.0"
