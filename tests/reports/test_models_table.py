"""Language models beside each other: only what is complete under each of them, and never mixed."""

import pytest

from imbench.reports.models import models
from tests.reports.stored import source_of, tables_of, write_run

SEEDS = (0, 1, 2)


def rows_of(runs_dir):
    table = tables_of(models, source_of(runs_dir))["models"]
    return [dict(zip(table.header, [entry.text for entry in row], strict=True)) for row in table.rows]


def test_models_are_compared_on_the_datasets_that_both_have(runs_dir):
    f1 = {"tiny": 0.3, "tiny_text": 0.6}
    for llm, value in f1.items():
        for dataset in ("german", "insurance") + ("fuel",) * (llm == "tiny"):
            for seed in SEEDS:
                overrides = (f"llm={llm}",)
                write_run(runs_dir, dataset, "imbllm", seed, f1=value, overrides=overrides)
    for dataset in ("german", "insurance"):
        for seed in SEEDS:
            write_run(runs_dir, dataset, "great", seed, overrides=("llm=tiny",))
    found = rows_of(runs_dir)
    assert [(r["method"], r["language model"], r["datasets"]) for r in found] == [
        ("ImbLLM", "tiny", "2"), ("ImbLLM", "tiny_text", "2")
    ]  # fmt: skip
    assert [float(r["published F1"]) for r in found] == pytest.approx(list(f1.values()))
    assert [float(r["F1"]) for r in found] == pytest.approx([0.7, 0.4]), "1 - f1, by the made-up records"


def test_a_dataset_that_lacks_a_seed_under_one_model_is_left_out(runs_dir):
    for llm in ("tiny", "tiny_text"):
        for dataset in ("german", "insurance", "fuel"):
            for seed in SEEDS:
                if (llm, dataset, seed) != ("tiny", "fuel", 2):
                    write_run(runs_dir, dataset, "imbllm", seed, overrides=(f"llm={llm}",))
    assert [r["datasets"] for r in rows_of(runs_dir)] == ["2", "2"]
