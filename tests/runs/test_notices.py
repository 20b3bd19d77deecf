"""What a run says beside its scores: on its line, in its record, once a process for each dataset."""

import json

import numpy as np
import pandas as pd
import pytest

from imbench.runs.run import run_one
from imbench.samplers.shortage import shortages
from imbench.sweeps import jobs
from tests.helpers import imbench, mixed_frame, run_config


def own_file(folder, frame, *options):
    path = folder / "mine.csv"
    frame.to_csv(path, index=False)
    return [f"dataset.path={path}", "dataset.target=label", *options]


def test_the_record_says_how_columns_were_read_and_what_is_doubtful(tmp_path):
    frame = mixed_frame(200, 60)
    frame["customer"] = [f"C{i}" for i in range(200)]
    frame["leak"] = (frame["label"] == "rare") * 5 + np.arange(200) % 3
    options = own_file(tmp_path, pd.concat([frame, frame.iloc[:40]]))
    outcome = run_one(run_config(tmp_path / "runs", "dataset=csv", "method=duplicate", *options))
    assert outcome.ok, outcome.reason
    status = outcome.status
    assert outcome.labels["dataset"] == "mine" and status["imbalance_ratio"] == 1.0
    assert [c["kind"] for c in status["columns"] if c["name"] in ("size", "colour")] == [
        "continuous",
        "categorical",
    ]
    text = " ".join(status["warnings"])
    assert "'leak' predicts the label alone" in text and "test rows occur among the training rows" in text


def test_rows_and_fallback_are_on_the_line_and_in_the_record(tmp_path):
    options = own_file(tmp_path, mixed_frame(100, 6))
    done = imbench(
        "dataset=csv", *options, "method=smotenc", "tracking=none", f"runs_dir={tmp_path / 'runs'}"
    )
    assert done.returncode == 0, done.stderr
    assert "5 minority rows, 70 of 70 added; The sampler did not run: random duplicates" in done.stdout
    assert done.stdout.index("corrected F1") < done.stdout.index("published F1")
    assert done.stdout.count("column  ") == 1


@pytest.mark.parametrize(
    ("method", "added"),
    [("duplicate", "70 of 70"), ("interpolate_marginal", "70 of 70"), ("imbalance", None)],
)
def test_every_result_line_says_rows_kept_requested_and_added(tmp_path, capsys, method, added):
    """Samplers of other packages included; a control without rows says how many it kept."""
    options = own_file(tmp_path, mixed_frame(100, 6))
    jobs.run_and_report(run_config(tmp_path / "runs", "dataset=csv", f"method={method}", *options), [])
    line = next(line for line in capsys.readouterr().out.splitlines() if "corrected F1" in line)
    assert line.endswith(f"; 5 minority rows, {added} added" if added else "; 5 minority rows")


def test_a_known_dataset_has_no_notices_of_columns(tmp_path):
    outcome = run_one(run_config(tmp_path))
    assert outcome.status["warnings"] == [] and "columns" not in outcome.status
    assert outcome.status["rows"]["added_rows"] == outcome.status["rows"]["requested_rows"]


def test_a_shortfall_is_a_sentence():
    assert shortages({"requested": 10, "accepted": 7}) == ["7 of 10 requested rows were added."]
    assert shortages({"requested": 10, "accepted": 10}) == shortages({}) == []


def test_option_values_with_special_characters(tmp_path):
    frame = mixed_frame(120, 40).rename(columns={"label": "Größe (ja)"})
    path = tmp_path / "my file.csv"
    frame.to_csv(path, index=False, sep=";")
    done = imbench("dataset=csv", f"dataset.path={path}", "dataset.target=Größe (ja)", "dataset.separator=;",
                   "method=duplicate", "tracking=none", f"runs_dir={tmp_path / 'runs'}")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "my file · duplicate" in done.stdout


def test_strict_makes_a_fallback_an_error(tmp_path):
    options = own_file(tmp_path, mixed_frame(100, 6), "method=smotenc", "strict=true")
    outcome = run_one(run_config(tmp_path / "runs", "dataset=csv", *options))
    assert outcome.state == "shortfall" and "random duplicates" in outcome.reason
    again = run_one(run_config(tmp_path / "runs", "dataset=csv", *options[:-1]))
    assert again.ok and again.key == outcome.key


def test_missing_values_are_imputed_where_the_message_says_so(tmp_path):
    frame = mixed_frame(200, 60)
    frame.loc[frame.index % 5 == 0, "size"] = np.nan
    options = own_file(tmp_path, frame, "method=smotenc")
    refused = run_one(run_config(tmp_path / "runs", "dataset=csv", *options))
    assert refused.state == "failed" and "method.missing=impute" in refused.reason
    outcome = run_one(run_config(tmp_path / "runs", "dataset=csv", *options, "method.missing=impute"))
    assert outcome.ok and outcome.key != refused.key
    rows = pd.read_parquet(outcome.folder / "synthetic.parquet")
    assert 0 < rows["size"].isna().mean() < 0.5 and rows["colour"].notna().all()


@pytest.mark.parametrize("method", ("duplicate", "smotenc", "smote", "interpolate_marginal"))
def test_every_method_fills_up_the_same_of_several_classes(tmp_path, method):
    frame = mixed_frame(300, 30)
    frame.loc[frame.index[frame["label"] == "usual"][:70], "label"] = "middle"
    options = own_file(tmp_path, frame, f"method={method}")
    outcome = run_one(run_config(tmp_path / "runs", "dataset=csv", *options))
    assert outcome.ok, outcome.reason
    added = json.loads((outcome.folder / "ledger.json").read_text())["added_by_class"]
    assert added["rare"] > 100 and added["middle"] == added["usual"] == 0
    everything = run_one(run_config(tmp_path / "runs", "dataset=csv", *options, "sampling_strategy=auto"))
    added = json.loads((everything.folder / "ledger.json").read_text())["added_by_class"]
    assert added["rare"] > 100 and added["middle"] > 50 and added["usual"] == 0


def test_runs_of_one_process_that_read_a_file_differently_do_not_share_a_split(tmp_path):
    frame = mixed_frame(200, 60)
    options = own_file(tmp_path, pd.concat([frame] * 2), "method=duplicate")
    rows = []
    for extra in ([], ["dataset.duplicates=drop"]):
        outcome = run_one(run_config(tmp_path / "runs", "dataset=csv", *options, *extra))
        rows.append(outcome.status["rows"]["minority_rows"])
    assert rows == [96, 48]
