"""The claims of the paper in words, each with the test that decides it on stored runs.

One function a claim, registered by :func:`imbench.reports.claims.verdict.claim`; the modules below
register theirs in the order of the paper's argument.
"""

from imbench.reports.claims import leaderboard, ablations, ratios, verification, made_rows  # noqa: F401, I001
from imbench.reports.claims.sheets import claims_sheets

__all__ = ["claims_sheets"]
