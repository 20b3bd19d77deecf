"""A new dataset is one YAML, written by scripts/add_dataset.py; it then runs as the others do."""

import pytest
import yaml

from imbench.data.catalogue import load_dataset
from imbench.errors import DataError
from tests.helpers import imbench, mixed_frame, read_yaml

SCRIPT = "scripts/add_dataset.py"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.csv"
    frame = mixed_frame(200, 60)
    frame["flag"] = frame.index % 2
    frame.to_csv(path, index=False)
    return path


def added(file, *options, name="mine"):
    out = file.parent / "dataset"
    done = imbench(str(file), "--target", "label", "--out", str(out), *options, script=SCRIPT)
    assert done.returncode == 0, done.stderr
    return done.stdout, yaml.safe_load((out / f"{name}.yaml").read_text(encoding="utf-8"))


def test_the_yaml_states_columns_classes_and_checksums(file):
    report, config = added(file)
    assert config["continuous"] == ["size", "count", "level"] and config["classes"] == ["rare", "usual"]
    assert config["categorical"] == ["colour", "shape", "place", "flag"]
    flat = " ".join(report.split())
    for text in ("count continuous numbers", "flag categorical numbers with 2 values or fewer",
                 "target 'label': 'rare' 60 (30.0%), 'usual' 140 (70.0%)"):  # fmt: skip
        assert text in flat
    dataset = load_dataset(config, str(file.parent))
    own = read_yaml("dataset", "csv") | {"path": str(file), "target": "label"}
    assert dataset.features.equals(load_dataset(own).features)
    assert dataset.checksum == config["sha256"]


def test_another_file_of_that_name_is_refused(file):
    _, config = added(file)
    file.write_text(file.read_text() + file.read_text().splitlines()[-1] + "\n")
    with pytest.raises(DataError, match=r"mine\.csv' is not the file that dataset 'mine' was published with"):
        load_dataset(config | {"path": str(file)})


def test_options_decide_kinds_and_rows(file):
    file.write_text(file.read_text().replace(",red,", ",,", 3))
    report, config = added(
        file, "--categorical", "count", "--ignore", "level", "--name", "other", name="other"
    )
    assert config["continuous"] == ["size"] and "count" in config["categorical"]
    assert "left out: level" in report and "colour  categorical  text" in report
    assert len(load_dataset(config, str(file.parent)).features) == 200
    _, config = added(file, "--drop-missing", "--force")
    assert len(load_dataset(config, str(file.parent)).features) < 200


def test_it_runs_by_its_name(file, tmp_path):
    added(file)
    done = imbench("dataset=mine", f"dataset.path={file}", "method=duplicate", "tracking=none",
                   f"hydra.searchpath=[file://{tmp_path}]", f"runs_dir={tmp_path / 'runs'}")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "mine · duplicate · seed 0" in done.stdout and "corrected F1" in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--target", "nope"], "no column 'nope'"),
        (["--cut", "x", "low", "high"], "x is no number"),
        (["--name", "../x"], "--name=../x cannot be a name"),
    ],
)
def test_messages(file, options, message):
    done = imbench(str(file), "--target", "label", "--out", str(file.parent), *options, script=SCRIPT)
    assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr


def test_a_file_with_currencies_and_dates_is_read_the_same_way_again(tmp_path):
    lines = [f"{'ab'[i % 4 == 0]};{i},5 €;{i % 28 + 1:02d}.03.2024" for i in range(60)]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["label;price;since", *lines]), encoding="cp1252")
    _, config = added(path)
    dataset = load_dataset(config, str(tmp_path))
    assert dataset.schema.continuous == ("price", "since")
    assert dataset.features["price"].tolist()[:2] == [0.5, 1.5]
