"""Paths: a relative path in the configuration is relative to the project's root."""

from __future__ import annotations

from pathlib import Path

#: The folder that holds ``run.py``; the installation folder where the package is installed as a wheel.
ROOT = Path(__file__).resolve().parents[3]
_INSTALLED = Path(__file__).resolve().parents[1] / "conf"
#: The configuration files: in the project's root, or inside the installed package.
CONF = _INSTALLED if _INSTALLED.is_dir() else ROOT / "conf"


def from_root(path: str | Path) -> Path:
    """An absolute path; a relative one is taken from :data:`ROOT`."""
    path = Path(path).expanduser()
    return path if path.is_absolute() else ROOT / path


def shown(path: Path) -> str:
    """A path as a message shows it: relative to the project's root where it is inside."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
