"""Kill the processes of a sweep, start the same command again, and check that nothing is lost or different.

    python -m tests.chaos joblib                        210 runs, 20 kills
    python -m tests.chaos slurm --runs 20 --kills 4 launcher.parallel=2

The grid: classical methods and imbllm with a small llm=tiny_text on the embedded datasets, with as many seeds
as --runs needs. Workers and the launcher are ended by SIGKILL at random moments (--seed). At the end every
run must be done once, with the scores of the same sweep undisturbed (made under launcher=local in
<folder>/undisturbed unless it exists); with --mlflow each run must also have one copy in the store
<folder>/<launcher>.db. Overrides at the end of the command line go to the sweep. The report is
<out>/<launcher>.md and .json. For Slurm on this machine: scripts/slurm_local.sh. Exits with 1 when anything
is lost or differs.
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

DATASETS = ("insurance", "german", "car")
METHODS = (
    "imbllm", "duplicate", "smotenc", "adasyn_raw", "smote_raw", "borderline_smote", "interpolate_marginal",
)  # fmt: skip


def grid(runs: int) -> dict[str, str]:
    """Overrides of a sweep of at least so many runs: fewer methods below 21, more seeds above."""
    methods = METHODS[: max(1, min(len(METHODS), math.ceil(runs / len(DATASETS))))]
    seeds = math.ceil(runs / len(DATASETS) / len(methods))
    return {
        "dataset": ",".join(DATASETS),
        "method": ",".join(methods),
        "seed": ",".join(map(str, range(seeds))),
    }


def main() -> int:
    """Run the undisturbed sweep, then the one with kills; compare and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("launcher", choices=("joblib", "slurm"))
    parser.add_argument("overrides", nargs="*", help="such as launcher.workers=4")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mlflow", action="store_true", help="copy the runs to a sqlite store, and check it")
    parser.add_argument("--folder", help="where both sweeps are kept; a temporary folder by default")
    parser.add_argument("--out", default="results/kill_grid")
    options = parser.parse_intermixed_args()

    from imbench.runs.environment import commit_text, describe
    from imbench.sweeps.status import plan
    from imbench.tracking import copies as copies_in
    from tests.chaos.check import check, passed, report
    from tests.chaos.kills import KilledSweep, command_line

    folder = Path(options.folder or tempfile.mkdtemp(prefix="kill_grid_")).absolute()
    runs_dir, undisturbed = folder / options.launcher, folder / "undisturbed"
    if runs_dir.exists():
        raise ConfigError(f"'{runs_dir}' exists; remove it or name another --folder.")
    folder.mkdir(parents=True, exist_ok=True)
    sweep = [f"{key}={value}" for key, value in grid(options.runs).items()]
    sweep += ["llm=tiny_text", "llm.training.max_steps=20"]
    keys = [run.identity.key for run in plan([*sweep, f"runs_dir={undisturbed}"])[0]]

    print(f"{len(keys)} runs in {folder}: undisturbed, then under {options.launcher}", flush=True)
    started, existed = time.monotonic(), undisturbed.exists()
    with (folder / "undisturbed.log").open("ab") as log:
        command = command_line([*sweep, f"runs_dir={undisturbed}", "tracking=none"])
        if subprocess.run(command, cwd=ROOT, stdout=log, stderr=log).returncode:
            raise ConfigError(f"The undisturbed sweep failed; see {folder / 'undisturbed.log'}.")
    undisturbed_seconds = None if existed else round(time.monotonic() - started, 1)

    store = {"uri": f"sqlite:///{folder}/{options.launcher}.db", "artifacts": f"{folder}/artifacts"}
    overrides = [*sweep, f"runs_dir={runs_dir}", f"launcher={options.launcher}", *options.overrides]
    tracked = ["tracking=sqlite", *(f"tracking.{name}={value}" for name, value in store.items())]
    overrides += tracked if options.mlflow else ["tracking=none"]
    if options.launcher == "slurm":
        overrides.append(f"launcher.folder={folder / 'jobs'}")
    sweep_run = KilledSweep(
        command_line(overrides), runs_dir, options.launcher, folder / f"{options.launcher}.log"
    )
    sweep_run.run(random.Random(options.seed), options.kills, len(keys))

    copies = None
    if options.mlflow:
        copies = {k: len(found) if all(found.values()) else 0 for k, found in copies_in(store).items()}
    findings = check(runs_dir, undisturbed, keys, sweep_run.finished, copies)
    place = describe()
    content = {
        "launcher": options.launcher, "passed": passed(findings) and len(sweep_run.kills) == options.kills,
        "findings": findings, "grid": grid(options.runs), "overrides": options.overrides,
        "seed": options.seed, **sweep_run.facts(),
        "undisturbed_seconds": undisturbed_seconds, "commit": commit_text(place),
        "machine": {name: place[name] for name in ("processor", "processors", "platform", "python")},
    }  # fmt: skip
    out = from_root(options.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{options.launcher}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (out / f"{options.launcher}.md").write_text(report(content), encoding="utf-8")
    print(report(content))
    print("written:", shown(out / f"{options.launcher}.md"))
    return 0 if content["passed"] else 1


if __name__ == "__main__":
    sys.exit(exit_code(main))
