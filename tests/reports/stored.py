"""Run folders with made-up scores, for reports to read."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from imbench.reports.paper.paper_suite import PAPER
from imbench.reports.registry import Source
from imbench.runs.key import classifier_settings, identify
from tests.helpers import compose, read_yaml


def score_of(dataset: str, method: str, seed: int) -> float:
    """Some score that differs from run to run, the same in every process."""
    return (sum(map(ord, dataset)) * 7 + sum(map(ord, method)) * 13 + seed * 101) % 9973 / 10007


@lru_cache(maxsize=64)
def _composed(method: str, seed: int, overrides: tuple[str, ...]):
    return compose("dataset=german", f"method={method}", f"seed={seed}", *overrides)


def write_run(
    runs_dir: Path, dataset: str, method: str, seed: int, state="done", f1=None, overrides=(), **more
) -> Path:
    """Store one run as the harness would, and return its folder."""
    config = _composed(method, seed, tuple(overrides)).copy()
    if dataset != config.dataset.name:  # composing anew for every dataset takes long
        config.dataset = read_yaml("dataset", dataset)
    identity = identify(config)
    folder = runs_dir / identity.key
    folder.mkdir(parents=True, exist_ok=True)
    f1 = score_of(dataset, method, seed) if f1 is None else f1
    protocols = {
        "published": {"f1": f1, "auc": f1 / 2},
        "corrected": {"f1": 1 - f1, "auc": f1},
        "crossed": {},
    }
    status = {
        "key": identity.key,
        "state": state,
        **identity.labels,
        "generation_key": identity.generation_key,
        "variant": identity.variant,
        "classifiers": classifier_settings(config),
        "overrides": list(overrides),
        "attempts": 1,
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-01T00:00:01+00:00",
        "seconds": 1.0,
        "phases": {},
    } | more
    by_classifier = dict.fromkeys(config.classifier, protocols)
    scores = {"classifiers": by_classifier, "quality": {"rows": 5, "coverage": 0.5}}
    contents = {"status.json": status, "environment.json": {"git_commit": "c" * 40, "git_dirty": False}}
    if state == "done":
        contents["scores.json"] = scores
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def source_of(runs: Path | list, suite=PAPER, **more) -> Source:
    """What reports are made from: a runs folder, or flat lines."""
    source = Source(runs if isinstance(runs, Path) else Path("nowhere"), suite=suite, **more)
    if not isinstance(runs, Path):
        vars(source)["runs"] = list(runs)
    return source


def tables_of(make, source: Source) -> dict:
    """The tables of a registered report by name."""
    return {table.name: table for table in make(source)}
