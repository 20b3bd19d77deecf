"""Maps of minority rows: the right points, kept and renewed as the rows come and go."""

import json
import shutil

import numpy as np
import pytest
from sklearn.decomposition import PCA

from imbench.data.catalogue import load_dataset
from imbench.data.split import split_dataset
from imbench.errors import StorageError
from imbench.reports.page.maps import POINTS, draw_maps, load_maps, same_rows
from imbench.reports.paper.published import DATASETS
from imbench.reports.select import load_runs
from imbench.runs.generation import STAGES, is_of_class, load
from imbench.runs.run import run_one
from imbench.scoring.encodings import DistanceEncoder
from imbench.utils.paths import ROOT
from tests.helpers import imbench, run_config

METHODS = ("smotenc", "duplicate", "imbalance")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Real runs on a small dataset, with their rows: two methods with synthetic rows and one without."""
    place = tmp_path_factory.mktemp("made") / "runs"
    for method in METHODS:
        assert run_one(run_config(place, f"method={method}")).ok
    return place


@pytest.fixture
def runs_dir(template, tmp_path):
    return shutil.copytree(template, tmp_path / "runs")


def drawn(runs_dir):
    return draw_maps(load_runs(runs_dir), runs_dir, runs_dir.parent / "maps")


def stored(runs_dir):
    return load_maps(runs_dir.parent / "maps")["insurance"]


def stage_of(runs_dir, content, method):
    return runs_dir / STAGES / content["methods"][method]["generation"]


def test_points_are_the_rows_in_the_plane_of_the_real_minority(runs_dir):
    [result] = drawn(runs_dir)
    assert (result.drawn, result.kept, result.absent) == (["duplicate", "smotenc"], [], [])
    content = stored(runs_dir)
    split = split_dataset(load_dataset(run_config(runs_dir).dataset), 0, 0.2)
    minority = split.complete.of_class(split.minority)
    encoder = DistanceEncoder.fit(split.complete.features, split.schema)
    plane = PCA(n_components=2, svd_solver="full").fit(encoder.transform(minority))
    assert content["training"]["rows"] + content["unseen"]["rows"] == len(minority)
    assert content["training"]["rows"] == len(split.train.of_class(split.minority))
    assert content["explained"] == pytest.approx(plane.explained_variance_ratio_, abs=1e-4)
    rows = is_of_class(load(stage_of(runs_dir, content, "smotenc"), split), split, split.minority)
    expected = np.abs(plane.transform(encoder.transform(rows)))
    points = content["methods"]["smotenc"]
    assert points["rows"] == len(rows) and len(points["x"]) == len(points["y"]) == POINTS
    nearest = [
        np.abs(expected - np.abs(point)).sum(axis=1).min()
        for point in np.column_stack([points["x"], points["y"]])
    ]
    assert max(nearest) < 2e-3, "every point is one of the rows (up to the sign of an axis)"


def test_duplicates_lie_on_training_rows(runs_dir):
    drawn(runs_dir)
    content = stored(runs_dir)
    copies = content["methods"]["duplicate"]
    training = set(zip(content["training"]["x"], content["training"]["y"], strict=True))
    assert set(zip(copies["x"], copies["y"], strict=True)) <= training


def test_a_point_set_names_its_run(runs_dir):
    drawn(runs_dir)
    for run in load_runs(runs_dir):
        if run["method"] != "imbalance":
            entry = stored(runs_dir)["methods"][run["method"]]
            assert (entry["run"], entry["generation"]) == (run["key"], run["generation_key"])
            assert same_rows(entry, run)
            assert not same_rows(entry, run | {"entropy_columns": run["entropy_columns"] + 0.01})


def test_what_is_drawn_stays_when_the_rows_go(runs_dir):
    drawn(runs_dir)
    path = runs_dir.parent / "maps" / "insurance.json"
    before = path.read_bytes()
    drawn(runs_dir)
    assert path.read_bytes() == before, "a second drawing gives the same bytes"
    shutil.rmtree(stage_of(runs_dir, stored(runs_dir), "smotenc"))
    [result] = drawn(runs_dir)
    assert (result.drawn, result.kept) == (["duplicate"], ["smotenc"]) and path.read_bytes() == before
    shutil.rmtree(runs_dir / STAGES)
    [result] = drawn(runs_dir)
    assert (result.drawn, result.kept) == ([], ["duplicate", "smotenc"]) and path.read_bytes() == before
    path.unlink()
    [result] = drawn(runs_dir)
    assert result.absent == ["duplicate", "smotenc"] and not path.exists()


def test_points_of_another_plane_are_never_mixed(runs_dir):
    drawn(runs_dir)
    path = runs_dir.parent / "maps" / "insurance.json"
    content = json.loads(path.read_text())
    content["unseen"]["y"][3] += 0.05
    path.write_text(json.dumps(content))
    with pytest.raises(StorageError, match="another plane"):
        drawn(runs_dir)


def test_script(runs_dir):
    done = imbench("--runs-dir", runs_dir, "--out", runs_dir.parent / "out", script="scripts/maps.py")
    assert done.returncode == 0, done.stderr
    assert "insurance.json: drawn duplicate, smotenc" in done.stdout


def test_the_stored_maps_show_the_papers_leaders():
    stored = load_maps(ROOT / "results" / "maps")
    assert set(stored) == set(DATASETS)
    for dataset, found in stored.items():
        assert {"imbllm (tiny)", "imbllm (tiny_text)", "ctgan", "smotenc"} <= set(found["methods"]), dataset
