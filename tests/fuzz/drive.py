"""Run a fuzzer for a time, and store the findings as corpus files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imbench.utils.paths import ROOT, shown
from tests.fuzz.part import Part, TooSlow, signature

#: Inputs between two checks of the clock.
ROUND = 200


@dataclass
class FuzzResult:
    """Result of fuzzing one part: inputs, wall seconds, and the file of each finding by its signature."""

    part: str
    inputs: int = 0
    seconds: float = 0.0
    findings: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """An empty folder for one input, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="imbench-fuzz-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fuzz(
    part: Part, seconds: float, seed: int, corpus: Path | None, examples: int | None = None
) -> FuzzResult:
    """Draw inputs for about ``seconds`` (or so many ``examples``), and write each new finding to ``corpus``.

    The same seed and number of examples draw the same inputs.
    """
    result, started, turn = FuzzResult(part.name), time.monotonic(), 0
    while time.monotonic() - started < seconds:
        found = _one_round(part, seed + turn, result, started + seconds, examples or ROUND)
        if found is not None:
            given, error = found
            result.findings[signature(error)] = shown(keep(corpus, given, error)) if corpus else ""
        elif examples:
            break
        turn += 1
    result.seconds = round(time.monotonic() - started, 1)
    return result


def _one_round(
    part: Part, seed: int, result: FuzzResult, until: float, examples: int
) -> tuple[Any, BaseException] | None:
    """Draw ``examples`` inputs; the smallest that failed in a new way, with its error, or None."""
    import hypothesis
    from hypothesis import HealthCheck, Phase, settings

    last: list[tuple[Any, BaseException]] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False, derandomize=False,
        # The explain phase sets a trace function, which Hydra mistakes for a debugger.
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @hypothesis.given(part.inputs())
    def once(given: Any) -> None:
        if time.monotonic() > until and not last:
            return
        result.inputs += 1
        error = failure(part, given)
        if error is not None and signature(error) not in result.findings:
            last[:] = [(given, error)]
            raise AssertionError(signature(error))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            once()
        except Exception:
            if not last:
                raise
            return last[0]
    return None


def failure(part: Part, given: Any) -> BaseException | None:
    """What an input raises that it must not raise."""
    with own_folder() as folder:
        try:
            part.replay(given, folder)
        except (Exception, TooSlow) as error:
            return error
    return None


def keep(corpus: Path, given: Any, error: BaseException) -> Path:
    """Write an input and what it caused to the corpus; the file's name is its content's hash."""
    text = json.dumps(given, indent=1, ensure_ascii=True)
    path = corpus / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    corpus.mkdir(parents=True, exist_ok=True)
    output = (
        str(error).replace(sys.prefix, "…").replace(str(ROOT), "…")
    )  # no paths of this machine in the corpus
    content = {"found": f"{signature(error)}: {output[:200]}", "input": given}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=True) + "\n", encoding="ascii")
    return path
