"""Table I: counts of the datasets beside the paper's."""

from __future__ import annotations

from collections.abc import Iterator

from imbench.errors import DataError
from imbench.reports.paper.published import DATASETS, published
from imbench.reports.registry import Source, report_table
from imbench.reports.table import MISSING, Entry, ReportTable
from imbench.utils.config import entry

HEADER = ["dataset", "N", "M", "#con", "#cat", "K", "minority", "differs from the paper in"]
#: The paper's counts in the order of the header.
COUNTS = ("rows", "features", "continuous", "categorical", "classes")


@report_table("1", title="Table I: counts of the datasets beside the paper's", suite="paper", from_data=True)
def table1(source: Source) -> Iterator[ReportTable]:
    """Counted in the prepared datasets. A dataset without its file is marked as missing."""
    paper = {line["dataset"]: line for line in published("table1")}
    rows = [_row(d, [int(paper[d][name]) for name in COUNTS], source.data_dir) for d in DATASETS]
    note = "Counted in the prepared datasets; the last column compares with Table I of the paper."
    yield ReportTable("table1", "Table I: the datasets", HEADER, rows, note)


def _row(name: str, printed: list[int], data_dir: str | None) -> list[Entry]:
    from imbench.data.catalogue import load_dataset

    try:
        dataset = load_dataset(entry("dataset", name), data_dir)
    except DataError as error:
        return [Entry(name), *[Entry("missing", MISSING)] * 6, Entry(str(error).split(". ")[0])]
    schema = dataset.schema
    counts = [
        len(dataset.labels), len(schema.features), len(schema.continuous), len(schema.categorical),
        len(schema.classes),
    ]  # fmt: skip
    gaps = [f"{h}: paper {p}" for h, ours, p in zip(HEADER[1:6], counts, printed, strict=True) if ours != p]
    share = f"{schema.classes[dataset.minority]} ({(dataset.labels == dataset.minority).mean():.1%})"
    return [Entry(text) for text in (name, *map(str, counts), share, "; ".join(gaps) or "nothing")]
