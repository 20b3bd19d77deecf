"""A user's own file as a dataset: its format and columns are detected, and what was decided is kept."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from imbench.data.audit import column_warnings, joined, unify_labels
from imbench.data.bounds import check_categories, refuse_compressed
from imbench.data.column_reading import (
    CATEGORICAL,
    CONTINUOUS,
    ColumnReading,
    read_column,
    summary_lines,
)
from imbench.data.dataset import Dataset, build_dataset, check_named_once
from imbench.data.dataset_options import AUTO, MISSING_TEXTS, DatasetOptions, Reader, file_of
from imbench.data.file_format import FileFormat, detect_format
from imbench.data.reading import cut, read_rows
from imbench.data.sources import sha256_of
from imbench.errors import ConfigError, DataError, DatasetWarning
from imbench.utils.text import truncated


def load_own_file(options: DatasetOptions) -> Dataset:
    """Read the file that ``dataset.path`` names; each of its warnings is raised once a process.

    Raises :class:`ConfigError` for an option, :class:`DataError` with column, row and value at fault.
    """
    path = file_of(options.path)
    facts = path.stat()
    dataset = _load(options.model_dump_json(by_alias=True), str(path), facts.st_mtime_ns, facts.st_size)
    for text in dataset.warnings:
        warnings.warn(text, DatasetWarning, stacklevel=2)
    return dataset


@lru_cache(maxsize=4)
def _load(options_json: str, path: str, *_facts: int) -> Dataset:
    options = DatasetOptions.model_validate_json(options_json)
    file = Path(path)
    raw, form = read_texts(file, options)
    if not options.target:
        raise ConfigError(f"dataset=csv needs dataset.target=COLUMN. '{file}' has: {_names(raw)}.")
    return dataset_of(raw, options, file, form)


def read_texts(path: Path, options: DatasetOptions) -> tuple[pd.DataFrame, FileFormat]:
    """All cells as text, NaN only where a cell is empty, and the file's format."""
    refuse_compressed(path)
    separator = None if options.separator == AUTO else options.separator
    try:
        form = detect_format(path, options.encoding, separator)
    except OSError as error:
        raise DataError(
            f"'{path}' could not be read: {error}. Correct dataset.path, or the file's permissions."
        ) from error
    reader = Reader(
        separator=form.separator, encoding=_without_mark(form.encoding), quote=form.quote, missing=[""]
    )
    return read_rows(path, reader, options.bounds), form


def _without_mark(encoding: str) -> str:
    """An encoding that leaves out a byte-order mark; Excel writes one before UTF-8."""
    return "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "ascii") else encoding


def dataset_from(path: Path, options: DatasetOptions) -> Dataset:
    """A dataset with a known file that was described from its columns: those it names, and no others."""
    raw, form = read_texts(path, options)
    named = {*options.continuous, *options.categorical, options.target}
    return dataset_of(raw[[c for c in raw.columns if c in named]], options, path, form)


def dataset_of(raw: pd.DataFrame, options: DatasetOptions, path: Path, form: FileFormat) -> Dataset:
    """The dataset from the texts of a file."""
    for option in ("target", "ignore", "continuous", "categorical"):
        _check_names(path, raw, option, getattr(options, option))
    check_named_once(f"'{path}'", [str(options.target), *options.continuous, *options.categorical])
    notes = [] if not form.found else _format_notes(form)
    raw, missing_notes = _with_missing(raw, options)
    notes += missing_notes
    target = str(options.target)
    if options.drop_missing:
        raw = _without_missing_rows(raw, path)
    labels = raw[target]
    labels = cut(labels, options.cut) if options.cut else unify_labels(labels, options.labels == "strip")
    raw = raw.assign(**{target: labels})
    if options.duplicates == "drop":
        raw = raw.drop_duplicates(ignore_index=True)
    columns = read_columns(raw.drop(columns=[target, *options.ignore]), options)
    frame = pd.DataFrame({c.name: c.values for c in columns}).assign(**{target: raw[target]})
    continuous = [c.name for c in columns if c.kind == CONTINUOUS]
    categorical = [c.name for c in columns if c.kind == CATEGORICAL]
    dataset = build_dataset(
        options.name, frame, target, continuous, categorical, options.classes or None, sha256_of(path)
    )
    counts = dataset.labels.value_counts()
    check_categories(options.name, dataset.features, categorical, counts, options.bounds)
    found = (*notes, *column_warnings(columns, len(frame)))
    return replace(dataset, columns=tuple(columns), warnings=found)


