"""Reading what lies in a results folder: small plain files, of which no object but data is ever made.

Such a folder may come from anywhere. It holds JSON, YAML (without tags and aliases), parquet and
safetensors; no pickle is read.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

#: The largest JSON or YAML file that is read, in bytes (a run's own are some kilobytes, a map's 200).
MOST_BYTES = 32 << 20


def read_small(path: Path, most: int = MOST_BYTES) -> str | None:
    """The text of a plain file of at most so many bytes; None for everything else.

    A pipe or a device would never end, so only regular files are read.
    """
    try:
        with open(path, "rb", buffering=0, opener=_at_once) as file:
            facts = os.fstat(file.fileno())
            whole = stat.S_ISREG(facts.st_mode) and facts.st_size <= most
            return file.readall().decode("utf-8") if whole else None
    except (OSError, ValueError):
        return None


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # opening a pipe waits for its writer


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object from a file; None when it is not there, not whole, too large or nested too deep."""
    text = read_small(path)
    try:
        found = None if text is None else json.loads(text)
    except (ValueError, RecursionError):
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
