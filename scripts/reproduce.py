"""Repeat stored runs and compare their scores: ``python scripts/reproduce.py --runs 60 --seed 12``.

Draws runs at random from the archives and folders of ``--runs-dir``, executes each from its stored
configuration in a folder of its own, and compares every score. Classical methods give the same scores to the
last digit on most processors, trained generators on the same kind of processor (the record names it). The
exit code is 1 when a run failed or its configuration has another key today. The stored runs stay as they are.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root

#: Whether each score of a run is equal, and the largest difference of one that is not.
Compared = tuple[bool, float]


def main() -> int:
    """Draw, repeat, compare, print one line a run and a table a method."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=60, help="how many runs are drawn")
    parser.add_argument("--seed", type=int, default=12, help="of the draw")
    parser.add_argument("--llm", default="tiny", help="language model of the runs that have one")
    parser.add_argument("--runs-dir", default="results/runs", help="where the records are")
    parser.add_argument("--data-dir", default=None, help="folder with the datasets' files")
    parser.add_argument("--keep", default=None, help="folder for the repeated runs; default: temporary")
    options = parser.parse_args()
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # before the libraries are loaded, as run.py does

    from imbench.runs.environment import processor

    print(f"processor: {processor()}")
    with tempfile.TemporaryDirectory(prefix="imbench-reproduce-") as temporary:
        folder = Path(options.keep).absolute() if options.keep else Path(temporary) / "runs"
        drawn = draw(from_root(options.runs_dir), options.runs, options.seed, options.llm)
        found: dict[tuple[str, str], list[Compared]] = defaultdict(list)
        failed = 0
        for record in drawn:
            status, compared, text = repeat(record, folder, options.data_dir)
            failed += compared is None
            if compared is not None:
                found[status["method"], where(record)].append(compared)
            print(text, flush=True)
    print("\n".join(summary(found)))
    return int(failed > 0)


def draw(runs_dir: Path, count: int, seed: int, llm: str) -> list[Any]:
    """``count`` finished runs, the cheapest first."""
    from imbench.records.store import records

    done = [r for r in records(runs_dir) if r.scores() is not None and r.status()["llm"] in (None, llm)]
    drawn = random.Random(seed).sample(done, min(count, len(done)))
    return sorted(drawn, key=lambda record: record.status()["seconds"])


def repeat(record: Any, folder: Path, data_dir: str | None) -> tuple[Mapping[str, Any], Compared | None, str]:
    """Execute one run again; returns its stored status, the comparison, and a line for people."""
    import yaml

    from imbench.records.record import CONFIG
    from imbench.runs.key import name_of
    from imbench.runs.run import run_one

    status = record.status()
    config = yaml.safe_load(record.content(CONFIG))
    config |= {"runs_dir": str(folder), "data_dir": data_dir, "tracking": {"uri": None}}
    started = time.perf_counter()
    outcome = run_one(config)
    name, seconds = name_of(status), time.perf_counter() - started
    if outcome.key != record.key:
        return status, None, f"{name}: its key is {outcome.key} today, stored under {record.key}"
    if not outcome.ok:
        return status, None, f"{name}: {outcome.state}: {outcome.reason}"
    same, largest = compare(record.scores(), outcome.scores)
    verdict = "equal" if same else f"differs by up to {largest:.2g}"
    return status, (same, largest), f"{name}: {verdict} ({seconds:.1f} s)"


def compare(stored: Mapping[str, Any], repeated: Mapping[str, Any]) -> Compared:
    """Whether all stored scores of the classifiers are repeated exactly, and the largest difference."""
    differences = [
        abs(value - new)
        for value, new in zip(_values(stored["classifiers"]), _in(stored, repeated), strict=True)
        if value is not None and new is not None
    ]
    return not any(differences), max(differences, default=0.0)


def _values(node: Any) -> Iterator[Any]:
    if isinstance(node, Mapping):
        for key in sorted(node):
            yield from _values(node[key])
    else:
        yield node


def _in(stored: Mapping[str, Any], repeated: Mapping[str, Any]) -> Iterator[Any]:
    """The repeated scores that are stored as well (new metrics have no stored value), in the same order."""

    def common(old: Any, new: Any) -> Any:
        return {k: common(old[k], (new or {}).get(k)) for k in old} if isinstance(old, Mapping) else new

    yield from _values(common(stored["classifiers"], repeated["classifiers"]))


def where(record: Any) -> str:
    """The vector instructions of the processor that made a record."""
    from imbench.records.record import ENVIRONMENT

    text = str((record.read(ENVIRONMENT) or {}).get("processor", ""))
    return "AVX-512" if "avx512f" in text else "AVX2" if "avx2" in text else "unknown"


def summary(found: Mapping[tuple[str, str], list[Compared]]) -> list[str]:
    """Markdown: runs, equal ones and the largest difference, by method and stored processor."""
    from imbench.reports.table import markdown_table

    rows = [
        [method, processor, str(len(runs)), str(sum(same for same, _ in runs)),
         f"{max(largest for _, largest in runs):.2g}"]
        for (method, processor), runs in sorted(found.items())
    ]  # fmt: skip
    everything = [run for runs in found.values() for run in runs]
    rows.append(["all", "", str(len(everything)), str(sum(same for same, _ in everything)), ""])
    return ["", *markdown_table(["method", "stored on", "runs", "equal", "largest difference"], rows)]


if __name__ == "__main__":
    sys.exit(exit_code(main))
