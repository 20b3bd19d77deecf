"""Distances to the closest row, copies, validity, and the gates between test part and training."""

import copy

import numpy as np
import pandas as pd
import pytest

from imbench.data.raw_codes import MARK
from imbench.data.split import Part, split_dataset
from imbench.errors import LeakageError
from imbench.runs import generation
from imbench.samplers.build import Method
from imbench.scoring.encodings import DistanceEncoder, RawCodeEncoder
from imbench.scoring.evaluate import classifier_scores
from imbench.scoring.leakage import gate_sampler_input, refuse_test_rows
from imbench.scoring.quality import DCR_EDGES, copied_rows, quality_scores, validity
from tests.helpers import mixed_dataset, read_yaml

SPLIT = split_dataset(mixed_dataset(200, 60), 0, 0.5)
WORDS = list(SPLIT.schema.categorical)


def plain(features):
    return features.astype(dict.fromkeys(WORDS, object)).reset_index(drop=True)


def test_copies_of_the_whole_minority_are_perfectly_close():
    found = quality_scores(SPLIT, plain(SPLIT.complete.of_class(0)))
    assert found["close_probability_unscaled"] == found["coverage"] == found["precision"] == 1.0
    assert found["dcr_train_median"] == 0.0 and found["dcr_train_mean"] == pytest.approx(0, abs=1e-7)
    assert found["copies_of_train"] == pytest.approx(int(0.5 * 48) / 48)
    assert found["valid_category_cells"] == 1.0


def test_distance_to_closest_row():
    synthetic = plain(SPLIT.train.of_class(0))
    encoder = DistanceEncoder.fit(SPLIT.complete.features, SPLIT.schema)
    left, right = encoder.transform(SPLIT.test.of_class(0)), encoder.transform(synthetic)
    expected = np.sqrt(((left[:, None] - right[None]) ** 2).sum(axis=2)).min(axis=1)
    found = quality_scores(SPLIT, synthetic)
    assert found["dcr_test_median"] == pytest.approx(np.median(expected), abs=1e-7)
    assert found["dcr_test_mean"] == pytest.approx(expected.mean(), abs=1e-7)
    assert sum(found["dcr_test_histogram"]) == len(expected) == 12
    histogram, _ = np.histogram(np.minimum(expected, DCR_EDGES[-1]), DCR_EDGES)
    assert found["dcr_test_histogram"] == histogram.tolist()


def test_published_measures_are_on_unscaled_numbers_and_integer_codes():
    """Written out: codes by the alphabet, plain distances, the paper's three measures."""
    synthetic = plain(SPLIT.train.of_class(0))
    codes = {c: sorted(SPLIT.complete.features[c].dropna().unique()) for c in WORDS}

    def raw(rows):
        rows = rows.astype(object).copy()
        for c in WORDS:
            rows[c] = [codes[c].index(v) if isinstance(v, str) else -1 for v in rows[c]]
        for c in SPLIT.schema.continuous:
            rows[c] = rows[c].fillna(SPLIT.complete.features[c].mean())
        return rows[list(SPLIT.schema.features)].to_numpy(dtype="float64")

    def distances(one, other):
        return np.sqrt(((one[:, None] - other[None]) ** 2).sum(axis=2))

    whole, made = raw(SPLIT.complete.of_class(0)), raw(synthetic)
    nearest, unseen = distances(whole, made).min(axis=1), distances(raw(SPLIT.test.of_class(0)), made)
    scaled = (nearest - nearest.min()) / (nearest.max() - nearest.min() + 1e-8)
    found = quality_scores(SPLIT, synthetic)
    assert found["published_close_probability"] == pytest.approx((scaled <= 0.2).mean())
    radius = np.sort(distances(whole, whole), axis=1)[:, 2]
    assert found["published_coverage"] == pytest.approx((nearest < radius).mean())
    assert found["published_dcr_test_median"] == pytest.approx(np.median(unseen.min(axis=1)))
    assert sum(found["published_dcr_test_histogram"]) == 12
    assert found["published_close_probability"] != found["close_probability"]


