"""Figure 2's files: measured on a run's own model, equal when measured again."""

import json

import pytest

from imbench.errors import ConfigError
from imbench.runs.measure_attention import measure_attention
from tests.helpers import SMALL_LLM, SMALL_TEXT, run_config


@pytest.mark.parametrize(
    ("llm", "model", "total"),
    (
        (SMALL_LLM, "tiny", 6),  # in each sentence the first of seven columns has nothing to attend to
        (SMALL_TEXT, "tiny_text", 7),  # every column has tokens that attend to each other
    ),
)
def test_the_file_tells_what_was_measured_and_is_the_same_again(tmp_path, llm, model, total):
    words = ("method=imbllm", "method.ordering=permute_xy", "seed=1", *llm)
    config = run_config(tmp_path / "runs", *words)
    first = measure_attention(config, 20, tmp_path / "one")
    second = measure_attention(config, 20, tmp_path / "two")  # finds the model that the first one stored
    assert first.name == f"insurance_permute_xy_{model}_seed1.json"
    assert first.read_bytes() == second.read_bytes()
    record = json.loads(first.read_text())
    assert record["columns"][-1] == record["label"] == "charges" and record["minority"] == "high"
    assert (record["sentences"], record["seed"], record["imbalance_ratio"]) == (20, 1, 0.2)
    sums = [sum(line) for line in record["attention"]]
    assert sum(sums) == pytest.approx(total, abs=1e-3) and max(sums) < 1.0001
    assert str(tmp_path) not in first.read_text()


def test_what_cannot_be_measured_is_said(tmp_path):
    with pytest.raises(ConfigError, match="has no language model"):
        measure_attention(run_config(tmp_path, "method=smote"), 5, tmp_path)
    words = ("method=imbllm", "method.ordering=features_only", *SMALL_LLM)
    with pytest.raises(ConfigError, match="leaves the label out"):
        measure_attention(run_config(tmp_path, *words), 5, tmp_path)
