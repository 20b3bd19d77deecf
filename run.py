"""Run one configuration, or with ``-m`` every combination of several.

    python run.py dataset=german method=smotenc
    python run.py -m dataset=adult,german method=smotenc,ctgan seed=0,1,2

Finished runs are skipped, failed ones made again. `python scripts/status.py` tells what there is.
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


@hydra.main(config_path="conf", config_name="config", version_base="1.3")
def main(config: DictConfig) -> None:
    """Execute one run, report it in one line, copy it to MLflow."""
    from imbench.errors import ImbenchError
    from imbench.runs.run import run_one
    from imbench.sweeps.plan import refuse, report
    from imbench.tracking import sink as mlflow_sink
    from imbench.utils.allowed_classes import trusting

    job = HydraConfig.get()
    number = None if OmegaConf.is_missing(job.job, "num") else int(job.job.num)
    overrides = OmegaConf.to_container(job.overrides.task, resolve=False)  # as they were typed
    try:
        OmegaConf.resolve(config)
        with trusting(config.get("trust_config", False)):
            outcome = run_one(config, overrides)
        report(outcome, number, overrides)
    except (ImbenchError, OmegaConfBaseException) as error:
        refuse(error, number, overrides)
        if number is None:
            sys.exit(1)
        return
    if outcome.ran or number is None:  # what a killed command left without its copy; a sweep looks at its end
        mlflow_sink.log_run(outcome.folder, config.tracking)
    if number is None and not outcome.ok:
        sys.exit(1)


if __name__ == "__main__":
    if wrong := unknown_choice(sys.argv[1:]):
        sys.exit(f"imbench: {wrong}")
    main()
