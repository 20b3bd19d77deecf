"""The variants of methods that the paper runs: the rows of Table III, and ratios of interpolated rows.

The eight rows of Table III are the cross of three parameters of ``LLMOversampler``. Two of its corners are
the methods GReaT and ImbLLM themselves, so a run stored under either name counts for its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from imbench.reports.methods import method_metadata
from imbench.reports.paper.paper_suite import PROPOSED, method_of
from imbench.reports.paper.published import published
from imbench.reports.select import Run, Selection, select_variant
from imbench.reports.settings import Variant
from imbench.utils.config import entries

#: The parameters that Table III varies, and what the paper calls them.
PARAMETERS = {"prompts": "sampling", "ordering": "permutation", "corpus": "fine-tuning"}
#: Table IV's columns, and the interpolation ratio of each.
RATIOS = {"ImbLLM-inter": 0.0, "ImbLLM": 1.0}


def modifications() -> list[dict[str, str]]:
    """The eight rows of Table III in the paper's order, each ``{parameter: value}``."""
    return [{name: line[name] for name in PARAMETERS} for line in published("table3")]


def row_variant(row: Mapping[str, str]) -> Variant:
    """The variant of ImbLLM that a row of Table III is."""
    return Variant(method_of(PROPOSED).name, tuple((name, row[name]) for name in PARAMETERS))


def interpolation_variant(ratio: float) -> Variant:
    """ImbLLM with this interpolation ratio."""
    return Variant(method_of(PROPOSED).name, (("interpolation_ratio", ratio),))


def equal_methods(row: Mapping[str, str]) -> list[str]:
    """Names of the methods whose own settings equal the row's."""
    wanted = {**_settings_by_name()[method_of(PROPOSED).name], **row}
    return [name for name, found in _settings_by_name().items() if found == wanted]


def row_title(row: Mapping[str, str]) -> str:
    """The titles of the methods that equal the row, if any: ``GReaT``, ``ImbLLM``."""
    return " = ".join(method_metadata()[name].title for name in equal_methods(row))


@lru_cache(maxsize=1)
def _settings_by_name() -> dict[str, dict[str, Any]]:
    """The settings of every method without what only names or describes it."""
    return {
        config["name"]: {k: v for k, v in config.items() if k not in ("name", "metadata")}
        for config in entries("method").values()
    }


def row_runs(runs: Iterable[Run], selection: Selection, row: Mapping[str, str]) -> dict[str, dict[int, Run]]:
    """A row's runs by dataset and seed, under any of its names: a done one before others, then the newest."""
    runs, found = list(runs), {}
    for variant in (row_variant(row), *map(Variant, equal_methods(row))):
        for dataset, by_seed in select_variant(runs, selection, variant).items():
            for seed, run in by_seed.items():
                known = found.setdefault(dataset, {})
                known[seed] = max(known.get(seed, run), run, key=_preference)
    return found


def _preference(run: Run) -> tuple[bool, str]:
    return run["status"] == "done", str(run["finished"])
