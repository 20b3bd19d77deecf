"""Wide and long files: time in proportion, no repeated warning, measures on samples where it is said."""

import json
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from imbench.runs.forecast import LONG_SECONDS
from imbench.runs.run import run_one
from tests.helpers import CLASSIFIERS, METHODS, ROOT, csv_overrides, read_yaml, run_config

NETWORKS = ("epochs", "max_epochs", "llm")


def _trains_a_network(method):
    words = read_yaml("method", method)
    return any(option in {**words, **(words.get("options") or {})} for option in NETWORKS)


CHEAP = [m for m in METHODS if not _trains_a_network(m)]
#: Seconds of one core and MiB that a run of a cheap method may take.
MOST_SECONDS, MOST_MEMORY = 60, 4096


def mixed_file(folder, rows, columns, share=0.05):
    """A file of numbers, counts, words, flags and amounts; every seventh column knows of the label."""
    rng = np.random.default_rng(0)
    rare = np.zeros(rows, dtype=bool)
    rare[rng.permutation(rows)[: round(share * rows)]] = True
    made = {f"column{i}": column(rng, i % 6, rare * (0.6 if i % 7 == 0 else 0.0)) for i in range(columns)}
    path = folder / f"{columns}_columns.csv"
    pd.DataFrame(made).assign(label=np.where(rare, "rare", "usual")).to_csv(path, index=False)
    return path


def column(rng, kind, shift):
    rows = len(shift)
    if kind == 0:
        return (rng.normal(size=rows) + shift).round(4)
    if kind == 1:
        return rng.poisson(5 + 3 * shift)
    if kind == 2:
        return rng.choice([f"w{k}" for k in range(8)], rows)
    if kind == 3:
        return rng.random(rows) < 0.3 + 0.2 * shift
    if kind == 4:
        return np.exp(rng.normal(6, 2, rows) + shift).round(2)
    return np.array([f"t{k}" for k in range(40)])[np.minimum(rng.geometric(0.1, rows), 39)]


def run_apart(path, folder, *overrides):
    """The run in a process of its own: its standard output and error, CPU seconds, and peak memory (MiB)."""
    code = (
        "import resource, runpy, sys, atexit\n"
        "atexit.register(lambda: print('USED', *resource.getrusage(resource.RUSAGE_SELF)[:2]))\n"
        "sys.argv[0] = 'run.py'; runpy.run_path('run.py', run_name='__main__')"
    )
    words = [*csv_overrides(path), "tracking=none", f"runs_dir={folder}", *overrides]
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
    user, system = map(float, done.stdout.splitlines()[-1].split()[1:])
    (status,) = Path(folder).glob("*/status.json")  # each phase resets the kernel's peak of the process
    memory = max(phase["peak_mb"] for phase in json.loads(status.read_text())["phases"].values())
    return done.stdout, done.stderr, user + system, memory


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    return mixed_file(tmp_path_factory.mktemp("wide"), 80, 240)


def test_a_wide_file_in_a_sweep_of_cheap_methods(wide, tmp_path):
    """No line of standard error twice (PerformanceWarning, scikit-learn), and time in proportion."""
    words = [*csv_overrides(wide), "tracking=none", f"runs_dir={tmp_path}"]
    code = "import sys, runpy; sys.argv[0] = 'run.py'; runpy.run_path('run.py', run_name='__main__')"
    methods = "method=imbalance,duplicate,class_weight,interpolate_marginal,smote,smotenc,adasyn"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code, "-m", *words, methods],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout[-1000:]
    own = [line for line in done.stderr.splitlines() if "Warning" in line and "Deprecat" not in line]
    assert own == []
    assert done.stdout.count("column  ") == 1 and "scripts/describe.py shows them all" in done.stdout
    assert "entropy on 5,000 pairs of columns" in done.stdout
    assert after.ru_utime - before.ru_utime < MOST_SECONDS  # seven runs; 13 s measured


