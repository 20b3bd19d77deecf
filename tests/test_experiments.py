"""Every experiment's file plans what it says, and the command line wins over it."""

from collections import Counter

import pytest

from imbench.paths import ROOT
from imbench.runs.identity import identify
from imbench.runs.sweep import planned
from tests.helpers import imbench

EXPERIMENTS = sorted(p.stem for p in (ROOT / "conf" / "experiment").glob("*.yaml"))
SMALL = ["dataset=german,insurance", "seed=0"]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_plans_different_runs_on_the_tables_asked_for(experiment):
    configs = planned([f"experiment={experiment}", *SMALL])
    assert {c.dataset.name for c in configs} == {"german", "insurance"} and {c.seed for c in configs} == {0}
    keys = [identify(c).key for c in configs]
    assert len(keys) == len(set(keys)) > 2


def test_table3_is_the_full_cross():
    configs = planned(["experiment=table3", "dataset=german", "seed=0"])
    words = Counter((c.method.corpus, c.method.ordering, c.method.prompts) for c in configs)
    assert len(words) == 8 and set(words.values()) == {1}
    assert {c.method.name for c in configs} == {"imbllm"}


def test_an_experiment_runs_and_status_counts_the_same_runs(tmp_path):
    words = [
        "experiment=table3",
        "dataset=insurance",
        "seed=0",
        "method.corpus=all",
        "llm.training.max_steps=2",
    ]
    done = imbench("-m", *words, f"runs_dir={tmp_path}", "tracking=none")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[4/4]" in done.stdout and "ordering=fix_y" in done.stdout
    models = list((tmp_path / ".models").iterdir())
    assert len([m for m in models if m.is_dir()]) == 2, "rows that differ in prompts share a model"
    status = imbench(*words, f"runs_dir={tmp_path}", script="scripts/status.py")
    assert status.returncode == 0 and "4 runs: 4 done" in status.stdout, status.stdout
