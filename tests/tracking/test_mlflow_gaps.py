"""Copies that a kill between a run's end and its copy left out are made later, or missed aloud."""

from imbench.tracking import copies as mlflow_copies
from imbench.tracking import sink as mlflow_sink
from imbench.tracking import store as mlflow_store
from tests.tracking.test_mlflow_writers import records, sqlite_store


def sweep_ends(folders, tracking, monkeypatch, tmp_path):
    """The end of a sweep that found all these runs done before."""
    from omegaconf import OmegaConf

    from imbench.sweeps.journal import Journal
    from imbench.sweeps.plan import SweepCallback

    monkeypatch.setenv("IMBENCH_SWEEP_JOURNAL", "")
    monkeypatch.setenv("IMBENCH_SWEEP_TOTAL", "")
    journal = Journal.begin(tmp_path / "runs", [], len(folders))
    for number, folder in enumerate(folders):
        journal.note(number, {"key": folder.name, "name": "x", "state": "skipped", "ok": True, "reason": ""})
    SweepCallback().on_multirun_end(
        OmegaConf.create({"runs_dir": str(tmp_path / "runs"), "tracking": tracking})
    )


def test_a_sweep_copies_what_a_kill_left_without_its_copy(tmp_path, monkeypatch, capsys):
    """One of three runs has its copy, one half a copy, one none, as after kills between marker and copy."""
    folders, tracking = records(tmp_path / "runs", 3), sqlite_store(tmp_path)
    assert mlflow_sink.log_run(folders[0], tracking)
    client = mlflow_store.client_of(mlflow_store.uri_of(tracking))
    experiment = client.get_experiment_by_name("imbench german").experiment_id
    client.create_run(experiment, tags={mlflow_copies.KEY: folders[1].name})
    sweep_ends(folders, tracking, monkeypatch, tmp_path)
    told = capsys.readouterr()
    assert "MLflow: 2 copies were missing and have been made" in told.out and "no copy" not in told.err
    copies = {key: len(moments) for key, moments in mlflow_sink.held(tracking).items() if all(moments)}
    assert copies == dict.fromkeys((f.name for f in folders), 1)
    sweep_ends(folders, tracking, monkeypatch, tmp_path)
    assert "MLflow" not in capsys.readouterr().out, "all are there"


def test_a_sweep_says_what_has_no_copy(tmp_path, monkeypatch, capsys):
    folders, tracking = records(tmp_path / "runs", 2), sqlite_store(tmp_path)
    (tmp_path / "mlflow.db").mkdir()
    sweep_ends(folders, tracking, monkeypatch, tmp_path)
    assert "2 runs may have no copy in MLflow" in capsys.readouterr().err


def test_a_run_that_was_done_before_gets_its_copy(tmp_path):
    """Its process was killed between its end and its copy; the same command again makes the copy."""
    from tests.fuzz.overrides_input import run_script

    (tmp_path / "a" / "b").mkdir(parents=True)
    tracking = sqlite_store(tmp_path)
    words = ["dataset=insurance", "method=imbalance", "classifier=[logistic_regression]",
             f"runs_dir={tmp_path / 'runs'}"]  # fmt: skip
    assert run_script([*words, "tracking=none"], tmp_path)[0] == 0
    words += [f"tracking.{word}={tracking[word]}" for word in ("uri", "artifacts")]
    code, said = run_script(words, tmp_path)
    assert code == 0 and "done before" in said, said
    assert len(mlflow_sink.logged_keys(tracking)) == 1
