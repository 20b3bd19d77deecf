"""One run: its files, the marker last, skipping, retrying, reuse of stored rows, seeds by axis."""

import json

import pandas as pd
import pytest
import yaml

from imbench.data.split import split_dataset
from imbench.errors import MethodError, Shortfall
from imbench.records.record import ATTEMPTS, RunFolder, iterate
from imbench.runs import generation
from imbench.runs import run as execute
from imbench.runs.run import run_one
from imbench.samplers.build import build_method
from tests.helpers import folders, method_config, mixed_dataset, run_config

FILES = {
    "config.yaml", "status.json", "scores.json", "ledger.json", "environment.json", "synthetic.parquet",
    "predictions.parquet",
}  # fmt: skip


@pytest.fixture
def breaking(monkeypatch):
    """``breaking(error)`` makes every method raise it; ``breaking(None)`` restores them."""
    original = generation.generate

    def set_error(error):
        def generate(*words):
            if error is not None:
                raise error
            return original(*words)

        monkeypatch.setattr(generation, "generate", generate)

    return set_error


def test_files_of_a_run(tmp_path):
    outcome = run_one(run_config(tmp_path, "seed=1"), ["seed=1"])
    assert outcome.ok and outcome.folder == tmp_path / outcome.key
    assert {p.name for p in outcome.folder.iterdir()} == FILES
    status = json.loads((outcome.folder / "status.json").read_text())
    assert status["state"] == "done" and status["attempts"] == 1 and status["overrides"] == ["seed=1"]
    assert list(status["phases"]) == ["load", "split", "generate", "predict", "score", "quality"]
    for cost in status["phases"].values():
        assert cost["seconds"] >= 0 and cost["peak_mb"] > 10
    assert status["started"] < status["finished"] and len(status["split_hash"]) == 64
    environment = json.loads((outcome.folder / "environment.json").read_text())
    assert {"numpy", "xgboost-cpu"} <= set(environment["packages"]) or "xgboost" in environment["packages"]
    assert environment["git_commit"] is None or len(environment["git_commit"]) == 40
    assert environment["git_dirty"] in (None, True, False)
    config = yaml.safe_load((outcome.folder / "config.yaml").read_text())
    assert config["method"]["name"] == "smote" and config["seeds"]["split"] == 1, "resolved"
    rows = pd.read_parquet(outcome.folder / "synthetic.parquet")
    ledger = json.loads((outcome.folder / "ledger.json").read_text())
    assert len(rows) == ledger["added"] == ledger["added_by_class"]["high"] > 0 and set(rows["charges"]) == {
        "high"
    }


def test_the_stored_config_repeats_the_run(tmp_path):
    from omegaconf import OmegaConf

    outcome = run_one(run_config(tmp_path / "one"))
    again = OmegaConf.load(outcome.folder / "config.yaml")
    again.runs_dir = str(tmp_path / "two")
    twin = run_one(again)
    assert twin.key == outcome.key
    assert (twin.folder / "scores.json").read_bytes() == (outcome.folder / "scores.json").read_bytes()


def test_the_marker_is_written_last(tmp_path, monkeypatch):
    order = []
    original = RunFolder.write_bytes
    monkeypatch.setattr(RunFolder, "write_bytes", lambda s, n, t: (order.append(n), original(s, n, t)))
    run_one(run_config(tmp_path))
    assert order[-1] == "status.json" and order.count("status.json") == 1


@pytest.mark.parametrize(
    "last", ("config.yaml", "environment.json", "ledger.json", "predictions.parquet", "scores.json")
)
def test_interrupted_between_two_writes(tmp_path, monkeypatch, last):
    """A folder without its marker does not count, and the run is executed from the start."""

    class Killed(BaseException):
        pass

    original = RunFolder.write_bytes

    def dying(self, name, text):
        original(self, name, text)
        if name == last:
            raise Killed

    monkeypatch.setattr(RunFolder, "write_bytes", dying)
    with pytest.raises(Killed):
        run_one(run_config(tmp_path))
    monkeypatch.undo()
    (folder,) = folders(tmp_path)
    assert not (folder / "status.json").exists()
    from imbench.reports.select import load_runs

    assert load_runs(tmp_path) == []
    (folder / ".scores.json.4711").write_text("{")  # killed within a write
    outcome = run_one(run_config(tmp_path))
    assert outcome.state == "done" and {p.name for p in folder.iterdir()} == FILES
    undisturbed = run_one(run_config(tmp_path / "other"))
    assert (folder / "scores.json").read_bytes() == (undisturbed.folder / "scores.json").read_bytes()


