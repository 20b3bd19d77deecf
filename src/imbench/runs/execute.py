"""One run from its configuration to its record. Whatever goes wrong ends as a record, too."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from imbench.data.load import load_table, plain
from imbench.data.split import split_table
from imbench.errors import ImbenchError, Shortfall, StorageError
from imbench.paths import from_root
from imbench.runs import generation
from imbench.runs.budget import method_within
from imbench.runs.environment import describe
from imbench.runs.identity import Identity, classifier_settings, identify, recorded, recorded_overrides
from imbench.runs.phases import Phases
from imbench.runs.record import DONE, FAILED, ROWS, SHORTFALL, RunFolder, link_or_copy

SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """What became of a run: ``state`` is a record's state, or ``skipped`` when it was done before."""

    key: str
    state: str
    labels: dict[str, Any]
    folder: Path
    reason: str = ""
    seconds: float = 0.0
    scores: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the run has scores."""
        return self.state in (DONE, SKIPPED)


def run_one(config: Mapping[str, Any], overrides: list[str] | None = None) -> Outcome:
    """Execute the run of a resolved configuration, unless its record says that it is done.

    A failed run is made again; ``rerun: true`` makes a finished one again. Raises
    :class:`StorageError` when the record itself cannot be written, and nothing else that a run can
    cause.
    """
    runs_dir = from_root(config["runs_dir"])
    identity = identify(config)
    folder = RunFolder(runs_dir / identity.key)
    before = folder.status()
    if before is not None and before["state"] == DONE and not config.get("rerun"):
        scores = folder.read("scores.json") or {}
        return Outcome(identity.key, SKIPPED, identity.labels, folder.path, scores=scores)
    folder.reset()
    started, phases = time.time(), Phases()
    status: dict[str, Any] = {
        "key": identity.key,
        "state": DONE,
        **identity.labels,
        "generation_key": identity.generation_key,
        "variant": identity.variant,
        "classifiers": classifier_settings(config),
        "overrides": recorded_overrides(overrides or []),
        "attempts": 1 + int((before or {}).get("attempts", 0)),
        "started": _moment(started),
    }
    scores: dict[str, Any] = {}
    folder.write_text("config.yaml", OmegaConf.to_yaml(OmegaConf.create(recorded(config))))
    folder.write_json("environment.json", describe())
    try:
        scores = _work(config, identity, folder, phases, status)
    except StorageError:
        raise
    except Exception as error:
        status |= _failure(error, phases.current)
    status |= {"finished": _moment(time.time()), "seconds": phases.seconds, "phases": phases.records}
    folder.write_json("status.json", status)
    return Outcome(
        identity.key,
        status["state"],
        identity.labels,
        folder.path,
        status.get("reason", ""),
        phases.seconds,
        scores,
    )


def _work(
    config: Mapping[str, Any], identity: Identity, folder: RunFolder, phases: Phases, status: dict[str, Any]
) -> dict[str, Any]:
    from imbench.evaluation.evaluate import classifier_scores
    from imbench.evaluation.quality import quality_scores
    from imbench.oversampling.method import build_method

    split_seed, generation_seed, classifier_seed = generation.settings(config)
    with phases.phase("load"):
        table = load_table(config["dataset"], config.get("data_dir"))
    with phases.phase("split"):
        split = split_table(table, split_seed, config["imbalance_ratio"])
        status["split_hash"] = split.hash
    stage = generation.stage_folder(folder.path.parent, identity.generation_key)
    with phases.phase("generate"):
        method = build_method(method_within(config), generation_seed)
        if "model_dir" in method.sampler.get_params():  # trained models are shared between runs
            method.sampler.set_params(model_dir=str(folder.path.parent / generation.MODELS))
        given = generation.given_part(split, method)
        generated = None if config.get("rerun") else generation.load(stage, split)
        status["rows_reused"] = generated is not None
        if generated is None:
            generated = generation.generate(split, given, method)
    if not status["rows_reused"]:
        generated.phases.update(generate=phases.records["generate"])
        generation.store(stage, generated, split)
    phases.records["generate"] = dict(generated.phases["generate"])
    link_or_copy(stage / ROWS, folder.path / ROWS)
    folder.write_json("ledger.json", generated.ledger)
    with phases.phase("score"):
        training = generation.training_part(split, given, generated)
        by_classifier = classifier_scores(
            split, given, training, plain(config["classifier"]), classifier_seed, method.class_weight
        )
    with phases.phase("quality"):
        quality = quality_scores(split, generation.is_of_class(generated, split, split.minority))
    scores = {
        "split_hash": split.hash,
        "minority": split.schema.classes[split.minority],
        "classifiers": by_classifier,
        "quality": quality,
    }
    folder.write_json("scores.json", scores)
    return scores


def _failure(error: Exception, phase: str) -> dict[str, Any]:
    expected = isinstance(error, ImbenchError)
    return {
        "state": SHORTFALL if isinstance(error, Shortfall) else FAILED,
        "phase": phase,
        "reason": str(error) if expected else f"{type(error).__name__}: {error}",
        "traceback": "".join(traceback.format_exception(error)),
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds")