def test_one_category_away_is_a_distance_of_one():
    encoder = RawCodeEncoder.fit(SPLIT.complete.features, SPLIT.schema)
    rows = plain(SPLIT.train.of_class(0).iloc[:1])
    names = encoder.categories[WORDS[0]]
    one, two, marked, unknown = (
        encoder.transform(rows.assign(**{WORDS[0]: [value]}))
        for value in (names[0], names[1], f"{MARK}0.25", "not there")
    )
    assert np.linalg.norm(two - one) == 1 and np.linalg.norm(marked - one) == pytest.approx(0.25)
    assert np.linalg.norm(unknown - one) == 1, "-1, as pandas codes a missing value"


def test_quality_measures_the_whole_minority_and_not_the_reduced_one():
    """Synthetic rows at the very rows that the reduction took away must count as close."""
    gone = SPLIT.complete.features.drop(SPLIT.train.features.index)
    assert len(gone) == 24
    found = quality_scores(SPLIT, plain(gone))
    assert found["close_probability_unscaled"] >= 0.5 and found["copies_of_train"] == 0


def test_no_rows_no_measures():
    assert quality_scores(SPLIT, plain(SPLIT.train.features.iloc[:0])) == {"rows": 0}
    one = quality_scores(SPLIT, plain(SPLIT.train.of_class(0).iloc[:1]))
    assert one["rows"] == 1 and one["coverage"] is None and one["dcr_test_median"] > 0


def test_copies_are_told_by_whose_they_are():
    train, test = plain(SPLIT.train.features), plain(SPLIT.test.features)
    new = train.iloc[:1].assign(size=99.5)
    synthetic = pd.concat([train.iloc[:2], test.iloc[:1], test.iloc[:1], new], ignore_index=True)
    assert copied_rows(SPLIT, synthetic) == {"copies_of_train": 0.4, "copies_of_test": 0.4, "duplicates": 0.2}


def test_validity_tells_three_kinds_apart():
    train = SPLIT.train.features
    synthetic = plain(train.iloc[:4])
    assert set(validity(train, synthetic, SPLIT.schema).values()) == {1.0}
    synthetic.loc[0, "size"] = 1e6
    synthetic.loc[1, "count"] = train["count"].min() + 0.5
    synthetic.loc[2, "colour"] = "ultraviolet"
    synthetic.loc[2, "shape"] = np.nan
    found = validity(train, synthetic, SPLIT.schema)
    assert found["valid_range_cells"] == 11 / 12
    assert found["valid_integer_cells"] == 3 / 4
    assert found["valid_category_cells"] == 10 / 12
    assert found["valid_cells"] == 20 / 24 and found["valid_rows"] == 0.25


def test_missing_cells_are_valid_only_where_real_rows_miss_them():
    train = plain(SPLIT.train.features)
    synthetic = train.iloc[:2].copy()
    synthetic.loc[0, "size"] = np.nan
    assert validity(train, synthetic, SPLIT.schema)["valid_range_cells"] == 5 / 6
    train.loc[5, "size"] = np.nan
    assert validity(train, synthetic, SPLIT.schema)["valid_range_cells"] == 1.0


def smuggled(part):
    """``part`` and one test row."""
    return Part(
        pd.concat([part.features, SPLIT.test.features.iloc[:1]]),
        pd.concat([part.labels, SPLIT.test.labels.iloc[:1]]),
    )


def test_gate_before_the_method():
    gate_sampler_input(SPLIT, SPLIT.train)
    gate_sampler_input(SPLIT, SPLIT.complete)
    with pytest.raises(LeakageError, match="training rows of the method: 1 of them are test rows"):
        gate_sampler_input(SPLIT, smuggled(SPLIT.train))


def test_gate_against_altered_rows():
    changed = Part(SPLIT.train.features.copy(), SPLIT.train.labels)
    changed.features.iloc[0, 0] += 1
    with pytest.raises(LeakageError, match="differ from the training part's own"):
        gate_sampler_input(SPLIT, changed)


