"""Run one configuration, or with ``-m`` every combination of several.

    python run.py dataset=german method=smotenc
    python run.py -m dataset=adult,german method=smotenc,ctgan seed=0,1,2

Finished runs are skipped, failed ones are executed again. `python scripts/status.py` counts what is stored.
"""

from __future__ import annotations

import os
import sys

# One thread a process: several processes then share the machine well, and sums keep their order.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from imbench.sweeps.choices import unknown_choice
from imbench.utils.overrides import quote_values


@hydra.main(config_path="conf", config_name="config", version_base="1.3")
def main(config: DictConfig) -> None:
    """Execute one run, report it in one line, copy it to MLflow. (Sweeps: ``imbench.sweeps.sweep``.)"""
    from imbench.records.flat import flat_run
    from imbench.records.store import find
    from imbench.sweeps.jobs import report_refusal, run_and_report
    from imbench.tracking import copy_missing
    from imbench.utils.config import plain

    job = HydraConfig.get()
    # A number is there in a sweep under a launcher that is not the project's own.
    number = None if OmegaConf.is_missing(job.job, "num") else int(job.job.num)
    overrides = OmegaConf.to_container(job.overrides.task, resolve=False)  # as they were typed
    try:
        outcome = run_and_report(plain(config), overrides, number)
    except OmegaConfBaseException as error:
        report_refusal(error, number, overrides)
        outcome = None
    if number is not None:
        return
    if outcome is not None:
        runs_dir = outcome.folder.parent
        record = find(runs_dir, outcome.key)
        copy_missing([record and flat_run(record)], runs_dir, plain(config.tracking))
    if outcome is None or not outcome.ok:
        sys.exit(1)


if __name__ == "__main__":
    sys.argv[1:] = quote_values(sys.argv[1:])
    if message := unknown_choice(sys.argv[1:]):
        sys.exit(f"imbench: {message}")
    main()
