"""Sweeps: what a command line plans, one line a job while it runs, and a summary with an exit code."""

from __future__ import annotations

import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import OverrideType
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from imbench.errors import ConfigError, ImbenchError, StorageError
from imbench.runs.key import name_of
from imbench.runs.record import STATES, check_writable
from imbench.runs.run import Outcome
from imbench.sweeps.choices import unknown_choice
from imbench.sweeps.journal import Journal
from imbench.utils.paths import ROOT, from_root

#: The state, in a sweep's journal, of a job whose words make no run.
REFUSED = "refused"
#: Words that hold for a whole sweep: Hydra reads them once, so a list of them would be ignored.
ONE_A_SWEEP = ("launcher", "suite", "experiment", "budget")
CHOOSES_LAUNCHER = re.compile(r"^\s*-\s*override\s+/?(hydra/)?launcher\s*:", re.MULTILINE)


def expand(overrides: list[str]) -> list[list[str]]:
    """All jobs of a sweep, each as its own list of overrides, in the order in which they run."""
    choices = []
    for override in OverridesParser.create().parse_overrides(overrides):
        key = override.get_key_element()
        if override.is_sweep_override():
            choices.append([f"{key}={value}" for value in override.sweep_string_iterator()])
        else:
            choices.append([override.input_line or f"{key}={override.get_value_element_as_str()}"])
    return [list(job) for job in itertools.product(*choices)]


def planned(overrides: list[str]) -> list[DictConfig]:
    """The composed configuration of every job of a sweep, with an experiment's own sweep included.

    Raises :class:`ConfigError` for words that make no configuration.
    """
    from hydra import initialize_config_dir
    from hydra.errors import HydraException

    if wrong := unknown_choice(overrides):
        raise ConfigError(wrong)
    try:
        with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
            check_one_a_sweep(overrides)
            own = _own_sweep(overrides)
            return list(composed(expand([*own, *overrides])))
    except HydraException as error:
        raise ConfigError(str(error)) from error


def check_one_a_sweep(overrides: list[str]) -> None:
    """Raise :class:`ConfigError` when a sweep is to vary what it has only one of, its launcher above all."""
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
            file = ROOT / "conf" / group / f"{value}.yaml"
            if file.is_file() and CHOOSES_LAUNCHER.search(file.read_text(encoding="utf-8")):
                raise ConfigError(
                    f"conf/{group}/{value}.yaml chooses a launcher, which is ignored when '{group}' is swept "
                    f"({override.input_line}); choose it by launcher=… on the command line instead."
                )


def composed(jobs: Iterable[list[str]]) -> Iterator[DictConfig]:
    """Each job's configuration, within an initialized Hydra.

    Composing is slow, so jobs that differ in numbers at the root of the configuration alone (the seed, the
    imbalance ratio) share one and get their numbers afterwards.
    """
    from hydra import compose

    root, known = compose("config"), {}
    for job in jobs:
        numbers, words = {}, []
        for override, line in zip(OverridesParser.create().parse_overrides(job), job, strict=True):
            plain = override.type == OverrideType.CHANGE and isinstance(override.value(), int | float)
            if plain and isinstance(root.get(override.key_or_group), int | float):
                numbers[override.key_or_group] = override.value()
            else:
                words.append(line)
        if tuple(words) not in known:
            known[tuple(words)] = compose("config", words)
        config = known[tuple(words)].copy()
        for key, number in numbers.items():
            config[key] = number
        yield config


def _own_sweep(overrides: list[str]) -> list[str]:
    """The sweep that an experiment's file asks for, less what the command line says itself."""
    from hydra import compose

    experiment = [o for o in overrides if o.lstrip("+").split("=")[0] in ("experiment", "budget")]
    if not experiment:
        return []
    params = compose("config", experiment, return_hydra_config=True).hydra.sweeper.params
    return _unsaid(params, overrides)


def _unsaid(params: Mapping[str, Any] | None, overrides: list[str]) -> list[str]:
    """An experiment's sweep parameters that the command line does not set itself."""
    said = {o.lstrip("+").split("=")[0] for o in overrides}
    return [f"{key}={value}" for key, value in (params or {}).items() if key not in said]


