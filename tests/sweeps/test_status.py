"""The status of runs, its summary, and the estimate of the time left."""

import pytest

from imbench.errors import ConfigError
from imbench.sweeps.status import RunStatus, plan, stored, summary
from tests.reports.stored import write_run

OVERRIDES = ["dataset=german", "method=imbllm"]


def statuses(overrides):
    """The statuses of the planned runs, and the runs folder."""
    planned, runs_dir = plan(overrides)
    return [run.status for run in planned], runs_dir


def run(dataset, method, state="done", seconds=None, variant="v", llm=None, number=0):
    key = f"{dataset}{method}{variant}{number}"
    return RunStatus(key, key, state, "", seconds, dataset, method, llm, variant)


def time_left(found, known=()):
    (line,) = [line for line in summary(found, known) if "left" in line]
    return line


def test_counts_and_reasons(tmp_path):
    write_run(tmp_path, "german", "smote", 0)
    write_run(tmp_path, "german", "smote", 1, "failed", phase="generate", reason="no rows")
    write_run(tmp_path, "german", "smote", 2)
    unended = write_run(tmp_path, "german", "smote", 3)
    (unended / "status.json").unlink()
    found, runs_dir = statuses(["dataset=german", "method=smote", "seed=0,1,2,3,4", f"runs_dir={tmp_path}"])
    assert runs_dir == tmp_path
    assert [s.state for s in found] == ["done", "failed", "done", "interrupted", "missing"]
    lines = summary(found)
    assert lines[0] == "5 runs: 2 done, 1 failed, 1 interrupted, 1 missing"
    assert "  failed: generate: no rows\n    german · smote · seed 1 · q 0.2" in lines
    assert [s.state for s in stored(tmp_path)].count("interrupted") == 1


def test_settings_of_one_name_get_different_names(tmp_path):
    overrides = [*OVERRIDES, "method.prompts=condition_y,condition_yx", f"runs_dir={tmp_path}"]
    write_run(tmp_path, "german", "imbllm", 0, overrides=("method.prompts=condition_y",))
    found, _ = statuses(overrides)
    name = "german · imbllm · tiny · seed 0 · q 0.2 · r 1.0"
    assert [(s.name, s.state) for s in found] == [
        (f"{name} · prompts=condition_y", "done"), (f"{name} · prompts=condition_yx", "missing")
    ]  # fmt: skip
    assert len({s.variant for s in found}) == 2 and {s.llm for s in found} == {"tiny"}


def test_the_time_left_is_that_of_the_most_similar_runs():
    waiting = run("car", "imbllm", "missing", variant="new", llm="tiny", number=9)
    known = [run("adult", "imbllm", seconds=6000, llm="tiny")]
    assert time_left([waiting], known).startswith("about 100.0 minutes"), "the method elsewhere"
    known.append(run("car", "great", seconds=600, llm="tiny"))
    assert time_left([waiting], known).startswith("about 10.0 minutes"), "the dataset's language model"
    known.append(run("car", "imbllm", seconds=1200, variant="old", llm="tiny"))
    assert time_left([waiting], known).startswith("about 20.0 minutes"), "the dataset's method"
    known += [run("car", "imbllm", seconds=s, variant="new", llm="tiny", number=s) for s in (60, 180)]
    assert time_left([waiting], known).startswith("about 2.0 minutes"), "the very settings, their mean"
    assert time_left([waiting, *known], known).startswith("about 2.0 minutes"), "no run counts twice"
    failed = [run("car", "imbllm", "failed", 9000, "new", "tiny", 10)]
    assert time_left([waiting, *failed], known).startswith("about 4.0 minutes"), "a failed run is made again"


def test_unknown_times_are_reported():
    waiting = [run("car", "smote", "missing"), run("car", "other", "missing")]
    assert time_left(waiting) == "time left: unknown, for no run of these methods is done"
    known = [run("car", "smote", seconds=60, number=1)]
    assert time_left(waiting, known).endswith("1 runs of methods without any record not counted")
    assert not [line for line in summary(known) if "left" in line], "nothing is left"


@pytest.mark.parametrize("overrides", ([], ["dataset=german", "method=smote"]))
def test_nothing_stored(tmp_path, overrides):
    found = stored(tmp_path) if not overrides else statuses([*overrides, f"runs_dir={tmp_path}"])[0]
    assert summary(found)[0] == ("0 runs: none" if not overrides else "1 runs: 1 missing")


def test_overrides_that_make_no_configuration_are_an_error_for_people():
    with pytest.raises(ConfigError, match="Could not find 'experiment/nosuch'"):
        statuses(["experiment=nosuch"])
    with pytest.raises(ConfigError, match="nosuch"):
        statuses(["method=smote", "method.nosuch=3"])
