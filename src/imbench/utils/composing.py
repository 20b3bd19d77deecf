"""Hydra, started a little faster."""

from __future__ import annotations


def lighten() -> None:
    """Let Hydra use its registry of structured configurations without copying it.

    It copies the registry, which it only reads, with every composition and some hundred times for
    ``--help``: half of the seconds that ``run.py --help`` takes.
    """
    from hydra.core.config_store import ConfigStore

    ConfigStore.__deepcopy__ = lambda self, memo: self  # type: ignore[attr-defined]