@pytest.mark.parametrize("state", ("done", "failed"))
def test_an_interrupted_rerun_does_not_count(tmp_path, breaking, state):
    """The old marker is removed before the work; otherwise it would mark a mixture of old and new files."""
    breaking(None if state == "done" else MethodError("no"))
    folder = run_one(run_config(tmp_path)).folder
    breaking(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run_one(run_config(tmp_path, "rerun=true"))
    assert not (folder / "status.json").exists()


def test_a_truncated_marker_does_not_count(tmp_path):
    outcome = run_one(run_config(tmp_path))
    marker = outcome.folder / "status.json"
    marker.write_text(marker.read_text()[:50])
    assert RunFolder(outcome.folder).status() is None
    assert run_one(run_config(tmp_path)).state == "done"


def test_done_is_skipped_and_can_be_forced(tmp_path):
    first = run_one(run_config(tmp_path))
    marker = first.folder / "status.json"
    before = marker.read_bytes(), marker.stat().st_mtime_ns
    second = run_one(run_config(tmp_path))
    assert second.state == "skipped" and second.ok and second.scores == first.scores
    assert (marker.read_bytes(), marker.stat().st_mtime_ns) == before, "finished records are never rewritten"
    third = run_one(run_config(tmp_path, "rerun=true"))
    status = json.loads(marker.read_text())
    assert third.state == "done" and third.key == first.key and third.scores == first.scores
    assert (
        status["attempts"] == 2
        and status["rows_reused"] is False
        and status["finished"] > before[0].decode()[:0]
    )
    assert marker.stat().st_mtime_ns > before[1]


def test_failure_is_a_record_and_is_retried(tmp_path, breaking):
    breaking(MethodError("The column has no numbers."))
    failed = run_one(run_config(tmp_path))
    status = RunFolder(failed.folder).status()
    assert failed.state == status["state"] == "failed" and not failed.ok
    assert status["phase"] == "generate" and status["reason"] == "The column has no numbers."
    assert "Traceback (most recent call last)" in status["traceback"] and "MethodError" in status["traceback"]
    assert "generate" in status["phases"] and not (failed.folder / "scores.json").exists()
    assert RunFolder(run_one(run_config(tmp_path)).folder).status()["attempts"] == 2
    breaking(None)
    mended = run_one(run_config(tmp_path))
    status = RunFolder(mended.folder).status()
    assert mended.state == "done" and status["attempts"] == 3 and "reason" not in status


def test_an_unexpected_error_names_its_kind(tmp_path, breaking):
    breaking(ZeroDivisionError("division by zero"))
    outcome = run_one(run_config(tmp_path))
    assert outcome.state == "failed" and outcome.reason == "ZeroDivisionError: division by zero"


def test_shortfall_is_a_state_of_its_own(tmp_path, breaking):
    breaking(Shortfall("generated 3 of the 400 requested rows"))
    outcome = run_one(run_config(tmp_path))
    status = RunFolder(outcome.folder).status()
    assert (
        status["state"] == outcome.state == "shortfall" and status["phase"] == "generate" and not outcome.ok
    )
    assert status["reason"] == "generated 3 of the 400 requested rows"


def test_a_forced_run_that_fails_leaves_no_old_scores(tmp_path, breaking):
    """What an export reads of a failed run must not be the scores of an earlier success."""
    run_one(run_config(tmp_path))
    breaking(MethodError("no"))
    outcome = run_one(run_config(tmp_path, "rerun=true"))
    assert outcome.state == "failed"
    from imbench.reports.select import load_runs

    (line,) = load_runs(tmp_path)
    assert line["status"] == "failed" and line.get("published_f1") is None


@pytest.mark.parametrize(
    ("overrides", "phase", "reason"),
    [
        (["imbalance_ratio=0"], "split", "imbalance_ratio=0 is not in (0, 1]"),
        (["imbalance_ratio=1.5"], "split", "imbalance_ratio=1.5 is not in (0, 1]"),
        (["dataset.continuous=[age,weight]"], "load", "lacks the column(s) weight"),
        (["method.few_rows=pray"], "generate", "Got 'pray' instead"),
        (["method.sampler._target_=no.such.Sampler"], "generate", "Method 'smote' cannot be made"),
        (["classifier.xgboost._target_=no.such.Model"], "predict", "Classifier 'xgboost' cannot be made"),
    ],
)
def test_phase_of_a_failure(tmp_path, overrides, phase, reason):
    outcome = run_one(run_config(tmp_path, *overrides))
    status = RunFolder(outcome.folder).status()
    assert status["state"] == "failed" and status["phase"] == phase and reason in status["reason"]


def test_a_done_run_without_its_scores_is_repeated(tmp_path):
    first = run_one(run_config(tmp_path, "method=duplicate"))
    (first.folder / "scores.json").write_text("{broken")
    again = run_one(run_config(tmp_path, "method=duplicate", "max_retries=0", "retry_failed=false"))
    assert again.state == "done" and again.ran and again.scores == first.scores


@pytest.mark.parametrize("attempts", (None, "two", 2**63 - 1, True))
def test_invalid_attempts_count_as_none(tmp_path, breaking, attempts):
    breaking(MethodError("no"))
    failed = run_one(run_config(tmp_path, "method=duplicate"))
    marker = failed.folder / "status.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"attempts": attempts}))
    (failed.folder / ATTEMPTS).write_text(json.dumps({"attempts": attempts}))
    again = run_one(run_config(tmp_path, "method=duplicate", "max_retries=0"))
    assert again.ran and RunFolder(again.folder).status()["attempts"] == 1


def test_a_new_classifier_reuses_the_stored_rows(tmp_path, monkeypatch):
    first = run_one(run_config(tmp_path, "classifier=[xgboost]"))
    monkeypatch.setattr(generation, "generate", lambda *_: pytest.fail("rows were generated again"))
    second = run_one(run_config(tmp_path, "classifier=[random_forest,xgboost]"))
    assert second.state == "done" and second.key != first.key
    status = [RunFolder(o.folder).status() for o in (first, second)]
    assert [s["rows_reused"] for s in status] == [False, True]
    assert status[0]["phases"]["generate"] == status[1]["phases"]["generate"], (
        "the cost of making them stays known"
    )
    assert second.scores["classifiers"]["xgboost"] == first.scores["classifiers"]["xgboost"]
    assert list(second.scores["classifiers"]) == ["random_forest", "xgboost"]
    assert second.scores["quality"] == first.scores["quality"]


def test_a_broken_stage_is_generated_again(tmp_path):
    first = run_one(run_config(tmp_path))
    (stage,) = (p for p in (tmp_path / ".stages").iterdir() if p.is_dir())
    (stage / "synthetic.parquet").unlink()
    (stage / "synthetic.parquet").write_bytes(b"half a fi")
    again = run_one(run_config(tmp_path, "classifier=[xgboost,logistic_regression]"))
    assert again.state == "done" and RunFolder(again.folder).status()["rows_reused"] is False
    assert again.scores["classifiers"]["xgboost"] == first.scores["classifiers"]["xgboost"]


def test_a_stage_of_another_split_is_not_used(tmp_path):
    one, other = (split_dataset(mixed_dataset(seed=s), 0, 0.5) for s in (0, 1))
    method = build_method(method_config("smote"), 0)
    generated = generation.generate(one, one.train, method)
    generated.phases["generate"] = {"seconds": 0.1, "peak_mb": 100.0}
    generation.store(tmp_path, generated, one)
    assert generation.load(tmp_path, one) is not None
    assert generation.load(tmp_path, other) is None


def test_split_does_not_depend_on_method_or_generation(tmp_path):
    words = (["method=smote"], ["method=duplicate"], ["seeds.generation=9"], ["seeds.classifier=9"])
    hashes = [run_one(run_config(tmp_path, *w)).scores["split_hash"] for w in words]
    assert len(set(hashes)) == 1
    assert run_one(run_config(tmp_path, "seed=1")).scores["split_hash"] != hashes[0]


def test_the_same_split_is_computed_once_in_a_process(tmp_path, monkeypatch):
    computed = []

    def watched(*words):
        computed.append(words)
        return split_dataset(*words)

    monkeypatch.setattr(generation, "split_dataset", watched)
    for words in (["method=smote"], ["method=duplicate"], ["method=smote", "imbalance_ratio=0.31"]):
        assert run_one(run_config(tmp_path, "seeds.split=77", *words)).ok
    assert [words[2] for words in computed] == [0.2, 0.31]


def test_a_generation_seed_of_its_own_changes_the_rows(tmp_path):
    one, two = (run_one(run_config(tmp_path, o)) for o in ("seeds.generation=8", "seeds.generation=9"))
    rows = [pd.read_parquet(o.folder / "synthetic.parquet") for o in (one, two)]
    assert not rows[0].equals(rows[1])


def test_relative_paths_start_at_the_root(monkeypatch, tmp_path):
    from imbench.utils.paths import ROOT

    monkeypatch.chdir(tmp_path)
    assert execute.from_root("results/runs") == ROOT / "results" / "runs"


def test_incomplete_folders_and_stages_are_not_runs(tmp_path):
    (tmp_path / "0123456789abcdef").mkdir()
    (tmp_path / ".stages" / "x").mkdir(parents=True)
    (tmp_path / "notes.txt").write_text("")
    assert [f.path.name for f in iterate(tmp_path)] == ["0123456789abcdef"]
    assert list(iterate(tmp_path / "nowhere")) == []
