"""The claims of the paper, each with the test that decides it on stored runs.

One function a claim, registered by :func:`imbench.reports.paper.claims.claim.claim`; the modules below
register theirs in the order of the paper's argument.
"""

# The order of these imports is the order of the claims in the scorecard.
from imbench.reports.paper.claims import leaderboard, ablations  # noqa: F401, I001
from imbench.reports.paper.claims import ratio_claims, classifier_check, synthetic_rows  # noqa: F401
