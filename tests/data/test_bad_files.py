"""Errors in a dataset's file are reported with file, column and value."""

import numpy as np
import pandas as pd
import pytest

from imbench.data.catalogue import load_dataset
from imbench.data.dataset import build_dataset
from imbench.errors import ConfigError, DataError
from tests.helpers import mixed_frame, read_yaml


@pytest.fixture
def load_text(tmp_path):
    """``load_text(text, **options)`` loads a CSV with this content, as dataset=csv does."""

    def load(text, target="label", **options):
        path = tmp_path / "mine.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_dataset(read_yaml("dataset", "csv") | {"path": str(path), "target": target} | options)

    return load


GOOD = "size,colour,label\n1,red,a\n2.5,blue,b\n4,red,a\n"


def test_types_are_inferred_and_can_be_overridden(load_text):
    dataset = load_text(GOOD)
    assert dataset.schema.continuous == ("size",) and dataset.schema.categorical == ("colour",)
    assert dataset.schema.classes == ("a", "b") and dataset.labels.tolist() == [0, 1, 0]
    assert load_text(GOOD, categorical=["size"]).schema.categorical == ("size", "colour")
    flags = "flag,code,label\n0,1,a\n1,2,b\n1,3,a\n"
    assert load_text(flags).schema.categorical == ("flag",), "two values are a flag"
    assert load_text(flags, continuous=["flag"]).schema.continuous == ("flag", "code")
    assert load_text(flags, ignore=["code"]).schema.features == ("flag",)


def test_separator_mark_of_byte_order_and_cut(load_text):
    dataset = load_text("\ufeffa;price\n1;5\n2;15\n3;20\n", "price", separator=";",
                      cut={"cut": 15, "below": "low", "from": "high"})  # fmt: skip
    assert dataset.schema.features == ("a",)
    assert [dataset.schema.classes[c] for c in dataset.labels] == ["low", "high", "high"]


@pytest.mark.parametrize("mark", ("", "NA", "nan", "?", "NULL"))
def test_missing_values_are_kept_as_such(load_text, mark):
    features = load_text(f"size,colour,label\n{mark},red,a\n2,{mark},b\n3,red,a\n4,blue,a\n").features
    assert np.isnan(features["size"][0]) and pd.isna(features["colour"][1])
    assert features.isna().sum().sum() == 2
    assert (
        len(load_text(f"size,colour,label\n{mark},r,a\n2,r,b\n3,g,a\n4,g,a\n", drop_missing=True).labels) == 3
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"mine\.csv' is empty"),
        ("\n", r"mine\.csv' could not be read"),
        ("size,label\n", "has no rows"),
        ("size,size,label\n1,2,a\n2,3,b\n", r"mine\.csv' has two columns of the same name: size"),
        ("size,other\n1,a\n2,b\n", r"mine\.csv' has no column 'label'.*It has: size, other"),
        ("size,label\n1,a\n2,a\n3,a\n", r"target 'label' has one class only \('a'\)"),
        ("size,label\n1,a\n2,\n3,b\n", r"target 'label', row 1: the label is missing"),
        ("label\na\nb\n", "has no feature column"),
        ("size,label\n1,a,x\n2,b,x\n", "more cells in its rows than names"),
        ("size,label\n1,a\n2,b,x,y\n", r"mine\.csv' could not be read"),
        (b"\xff\xfe\x00size,label\n", r"mine\.csv' has no column 'label'"),  # taken for UTF-16
        ("size,label\n1,a\ninf,b\n3,a\n", r"column 'size', row 1: the value is infinite"),
        ("size,label\n1,a\n-Infinity,b\n3,a\n", r"column 'size', row 1: the value is infinite"),
    ],
)  # fmt: skip
def test_messages(load_text, text, message):
    with pytest.raises(DataError, match=message):
        load_text(text)


