"""The table of pretrained against random weights: pairs, tests, and verdicts of small samples."""

import numpy as np
import pandas as pd
import pytest

from imbench.reports import pretraining


def runs(seeds, gain):
    lines = [
        {"method": "imbllm", "llm": llm, "dataset": dataset, "seed": seed}
        | dict.fromkeys(pretraining.MEASURES, np.nan)
        | {
            "corrected_f1": 0.5 + (gain + 0.01 * seed) * (llm == "smollm2"),
            "nats_sentence": 9.0 - (llm == "smollm2"),
        }
        for llm in pretraining.LLMS
        for dataset in pretraining.DATASETS
        for seed in seeds
    ]
    return pd.DataFrame(lines)


def test_nine_pairs_with_the_same_sign_decide_and_three_do_not():
    nine = pretraining.differences(runs((0, 1, 2), 0.1)).set_index(["method", "measure"])
    first = nine.loc[("imbllm", "corrected_f1")]
    assert first["pairs"] == 9 and first["mean"] == pytest.approx(0.11)
    assert first["p"] == pytest.approx(2 / 2**9) and first["holm"] == pytest.approx(5 * 2 / 2**9)
    assert pretraining.verdict(9, first["mean"], first["holm"], True) == "pretrained is better"
    nats = nine.loc[("imbllm", "nats_sentence")]
    assert pretraining.verdict(9, nats["mean"], nats["holm"], False) == "pretrained is better"
    few = pretraining.differences(runs((0,), 0.1)).set_index(["method", "measure"])
    assert few.loc[("imbllm", "corrected_f1"), "pairs"] == 3
    assert set(few.apply(lambda r: pretraining.verdict(r.pairs, r["mean"], r.holm, True), axis=1)) == {
        "undecided"
    }


def test_a_run_without_its_partner_is_no_pair():
    half = runs((0, 1, 2), 0.1)
    half = half[~((half["llm"] == "smollm2_random") & (half["dataset"] == "car"))]
    found = pretraining.differences(half).set_index(["method", "measure"])
    assert found.loc[("imbllm", "corrected_f1"), "pairs"] == 6


def test_the_report_says_how_many_runs_are_complete():
    assert "**0 of 36 runs of SmolLM2 are complete**, and 0 of 18" in pretraining.report([], {})


def test_the_planned_variants_differ_by_method_and_model():
    assert len(set(pretraining.planned_variants().values())) == 6
