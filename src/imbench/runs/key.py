"""A run's key: a hash of everything that can change what is fitted, and of nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imbench.data.dataset_options import dataset_name
from imbench.errors import ImbenchError
from imbench.runs.budget import budget_of
from imbench.samplers.build import PUBLISHED, with_published
from imbench.scoring.metrics import PROTOCOLS
from imbench.utils.config import plain

#: Sections and options of the configuration that cannot change what is fitted (a language-model method has
#: the model among its own settings).
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
    "strict",
    "tuning",
)
#: Those of them that are paths and services of one machine; records do not hold them.
PLACES = ("data_dir", "runs_dir", "tracking", "launcher")
#: Options inside a section that name or describe without changing what is fitted.
NOT_IDENTITY_INSIDE = {
    "dataset": (
        "url",
        "embedded",
        "file",
        "path",
        "budget",
        "limits",
        "imbalance_ratio",
        "sampling_strategy",
        "source",
        "origin",
        "licence",
        "converted",
        "minority",
    ),
    "method": ("metadata", "model_dir"),
}
#: Sections that only the scoring stage reads; the others decide the synthetic rows.
SCORING_ONLY = ("classifier", "protocols")
KEY_LENGTH = 16


@dataclass(frozen=True)
class Identity:
    """``key`` identifies a run, ``generation_key`` its synthetic rows, which classifiers share.

    ``variant`` identifies the settings of a method: runs of one variant differ in their labels only.
    """

    key: str
    generation_key: str
    variant: str
    labels: dict[str, Any]


def identify(config: Mapping[str, Any]) -> Identity:
    """The identity of a resolved run configuration.

    Equal keys mean equal fits: the dataset is represented by its checksum, the method by its settings and
    version, the seeds by axis. Paths, tracking and method metadata are left out.
    """
    from imbench.data.catalogue import dataset_checksum

    given = plain(config)
    config = with_defaults(given)
    content = {k: v for k, v in config.items() if k not in NOT_IDENTITY}
    for section, options in NOT_IDENTITY_INSIDE.items():
        content[section] = {k: v for k, v in content[section].items() if k not in options}
    try:
        content["dataset"]["sha256"] = dataset_checksum(config["dataset"])
    except ImbenchError as error:  # the run will fail with this message, and its record holds it
        content["dataset"]["sha256"] = f"unreadable: {error}"
    if budget := budget_of(config):
        content["budget"] = budget
    generation = {k: v for k, v in content.items() if k not in SCORING_ONLY}
    return Identity(digest(content), digest(generation), variant_of(given), labels_of(config))


def with_defaults(content: dict[str, Any]) -> dict[str, Any]:
    """``content`` in the form that its key is computed from.

    Without ``protocols`` where both are fitted; with the method's version; without ``missing`` where it is
    the sampler's default; with the published strategy in the place of ``sampling_strategy: published``;
    and with both ratios as floats, because 1 and 1.0 are the same run.
    """
    method = {"version": 1} | dict(content["method"])
    if _is_default(method.get("missing"), method):
        method.pop("missing", None)
    if isinstance(method.get("interpolation_ratio"), int):
        method["interpolation_ratio"] = float(method["interpolation_ratio"])
    # With two classes every strategy fills up the same one, so that there is nothing to tell apart.
    two_classes = len(content["dataset"].get("classes") or ()) == 2
    if two_classes or content.get("sampling_strategy") in (None, PUBLISHED):
        content = {k: v for k, v in content.items() if k != "sampling_strategy"}
        method = with_published(method)
    method.pop(PUBLISHED, None)
    if set(content.get("protocols") or PROTOCOLS) == set(PROTOCOLS):
        content = {k: v for k, v in content.items() if k != "protocols"}
    ratio = content["imbalance_ratio"]
    return {**content, "method": method, "imbalance_ratio": float(ratio) if isinstance(ratio, int) else ratio}


def _is_default(missing: str | None, method: Mapping[str, Any]) -> bool:
    """Whether ``method.missing`` is what the sampler does anyway; stored configurations say it, too."""
    if missing is None or (missing == "refuse" and method.get("_target_") == "imbench.WrappedSampler"):
        return True
    if missing == "impute":
        return False
    from imbench.samplers.build import default_missing

    return missing == default_missing(method)


def variant_of(config: Mapping[str, Any]) -> str:
    """Hash of the settings that the labels do not hold: the method's, the seeds by axis, all others."""
    content = dict(plain(config))  # plain data come back as they are, and the run uses them
    if content.get("sampling_strategy") == "minority":  # the usual settings, whatever the dataset
        content["sampling_strategy"] = PUBLISHED
    content = with_defaults(content)
    left_out = {*NOT_IDENTITY, *SCORING_ONLY, "dataset", "seed", "imbalance_ratio"}
    rest = {k: v for k, v in content.items() if k not in left_out}
    labels = {*NOT_IDENTITY_INSIDE["method"], "interpolation_ratio"}
    rest["method"] = {k: v for k, v in content["method"].items() if k not in labels}
    if isinstance(llm := rest["method"].get("llm"), dict):  # a repaired model is the same variant in reports
        rest["method"]["llm"] = {k: v for k, v in llm.items() if k != "version"}
    rest["seeds"] = {axis: "seed" if s == content["seed"] else s for axis, s in content["seeds"].items()}
    return digest(rest)


def classifier_settings(config: Mapping[str, Any]) -> dict[str, str]:
    """Hash of each classifier's settings, by its name."""
    return {name: digest(settings) for name, settings in plain(config["classifier"]).items()}


def recorded(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as a record holds it, without :data:`PLACES`."""
    return {k: v for k, v in plain(config).items() if k not in PLACES}


def recorded_overrides(overrides: list[str]) -> list[str]:
    """The command line's overrides as a record holds them, without :data:`PLACES`."""
    return [o for o in overrides if o.lstrip("+").split("=")[0].split(".")[0] not in PLACES]


def labels_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The values by which people and reports select runs."""
    config = with_defaults(plain(config))
    method = config["method"]
    llm = method.get("llm")
    return {
        "dataset": dataset_name(config["dataset"]),
        "method": method["name"],
        "llm": llm.get("name") if isinstance(llm, Mapping) else None,
        "seed": config["seed"],
        "imbalance_ratio": config["imbalance_ratio"],
        "interpolation_ratio": method.get("interpolation_ratio"),
    }


def name_of(labels: dict[str, Any]) -> str:
    """A run's name in messages: ``german · smotenc · seed 0 · q 0.2``."""
    parts = [labels["dataset"], labels["method"], labels.get("llm"), f"seed {labels['seed']}"]
    parts.append(f"q {labels['imbalance_ratio']}")
    if labels.get("interpolation_ratio") is not None:
        parts.append(f"r {labels['interpolation_ratio']}")
    return " · ".join(str(part) for part in parts if part is not None)


def digest(content: Mapping[str, Any]) -> str:
    """The first 16 hexadecimal digits of a SHA-256 over plain data, independent of the order of its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]
