"""The estimated cost of a sweep before it starts, from made-up records."""

import json

import pytest

from imbench.records.store import all_runs
from imbench.sweeps.estimate import estimate, lines_of
from imbench.sweeps.status import plan
from tests.helpers import imbench
from tests.reports.stored import write_run

HERE = "this processor"
NEVER = pytest.fail


def record(runs_dir, method, seed, generate, trained=None, processor=HERE, peak=100.0, reused=False, **more):
    """A done run of the dataset german: half a second beside the generation."""
    phases = {"load": {"seconds": 0.2, "peak_mb": 50.0}, "generate": {"seconds": generate, "peak_mb": peak},
              "score": {"seconds": 0.3, "peak_mb": 60.0}}  # fmt: skip
    folder = write_run(runs_dir, "german", method, seed, phases=phases, seconds=generate + 0.5, **more)
    (folder / "environment.json").write_text(json.dumps({"processor": processor}))
    if trained is not None:
        ledger = {"seconds_training": trained, "model_reused": reused}
        (folder / "ledger.json").write_text(json.dumps(ledger))
    return folder


def cost(runs_dir, *overrides, stored=None, measure=lambda: NEVER("there was nothing to scale")):
    planned, _ = plan(["dataset=german", *overrides, f"runs_dir={runs_dir}"])
    return estimate(planned, all_runs(runs_dir), runs_dir, HERE, stored or {}, measure), len(planned)


def test_what_is_done_costs_nothing(tmp_path):
    for seed in (0, 1):
        record(tmp_path, "smote", seed, generate=2.0)
    found, planned = cost(tmp_path, "method=smote", "seed=0,1")
    assert found.runs == found.seconds == 0
    assert lines_of(found, planned, 2, 1e9) == ["estimate: nothing is left of 2 planned runs"]


def test_the_mean_of_the_nearest_runs(tmp_path):
    record(tmp_path, "smote", 0, generate=2.0, peak=100.0)
    record(tmp_path, "smote", 1, generate=4.0, peak=300.0)
    found, planned = cost(tmp_path, "method=smote,adasyn", "seed=0,1,2,3")
    assert found.runs == 6 and dict(found.basis) == {"measured": 2, "unknown": 4}
    assert found.seconds == pytest.approx(2 * (3.0 + 0.5)) and found.peak_mb == 300.0
    assert found.trainings == 0
    text = "\n".join(lines_of(found, planned, processors=4, memory_bytes=700 << 20))
    assert "6 runs that are not done, of 8 planned" in text
    assert "without 4 unknown runs" in text and "with 2 runs at a time" in text, "memory bounds them"
    assert (
        "2 runs by stored ones of the same settings and dataset, 0 by similar ones" in text
        and "4 unknown" in text
    )
    assert found.disk_bytes > 0


def test_runs_that_share_rows_make_them_once(tmp_path):
    record(tmp_path, "smote", 0, generate=3.0)
    overrides = ("method=smote", "seed=1", "classifier=[xgboost],[random_forest],[logistic_regression]")
    found, _ = cost(tmp_path, *overrides)
    assert found.runs == 3 and found.seconds == pytest.approx(3.0 + 3 * 0.5)
    record(tmp_path, "smote", 1, generate=3.0)
    found, _ = cost(tmp_path, *overrides)
    assert found.runs == 2 and found.seconds == pytest.approx(2 * 0.5), "the rows are there"


def test_variants_that_share_a_model_train_it_once(tmp_path):
    record(tmp_path, "imbllm", 0, generate=11.0, trained=10.0)
    prompts = ("method.prompts=condition_yx,condition_y",)
    found, _ = cost(tmp_path, "method=imbllm", "seed=1,2", *prompts)
    assert (found.runs, found.models, found.trainings) == (4, 4, 2), "one for each seed"
    assert found.seconds == pytest.approx(2 * 10.0 + 4 * (1.0 + 0.5))
    found, _ = cost(tmp_path, "method=imbllm", "seed=0", *prompts)
    assert found.trainings == 0 and found.seconds == pytest.approx(1.0 + 0.5), "the model is there"
    found, _ = cost(tmp_path, "method=imbllm", "seed=1", "method.ordering=fix_y,permute_xy")
    assert found.trainings == 2, "another order of the columns is another model"
    found, _ = cost(tmp_path, "method=imbllm", "seed=1", "method.interpolation_ratio=0.2,0.4")
    assert found.trainings == 2, "so are other rows"


