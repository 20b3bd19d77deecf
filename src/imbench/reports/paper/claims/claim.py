"""Claims, findings on them, and verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

HOLDS, IN_PART, FAILS, UNDECIDED = "holds", "holds in part", "does not hold", "not decided"
#: Whose numbers a finding is about: the paper's printed ones, or ours under a protocol; measures of the
#: synthetic rows need no classifier and so no protocol.
PAPER, ROWS = "paper's own numbers", "synthetic rows"
ONE_ENCODER = "published, one encoder"


@dataclass(frozen=True)
class Finding:
    """One verdict on a claim.

    ``protocol``: whose numbers. ``what``: what is compared. ``numbers``: as text. ``control``: set against
    something that is not in the paper; such a finding does not decide the claim. ``so_far``: the verdict
    that the datasets at hand would give; the same as ``verdict`` unless runs are missing.
    """

    protocol: str
    what: str
    numbers: str
    verdict: str
    why: str = ""
    control: bool = False
    so_far: str = ""


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, its place, the test that decides it, and the function that does."""

    text: str
    place: str
    test: str
    judge: Callable[[Any], Iterable[Finding]]


#: All claims, in the order in which they are registered.
CLAIMS: list[Claim] = []


def claim(text: str, place: str, test: str) -> Callable[..., Any]:
    """Register a function ``Evidence → findings`` as the judge of a claim."""

    def register(judge: Callable[[Any], Iterable[Finding]]) -> Callable[[Any], Iterable[Finding]]:
        CLAIMS.append(Claim(text, place, test, judge))
        return judge

    return register


def together(verdicts: Iterable[str]) -> str:
    """One verdict for several findings, all of which the claim states.

    Theirs where they agree; as soon as one fails, the claim holds in part or, where none holds, not at all;
    else undecided while one is.
    """
    found = set(verdicts)
    if len(found) == 1:
        return found.pop()
    if FAILS in found:
        return IN_PART if found & {HOLDS, IN_PART} else FAILS
    return UNDECIDED if UNDECIDED in found else IN_PART
