"""What a verdict compares: arms, learners, endpoints and planned splits, from ``conf/verdict``.

The protocol is ``docs/protocol.md``. An arm is a method, or a classifier that balances the classes itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from imbench.errors import ConfigError
from imbench.reports.methods import in_order, method_metadata
from imbench.reports.registry import Source
from imbench.reports.settings import Variant
from imbench.reports.suite import CONTROL, suite_of
from imbench.scoring.calibration import RAW
from imbench.scoring.thresholds import HALF, ORACLE, PRIOR, TUNED
from imbench.utils.config import entry, names
from imbench.utils.paths import CONF

VERDICT = "verdict"  # the group of these reports
#: Half the width of the region of practical equivalence, in units of an endpoint.
ROPE = 0.01
#: The probability from which a contrast is called decided, and the sources below which nothing is called.
DECIDED, FEWEST_SOURCES = 0.95, 25


@dataclass(frozen=True)
class Endpoint:
    """What a gain is measured in: a metric under a threshold policy or a recalibration.

    ``decisive``: one of the protocol's three. ``tuning``: it needs out-of-fold predictions.
    """

    name: str
    title: str
    metric: str
    threshold: str = HALF
    recalibration: str = RAW
    higher_is_better: bool = True
    decisive: bool = False
    tuning: bool = False


@dataclass(frozen=True)
class Arm:
    """A method with its parameters under each learner, or under ``classifier`` instead of the learner."""

    name: str
    title: str
    variant: Variant
    classifier: str | None = None

    def fitted_by(self, learner: str) -> str:
        """The classifier whose scores are the arm's where it is compared under ``learner``."""
        return self.classifier or learner


@dataclass(frozen=True)
class Design:
    """The planned comparisons of one suite. ``references[0]`` is the arm "nothing".

    ``seeds`` are the planned splits by name of the arm; the datasets ``few`` get the first ``few_seeds`` of
    them.
    """

    suite: str
    datasets: tuple[str, ...]
    sources: Mapping[str, str]
    scenario: str | None
    imbalance_ratio: float
    learners: tuple[str, ...]
    arms: tuple[Arm, ...]
    references: tuple[str, ...]
    rivals: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    seeds: Mapping[str, tuple[int, ...]]
    balanced_against: tuple[str, ...]
    few: frozenset[str] = frozenset()
    few_seeds: int | None = None

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """Every planned seed of any arm."""
        return tuple(sorted({seed for planned in self.seeds.values() for seed in planned}))

    @property
    def nothing(self) -> str:
        """The name of the arm that changes nothing; failed runs take its values."""
        return self.references[0]

    def reference_title(self, arm: Arm) -> str:
        """How tables name a reference: the arm that changes nothing is "nothing"."""
        return "nothing" if arm.name == self.nothing else arm.title

    def arm(self, name: str) -> Arm:
        """An arm by its name."""
        return next(arm for arm in self.arms if arm.name == name)

    def learners_of(self, arm: Arm) -> tuple[str, ...]:
        """The learners under which an arm is compared."""
        return self.learners if arm.classifier is None else self.balanced_against

    def planned(self, arm: Arm, dataset: str) -> tuple[int, ...]:
        """The planned seeds of an arm on a dataset."""
        seeds = self.seeds[arm.name]
        return seeds[: self.few_seeds] if dataset in self.few else seeds

    def planned_runs(self) -> int:
        """The number of planned runs; all learners of a method are one run."""
        found = {
            (d, arm.variant, arm.classifier, seed)
            for arm in self.arms for d in self.datasets for seed in self.planned(arm, d)
        }  # fmt: skip
        return len(found)


def endpoints_of(threshold: str) -> tuple[Endpoint, ...]:
    """The protocol's three endpoints, then the secondary ones."""
    return (
        Endpoint("average_precision", "average precision", "average_precision", decisive=True),
        Endpoint("tuned_f1", "tuned F1", "f1", threshold, decisive=True, tuning=True),
        Endpoint(
            "log_loss", "log-loss, sigmoid", "log_loss", recalibration="sigmoid", higher_is_better=False,
            decisive=True, tuning=True,
        ),
        Endpoint("half_f1", "F1 at half", "f1", HALF),
        Endpoint("prior_f1", "F1 at prior", "f1", PRIOR),
        Endpoint("oracle_f1", "oracle F1", "f1", ORACLE),
        Endpoint("log_loss_raw", "log-loss, raw", "log_loss", higher_is_better=False),
        Endpoint("brier_raw", "Brier score, raw", "brier_score", higher_is_better=False),
        Endpoint("auc", "AUC", "auc"),
        Endpoint(
            "calibration_error", "expected calibration error, raw", "expected_calibration_error",
            higher_is_better=False,
        ),
        Endpoint(
            "tuned_balanced_accuracy", "tuned balanced accuracy", "balanced_accuracy", threshold, tuning=True
        ),
        Endpoint("tuned_mcc", "tuned MCC", "mcc", threshold, tuning=True),
    )  # fmt: skip


