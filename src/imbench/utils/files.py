"""Reading and writing of stored files: bounded reads of plain data, atomic writes.

A results folder may come from anywhere, so a reader gets plain data or None: JSON, YAML without tags and
aliases, parquet and safetensors of bounded size; no pickle. A writer uses a temporary name and renames the
file, so that no reader sees half a file.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imbench.errors import StorageError

if TYPE_CHECKING:
    import pandas as pd

#: The largest JSON or YAML file that is read, in bytes (a run's own have some kilobytes, a map's 200).
MAX_BYTES = 32 << 20
#: A list of numbers in indented JSON, which is written on one line. (JSON strings hold no line breaks.)
_NUMBERS = re.compile(r"\[\n[-+\d.eE,\s]+\]")


def read_bytes(path: str | Path, limit: int = MAX_BYTES) -> bytes | None:
    """The content of a regular file of at most ``limit`` bytes; None for any other (a pipe never ends)."""
    try:
        with FileIO(path, opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            return file.readall() if stat.S_ISREG(status.st_mode) and status.st_size <= limit else None
    except (OSError, ValueError):
        return None


def read_text(path: str | Path, limit: int = MAX_BYTES) -> str | None:
    """The UTF-8 text of such a file, or None."""
    try:
        content = read_bytes(path, limit)
        return None if content is None else content.decode("utf-8")
    except ValueError:
        return None


def read_json(path: str | Path) -> dict[str, Any] | None:
    """A JSON object from such a file, or None; also when it is nested too deep."""
    import orjson

    content = read_bytes(path)
    try:
        found = None if content is None else orjson.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def read_yaml(path: str | Path) -> dict[str, Any] | None:
    """A mapping from such a YAML file, or None; see :func:`parse_yaml`."""
    return parse_yaml(read_text(path))


def parse_yaml(text: str | bytes | None) -> dict[str, Any] | None:
    """A mapping from YAML text, or None. Tags and aliases are refused: aliases multiply the size."""
    import yaml

    class PlainLoader(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases are not read")
            return super().compose_node(parent, index)

    try:
        found = None if text is None else yaml.load(text, Loader=PlainLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically. Raises :class:`StorageError`, as all writers here do."""
    write_file(path, lambda temporary: temporary.write_bytes(content))


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write :func:`json_text` atomically."""
    write_text(path, json_text(content))


def yaml_text(content: Mapping[str, Any]) -> str:
    """Plain data as YAML in the order of its keys, without aliases (which :func:`read_yaml` refuses)."""
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True)


def json_text(content: Mapping[str, Any]) -> str:
    """Indented JSON with lists of numbers on one line. NaN and infinity raise ``ValueError``."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    return _NUMBERS.sub(lambda found: re.sub(r"\s+", " ", found.group()), text) + "\n"


def write_parquet(path: Path, table: pd.DataFrame | Any) -> None:
    """Write a pandas frame (without its index) or a ``pyarrow.Table`` as parquet, atomically."""

    def write(temporary: Path) -> None:
        if hasattr(table, "to_parquet"):
            table.to_parquet(temporary, index=False)
        else:
            import pyarrow.parquet as pq

            pq.write_table(table, temporary)

    write_file(path, write)


@contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Turn an ``OSError`` of the block into a :class:`StorageError` that names ``folder``."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"Cannot write to '{folder}': {error.strerror or error}. Finished runs are untouched; "
            "free space or name another folder by runs_dir=…, then start the same command again."
        ) from error


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` write a file under a temporary name, then rename it to ``path``."""
    with storing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.parent / f".{path.name}.{os.getpid()}"
        write(temporary)
        temporary.replace(path)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # opening a pipe waits for its writer
