"""Scripts end with messages and exit codes, never with a traceback."""

import subprocess
import sys

from imbench.errors import DataError
from imbench.utils.cli import exit_code
from imbench.utils.paths import ROOT


def test_an_imbench_error_is_printed_and_gives_2(capsys):
    def main():
        raise DataError("column 'x' is missing")

    assert exit_code(main) == 2
    assert capsys.readouterr().err == "imbench: column 'x' is missing\n"


def test_the_code_of_main_is_kept():
    assert [exit_code(lambda code=code: code) for code in (0, 1)] == [0, 1]


def test_a_closed_pipe_is_no_error(tmp_path):
    options = f"--suite paper --runs-dir {tmp_path} --out {tmp_path}"
    command = f"{sys.executable} scripts/tables.py 2 {options} | head -n 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("###") and "Traceback" not in done.stderr


def test_status_counts_processors_without_cpu_affinity(monkeypatch):
    """As on macOS, whose psutil has no ``cpu_affinity``."""
    import os
    import runpy

    import psutil

    processors = runpy.run_path(str(ROOT / "scripts" / "status.py"))["processors"]
    assert 1 <= processors() <= os.cpu_count()
    monkeypatch.delattr(psutil.Process, "cpu_affinity", raising=False)
    assert processors() == os.cpu_count()
