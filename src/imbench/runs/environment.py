"""The environment of a run: code, packages, machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from imbench.utils.paths import ROOT

PACKAGES = (
    "imbench", "numpy", "pandas", "scikit-learn", "imbalanced-learn", "xgboost", "xgboost-cpu", "lightgbm",
    "torch", "transformers", "ctgan", "sdv", "be-great", "mostlyai-engine", "hydra-core",
)  # fmt: skip


@lru_cache(maxsize=1)
def describe() -> dict[str, Any]:
    """Git commit and dirty flag, package versions, Python, processor; read once a process."""
    return {
        **git_state(),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "processor": processor(),
        "packages": package_versions(),
    }


def processor() -> str:
    """Name and vector instructions, on which sums, and so the rows of trained models, depend."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = set(facts.get("flags", "").split())
    vectors = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in flags]
    return " ".join([facts.get("model name", platform.machine()), *vectors])


def git_state() -> dict[str, Any]:
    """Commit of the code and whether tracked files differ from it; None outside a git checkout."""
    commit = _git("rev-parse", "HEAD")
    status = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!results")
    return {"git_commit": commit or None, "git_dirty": bool(status) if commit else None}


def commit_text(state: Mapping[str, Any]) -> str:
    """The commit of :func:`git_state` in ten digits, and whether there were local changes."""
    return str(state["git_commit"])[:10] + (" with local changes" if state["git_dirty"] else "")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def package_versions() -> dict[str, str]:
    """Versions of the packages that can change a score, of those that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