def test_many_columns_of_one_kind_are_one_warning(tmp_path):
    frame = pd.DataFrame({f"c{i}": ["a"] * 60 for i in range(300)})
    frame = frame.assign(
        **{f"id{i}": [f"{i}-{j}" for j in range(60)] for i in range(50)}, x=range(1000, 1060)
    )
    frame = frame.assign(**{f"n{i}": ["None"] + [str(v % 7) for v in range(59)] for i in range(40)})
    frame["label"] = ["rare"] * 12 + ["usual"] * 48
    path = tmp_path / "constant.csv"
    frame.to_csv(path, index=False)
    outcome = run_one(run_config(tmp_path / "runs", *csv_overrides(path), "method=imbalance"))
    found = outcome.status["warnings"]
    kinds = Counter(" ".join(text.split("'")[2].split()[:4]) for text in found if text.startswith("Column"))
    assert max(kinds.values()) == 1, kinds
    (constant,) = [text for text in found if "one value only" in text]
    assert "299 other columns" in constant
    assert sum(bool(c["warnings"]) for c in outcome.status["columns"]) == 0  # of the columns' own reading


def test_an_expensive_model_is_announced_before_it_starts_and_refused_beyond_the_limits(
    wide, tmp_path, capsys
):
    words = [*csv_overrides(wide), "method=great", "llm=tiny_text", "llm.training.epochs=1e6",
             "llm.training.max_steps=null", "llm.training.max_tokens=null"]  # fmt: skip
    refused = run_one(run_config(tmp_path, *words, "limits.seconds=60"))
    assert refused.state == "failed" and "more than limits.seconds=60; nothing was trained" in refused.reason
    assert refused.status["phase"] == "generate" and refused.status["expected"]["seconds"] > LONG_SECONDS
    assert not list(tmp_path.glob(".models/*"))
    memory = run_one(run_config(tmp_path, *words, "limits.memory_gb=0.01", "limits.seconds=null"))
    assert "limits.memory_gb=0.01" in memory.reason


def test_a_cheap_model_is_not_announced(tmp_path, capsys):
    outcome = run_one(
        run_config(tmp_path, "dataset=insurance", "method=great", "llm=tiny", "llm.training.steps=3")
    )
    assert outcome.ok and outcome.status["expected"]["seconds"] < LONG_SECONDS
    assert outcome.status["warnings"] == [] and "expected" not in capsys.readouterr().err


def test_a_cost_above_the_bounds_is_printed_and_recorded(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("imbench.runs.forecast.LONG_SECONDS", 0.0)
    outcome = run_one(
        run_config(tmp_path, "dataset=insurance", "method=great", "llm=tiny", "llm.training.steps=3")
    )
    assert "great is expected to take" in capsys.readouterr().err
    assert outcome.ok and outcome.status["warnings"][0].startswith("great is expected to take")


@pytest.mark.slow
@pytest.mark.parametrize("method", CHEAP)
@pytest.mark.parametrize("size", ((80, 2000), (300_000, 30)), ids=("wide", "long"))
def test_cheap_methods_on_the_full_sizes(size, method, tmp_path):
    output, errors, seconds, memory = run_apart(
        mixed_file(tmp_path, *size), tmp_path / "runs", f"method={method}"
    )
    assert seconds < MOST_SECONDS and memory < MOST_MEMORY
    assert "Warning" not in errors
    assert "on samples" in output or " added" not in output


@pytest.mark.slow
@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize("size", ((80, 2000), (300_000, 30)), ids=("wide", "long"))
def test_classifiers_on_the_full_sizes(size, classifier, tmp_path):
    path = mixed_file(tmp_path, *size)
    _, errors, _, memory = run_apart(path, tmp_path / "runs", "method=smote", f"classifier=[{classifier}]")
    assert memory < MOST_MEMORY and "Warning" not in errors
