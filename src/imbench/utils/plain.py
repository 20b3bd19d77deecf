"""Configurations as plain data; light, for those who only name runs."""

from __future__ import annotations

from typing import Any


def plain(config: Any) -> Any:
    """The configuration as plain dicts, lists and scalars, resolved where it is OmegaConf's."""
    from omegaconf import OmegaConf

    return OmegaConf.to_container(config, resolve=True) if OmegaConf.is_config(config) else config
