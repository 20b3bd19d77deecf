"""Estimates of a run's time from other datasets."""

import pytest

from imbench.sweeps.similar import dataset_factor, mean_seconds
from imbench.sweeps.status import RunStatus, summary


def run(dataset, method, seconds=None, seed=0, llm=None):
    state = "missing" if seconds is None else "done"
    key = f"{dataset}{method}{seed}"
    return RunStatus(key, key, state, seconds=seconds, dataset=dataset, method=method, llm=llm, variant="v")


DONE = [
    run("small", "ctgan", 10), run("small", "smote", 1), run("small", "adasyn", 2),
    run("large", "smote", 8), run("large", "adasyn", 20),
    run("small", "great", 5, llm="tiny"), run("large", "great", 500, llm="tiny"),
]  # fmt: skip


def test_a_larger_dataset_takes_longer():
    known = mean_seconds((r, r.seconds) for r in DONE)
    assert dataset_factor(run("large", "ctgan"), known) == pytest.approx(9), "median of 8/1 and 20/2"
    assert dataset_factor(run("large", "imbllm", llm="tiny"), known) == 1, "its method is known nowhere"
    assert dataset_factor(run("elsewhere", "ctgan"), known) == 1, "nothing is known of this dataset"


def test_status_reports_what_is_estimated():
    lines = summary([run("large", "ctgan")], DONE)
    assert lines[1] == (
        "about 1.5 minutes of one process left, by the means of runs already done; "
        "1 of 1 estimated from other datasets"
    )