@lru_cache(maxsize=8)
def design_of(suite: str) -> Design:
    """The design of ``conf/verdict/<suite>.yaml``. Raises :class:`ConfigError` where there is none."""
    if suite not in names("verdict"):
        raise ConfigError(f"suite '{suite}' has no verdict: there are {', '.join(names('verdict'))}.")
    config = entry("verdict", suite)
    arms: dict[str, Arm] = {}
    seeds: dict[str, set[int]] = {}
    for experiment in config["experiments"]:
        found = _arms_of(_sweep(experiment), config["learners"])
        for arm, planned in found:
            arms.setdefault(arm.name, arm)
            seeds.setdefault(arm.name, set()).update(planned)
    datasets = suite_of(suite).datasets
    return Design(
        suite=suite,
        datasets=datasets,
        sources={d: source_name(d) for d in datasets},
        scenario=config["scenario"],
        imbalance_ratio=float(config["imbalance_ratio"]),
        learners=tuple(config["learners"]),
        arms=tuple(arms.values()),
        references=tuple(config["references"]),
        rivals=tuple(config["rivals"]),
        endpoints=endpoints_of(config["threshold"]),
        seeds={name: tuple(sorted(found)) for name, found in seeds.items()},
        balanced_against=tuple(config["balanced_against"]),
        few=frozenset((config["few_splits"] or {}).get("datasets", ())),
        few_seeds=(config["few_splits"] or {}).get("seeds"),
    )


def design_for(source: Source) -> Design:
    """The design of the source's suite; without one in ``conf/verdict``, of whatever is stored and selected.

    Then the arms are the methods, compared with the suite's baseline and the controls under one classifier.
    """
    suite, selection = source.suite, source.selection
    if suite.name in names("verdict"):
        return design_of(suite.name)
    methods = [m for m in suite.in_order({m for _, m in source.groups}) if m.competes]
    references = [n for n in (suite.baseline, "class_weight") if n in {m.name for m in methods}]
    datasets = tuple(suite.covered(d for d, _ in source.groups))
    return Design(
        suite=suite.name,
        datasets=datasets,
        sources={d: source_name(d) for d in datasets},
        scenario=selection.scenario,
        imbalance_ratio=selection.imbalance_ratio,
        learners=(selection.classifier,),
        arms=tuple(Arm(m.name, m.title, Variant(m.name)) for m in methods),
        references=tuple(references),
        rivals=tuple(m.name for m in methods if m.group == CONTROL and m.name not in references),
        endpoints=endpoints_of(selection.threshold or TUNED),
        seeds=dict.fromkeys((m.name for m in methods), tuple(selection.seeds)),
        balanced_against=(),
    )


def source_name(dataset: str) -> str:
    """The source of a dataset of ``conf/dataset``; of another one its own name."""
    return (entry("dataset", dataset).get("source") if dataset in names("dataset") else None) or dataset


def _arms_of(sweep: Mapping[str, Any], learners: Iterable[str]) -> list[tuple[Arm, tuple[int, ...]]]:
    """The arms of one experiment with their seeds; methods that see more rows than others are left out."""
    seeds = tuple(int(seed) for seed in str(sweep["seed"]).split(","))
    parameters = tuple(
        (key.removeprefix("method."), value) for key, value in sweep.items() if key.startswith("method.")
    )
    methods = [m for m in in_order(sweep["method"].split(",")) if m.competes]
    own = [c for c in _list(sweep.get("classifier")) if c not in set(learners)]
    if own:
        return [
            (Arm(c, title_of(c), Variant(m.name, parameters), c), seeds)
            for m in methods for c in own
        ]  # fmt: skip
    by_name = {m.name: m for m in methods}
    ordered = [by_name[n] for n in sweep["method"].split(",") if n in by_name]
    return [(Arm(m.name, m.title, Variant(m.name, parameters)), seeds) for m in ordered]


def _list(text: Any) -> list[str]:
    return [name for name in re.split(r"[\[\], ]+", str(text or "")) if name]


def _sweep(experiment: str) -> dict[str, Any]:
    from omegaconf import OmegaConf

    path = CONF / "experiment" / f"{experiment}.yaml"
    return dict(OmegaConf.to_container(OmegaConf.load(path).hydra.sweeper.params))


def title_of(name: str) -> str:
    """The title of a method or classifier."""
    method = method_metadata().get(name)
    return method.title if method else name.replace("_", " ")
