"""A folder of many plausible run records, for measuring what reads them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from imbench.errors import ConfigError
from imbench.records.record import STATUS
from imbench.records.store import records

#: Files of a record that are copied as they are.
COPIED = ("config.yaml", "scores.json", "ledger.json", "environment.json")


def many_records(templates: Path, folder: Path, count: int) -> int:
    """Write ``count`` records below ``folder``: copies of the stored ones under other keys and seeds.

    The first round of copies keeps its labels, so that reports find them. Returns the
    bytes written.
    """
    stored = [(run, status) for run in records(templates) if (status := run.status()) is not None]
    if not stored:
        raise ConfigError(f"There are no stored runs in '{templates}' to copy.")
    written = 0
    for number in range(count):
        source, status = stored[number % len(stored)]
        key = hashlib.sha256(f"copy {number}".encode()).hexdigest()[:16]
        target = folder / key
        target.mkdir(parents=True)
        for name in COPIED:
            if (content := source.content(name)) is not None:
                (target / name).write_bytes(content)
                written += len(content)
        turn = number // len(stored)
        labels = {"key": key, "seed": status["seed"] if not turn else 1000 + turn}
        text = json.dumps(status | labels, indent=1)
        (target / STATUS).write_text(text, encoding="utf-8")
        written += len(text)
    return written
