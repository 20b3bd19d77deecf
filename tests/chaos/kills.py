"""A sweep whose processes are killed at random moments, started again until all of its runs are done."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from imbench.errors import ImbenchError
from imbench.records.record import DONE, STATUS
from imbench.utils.paths import ROOT

LAUNCHER, WORKER = "launcher", "worker"
#: The module that a worker process of each launcher runs.
WORKER_MODULES = {"joblib": "popen_loky_posix", "slurm": "submitit.core._submit"}
LAUNCHER_SHARE = 0.35  # of the kills, by expectation
LONGEST_PAUSE = 2.0  # seconds between the moment that allows a kill and the kill
POLL_SECONDS = 0.1


class Stuck(ImbenchError):
    """The sweep does not end."""


@dataclass(frozen=True)
class Kill:
    """One kill: its second since the beginning, its victim, and how many runs were done by then."""

    second: float
    victim: str
    pid: int
    runs_done: int


@dataclass
class KilledSweep:
    """One sweep and the kills of its processes.

    ``finished`` has each marker as it was first seen, ``(bytes, mtime in ns)``; a marker that differs at
    the end belongs to a run that was made twice. ``exits`` are the command's exit codes in order.
    """

    command: list[str]
    runs_dir: Path
    launcher: str
    log: Path
    kills: list[Kill] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    finished: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    seconds: float = 0.0

    def run(self, moments: random.Random, kills: int, total: int) -> None:
        """Kill ``kills`` times, spread over the sweep by the number of done runs; then let it end.

        Raises :class:`Stuck` when the command had to be started more often than kills can explain.
        """
        due = sorted(moments.choices(range(1, max(2, total - 2)), k=kills))
        victims = [LAUNCHER if moments.random() < LAUNCHER_SHARE else WORKER for _ in due]
        if kills > 1 and LAUNCHER not in victims:
            victims[moments.randrange(kills)] = LAUNCHER
        plan = list(zip(due, victims, strict=True))
        begun = time.monotonic()
        while not self.exits or self.exits[-1] != 0:
            if len(self.exits) > kills + 3:
                raise Stuck(f"The command ended {len(self.exits)} times without all runs; see {self.log}.")
            with self.log.open("ab") as log:
                process = subprocess.Popen(
                    self.command, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )  # fmt: skip
            try:
                while process.poll() is None:
                    self._kill_when_due(process, plan, moments, begun)
                    time.sleep(POLL_SECONDS)
            finally:
                process.kill()
            self.exits.append(process.returncode)
        self.observe()
        self.seconds = round(time.monotonic() - begun, 1)

    def _kill_when_due(
        self, process: subprocess.Popen, plan: list[tuple[int, str]], moments: random.Random, begun: float
    ) -> None:
        """Kill the plan's next victim when its number of runs is done."""
        self.observe()
        if not plan or len(self.finished) < plan[0][0]:
            return
        time.sleep(moments.uniform(0, LONGEST_PAUSE))
        if killed := self._kill(process, plan[0][1], moments):
            second = round(time.monotonic() - begun, 1)
            self.kills.append(Kill(second, plan.pop(0)[1], killed, self.observe()))

    def observe(self) -> int:
        """Record the markers of newly done runs; returns how many runs are done. (A run that failed, because
        its worker was killed each time it ran alone, is made again by the next start.)
        """
        for marker in self.runs_dir.glob(f"*/{STATUS}"):
            if marker.parent.name not in self.finished:
                with suppress(OSError):  # replaced or removed at this moment
                    mark = (marker.read_bytes(), marker.stat().st_mtime_ns)
                    if json.loads(mark[0])["state"] == DONE:
                        self.finished[marker.parent.name] = mark
        return len(self.finished)

    def _kill(self, process: subprocess.Popen, victim: str, moments: random.Random) -> int:
        """SIGKILL the launcher, or one of its workers; 0 when there is none."""
        pids = [process.pid] if victim == LAUNCHER else self._workers(process.pid)
        if process.poll() is not None or not pids:
            return 0
        pid = moments.choice(pids)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it has just ended
            return 0
        return pid

    def _workers(self, launcher: int) -> list[int]:
        """The sweep's worker processes: children of the launcher, or Slurm's job steps on this machine."""
        try:
            slurm, folder = self.launcher == "slurm", str(self.runs_dir.parent)
            found = []
            for one in psutil.process_iter() if slurm else psutil.Process(launcher).children():
                command = _command_of(one)
                here = not slurm or (folder in command and not command.startswith("srun "))
                if WORKER_MODULES[self.launcher] in command and here:
                    found.append(one.pid)
            return found
        except psutil.NoSuchProcess:
            return []

    def facts(self) -> dict[str, Any]:
        """Kills, starts, exit codes and seconds, for a report."""
        return {
            "kills": [asdict(k) for k in self.kills],
            "starts": len(self.exits),
            "exits": self.exits,
            "seconds": self.seconds,
        }


def _command_of(process: psutil.Process) -> str:
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline())
    except psutil.Error:
        return ""


def command_line(overrides: list[str]) -> list[str]:
    """The command of a sweep, for this Python."""
    return [sys.executable, "run.py", "-m", *overrides]
