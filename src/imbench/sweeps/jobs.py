"""The jobs of a sweep: their configurations, running one, and its line on the screen and in the journal."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from imbench.errors import DatasetWarning, ImbenchError, SamplerWarning, StorageError
from imbench.records.record import STATES
from imbench.records.store import keys
from imbench.runs.key import name_of
from imbench.runs.notices import SAMPLED
from imbench.samplers.shortage import FALLBACK
from imbench.sweeps.journal import Journal
from imbench.utils.paths import from_root

if TYPE_CHECKING:
    from imbench.runs.run import Outcome

#: The state, in a sweep's journal, of a job whose overrides make no run.
REFUSED = "refused"
#: How notices begin that are a part of the run's line; others are printed once a process.
ON_LINE = (FALLBACK, SAMPLED)
#: Columns of a user's file that are printed, one line each; the record has all of them.
SHOWN_COLUMNS = 40


@dataclass(frozen=True)
class Job:
    """One run of a sweep: its number from 0, its overrides, and its resolved configuration as plain data."""

    number: int
    overrides: list[str]
    config: dict[str, Any]


def pending(launcher: Any, job_overrides: Iterable[Sequence[str]], first: int) -> list[Job]:
    """The jobs that are still to be run; those that are done or make no run are reported.

    ``launcher`` is Hydra's, set up; ``first`` is the first job's number. Raises Hydra's errors for overrides
    that it cannot compose, before anything is run.
    """
    from imbench.sweeps.compose_once import JobConfigs

    master = launcher.config
    fixed = OmegaConf.to_container(master.hydra.overrides.hydra, resolve=False)
    compose = JobConfigs(
        launcher.hydra_context.config_loader, master.hydra.job.config_name, fixed, master  # type: ignore[arg-type]
    )  # fmt: skip
    jobs: list[Job] = []
    for number, overrides in enumerate(map(list, job_overrides), first):
        try:
            jobs.append(Job(number, overrides, compose(overrides)))
        except OmegaConfBaseException as error:
            report_refusal(error, number, overrides)
    return without_done(jobs, keys(from_root(master["runs_dir"])))


def without_done(jobs: Iterable[Job], stored: set[str]) -> list[Job]:
    """The jobs whose run is not done; the others are reported. ``stored`` are the keys that have a record."""
    from imbench.runs.run import done_before

    left = []
    for job in jobs:
        try:
            outcome = done_before(job.config, stored)
        except (ImbenchError, OmegaConfBaseException):  # which the run reports
            outcome = None
        if outcome is None:
            left.append(job)
        else:
            report(outcome, job.number, job.overrides)
    return left


def run_here(jobs: Iterable[Job]) -> None:
    """Run the jobs one after another in this process."""
    for job in jobs:
        run_job(job)


def run_job(job: Job) -> None:
    """Run one job of a sweep and report how it ended. An unexpected error costs this job alone."""
    try:
        run_and_report(job.config, job.overrides, job.number)
    except Exception:  # a fault of the program: the job stays without an end in the journal
        traceback.print_exc()


def run_and_report(
    config: Mapping[str, Any], overrides: list[str], number: int | None = None
) -> Outcome | None:
    """Run a resolved configuration and print its line; None where its configuration makes no run."""
    from imbench.runs.run import run_one
    from imbench.utils.allowed_classes import trusting

    try:
        with trusting(config.get("trust_config", False)), warnings.catch_warnings():
            for category in (DatasetWarning, SamplerWarning):  # they are in the record and printed from it
                warnings.simplefilter("ignore", category)
            outcome = run_one(config, overrides)
    except (ImbenchError, OmegaConfBaseException) as error:
        report_refusal(error, number, overrides)
        return None
    report(outcome, number, overrides)
    return outcome


def report(outcome: Outcome, number: int | None, overrides: list[str] | None = None) -> None:
    """Print a job's line and write it into the sweep's journal.

    Overrides of the method's own settings are part of the line: they are what its runs differ in. So is
    a variant of a method that has a file of its own (``ablation/fix_y``).
    """
    changed = [o.lstrip("+") for o in overrides or []]
    settings = [o.removeprefix("method=") for o in changed if o.startswith("method=") and "/" in o]
    settings += [o.removeprefix("method.") for o in changed if o.startswith("method.")]
    name = " · ".join([name_of(outcome.labels), *settings])
    journal = Journal.here() if number is not None else None
    place = f"[{number + 1:>{len(str(journal.planned))}}/{journal.planned}] " if journal else ""
    line = f"{place}{name}: {_result(outcome)}"
    _describe_dataset(outcome)
    print(line, flush=True)
    if journal and outcome.state in (*STATES, "skipped"):
        entry = {"key": outcome.key, "name": name, "state": outcome.state, "line": line}
        journal.write(number, entry | {"ok": outcome.ok, "reason": outcome.reason})


def report_refusal(error: Exception, number: int | None, overrides: list[str]) -> None:
    """Print why a job's configuration makes no run, and write it into the sweep's journal."""
    print(f"imbench: {error}", file=sys.stderr, flush=True)
    journal = Journal.here() if number is not None else None
    if journal and not isinstance(error, StorageError):  # which may pass
        entry = {"key": None, "name": " ".join(overrides), "state": REFUSED, "line": f"imbench: {error}"}
        journal.write(number, entry | {"ok": False, "reason": str(error)})


def _result(outcome: Outcome) -> str:
    if not outcome.ok:
        return f"{outcome.state.upper()} — {outcome.reason}"
    protocols = next(iter((outcome.scores.get("classifiers") or {"": {}}).values()))
    f1 = {p: protocols[p].get("f1") for p in ("corrected", "published") if p in protocols}
    scores = ", ".join(f"{protocol} F1 {value:.4f}" for protocol, value in f1.items() if value is not None)
    scores += _tuned(outcome.scores.get("scenarios") or {})
    took = "done before" if outcome.state == "skipped" else f"{outcome.seconds:.1f} s"
    return "; ".join([f"{scores} ({took})", *_rows(outcome.status.get("rows")), *_on_line(outcome)])


def _tuned(scenarios: Mapping[str, Any]) -> str:
    """The first classifier's F1 at the tuned threshold, in its first scenario."""
    for by_scenario in scenarios.values():
        for scenario, found in by_scenario.items():
            value = (found["decisions"].get("tuned") or {}).get("f1")
            return "" if value is None else f", {scenario} tuned F1 {value:.4f}"
    return ""


