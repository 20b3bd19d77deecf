"""The launchers of conf/launcher. Hydra takes launchers from the package ``hydra_plugins`` only and reads it
at every start, so the work itself is elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from hydra.core.utils import JobReturn
from hydra_plugins.hydra_joblib_launcher.joblib_launcher import JoblibLauncher as Joblib
from hydra_plugins.hydra_submitit_launcher.submitit_launcher import SlurmLauncher as Slurm


class JoblibLauncher(Joblib):
    """Worker processes of which each may die without ending the sweep, and which end with the launcher."""

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run every job; see :func:`imbench.sweeps.joblib.launch`."""
        from imbench.sweeps.joblib import launch

        return launch(self, job_overrides, initial_job_idx)


class SlurmLauncher(Slurm):
    """Slurm jobs that are waited for by ``squeue``, so that a killed one is noticed without accounting."""

    #: Variables that a job gets even where Slurm does not pass the environment on (``--export=NONE``).
    environment: dict[str, str] = {}  # noqa: RUF012 (replaced as a whole, never changed)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Submit every job and wait; see :func:`imbench.sweeps.slurm.launch`."""
        from imbench.sweeps.slurm import launch

        return launch(self, job_overrides, initial_job_idx)

    def __call__(self, *words: Any) -> JobReturn:
        """Run one job; called on its node."""
        os.environ.update(self.environment)
        return super().__call__(*words)
