"""What a user should know of a dataset before its scores: columns and rows that make results misleading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd

from imbench.data.column_reading import CONTINUOUS, ColumnReading
from imbench.data.dataset import row_fingerprints
from imbench.data.split import Split
from imbench.errors import DataError
from imbench.utils.text import truncated

#: A column whose area under the ROC curve for the minority exceeds this alone is suspected of a leak.
LEAK_AUC = 0.99
#: Fewer rows than this say nothing of identifiers, and fewer minority rows nothing of leaks.
_FEW_ROWS, _FEW_MINORITY = 20, 10
#: Columns of one kind with a sentence each, and those that are named where there are more.
_EACH, _NAMED = 3, 10


def column_warnings(readings: Iterable[ColumnReading], rows: int) -> list[str]:
    """Sentences about identifiers, nameless counters and constant columns among the columns read."""
    found: list[tuple[str, str, str]] = []
    for reading in readings:
        name = reading.name
        found += [(kind, name, text) for kind, text in reading.warnings.items()]
        present = rows - reading.missing
        leave_out = f"leave it out by 'dataset.ignore=[{name}]'"
        if reading.distinct <= 1 and present:
            found.append(("constant", name, f"Column '{name}' has one value only and tells nothing."))
        elif rows >= _FEW_ROWS and _is_counter(reading):
            found.append(("counter", name, f"Column '{name}' counts the rows; {leave_out}."))
        elif rows >= _FEW_ROWS and reading.distinct == rows and _is_whole_or_text(reading):
            text = f"Column '{name}' has a value of its own in every row (an identifier?); {leave_out}."
            found.append(("identifier", name, text))
    return joined(found)


def joined(found: Iterable[tuple[str, str, str]]) -> list[str]:
    """Sentences from (kind, column, sentence): of a kind with many columns one, which names the others.

    Up to :data:`_EACH` columns of a kind have a sentence of their own; the record has every column's.
    """
    kinds: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, column, text in found:
        kinds[kind].append((column, text))
    sentences = []
    for columns in kinds.values():
        if len(columns) <= _EACH:
            sentences += [text for _, text in columns]
            continue
        names = ", ".join(f"'{truncated(name, 30)}'" for name, _ in columns[1 : 1 + _NAMED])
        more = ", …" if len(columns) > 1 + _NAMED else ""
        sentences.append(
            f"{columns[0][1]} The same holds for {len(columns) - 1:,} other columns: {names}{more}."
        )
    return sentences


def _is_counter(reading: ColumnReading) -> bool:
    """Whether a column without a name holds 0, 1, 2, … or 1, 2, 3, … in the rows' order."""
    if reading.name.strip() and not reading.name.startswith("Unnamed:"):
        return False
    if reading.kind != CONTINUOUS:
        return False
    values = reading.values.to_numpy(dtype="float64")
    return bool(values[0] in (0.0, 1.0) and (np.diff(values) == 1).all())


def _is_whole_or_text(reading: ColumnReading) -> bool:
    return reading.kind != CONTINUOUS or (
        "date" not in reading.decided and bool((reading.values.dropna() % 1 == 0).all())
    )


def unify_labels(labels: pd.Series, strip: bool = False) -> pd.Series:
    """The labels, an error where two differ by space, case or number form only; with ``strip`` made one.

    The commonest form of each group is kept. Raises :class:`DataError` with the forms found.
    """
    counts = labels.dropna().astype(str).value_counts()
    groups: dict[str, list[str]] = defaultdict(list)
    for text in counts.index:  # the commonest first
        groups[_normal_form(text)].append(text)
    several = [forms for forms in groups.values() if len(forms) > 1]
    if not several:
        return labels
    if not strip:
        forms = ", ".join(f"'{truncated(f, 30)}' ({counts[f]})" for f in several[0][:5])
        raise DataError(
            f"Target '{labels.name}': the labels {forms} differ by space, case or number form only. Mend the "
            "file, or make them one by dataset.labels=strip."
        )
    kept = {form: forms[0].strip() for forms in groups.values() for form in forms}
    return labels.map(lambda v: kept[str(v)] if pd.notna(v) else v)


def _normal_form(text: str) -> str:
    bare = " ".join(text.split()).casefold()
    try:
        return repr(float(bare))
    except ValueError:
        return bare


def leaking_columns(
    features: pd.DataFrame, labels: np.ndarray, continuous: Iterable[str], minority: int
) -> dict[str, float]:
    """Columns that tell the minority from the rest alone, with their AUC, on training rows.

    A continuous column is judged by its own values, a categorical one by the minority's share in each
    category among the rows of the other half (so that categories with one row tell nothing).
    """
    from sklearn.metrics import roc_auc_score

    positive = np.asarray(labels) == minority
    if positive.sum() < _FEW_MINORITY or (~positive).sum() < _FEW_MINORITY:
        return {}
    numbers, found = set(continuous), {}
    for column in features.columns:
        if column in numbers:
            values = features[column].to_numpy(dtype="float64")
            present = ~np.isnan(values)
            if positive[present].all() or not positive[present].any():
                continue
            auc = roc_auc_score(positive[present], values[present])
        else:
            auc = roc_auc_score(positive, _shares_in_other_half(features[column], positive))
        if max(auc, 1 - auc) > LEAK_AUC:
            found[str(column)] = float(max(auc, 1 - auc))
    return found


def _shares_in_other_half(values: pd.Series, positive: np.ndarray) -> np.ndarray:
    """For each row the minority's share among the other half's rows of the same category."""
    codes = pd.factorize(values.astype(object), use_na_sentinel=False)[0]
    half, categories = np.arange(len(codes)) % 2, codes.max() + 1
    shares = np.empty(len(codes))
    for own in (0, 1):
        other = half != own
        rows = np.bincount(codes[other], minlength=categories)
        minority = np.bincount(codes[other], weights=positive[other], minlength=categories)
        share = np.where(rows > 0, minority / np.maximum(rows, 1), positive.mean())
        shares[half == own] = share[codes[half == own]]
    return shares


def leak_warnings(found: dict[str, float]) -> list[str]:
    """Sentences about the columns of :func:`leaking_columns`."""
    return joined(
        (
            "leak", name,
            f"Column '{name}' predicts the label alone (AUC {auc:.3f} on training rows): is it known before "
            f"the label is? If not, leave it out by 'dataset.ignore=[{name}]'.",
        )
        for name, auc in found.items()
    )  # fmt: skip


def repeated_test_rows(split: Split) -> int:
    """Rows of the test part whose features occur among the training rows as well."""
    training = set(row_fingerprints(split.complete.features))
    return int(row_fingerprints(split.test.features).isin(training).sum())
