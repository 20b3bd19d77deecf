"""What the command line of a sweep plans: every job's overrides, and every job's configuration."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from imbench.errors import ConfigError
from imbench.sweeps.choices import unknown_choice
from imbench.utils.paths import CONF

#: Groups that hold for a whole sweep: Hydra reads them once, so a list of them would be ignored.
ONE_A_SWEEP = ("launcher", "suite", "experiment", "budget")
CHOOSES_LAUNCHER = re.compile(r"^\s*-\s*override\s+/?(hydra/)?launcher\s*:", re.MULTILINE)


def expand(overrides: list[str]) -> list[list[str]]:
    """All jobs of a sweep, each as its own list of overrides, in the order in which they run.

    Of several overrides of one key the last one counts.
    """
    choices: dict[str, list[str]] = {}
    for override in OverridesParser.create().parse_overrides(overrides):
        key = override.get_key_element()
        if override.is_sweep_override():
            if not override.is_discrete_sweep():
                raise ConfigError(f"{override.input_line}: a sweep takes lists of values, not intervals.")
            choices[key] = [f"{key}={value}" for value in override.sweep_string_iterator()]
        else:
            choices[key] = [override.input_line or f"{key}={override.get_value_element_as_str()}"]
    return [list(job) for job in itertools.product(*choices.values())]


def planned(overrides: list[str]) -> list[dict[str, Any]]:
    """The resolved configuration of every job of a sweep, with an experiment's own lists included.

    Raises :class:`ConfigError` for overrides that make no configuration.
    """
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from imbench.sweeps.compose_once import JobConfigs

    if wrong := unknown_choice(overrides):
        raise ConfigError(wrong)
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            check_one_a_sweep(overrides)
            own: list[str] = []
            if experiment := [o for o in overrides if _key(o) in ("suite", "experiment", "budget")]:
                params = compose("config", experiment, return_hydra_config=True).hydra.sweeper.params
                own = not_overridden(params, overrides)
            of_job = JobConfigs(GlobalHydra.instance().config_loader())
            return [of_job(job) for job in expand([*own, *overrides])]
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(str(error)) from error


def check_one_a_sweep(overrides: list[str]) -> None:
    """Raise :class:`ConfigError` for a list of values where a sweep takes one, as of its launcher."""
    for override in OverridesParser.create().parse_overrides(overrides):
        if not override.is_sweep_override():
            continue
        group = override.key_or_group
        if group.split(".")[0] in ONE_A_SWEEP:
            raise ConfigError(
                f"{override.input_line}: a sweep has one {group}, which is read before its jobs are; "
                f"start one command for each value."
            )
        for value in override.sweep_string_iterator():
            file = CONF / group / f"{value}.yaml"
            if file.is_file() and CHOOSES_LAUNCHER.search(file.read_text(encoding="utf-8")):
                raise ConfigError(
                    f"conf/{group}/{value}.yaml chooses a launcher, which is ignored when '{group}' is swept "
                    f"({override.input_line}); choose it by launcher=… on the command line instead."
                )


def not_overridden(params: Mapping[str, Any] | None, overrides: list[str]) -> list[str]:
    """The lists of an experiment whose keys the command line does not set."""
    keys = {_key(o) for o in overrides}
    return [f"{key}={value}" for key, value in (params or {}).items() if key not in keys]


def _key(override: str) -> str:
    return override.lstrip("+").split("=")[0]
