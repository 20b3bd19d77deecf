"""Schemas of the JSON files of a record. A file that does not fit its schema does not count."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
from msgspec import Meta

#: The largest number of attempts that a record may hold.
MOST_ATTEMPTS = 10**6

#: A name that is safe as a part of a path (see :func:`imbench.utils.text.is_safe`).
Name = Annotated[str, Meta(pattern=r"^(?!.*\.\.)\w[\w .+\-]{0,99}\Z")]
Text = Annotated[str, Meta(max_length=500)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Attempts = Annotated[int, Meta(ge=0, le=MOST_ATTEMPTS)]
#: An integer of 64 bits or a finite number.
Number = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | Annotated[float, Meta(gt=-1e300, lt=1e300)]
Measure = Number | None
Measures = dict[str, Measure | list[Measure]]
#: A moment with its time zone, so that any two can be compared.
_D = "[0-9][0-9]"
Moment = Annotated[
    str, Meta(pattern=rf"^{_D}{_D}-{_D}-{_D}T{_D}:{_D}:{_D}(\.[0-9]{{1,6}})?(Z|[+-]{_D}:{_D})\Z")
]


class Cost(TypedDict):
    """Wall seconds and peak memory (MiB) of a phase."""

    seconds: Number
    peak_mb: Number


class MinorityShare(TypedDict):
    """The minority's share among the real training rows and among the rows each classifier was fitted on."""

    real: Measure
    fitted: dict[str, Measure]


class TuningStatus(TypedDict):
    """How the tuning stage ended: its key, the folds requested and used, and its cost."""

    key: Name
    folds: Count
    state: Literal["done", "failed", "shortfall", "timeout", "out_of_memory"]
    attempts: Attempts
    used: NotRequired[Count | None]
    rows_reused: NotRequired[bool | None]
    phase: NotRequired[Text | None]
    reason: NotRequired[str | None]
    traceback: NotRequired[str | None]
    seconds: NotRequired[Measure]
    phases: NotRequired[dict[str, Cost] | None]
    warnings: NotRequired[list[str] | None]


class Status(TypedDict):
    """``status.json``: what identifies a run, how it ended and what it cost."""

    key: Name
    state: Literal["done", "failed", "shortfall", "timeout", "out_of_memory"]
    dataset: Name
    method: Name
    seed: Count
    imbalance_ratio: Number
    attempts: Attempts
    started: Moment
    finished: Moment
    llm: NotRequired[Text | None]
    interpolation_ratio: NotRequired[Measure]
    seconds: NotRequired[Measure]
    variant: NotRequired[Text | None]
    generation_key: NotRequired[Name | None]
    split_hash: NotRequired[Text | None]
    phase: NotRequired[Text | None]
    reason: NotRequired[str | None]
    traceback: NotRequired[str | None]
    classifiers: NotRequired[dict[str, Text] | None]
    phases: NotRequired[dict[str, Cost] | None]
    overrides: NotRequired[list[str] | None]
    rows_reused: NotRequired[bool | None]
    dataset_checksum: NotRequired[Text | None]
    warnings: NotRequired[list[str] | None]
    columns: NotRequired[list[dict[str, Any]] | None]
    rows: NotRequired[dict[str, Measure] | None]
    expected: NotRequired[dict[str, Measure] | None]
    minority_share: NotRequired[MinorityShare | None]
    tuning: NotRequired[TuningStatus | None]


class ScenarioScores(TypedDict):
    """The scores of one classifier in one scenario; see :func:`imbench.scoring.scenarios.case_scores`."""

    ranking: Measures
    decisions: dict[str, Measures]
    probabilities: dict[str, Measures]
    reliability: NotRequired[dict[str, list[list[Measure]]]]


class Scores(TypedDict):
    """``scores.json``: metrics by classifier and protocol, and the quality of the synthetic rows.

    ``scenarios`` holds them by classifier and scenario, for each threshold policy and recalibration.
    """

    classifiers: dict[str, dict[str, Measures]]
    scenarios: NotRequired[dict[str, dict[str, ScenarioScores]] | None]
    quality: NotRequired[Measures | None]
    split_hash: NotRequired[str | None]
    minority: NotRequired[str | None]
    scoring_version: NotRequired[Count | None]


#: ``ledger.json``: numbers, texts, and numbers by class.
Ledger = dict[str, Measure | bool | str | list[Measure] | Measures]


class GenerationPhases(TypedDict):
    """The cost of a generation stage."""

    generate: Cost


class Stage(TypedDict):
    """``generation.json``: the marker of stored synthetic rows.

    ``kept`` are the positions of the real rows that stay in the training set; null means all.
    """

    ledger: Ledger
    kept: list[Count] | None
    phases: GenerationPhases
    split: str


class FoldStage(TypedDict):
    """One fold of stored synthetic rows."""

    ledger: Ledger
    kept: list[Count] | None
    split: str


class FoldStages(TypedDict):
    """``folds.json``: the marker of stored synthetic rows of all folds, whose rows follow one another."""

    folds: list[FoldStage]
    phases: GenerationPhases


class Attempt(TypedDict):
    """``.attempts``: how often a run was started and has not ended yet."""

    attempts: Attempts


def decode(content: bytes | None, schema: Any) -> Any | None:
    """The JSON in ``content`` as plain data of the schema, or None when it does not fit."""
    if content is None:
        return None
    try:
        found = _decoder(schema).decode(content)
        if schema is Status:
            for moment in ("started", "finished"):
                datetime.fromisoformat(found[moment])  # refuses the 31st of February
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return found


@lru_cache(maxsize=16)
def _decoder(schema: Any) -> msgspec.json.Decoder:
    return msgspec.json.Decoder(schema)
