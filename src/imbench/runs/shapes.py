"""What a stored record must look like: what has another shape does not count, wherever it came from."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from imbench.utils.text import is_safe

#: Rows and columns of stored synthetic rows, the bytes they may unpack to (8 a cell), and those of their
#: different words with the characters of the longest (a table's own default bound).
MOST_ROWS, MOST_COLUMNS, MOST_UNPACKED = 50_000_000, 20_000, 2 << 30
MOST_WORDS, LONGEST_WORD = 256 << 20, 100_000
_WORDS, _MOST = 500, 1e300
#: More often than this no run is begun, so a larger number is none of ours.
MOST_ATTEMPTS = 10**6
#: A moment as a record writes it: with its zone, so that any two can be compared.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def is_status(content: Mapping[str, Any], states: tuple[str, ...]) -> bool:
    """Whether a marker has the words that reports and a resumed sweep rely on, each of its kind."""
    optional = {
        "llm": _text, "interpolation_ratio": _number, "seconds": _number, "variant": _text,
        "generation_key": is_safe, "split_hash": _text, "phase": _text,
        "reason": lambda v: isinstance(v, str), "traceback": lambda v: isinstance(v, str),
        "classifiers": _of(_text), "phases": _of(_cost), "overrides": _texts, "rows_reused": _flag,
    }  # fmt: skip
    return (
        is_safe(content.get("key"))
        and content.get("state") in states
        and is_safe(content.get("dataset"))
        and is_safe(content.get("method"))
        and _count(content.get("seed"))
        and _number(content.get("imbalance_ratio"))
        and is_attempts(content.get("attempts"))
        and _moment(content.get("started"))
        and _moment(content.get("finished"))
        and all(content.get(word) is None or fits(content[word]) for word, fits in optional.items())
    )


def is_line(line: Mapping[str, Any], key: str, states: tuple[str, ...]) -> bool:
    """Whether a remembered flat line is of this run, with the labels of a valid record."""
    labels = {w: line.get(w) for w in ("key", "dataset", "method", "seed", "imbalance_ratio", "llm",
                                       "variant", "interpolation_ratio", "seconds", "reason",
                                       "generation_key", "attempts", "started", "finished")}  # fmt: skip
    return line.get("key") == key and is_status(labels | {"state": line.get("status")}, states)


def is_attempts(value: Any) -> bool:
    """Whether this is how often a run may have been begun."""
    return _count(value) and value <= MOST_ATTEMPTS


def is_scores(content: Mapping[str, Any]) -> bool:
    """Whether a file of scores holds numbers by classifier and reading, and a quality of numbers."""
    quality = content.get("quality")
    return _of(_of(_measures))(content.get("classifiers")) and (quality is None or _measures(quality))


def is_ledger(content: Mapping[str, Any]) -> bool:
    """Whether every entry is a number, a text, or numbers by class."""
    return _measures({k: v for k, v in content.items() if not isinstance(v, bool | str | dict)}) and all(
        _measures(v) for v in content.values() if isinstance(v, dict)
    )


def is_stage(content: Mapping[str, Any]) -> bool:
    """Whether a stage's marker has its ledger, its kept rows and what it cost."""
    kept, phases = content.get("kept"), content.get("phases")
    return (
        isinstance(content.get("ledger"), dict)
        and is_ledger(content["ledger"])
        and (kept is None or (isinstance(kept, list) and all(map(_count, kept))))
        and _of(_cost)(phases)
        and "generate" in phases
    )


def read_rows(
    path: Path, continuous: tuple[str, ...], words: tuple[str, ...], classes: tuple[str, ...],
    most: int = MOST_ROWS,
) -> Any:  # fmt: skip
    """Stored synthetic rows as a frame, or None when the file is not what a run writes.

    ``words`` are the categorical columns and, last, the target, whose values are ``classes``; ``most`` is how
    many rows there may be. The file's own account is read first: its rows, columns, kinds and unpacked size.
    That size tells nothing of a word that repeats, so words stay a dictionary: equal cells share one text.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = [*continuous, *words]
    try:
        if not path.is_file():
            return None
        file = pq.ParquetFile(path, read_dictionary=list(words))
        facts, schema = file.metadata, file.schema_arrow
        unpacked = sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups))
        if (
            facts.num_rows > min(most, MOST_ROWS) or facts.num_columns > MOST_COLUMNS
            or unpacked > MOST_UNPACKED
            or facts.num_rows * max(1, facts.num_columns) > MOST_UNPACKED // 8
            or sorted(schema.names) != sorted(wanted)
        ):  # fmt: skip
            return None
        for name in schema.names:
            kind = schema.field(name).type
            if name in words and pa.types.is_dictionary(kind):
                kind = kind.value_type
            text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)
            if not (text if name in words else pa.types.is_floating(kind) or pa.types.is_null(kind)):
                return None
        table = _within(file, wanted)
        rows = None if table is None else table.to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError):
        return None
    if rows is None:
        return None
    rows = rows.astype(dict.fromkeys(continuous, "float64") | dict.fromkeys(words, object))
    for name in words:
        if table.column(name).null_count:
            rows[name] = rows[name].where(rows[name].notna(), None)
    return rows if rows[words[-1]].isin(classes).all() else None


def _within(file: Any, columns: list[str]) -> Any:
    """A parquet file's columns, read group by group; None when its words are too long or too many."""
    import pyarrow as pa
    import pyarrow.compute as pc

    tables, taken = [], 0
    for group in range(file.metadata.num_row_groups):
        tables.append(file.read_row_group(group, columns=columns))
        for column in tables[-1].columns:
            for chunk in column.chunks if pa.types.is_dictionary(column.type) else ():
                taken += chunk.dictionary.nbytes
                longest = pc.max(pc.utf8_length(chunk.dictionary)).as_py() or 0
                if taken > MOST_WORDS or longest > LONGEST_WORD:
                    return None
    return pa.concat_tables(tables) if tables else file.read(columns=columns)


def _of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(fits(v) for v in value.values())


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _WORDS


def _moment(value: Any) -> bool:
    if not (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:  # the 31st of February
        return False
    return True


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _number(value: Any) -> bool:
    return type(value) in (int, float) and -_MOST < value < _MOST  # not NaN, no bool


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _measures(value: Any) -> bool:
    """Whether a dict holds numbers, None, and lists of these."""
    if not isinstance(value, dict):
        return False
    values = list(value.values())
    if list not in map(type, values):
        return _numbers(values)
    lists = [v for v in values if isinstance(v, list)]
    return all(map(_numbers, lists)) and _numbers([v for v in values if not isinstance(v, list)])


def _numbers(values: list[Any]) -> bool:
    """Whether all are numbers or None; like :func:`_number` of each, at the speed that many runs need."""
    kinds = set(map(type, values))
    if not kinds <= {int, float, type(None)}:
        return False
    given = [v for v in values if v is not None] if type(None) in kinds else values
    try:
        return all(map(math.isfinite, given)) and max(map(abs, given), default=0) < _MOST
    except OverflowError:  # an integer past all floats
        return False


def _cost(value: Any) -> bool:
    return isinstance(value, dict) and _number(value.get("seconds")) and _number(value.get("peak_mb"))