def read_columns(texts: pd.DataFrame, options: DatasetOptions) -> list[ColumnReading]:
    """Each column as it is read."""
    kinds = dict.fromkeys(options.continuous, CONTINUOUS) | dict.fromkeys(options.categorical, CATEGORICAL)
    return [
        read_column(texts[c], kinds.get(str(c)), options.decimal, options.thousands, options.dates)
        for c in texts.columns
    ]


def _check_names(path: Path, raw: pd.DataFrame, option: str, names: str | Iterable[str] | None) -> None:
    """Refuse a column that the file does not have, with the nearest name that it has."""
    for name in [names] if isinstance(names, str) else names or ():
        if name not in raw.columns:
            nearest = get_close_matches(name, list(map(str, raw.columns)), n=1, cutoff=0.5)
            hint = f" Did you mean '{nearest[0]}'?" if nearest else ""
            raise DataError(
                f"'{path}' has no column '{truncated(name)}' (dataset.{option}).{hint} Correct the name. It "
                f"has: {_names(raw)}."
            )


def _format_notes(form: FileFormat) -> list[str]:
    usual = form.separator == "," and form.encoding in ("utf-8", "utf-8-sig", "ascii")
    return [] if usual else [f"The file is read with {form.describe()}."]


def _with_missing(raw: pd.DataFrame, options: DatasetOptions) -> tuple[pd.DataFrame, list[str]]:
    """NaN for the texts that mean a missing value, and a note for those that are words."""
    meant = {*options.missing, *(MISSING_TEXTS if options.missing_defaults else ("",))}
    notes, columns = [], {}
    for name in raw.columns:
        texts = raw[name]
        gone = texts.isin([t for t in texts.dropna().unique() if t.strip() in meant])
        columns[name] = texts.where(~gone, np.nan)
        found = set(texts[gone].str.strip()) - set(options.missing)
        words = sorted(found & {"None", "?"})
        if words:
            shown = ", ".join(f"'{w}'" for w in words)
            text = (
                f"Column '{name}': {int(gone.sum())} cells with the text {shown} count as missing. Where "
                "that is a value, use dataset.missing_defaults=false."
            )
            notes.append(("words for missing", str(name), text))
    return pd.DataFrame(columns), joined(notes)


def _without_missing_rows(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    kept = raw.dropna().reset_index(drop=True)
    if not len(kept):
        counts = raw.isna().sum().sort_values(ascending=False)
        shown = ", ".join(f"'{c}' ({n} of {len(raw)})" for c, n in counts.head(3).items() if n)
        raise DataError(
            f"'{path}': dataset.drop_missing=true leaves no row. Missing values are in {shown}. Leave such a "
            "column out by dataset.ignore=[…]."
        )
    return kept


def _names(raw: pd.DataFrame) -> str:
    """The names of the columns for a message, truncated."""
    return truncated(", ".join(map(str, raw.columns[:200])), 2000)


def describe(dataset: Dataset) -> list[str]:
    """Lines for people: one a column, the classes, and every warning."""
    counts = dataset.labels.value_counts().sort_index()
    classes = ", ".join(
        f"'{truncated(name, 30)}' {counts.get(code, 0)} ({counts.get(code, 0) / len(dataset.labels):.1%})"
        for code, name in enumerate(dataset.schema.classes)
    )
    return [
        f"{dataset.name}: {len(dataset.labels)} rows, target '{dataset.schema.target}': {classes}",
        *summary_lines(c.as_dict() for c in dataset.columns),
        *(f"warning: {text}" for text in dataset.warnings),
    ]
