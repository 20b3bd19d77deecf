"""The paper's suite: its datasets, and the methods of the columns of its Table II."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from imbench.reports.methods import MethodMetadata, method_metadata
from imbench.reports.paper.published import COLUMNS, DATASETS
from imbench.reports.suite import Suite, register_suite

#: The method that the paper proposes.
PROPOSED = COLUMNS[-1]


@lru_cache(maxsize=1)
def _by_column() -> dict[str, MethodMetadata]:
    return {m.paper_column: m for m in method_metadata().values() if m.paper_column}


def method_of(column: str) -> MethodMetadata:
    """The method of a column of the paper."""
    return _by_column()[column]


def methods_of(columns: Iterable[str]) -> list[MethodMetadata]:
    """The methods of these columns, in their order."""
    return [method_of(column) for column in columns if column in _by_column()]


def paper_methods() -> list[MethodMetadata]:
    """The methods of all of the paper's columns, in its order."""
    return methods_of(COLUMNS)


PAPER = register_suite(
    Suite(
        "paper",
        DATASETS,
        tuple(m.name for m in paper_methods()),
        references=("imbalance", "class_weight", "interpolate_marginal", "imbllm"),
    )
)
