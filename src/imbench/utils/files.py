"""Reading what lies in a results folder: small plain files, of which no object but data is ever made.

Such a folder may come from anywhere. It holds JSON, YAML (without tags and aliases), parquet and
safetensors; no pickle is read.
"""

from __future__ import annotations

import os
import stat
from io import FileIO
from pathlib import Path
from typing import Any

#: The largest JSON or YAML file that is read, in bytes (a run's own are some kilobytes, a map's 200).
MOST_BYTES = 32 << 20


def read_small(path: str | Path, most: int = MOST_BYTES) -> str | None:
    """The text of a plain file of at most so many bytes; None for everything else."""
    try:
        content = read_bytes(path, most)
        return None if content is None else content.decode("utf-8")
    except ValueError:
        return None


def read_bytes(path: str | Path, most: int = MOST_BYTES) -> bytes | None:
    """The bytes of such a file. A pipe or a device would never end, so only regular files are read."""
    try:
        with FileIO(path, opener=_at_once) as file:
            facts = os.fstat(file.fileno())
            whole = stat.S_ISREG(facts.st_mode) and facts.st_size <= most
            return file.readall() if whole else None
    except (OSError, ValueError):
        return None


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # opening a pipe waits for its writer


def read_json(path: str | Path) -> dict[str, Any] | None:
    """A JSON object from a file; None when it is not there, not whole, too large or nested too deep."""
    import orjson

    content = read_bytes(path)
    try:
        found = None if content is None else orjson.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def read_yaml(path: Path) -> dict[str, Any] | None:
    """A mapping from a stored YAML file, or None. Tags and aliases are refused: no object is made of it, and
    a few lines cannot stand for gigabytes.
    """
    import yaml

    class Plain(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases are not read")
            return super().compose_node(parent, index)

    text = read_small(path)
    try:
        found = None if text is None else yaml.load(text, Loader=Plain)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