def _rows(rows: Mapping[str, Any] | None) -> list[str]:
    """Minority rows that the method received, and how many of the requested ones it added."""
    if not rows:
        return []
    added, requested = rows.get("added_rows"), rows.get("requested_rows")
    text = f"{rows['minority_rows']} minority rows"
    if requested:
        return [f"{text}, {added} of {requested} added"]
    return [f"{text}, {added} added" if added else text]


def _on_line(outcome: Outcome) -> list[str]:
    """The notices that belong to this run alone."""
    return [w.rstrip(".") for w in outcome.status.get("warnings") or () if w.startswith(ON_LINE)]


@lru_cache(maxsize=256)
def _print_once(text: str) -> None:
    print(text, flush=True)


def _describe_dataset(outcome: Outcome) -> None:
    """Print once a process how the columns of a user's file were read, and each warning."""
    from imbench.data.column_reading import summary_lines

    if columns := outcome.status.get("columns"):
        lines = summary_lines(columns[:SHOWN_COLUMNS])
        if rest := columns[SHOWN_COLUMNS:]:
            kinds = Counter(column["kind"] for column in rest)
            shown = " and ".join(f"{n:,} {kind}" for kind, n in kinds.items())
            lines.append(f"… and {shown} columns; scripts/describe.py shows them all")
        _print_once("\n".join(lines))
    for text in outcome.status.get("warnings") or ():
        if not text.startswith(ON_LINE):
            _print_once(f"warning: {outcome.labels['dataset']}: {text}")
