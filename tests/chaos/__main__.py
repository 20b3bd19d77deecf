"""Kill a sweep again and again, start the same command again, and look whether anything was lost.

    python -m tests.chaos joblib                        210 runs, 20 kills
    python -m tests.chaos slurm --runs 20 --kills 4 launcher.parallel=2

The grid: classical methods and imbllm with a small llm=tiny on the embedded tables; seeds as many as it
takes for --runs. Workers and the launcher itself are ended by SIGKILL at random moments (--seed). In the end
every run must be done once, and its scores be those of the same sweep undisturbed, which is made under
launcher=local in <folder>/undisturbed unless it is there; with --mlflow each run must also have one copy in
the store <folder>/<launcher>.db. Words at the end go to the launcher. The report is <out>/<launcher>.md and
.json. For Slurm on this machine: scripts/slurm_local.sh. Exits with 1 when anything was lost or differs.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from imbench.errors import ConfigError
from imbench.utils.cli import exit_code
from imbench.utils.paths import ROOT, from_root, shown

TABLES = ("insurance", "german", "car")
METHODS = (
    "imbllm", "duplicate", "smotenc", "adasyn_raw", "smote_raw", "borderline_smote", "interpolate_marginal",
)  # fmt: skip


def grid(runs: int) -> dict[str, str]:
    """Words of a sweep of at least so many runs: fewer methods below 21, more seeds above."""
    methods = METHODS[: max(1, min(len(METHODS), math.ceil(runs / len(TABLES))))]
    seeds = math.ceil(runs / len(TABLES) / len(methods))
    return {
        "dataset": ",".join(TABLES),
        "method": ",".join(methods),
        "seed": ",".join(map(str, range(seeds))),
    }


def main() -> int:
    """Run the undisturbed sweep, then the one with kills; compare and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("launcher", choices=("joblib", "slurm"))
    parser.add_argument("words", nargs="*", help="such as launcher.workers=4")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mlflow", action="store_true", help="copy the runs to a sqlite store, and check it")
    parser.add_argument("--folder", help="where both sweeps are kept; a temporary folder by default")
    parser.add_argument("--out", default="results/kill_grid")
    told = parser.parse_intermixed_args()

    from imbench.runs.environment import commit_text, describe
    from imbench.sweeps.status import run_statuses
    from imbench.tracking import copies as copies_in
    from tests.chaos.check import check, passed, report
    from tests.chaos.kills import Chase, started_by_hand

    folder = Path(told.folder or tempfile.mkdtemp(prefix="kill_grid_")).absolute()
    runs_dir, undisturbed = folder / told.launcher, folder / "undisturbed"
    if runs_dir.exists():
        raise ConfigError(f"'{runs_dir}' is there already; remove it or name another --folder.")
    folder.mkdir(parents=True, exist_ok=True)
    sweep = [f"{key}={value}" for key, value in grid(told.runs).items()]
    sweep += ["llm=tiny", "llm.training.max_steps=20"]
    keys = [s.key for s in run_statuses([*sweep, f"runs_dir={undisturbed}"])[0]]

    print(f"{len(keys)} runs in {folder}: undisturbed, then under {told.launcher}", flush=True)
    started, there = time.monotonic(), undisturbed.exists()
    with (folder / "undisturbed.log").open("ab") as log:
        words = started_by_hand([*sweep, f"runs_dir={undisturbed}", "tracking=none"])
        if subprocess.run(words, cwd=ROOT, stdout=log, stderr=log).returncode:
            raise ConfigError(f"The undisturbed sweep failed; see {folder / 'undisturbed.log'}.")
    alone = None if there else round(time.monotonic() - started, 1)

    store = {"uri": f"sqlite:///{folder}/{told.launcher}.db", "artifacts": f"{folder}/artifacts"}
    words = [*sweep, f"runs_dir={runs_dir}", f"launcher={told.launcher}", *told.words]
    tracked = ["tracking=sqlite", *(f"tracking.{word}={value}" for word, value in store.items())]
    words += tracked if told.mlflow else ["tracking=none"]
    if told.launcher == "slurm":
        words.append(f"launcher.folder={folder / 'jobs'}")
    chase = Chase(started_by_hand(words), runs_dir, told.launcher, folder / f"{told.launcher}.log")
    chase.run(random.Random(told.seed), told.kills, len(keys))

    copies = None
    if told.mlflow:
        copies = {k: len(found) if all(found.values()) else 0 for k, found in copies_in(store).items()}
    findings = check(runs_dir, undisturbed, keys, chase.finished, copies)
    place = describe()
    content = {
        "launcher": told.launcher, "passed": passed(findings) and len(chase.kills) == told.kills,
        "findings": findings, "grid": grid(told.runs), "words": told.words, "seed": told.seed, **chase.told(),
        "undisturbed_seconds": alone, "commit": commit_text(place),
        "machine": {word: place[word] for word in ("processor", "processors", "platform", "python")},
    }  # fmt: skip
    out = from_root(told.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{told.launcher}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (out / f"{told.launcher}.md").write_text(report(content), encoding="utf-8")
    print(report(content))
    print("written:", shown(out / f"{told.launcher}.md"))
    return 0 if content["passed"] else 1


if __name__ == "__main__":
    sys.exit(exit_code(main))
