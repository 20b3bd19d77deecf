"""What was fuzzed so far: one line a call in ``fuzz.json``, and a page made of all of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imbench.records.record import RunFolder
from imbench.reports.table import markdown_table
from imbench.runs.environment import commit_text, git_state, processor
from imbench.utils.files import read_json
from tests.fuzz.drive import FuzzResult
from tests.fuzz.part import PARTS, corpus

STORE, PAGE = "fuzz.json", "fuzz.md"


def add(folder: Path, result: FuzzResult, seed: int, engine: str, corpus_dir: Path) -> Path:
    """Store what one call did, and write the page anew; returns the page's path."""
    before = (read_json(folder / STORE) or {}).get("calls")
    calls: list[dict[str, Any]] = before if isinstance(before, list) else []
    calls.append(
        {
            "when": datetime.now(tz=UTC).isoformat(timespec="seconds"),
            "part": result.part,
            "engine": engine,
            "seed": seed,
            "minutes": round(result.seconds / 60, 2),
            "inputs": result.inputs,
            "findings": result.findings,
            **git_state(),
            "machine": processor(),
        }
    )
    files = RunFolder(folder)
    files.write_json(STORE, {"calls": calls})
    files.write_text(PAGE, "\n".join(page(calls, corpus_dir)) + "\n")
    return folder / PAGE


def page(calls: list[dict[str, Any]], corpus_dir: Path) -> list[str]:
    """The page's lines: totals by part, then every call."""
    lines = ["# Fuzzing", "",
        "Written by `python -m tests.fuzz`; every call adds a line. A finding is an input that ended "
             "in anything but a message for a person; each is mended and kept in `tests/fuzz/corpus`.",
             ""]  # fmt: skip
    rows = []
    for part in PARTS:
        own = [c for c in calls if c["part"] == part]
        kept = len(corpus(corpus_dir / part))
        rows.append([part, f"{sum(c['minutes'] for c in own):.1f}", f"{sum(c['inputs'] for c in own):,}",
                     str(sum(len(c["findings"]) for c in own)), str(kept)])  # fmt: skip
    total = sum(c["minutes"] for c in calls)
    lines += markdown_table(["part", "minutes", "inputs", "findings", "corpus files"], rows)
    lines += ["", f"Altogether {total:.1f} minutes.", "", "## Calls", ""]
    rows = [[c["when"], c["part"], c["engine"], str(c["seed"]), f"{c['minutes']:.1f}", f"{c['inputs']:,}",
             "; ".join(c["findings"]).replace("|", "/") or "none", commit_text(c),
             c["machine"]] for c in calls]  # fmt: skip
    head = ["when", "part", "engine", "seed", "minutes", "inputs", "findings", "commit", "machine"]
    return lines + markdown_table(head, rows)