def test_the_training_counts_for_a_run_that_reused_its_model(tmp_path):
    record(tmp_path, "imbllm", 0, generate=1.0, trained=10.0, reused=True)
    found, _ = cost(tmp_path, "method=imbllm", "seed=1")
    assert found.seconds == pytest.approx(10.0 + 1.0 + 0.5)


def test_times_of_another_machine_are_scaled(tmp_path):
    """Training by one reference timing, all other work by the other."""
    record(tmp_path, "imbllm", 0, generate=11.0, trained=10.0, processor="old")
    record(tmp_path, "smote", 0, generate=3.0, processor="old")
    calls = []

    def measure():
        calls.append(1)
        return {"training": 0.5, "classifier": 2.0}

    stored = {"old": {"training": 1.0, "classifier": 1.0}}
    found, planned = cost(tmp_path, "method=imbllm,smote", "seed=1", stored=stored, measure=measure)
    assert len(calls) == 1
    assert found.seconds == pytest.approx((11.0 * 0.5 + 0.5 * 2) + (3.0 + 0.5) * 2)
    text = "\n".join(lines_of(found, planned, 1, 1e9))
    assert "scaled to this machine by a measurement now: training × 0.50, classifier × 2.00" in text


def test_a_machine_without_reference_timings_is_named(tmp_path):
    record(tmp_path, "smote", 0, generate=3.0, processor=None)
    found, planned = cost(tmp_path, "method=smote", "seed=1")
    assert found.seconds == pytest.approx(3.5), "taken as it is"
    assert lines_of(found, planned, 1, 1e9)[-1].endswith(
        "without a stored reference timing, not scaled: not named"
    )


def test_other_language_models_are_not_similar(tmp_path):
    record(tmp_path, "imbllm", 0, generate=900.0, overrides=("llm=distilgpt2",))
    found, _ = cost(tmp_path, "method=imbllm", "seed=1")
    assert dict(found.basis) == {"unknown": 1}


def test_the_command(tmp_path):
    record(tmp_path, "smote", 0, generate=3.0, processor=None)
    overrides = ("dataset=german", "method=smote", "seed=0,1", f"runs_dir={tmp_path}")
    done = imbench(*overrides, "estimate=true", script="scripts/status.py")
    assert "estimate of the 1 runs that are not done, of 2 planned" in done.stdout and done.returncode == 1
    assert "estimate" not in imbench(*overrides, script="scripts/status.py").stdout
    for wrong in (("estimate=true",), (*overrides, "estimate=1")):
        done = imbench(*wrong, script="scripts/status.py")
        assert done.returncode == 2 and "imbench: estimate=" in done.stderr and "Traceback" not in done.stderr


def test_reference_timings_of_two_machines_are_kept(tmp_path, monkeypatch):
    from benchmark import reference

    from imbench.runs import environment

    monkeypatch.setattr(reference, "_training", lambda: [3.0, 1.0, 2.0])
    monkeypatch.setattr(reference, "_classifier", lambda: [0.5])
    for name in ("one", "two"):
        monkeypatch.setattr(environment, "processor", lambda name=name: name)
        assert reference.store_reference_timings(tmp_path) == {"training": 2.0, "classifier": 0.5}
    stored = reference.stored_reference_timings(tmp_path / reference.STORE.name)
    assert stored == {name: {"training": 2.0, "classifier": 0.5} for name in ("one", "two")}
    assert reference.stored_reference_timings(tmp_path / "nowhere.json") == {}
