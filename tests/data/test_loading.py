"""Datasets from Python code: by name, or a CSV file."""

import pandas as pd
import pytest

from imbench import load_dataset, split_dataset
from imbench.data import catalogue
from imbench.errors import ConfigError, DataError
from tests.helpers import compose, mixed_frame


def test_a_name_loads_what_a_run_loads():
    ours, run = load_dataset("insurance"), catalogue.load_dataset(compose("dataset=insurance")["dataset"])
    pd.testing.assert_frame_equal(ours.features, run.features)
    assert ours.checksum == run.checksum and ours.schema == run.schema


def test_a_file_needs_its_label_column_only(tmp_path):
    frame = mixed_frame()
    frame.to_csv(tmp_path / "my data.csv", index=False)
    target = frame.columns[-1]
    dataset = load_dataset(tmp_path / "my data.csv", target=target)
    assert dataset.name == "my data" and dataset.schema.target == target
    assert len(dataset.features) == len(frame) and target not in dataset.features
    short = load_dataset(
        str(tmp_path / "my data.csv"), target=target, ignore=[frame.columns[0]], name="short"
    )
    assert short.name == "short" and frame.columns[0] not in short.features
    split = split_dataset(dataset)
    assert len(split.train) == len(split.complete)


def test_what_is_wrong_is_named(tmp_path):
    path = tmp_path / "rows.csv"
    mixed_frame().to_csv(path, index=False)
    with pytest.raises(DataError, match=r"'germn' is neither a file nor one of .*adult, .*german"):
        load_dataset("germn")
    with pytest.raises(ConfigError, match="needs target=COLUMN"):
        load_dataset(path)
    with pytest.raises(DataError, match="no column 'nothing'"):
        load_dataset(path, target="nothing")
    with pytest.raises(ConfigError, match=r"seperator is unknown\. A CSV file may have: .*separator"):
        load_dataset(path, target="nothing", seperator=";")
    with pytest.raises(ConfigError, match="takes no options"):
        load_dataset("german", target="Risk")
