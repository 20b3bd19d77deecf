"""Reports of stored runs: tables, figures, statistics and the page. They read records and never fit.

:mod:`imbench.reports.registry` has the decorators by which a module adds a table or a figure. The
subpackage ``paper`` holds everything about the reproduced paper; the rest works for any datasets and methods.
"""