def test_gate_of_the_encoder():
    config = {"xgboost": read_yaml("classifier", "xgboost")}
    with pytest.raises(LeakageError, match="rows that the encoder was fitted on: 1 of them are test rows"):
        classifier_scores(SPLIT, smuggled(SPLIT.train), SPLIT.train, config, 0, None)
    with pytest.raises(LeakageError, match=f"e.g. row {SPLIT.test.labels.index[0]}"):
        refuse_test_rows(SPLIT, SPLIT.test.labels.index[:1], "these")


@pytest.mark.parametrize("word", ("train", "complete"))
def test_the_harness_hands_nothing_past_the_gate(word):
    """Even a split that was tampered with after its own check does not reach a method."""
    tampered = copy.copy(SPLIT)
    object.__setattr__(tampered, word, smuggled(getattr(SPLIT, word)))
    trains_on = {"train": "reduced", "complete": "complete"}[word]
    with pytest.raises(LeakageError, match="training rows of the method"):
        generation.sampler_input(tampered, Method("m", None, trains_on))


def test_only_the_reference_sees_the_rows_before_the_reduction():
    seen = {
        word: generation.sampler_input(SPLIT, Method("m", None, word)) for word in ("reduced", "complete")
    }
    assert len(seen["reduced"]) == len(SPLIT.train) < len(seen["complete"]) == len(SPLIT.complete)


def test_the_gates_stand_in_every_run(monkeypatch, tmp_path):
    """A run that leaks is no run: the record says so, and there are no scores."""
    from imbench.runs.run import run_one
    from tests.helpers import run_config

    original = generation.sampler_input

    def leaking(split, method):
        part = original(split, method)
        whole = Part(
            pd.concat([part.features, split.test.features.iloc[:1]]),
            pd.concat([part.labels, split.test.labels.iloc[:1]]),
        )
        monkeypatch.setattr(generation, "gate_sampler_input", lambda *_: None)
        return whole

    monkeypatch.setattr(generation, "sampler_input", leaking)
    outcome = run_one(run_config(tmp_path, "method=duplicate"))
    assert outcome.state == "failed" and "test rows" in outcome.reason
    assert not (outcome.folder / "scores.json").exists()


def test_above_the_bound_measures_are_those_of_samples(monkeypatch):
    """They are near those of all rows, the same each time, and named; copies and validity stay exact."""
    split = split_dataset(mixed_dataset(3000, 900), 0, 1.0)
    synthetic = plain(split.complete.of_class(0)).sample(2000, replace=True, random_state=1)
    synthetic["size"] += np.random.default_rng(0).normal(scale=0.2, size=2000)
    whole = quality_scores(split, synthetic)
    assert not [name for name in whole if name.startswith("sampled")]
    for name, value in (
        ("MAX_ROWS", 1999),
        ("SAMPLE_ROWS", 600),
        ("SAMPLE_QUERIES", 300),
        ("CHUNK_ROWS", 700),
    ):
        monkeypatch.setattr(f"imbench.scoring.quality.{name}", value)
    sampled = quality_scores(split, synthetic)
    assert (sampled.pop("sampled_rows"), sampled.pop("sampled_queries")) == (600, 300)
    for name in ("copies_of_train", "duplicates", "valid_rows", "entropy_columns", "entropy_pairs", "rows"):
        assert sampled[name] == whole[name]
    for name in ("dcr_test_median", "close_probability_unscaled", "coverage"):
        assert sampled[name] == pytest.approx(whole[name], abs=0.1)
    assert sampled["coverage"] != whole["coverage"] and sum(sampled["dcr_train_histogram"]) == 300
    again = quality_scores(split, synthetic)
    assert again == sampled | {"sampled_rows": 600, "sampled_queries": 300}
    monkeypatch.setattr("imbench.scoring.quality.SAMPLE_QUERIES", 10**6)  # all real rows, all synthetic ones
    assert quality_scores(split, synthetic)["dcr_test_mean"] == pytest.approx(
        whole["dcr_test_mean"], rel=1e-9
    )


def test_at_the_bound_nothing_is_sampled(monkeypatch):
    synthetic = plain(SPLIT.complete.of_class(0))
    whole = quality_scores(SPLIT, synthetic)
    monkeypatch.setattr("imbench.scoring.quality.MAX_ROWS", len(synthetic))
    assert quality_scores(SPLIT, synthetic) == whole