class SweepCallback(Callback):
    """Prepares what all jobs share, and ends the sweep with a summary and an honest exit code."""

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Check the results folder, create the MLflow store once, open the sweep's journal."""
        overrides = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)  # as they were typed
        own = _unsaid(config.hydra.sweeper.get("params"), overrides)
        try:
            check_one_a_sweep([*own, *overrides])
            total = len(expand([*own, *overrides]))
            runs_dir = from_root(config.runs_dir)
            check_writable(runs_dir)
            Journal.begin(runs_dir, [*own, *overrides], total)
        except ImbenchError as error:
            print(f"imbench: {error}", file=sys.stderr, flush=True)
            sys.exit(2)
        from imbench.tracking import sink as mlflow_sink

        mlflow_sink.prepare(config.tracking)
        print(f"{total} runs planned, records in {runs_dir}", flush=True)

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Print how the jobs ended; exit with 1 unless every planned job has scores."""
        journal = Journal.here()
        lines = [journal.line(number) for number in range(journal.planned)]
        ended = [line for line in lines if line is not None]
        _complete_copies(config, ended)
        counts = Counter(line["state"] for line in ended)
        lost = journal.planned - len(ended)
        told = [f"{n} {state}" for state, n in sorted(counts.items())] + ([f"{lost} lost"] if lost else [])
        print("sweep: " + ", ".join(told), flush=True)
        for line in ended:
            if not line["ok"]:
                print(f"  {line['state']}: {line['name']}: {line['reason']}")
        if lost:
            print(f"  {lost} of {journal.planned} runs could not be recorded; start the same command again.")
        if lost or any(not line["ok"] for line in ended):
            sys.exit(1)


def _complete_copies(config: DictConfig, ended: list[dict[str, Any]]) -> None:
    """Copy what a killed worker or command left without its copy in MLflow, or say that it has none."""
    from imbench.tracking.gaps import copy_missing

    runs_dir = from_root(config.runs_dir)
    folders = [runs_dir / key for key in dict.fromkeys(line["key"] for line in ended) if key]
    copied, lacking = copy_missing(folders, config.tracking)
    if copied:
        print(f"MLflow: {copied} copies were missing and have been made")
    if lacking:
        print(f"imbench: {lacking} runs may have no copy in MLflow; `python scripts/mlflow_sync.py` brings "
              "the store up to date.", file=sys.stderr, flush=True)  # fmt: skip


def report(outcome: Outcome, number: int | None, overrides: list[str] | None = None) -> None:
    """Print a job's line and note it in the sweep's journal.

    Overrides of the method's own settings are part of the line: they are what its runs differ in. So is
    a variant of a method that has a file of its own (``ablation/fix_y``).
    """
    words = [o.lstrip("+") for o in overrides or []]
    settings = [o.removeprefix("method=") for o in words if o.startswith("method=") and "/" in o]
    settings += [o.removeprefix("method.") for o in words if o.startswith("method.")]
    name = " · ".join([name_of(outcome.labels), *settings])
    journal = Journal.here() if number is not None else None
    place = f"[{number + 1:>{len(str(journal.planned))}}/{journal.planned}] " if journal else ""
    said = f"{place}{name}: {_result(outcome)}"
    print(said, flush=True)
    if journal and outcome.state in (*STATES, "skipped"):
        line = {"key": outcome.key, "name": name, "state": outcome.state, "said": said}
        journal.note(number, line | {"ok": outcome.ok, "reason": outcome.reason})


def refuse(error: Exception, number: int | None, overrides: list[str]) -> None:
    """Print why a job's configuration makes no run, and note it in the sweep's journal."""
    print(f"imbench: {error}", file=sys.stderr, flush=True)
    journal = Journal.here() if number is not None else None
    if journal and not isinstance(error, StorageError):  # that one may go better another time
        line = {"key": None, "name": " ".join(overrides), "state": REFUSED, "said": f"imbench: {error}"}
        journal.note(number, line | {"ok": False, "reason": str(error)})


def _result(outcome: Outcome) -> str:
    if not outcome.ok:
        return f"{outcome.state.upper()} — {outcome.reason}"
    readings = next(iter((outcome.scores.get("classifiers") or {"": {}}).values()))
    f1 = {reading: metrics.get("f1") for reading, metrics in readings.items()}
    words = ", ".join(f"{reading} F1 {value:.4f}" for reading, value in f1.items() if value is not None)
    return f"{words} ({'done before' if outcome.state == 'skipped' else f'{outcome.seconds:.1f} s'})"
