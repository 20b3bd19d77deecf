"""Whether a killed and restarted sweep leaves exactly what an undisturbed one leaves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from imbench.records.record import DONE, STATUS, RunFolder, iterate

SCORES = "scores.json"


def check(
    runs_dir: Path, undisturbed: Path, keys: Iterable[str], finished: Mapping[str, tuple[bytes, int]],
    copies: Mapping[str, int] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Findings by name, each a number that has to be 0 except ``planned`` and ``done``.

    ``keys``: those of all planned runs; ``finished``: every marker's content and time as first seen;
    ``copies``: the number of each run's copies in MLflow, where the sweep copied them.
    """
    wanted = set(keys)
    found = {folder.path.name: folder for folder in iterate(runs_dir)}
    states = {key: (folder.status() or {}).get("state") for key, folder in found.items()}
    findings = {
        "planned": len(wanted),
        "done": sum(states.get(key) == DONE for key in wanted),
        "missing": len(wanted - set(found)),
        "not planned": len(set(found) - wanted),
        "not done": sum(state != DONE for state in states.values()),
        "made twice": sum(_marker(found[k]) != seen for k, seen in finished.items() if k in found),
        "unreadable": sum(not _whole(folder) for folder in found.values()),
        "other scores": sum(_scores(runs_dir / key) != _scores(undisturbed / key) for key in wanted),
    }
    if copies is not None:
        findings["copies"] = sum(copies.get(key, 0) != int(key in wanted) for key in wanted | set(copies))
    return findings


def passed(findings: Mapping[str, int]) -> bool:
    """Whether every finding is as required."""
    wrong = [n for name, n in findings.items() if name not in ("planned", "done")]
    return not any(wrong) and findings["done"] == findings["planned"] > 0


def _marker(folder: RunFolder) -> tuple[bytes, int] | None:
    path = folder.path / STATUS
    return (path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else None


def _scores(folder: Path) -> bytes | None:
    path = folder / SCORES
    return path.read_bytes() if path.is_file() else None


def _whole(folder: RunFolder) -> bool:
    """Whether every file of a run can be read, hidden ones (which nothing reads) left out."""
    import pyarrow.parquet
    import yaml

    for path in folder.path.iterdir():
        if path.name.startswith("."):
            continue
        try:
            if path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
            elif path.suffix == ".parquet":
                pyarrow.parquet.read_table(path)
            else:
                yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            return False
    return True


def report(facts: Mapping[str, Any]) -> str:
    """The report in Markdown; ``facts`` is what ``python -m tests.chaos`` stores as JSON."""
    victims = [kill["victim"] for kill in facts["kills"]]
    findings, place = facts["findings"], facts["machine"]
    lines = [
        f"# {findings['planned']} runs under launcher={facts['launcher']}, {len(victims)} kills",
        "",
        f"Written by `python -m tests.chaos`: **{'passed' if facts['passed'] else 'FAILED'}**.",
        f"{victims.count('worker')} workers and {victims.count('launcher')} times the launcher were ended "
        f"by SIGKILL at random moments (seed {facts['seed']}); the same command was started "
        f"{facts['starts']} times (exit codes {', '.join(map(str, facts['exits']))}) and took "
        f"{facts['seconds']:.0f} s in all, the undisturbed sweep under launcher=local "
        f"{_seconds(facts['undisturbed_seconds'])}.",
        "",
        "; ".join(f"{key}: {values}" for key, values in facts["grid"].items()),
        "",
        "| finding | runs | should be |",
        "|---|---|---|",
    ]
    for name, number in findings.items():
        should = findings["planned"] if name in ("planned", "done") else 0
        lines.append(f"| {MEANING[name]} | {number} | {should} |")
    lines += ["", "| second | killed | process | runs done by then |", "|---|---|---|---|"]
    lines += [f"| {k['second']} | {k['victim']} | {k['pid']} | {k['runs_done']} |" for k in facts["kills"]]
    machine = f"{place['processor']}, {place['processors']} processors"
    return "\n".join([*lines, "", f"Made on: {machine}; commit {facts['commit']}.", ""])


MEANING = {
    "planned": "planned",
    "done": "done",
    "missing": "planned, and without a folder",
    "not planned": "folders of no planned run",
    "not done": "folders of a run that is not done",
    "made twice": "marker written again after the run was done",
    "unreadable": "a file that cannot be read",
    "copies": "not exactly one whole copy in MLflow",
    "other scores": "scores that differ from the undisturbed sweep's in any byte",
}


def _seconds(seconds: float | None) -> str:
    return "existed already" if seconds is None else f"{seconds:.0f} s"
