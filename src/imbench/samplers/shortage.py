"""What a ledger says that a sampler did not do as its name and its input promise, as sentences."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from imbench.errors import SamplerWarning

#: How the sentence of a fallback begins.
FALLBACK = "The sampler did not run"


def shortages(ledger: Mapping[str, Any]) -> list[str]:
    """A fallback, and fewer rows than requested, as sentences.

    >>> shortages({"requested": 10, "accepted": 7})
    ['7 of 10 requested rows were added.']
    """
    sentences = []
    if ledger.get("fallback"):
        sentences.append(f"{FALLBACK}: {ledger['fallback']}.")
    requested, accepted = ledger.get("requested"), ledger.get("accepted")
    if requested and accepted is not None and accepted < requested:
        sentences.append(f"{accepted} of {requested} requested rows were added.")
    return sentences


def changed_shares(ledger: Mapping[str, Any]) -> list[str]:
    """Columns with another share of missing cells than the class that was filled up, as one sentence.

    >>> changed_shares({"missing_shares": {"age": [0.3, 0.0]}})
    ["Share of missing cells in the minority's and in the synthetic rows: age 30 % and 0 %; \
method.missing=impute keeps it."]
    """
    shares = ledger.get("missing_shares")
    if not shares:
        return []
    columns = [f"{name} {before:.0%} and {after:.0%}".replace("%", " %")
               for name, (before, after) in shares.items()]  # fmt: skip
    more = f" and {len(columns) - 10} more columns" if len(columns) > 10 else ""
    return [
        "Share of missing cells in the minority's and in the synthetic rows: "
        f"{', '.join(columns[:10])}{more}; method.missing=impute keeps it."
    ]


def warn_of_shortage(name: str, ledger: Mapping[str, Any]) -> None:
    """Each sentence as a :class:`SamplerWarning` of the sampler ``name``, for its caller."""
    for sentence in (*shortages(ledger), *changed_shares(ledger)):
        warnings.warn(f"{name}: {sentence}", SamplerWarning, stacklevel=4)
