"""Places: relative paths in the configuration count from the project's root, wherever one stands."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def from_root(path: str | Path) -> Path:
    """An absolute path; a relative one is taken from the folder that holds ``run.py``."""
    path = Path(path).expanduser()
    return path if path.is_absolute() else ROOT / path


def shown(path: Path) -> str:
    """A path for people: relative to the project's root where it lies inside."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
