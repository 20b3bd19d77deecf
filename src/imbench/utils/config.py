"""Configurations: composing them from ``conf`` with Hydra, and as plain data.

Nothing else in the project reads a file of ``conf``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from imbench.errors import ConfigError
from imbench.utils.paths import CONF


def plain(config: Any) -> Any:
    """``config`` as dicts, lists and scalars; an OmegaConf configuration is resolved."""
    from omegaconf import OmegaConf

    return OmegaConf.to_container(config, resolve=True) if OmegaConf.is_config(config) else config


def compose(overrides: Iterable[str] = (), name: str | None = "config", hydra: bool = False) -> Any:
    """The configuration ``conf/<name>.yaml`` with ``overrides``, as an unresolved ``DictConfig``.

    ``hydra`` includes Hydra's own section. Raises :class:`ConfigError` for overrides that Hydra refuses.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.errors import HydraException

    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            return hydra_compose(name, list(overrides), return_hydra_config=hydra)
    except HydraException as error:
        raise ConfigError(str(error)) from error


def names(group: str) -> list[str]:
    """The options of a group (``dataset``, ``method``, …), sorted; its subfolders are left out."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def entry(group: str, name: str) -> dict[str, Any]:
    """One option of a group with what it inherits, as plain data of one's own; see :func:`entries`."""
    return copy.deepcopy(_entry(group, name))


@lru_cache(maxsize=512)
def _entry(group: str, name: str) -> dict[str, Any]:
    from omegaconf import OmegaConf

    return OmegaConf.to_container(compose([f"+{group}@option={name}"], name=None).option, resolve=False)


@lru_cache(maxsize=8)
def entries(group: str) -> dict[str, dict[str, Any]]:
    """All options of a group by name, each with what it inherits, as plain data.

    References to other groups (``${llm}``) stay text. Groups that override other groups (``launcher``) need a
    :func:`compose` of their own. One composition for the whole group takes a fifth
    of a second for 20 files.
    """
    from omegaconf import OmegaConf

    found = names(group)
    config = compose([f"+{group}@option_{number}={name}" for number, name in enumerate(found)], name=None)
    return {
        name: OmegaConf.to_container(config[f"option_{number}"], resolve=False)
        for number, name in enumerate(found)
    }
