"""Hydra's entry points into sweeps: the sweeper of conf/config.yaml and the launchers of conf/launcher.

Hydra takes plugins from the package ``hydra_plugins`` only and reads it at every start, so the work itself is
in ``imbench.sweeps``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn, JobStatus
from hydra_plugins.hydra_joblib_launcher.joblib_launcher import JoblibLauncher as HydraJoblibLauncher
from hydra_plugins.hydra_submitit_launcher.submitit_launcher import SlurmLauncher as HydraSlurmLauncher

Overrides = Sequence[Sequence[str]]


class Sweeper(BasicSweeper):
    """All combinations of the command line's and the experiment's lists."""

    def sweep(self, arguments: list[str]) -> None:
        """Run the sweep, exit with 1 unless all runs have scores; see :func:`imbench.sweeps.sweep.sweep`."""
        from imbench.sweeps.sweep import sweep

        sweep(self.config, list(arguments), self.params, self.launcher.launch, self.max_batch_size)


class LocalLauncher(BasicLauncher):
    """One run after another in this process; ``hydra/launcher=imbench_local``."""

    def launch(self, job_overrides: Overrides, initial_job_idx: int) -> list[JobReturn]:
        """Run every job; see :func:`imbench.sweeps.jobs.run_here`."""
        from imbench.sweeps.jobs import pending, run_here

        run_here(pending(self, job_overrides, initial_job_idx))
        return _returns(job_overrides)


ConfigStore.instance().store(
    group="hydra/launcher",
    name="imbench_local",
    node={"_target_": f"{__name__}.LocalLauncher"},
    provider="imbench",
)


class JoblibLauncher(HydraJoblibLauncher):
    """Worker processes, each of which may die without ending the sweep."""

    def launch(self, job_overrides: Overrides, initial_job_idx: int) -> list[JobReturn]:
        """Run every job; see :func:`imbench.sweeps.joblib.run`."""
        from imbench.sweeps.joblib import run
        from imbench.sweeps.jobs import pending

        run(pending(self, job_overrides, initial_job_idx), self.joblib)
        return _returns(job_overrides)


class SlurmLauncher(HydraSlurmLauncher):
    """Slurm jobs that are watched by ``squeue``, so that a killed one is noticed without accounting."""

    def launch(self, job_overrides: Overrides, initial_job_idx: int) -> list[JobReturn]:
        """Submit every job and wait; see :func:`imbench.sweeps.slurm.run`."""
        from imbench.sweeps.jobs import pending
        from imbench.sweeps.slurm import run

        run(lambda: pending(self, job_overrides, initial_job_idx), self.params, self.config["runs_dir"])
        return _returns(job_overrides)


def _returns(job_overrides: Overrides) -> list[Any]:
    """What Hydra wants back: how the jobs ended is in the sweep's journal."""
    return [JobReturn(status=JobStatus.COMPLETED) for _ in job_overrides]
