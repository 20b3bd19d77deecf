"""The words of ``dataset=csv`` (``conf/dataset/csv.yaml``), checked: they are plain data and name no code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imbench.data.bounds import Bounds, bounds_of
from imbench.errors import ConfigError, DataError
from imbench.utils.text import check_name, truncated

#: How a separator that a command line cannot hold is spelled.
_SPELLED = {"tab": "\t", "\\t": "\t"}
_CUT = ("cut", "below", "from")


@dataclass(frozen=True)
class CsvOptions:
    """What a user says of a CSV file; the lists name columns, ``missing`` the texts that mean no value."""

    name: str
    path: Path
    target: str | None
    separator: str
    missing: list[str]
    continuous: list[str]
    categorical: list[str]
    ignore: list[str]
    drop_missing: bool
    cut: dict[str, Any] | None
    bounds: Bounds

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> CsvOptions:
        """Read ``config``, or raise :class:`ConfigError` with the word and the value at fault."""
        named = [w for w in config if isinstance(w, str) and w.startswith("_")]
        if named:
            raise ConfigError(
                f"dataset.{truncated(named[0])} is no word of a table: a table is data and names no code."
            )
        target = config.get("target")
        return cls(
            check_name(config.get("name"), "dataset.name"),
            csv_path(config),
            None if target in (None, "") else _text(target, "target"),
            _separator(config.get("separator")),
            _texts(config, "missing") or [""],
            _texts(config, "continuous"),
            _texts(config, "categorical"),
            _texts(config, "ignore"),
            bool(config.get("drop_missing")),
            _cut(config.get("cut")),
            bounds_of(config),
        )


def csv_path(config: Mapping[str, Any]) -> Path:
    """The file that ``dataset.path`` names: a plain file that is there."""
    if not config.get("path"):
        raise ConfigError("dataset=csv needs dataset.path=FILE and dataset.target=COLUMN.")
    named = str(config["path"])
    try:
        path = Path(named).expanduser()
        there = path.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # too long, no such user, a NUL character
        raise DataError(f"There is no file '{truncated(named)}' (dataset.path): {error}.") from error
    if not there:
        raise DataError(f"There is no file '{truncated(path.as_posix(), 300)}' (dataset.path).")
    return path


def _text(value: Any, word: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ConfigError(f"dataset.{word}={truncated(value)} is no text.")
    return str(value)


def _texts(config: Mapping[str, Any], word: str) -> list[str]:
    found = config.get(word)
    if found is None:
        return []
    if isinstance(found, str | Mapping) or not hasattr(found, "__iter__"):
        raise ConfigError(
            f"dataset.{word}={truncated(found)} is no list. Write it as 'dataset.{word}=[a,b]'."
        )
    return [_text(value, word) for value in found]


def _separator(value: Any) -> str:
    text = "," if value in (None, "") else str(value)
    text = _SPELLED.get(text, text)
    if len(text) != 1 or text in '"\r\n\0\ufeff' or "\ud800" <= text <= "\udfff":
        raise ConfigError(
            f"dataset.separator={truncated(value)} is not one character that can part cells. "
            "Give one such as ';', or the word tab."
        )
    return text


def _cut(step: Any) -> dict[str, Any] | None:
    if not step:
        return None
    shape = "{cut: 15, below: low, from: high}"
    if not isinstance(step, Mapping) or set(step) != set(_CUT):
        raise ConfigError(f"dataset.cut={truncated(step)} has not the words of {shape}.")
    number = step["cut"]
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ConfigError(f"dataset.cut.cut={truncated(number)} is no number to cut at, as in {shape}.")
    return {
        "cut": number,
        "below": _text(step["below"], "cut.below"),
        "from": _text(step["from"], "cut.from"),
    }
