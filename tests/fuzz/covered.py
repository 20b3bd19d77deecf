"""Fuzzing led by coverage (atheris): bytes that reach new branches are kept and changed again.

Hypothesis turns the bytes into an input of the part, so both engines draw from the same strategies.
libFuzzer ends its process when its time is up, hence the child.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from imbench.errors import ConfigError
from imbench.utils.paths import shown
from tests.fuzz.drive import FuzzResult, failure, keep
from tests.fuzz.part import part_of, signature


def fuzz_covered(name: str, seconds: float, seed: int, corpus: Path) -> FuzzResult:
    """Like :func:`~tests.fuzz.drive.fuzz`, with atheris as the engine."""
    from importlib.util import find_spec

    if find_spec("atheris") is None:
        raise ConfigError("--engine atheris needs the package atheris: pip install atheris")
    result, started = FuzzResult(name), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="imbench-atheris-") as folder:
        notes = Path(folder) / "result.json"
        code = f"from tests.fuzz.covered import _child; _child({name!r}, {str(notes)!r}, {str(corpus)!r})"
        command = [sys.executable, "-c", code, f"-max_total_time={max(1, round(seconds))}",
            f"-seed={seed % 2**31}",
                   "-max_len=4096", "-len_control=0", "-verbosity=0", "-rss_limit_mb=0",
                   "-timeout=600"]  # fmt: skip
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if not notes.is_file():
            raise ConfigError(f"atheris did not start: {done.stderr.strip()[-500:]}")
        content = json.loads(notes.read_text(encoding="utf-8"))
    result.inputs, result.findings = content["inputs"], content["findings"]
    result.seconds = round(time.monotonic() - started, 1)
    return result


def _child(name: str, notes: str, corpus: str) -> None:
    import warnings

    import atheris

    with atheris.instrument_imports(include=["imbench.data", "imbench.lm", "imbench.utils.text"]):
        part = part_of(name)
    import hypothesis
    from hypothesis import HealthCheck, settings

    warnings.simplefilter("ignore")
    result: dict[str, Any] = {"inputs": 0, "findings": {}}

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @hypothesis.given(part.inputs())
    def once(given: Any) -> None:
        result["inputs"] += 1
        error = failure(part, given)
        if error is not None and (known := signature(error)) not in result["findings"]:
            result["findings"][known] = shown(keep(Path(corpus), given, error))
        if error is not None or result["inputs"] % 20 == 1:
            Path(notes).write_text(json.dumps(result), encoding="utf-8")

    atheris.Setup(sys.argv, once.hypothesis.fuzz_one_input)
    atheris.Fuzz()
