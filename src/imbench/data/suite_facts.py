"""Facts of each dataset of a suite: source, origin, sizes, kinds of columns, missing cells, minority."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from imbench.data.catalogue import load_dataset
from imbench.data.dataset import Dataset
from imbench.utils.config import entry


@dataclass(frozen=True)
class DatasetFacts:
    """One line of the table.

    ``continuous``, ``two_valued`` and ``categorical`` (three values or more) count columns; ``missing`` is
    the share of missing cells, ``minority`` the rows of the smallest class, ``repeated`` the share of rows
    whose features equal an earlier row's.
    """

    name: str
    source: str
    origin: str
    licence: str
    rows: int
    continuous: int
    two_valued: int
    categorical: int
    missing: float
    minority_class: str
    minority: int
    repeated: float

    @property
    def share(self) -> float:
        """Share of the minority among the rows."""
        return self.minority / self.rows


def facts_of(name: str, data_dir: str | None = None) -> DatasetFacts:
    """Load a dataset of ``conf/dataset`` and count. Raises :class:`DataError` where its file is not there."""
    config = entry("dataset", name)
    return counted(load_dataset(config, data_dir), config)


def counted(dataset: Dataset, config: dict[str, str]) -> DatasetFacts:
    """The facts of a loaded dataset; ``config`` is its YAML."""
    features, schema = dataset.features, dataset.schema
    two_valued = sum(features[c].nunique() <= 2 for c in schema.categorical)
    return DatasetFacts(
        name=dataset.name,
        source=config.get("source") or dataset.name,
        origin=config.get("origin") or config.get("url") or "",
        licence=config.get("licence") or "",
        rows=len(features),
        continuous=len(schema.continuous),
        two_valued=two_valued,
        categorical=len(schema.categorical) - two_valued,
        missing=float(features.isna().to_numpy().mean()),
        minority_class=schema.classes[dataset.minority],
        minority=int((dataset.labels == dataset.minority).sum()),
        repeated=float(features.duplicated().mean()),
    )


def facts_table(facts: Iterable[DatasetFacts]) -> str:
    """The facts as an aligned Markdown table, one line a dataset."""
    header = (
        "dataset", "source", "rows", "numbers", "two-valued", "categories", "missing", "equal rows",
        "minority class", "minority", "share", "origin", "licence",
    )  # fmt: skip
    lines = [header] + [
        (
            f.name, f.source, f"{f.rows:,}", str(f.continuous), str(f.two_valued), str(f.categorical),
            f"{f.missing:.1%}", f"{f.repeated:.1%}", f.minority_class, f"{f.minority:,}", f"{f.share:.1%}",
            f.origin, f.licence,
        )
        for f in facts
    ]  # fmt: skip
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    numbers = {2, 3, 4, 5, 6, 7, 9, 10}
    rule = ["-" * (w - 1) + ":" if i in numbers else "-" * w for i, w in enumerate(widths)]
    lines.insert(1, tuple(rule))
    return "\n".join(
        "| "
        + " | ".join(
            c.rjust(w) if i in numbers else c.ljust(w)
            for i, (c, w) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    )
