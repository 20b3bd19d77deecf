"""A run's key: a hash of everything that can change its scores, and of nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imbench.errors import ImbenchError
from imbench.runs.budget import budget_of
from imbench.utils.config import plain

#: Top-level keys of the configuration that cannot change a score (a method that uses the language
#: model has it among its own settings).
NOT_IDENTITY = (
    "data_dir",
    "runs_dir",
    "rerun",
    "tracking",
    "limits",
    "retry_failed",
    "max_retries",
    "hydra",
    "device",
    "llm",
    "launcher",
    "trust_config",
)
#: Those of them that say where things lie on one machine; a record is free of them.
PLACES = ("data_dir", "runs_dir", "tracking", "launcher")
#: Keys inside other keys that name or describe without changing a score.
NOT_IDENTITY_INSIDE = {
    "dataset": ("url", "embedded", "file", "path", "budget", "limits"),
    "method": ("metadata", "title", "group", "paper", "model_dir"),
}
#: What only the scoring stage reads; the rest decides the synthetic rows.
SCORING_ONLY = ("classifier",)
#: Raise it when the scoring code changes what a stored score would be.
SCORING_VERSION = 3
KEY_LENGTH = 16
#: Where classes stood when the stored keys were made; their keys stay until the archive rewrites them.
FORMER_TARGETS = {
    "imbench.WrappedSampler": "imbench.oversampling.wrapped.WrappedSampler",
    "imbench.InterpolateMarginal": "imbench.oversampling.interpolation.InterpolateMarginal",
    "imbench.LLMOversampler": "imbench.oversampling.llm.LLMOversampler",
    "baselines.be_great.BeGreatSampler": "baselines.be_great_package.BeGreatPackage",
    "baselines.ctgan_package.CTGANSampler": "baselines.ctgan_package.CtganPackage",
    "baselines.sdv_package.SDVSampler": "baselines.sdv_package.SdvPackage",
}


@dataclass(frozen=True)
class Identity:
    """``key`` names the run; ``generation_key`` names its synthetic rows, shared between classifiers.

    ``variant`` tells two settings of one method apart: runs of one variant differ in their labels only.
    """

    key: str
    generation_key: str
    variant: str
    labels: dict[str, Any]


def identify(config: Mapping[str, Any]) -> Identity:
    """The identity of a resolved run configuration.

    Equal keys mean equal scores: the table enters by its checksum, the method by its YAML with its
    version, the seeds by their axis. Paths, tracking and devices are left out.
    """
    from imbench.data.catalogue import dataset_checksum

    config = _with_defaults(_with_former_target(plain(config)))
    content = {k: v for k, v in config.items() if k not in NOT_IDENTITY}
    for section, words in NOT_IDENTITY_INSIDE.items():
        content[section] = {k: v for k, v in content[section].items() if k not in words}
    try:
        content["dataset"]["sha256"] = dataset_checksum(config["dataset"])
    except ImbenchError as error:  # the run will fail on it and say so in its record
        content["dataset"]["sha256"] = f"unreadable: {error}"
    if budget := budget_of(config):
        content["budget"] = budget
    generation = {k: v for k, v in content.items() if k not in SCORING_ONLY}
    content["scoring_version"] = SCORING_VERSION
    return Identity(digest(content), digest(generation), variant_of(config), labels_of(config))


def _with_defaults(content: dict[str, Any]) -> dict[str, Any]:
    """``content`` with the method's version, and with both ratios as floats: 1 and 1.0 are the same run."""
    method = {"version": 1} | dict(content["method"])
    if isinstance(method.get("interpolation_ratio"), int):
        method["interpolation_ratio"] = float(method["interpolation_ratio"])
    ratio = content["imbalance_ratio"]
    return {**content, "method": method, "imbalance_ratio": float(ratio) if isinstance(ratio, int) else ratio}


def _with_former_target(content: dict[str, Any]) -> dict[str, Any]:
    method = content["method"]
    target = method.get("_target_")
    return {**content, "method": {**method, "_target_": FORMER_TARGETS.get(str(target), target)}}


def variant_of(config: Mapping[str, Any]) -> str:
    """Hash of the settings that the labels do not tell: the method's, the seeds by axis, all others."""
    content = _with_defaults(_with_former_target(plain(config)))
    told = {*NOT_IDENTITY, "dataset", "classifier", "seed", "imbalance_ratio"}
    rest = {k: v for k, v in content.items() if k not in told}
    words = {*NOT_IDENTITY_INSIDE["method"], "interpolation_ratio"}
    rest["method"] = {k: v for k, v in content["method"].items() if k not in words}
    rest["seeds"] = {axis: "seed" if s == content["seed"] else s for axis, s in content["seeds"].items()}
    return digest(rest)


def classifier_settings(config: Mapping[str, Any]) -> dict[str, str]:
    """Hash of each classifier's settings, by its name."""
    return {name: digest(settings) for name, settings in plain(config["classifier"]).items()}


def recorded(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as a record keeps it: without the places of one machine."""
    return {k: v for k, v in plain(config).items() if k not in PLACES}


def recorded_overrides(overrides: list[str]) -> list[str]:
    """The command line's words as a record keeps them: without the places of one machine."""
    return [o for o in overrides if o.lstrip("+").split("=")[0].split(".")[0] not in PLACES]


def labels_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The words by which a person and a report find the run."""
    config = _with_defaults(plain(config))
    method = config["method"]
    llm = method.get("llm")
    return {
        "dataset": config["dataset"]["name"],
        "method": method["name"],
        "llm": llm.get("name") if isinstance(llm, Mapping) else None,
        "seed": config["seed"],
        "imbalance_ratio": config["imbalance_ratio"],
        "interpolation_ratio": method.get("interpolation_ratio"),
    }


def name_of(labels: dict[str, Any]) -> str:
    """A run's name for people: ``german · smotenc · seed 0 · q 0.2``."""
    words = [labels["dataset"], labels["method"], labels.get("llm"), f"seed {labels['seed']}"]
    words.append(f"q {labels['imbalance_ratio']}")
    if labels.get("interpolation_ratio") is not None:
        words.append(f"r {labels['interpolation_ratio']}")
    return " · ".join(str(word) for word in words if word is not None)


def digest(content: Mapping[str, Any]) -> str:
    """The first digits of a SHA-256 over plain data, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]