def test_text_among_numbers_is_named(load_text):
    with pytest.raises(DataError, match=r"Column 'size', row 1: 'many' is not a number"):
        load_text("size,label\n1,a\nmany,b\n3,a\n", continuous=["size"])
    with pytest.raises(DataError, match=r"Column 'price', row 1: 'dear' is no number and cannot be cut"):
        load_text("a,price\n1,5\n2,dear\n", "price", cut={"cut": 15, "below": "low", "from": "high"})


def test_a_named_column_that_is_missing(load_text):
    with pytest.raises(DataError, match=r"no column 'weight' \(dataset\.continuous\)"):
        load_text(GOOD, continuous=["weight"])


def test_a_column_named_twice(load_text):
    with pytest.raises(DataError, match=r"column\(s\) size are named more than once"):
        load_text(GOOD, continuous=["size"], categorical=["size"])
    frame = mixed_frame()
    frame = pd.concat([frame, frame[["size"]]], axis=1)
    with pytest.raises(DataError, match="two columns of the same name: size"):
        build_dataset("t", frame, "label", ["size"], ["colour"])


def test_csv_needs_a_path_and_a_target(tmp_path, load_text):
    with pytest.raises(ConfigError, match=r"dataset\.path=FILE and dataset\.target=COLUMN"):
        load_dataset(read_yaml("dataset", "csv"))
    with pytest.raises(DataError, match=r"no file '.*nowhere\.csv'"):
        load_dataset(read_yaml("dataset", "csv") | {"path": str(tmp_path / "nowhere.csv"), "target": "y"})
    with pytest.raises(ConfigError, match=r"dataset\.target=COLUMN.*size, colour, label"):
        load_text(GOOD, target=None)


def test_unexpected_classes_are_named():
    with pytest.raises(
        DataError, match=r"target 'label': expected the classes good, rare, found rare, usual"
    ):
        build_dataset("t", mixed_frame(), "label", ["size"], [], classes=["rare", "good"])


def test_wrong_checksum_names_file_and_both_sums(no_folder):
    config = read_yaml("dataset", "fuel")
    (no_folder / "fuel.csv").write_text("MAKE,CONSUMPTION\nVW,7\n")
    with pytest.raises(
        DataError, match=rf"fuel\.csv' is not the file.*SHA-256 is \w{{64}}, expected {config['sha256']}"
    ):
        load_dataset(config, str(no_folder))


def test_without_a_network_the_message_tells_what_to_do(no_folder):
    config = read_yaml("dataset", "fuel") | {"url": "http://127.0.0.1:9/data/fuel.csv"}
    with pytest.raises(DataError) as caught:
        load_dataset(config)
    for option in (
        "fuel.csv",
        "http://127.0.0.1:9/data/fuel.csv",
        "data_dir=",
        "IMBENCH_DATA",
        str(no_folder / "cache"),
    ):
        assert option in str(caught.value)


def test_a_download_is_kept_and_checked(no_folder, paper_data):
    """A file of the right sum in the cache is taken without a network; a wrong one never is."""
    config = read_yaml("dataset", "fuel") | {"url": "http://127.0.0.1:9/data/fuel.csv"}
    cache = no_folder / "cache"
    cache.mkdir()
    (cache / "fuel.csv").write_bytes((paper_data / "fuel.csv").read_bytes())
    assert len(load_dataset(config).labels) == 639
    (cache / "fuel.csv").write_bytes(b"MAKE\n")
    from imbench.data import catalogue as load

    load._load_published.cache_clear()
    with pytest.raises(DataError, match=r"could not be downloaded"):
        load_dataset(config)


def test_a_data_folder_that_is_not_there(no_folder, monkeypatch):
    with pytest.raises(DataError, match=r"folder '.*nowhere' does not exist.*data_dir="):
        load_dataset(read_yaml("dataset", "german"), str(no_folder / "nowhere"))
    monkeypatch.setenv("IMBENCH_DATA", str(no_folder / "gone"))
    with pytest.raises(DataError, match=r"folder '.*gone' does not exist"):
        load_dataset(read_yaml("dataset", "fuel"))
