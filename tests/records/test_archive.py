"""Archives hold records and predictions without loss, and count like folders."""

import shutil
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from imbench.errors import StorageError
from imbench.records import archive
from imbench.records.archive import FILES, Archive, archive_folder, differences, pack, records_path, unpack
from imbench.records.flat import flat_run
from imbench.records.record import PREDICTIONS, RunFolder, iterate
from imbench.records.store import all_runs, find, records
from imbench.runs.run import done_before, run_one
from tests.helpers import imbench, run_config

WORDS = (
    ["method=smote"], ["method=imbalance", "seed=1"], ["imbalance_ratio=9"],
    ["dataset=car", "method=duplicate"], ["classifier=[xgboost,random_forest]"],
)  # fmt: skip


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    runs_dir = tmp_path_factory.mktemp("stored") / "runs"
    for words in WORDS:
        run_one(run_config(runs_dir, *words))
    return runs_dir


@pytest.fixture
def runs_dir(stored, tmp_path):
    shutil.copytree(stored, tmp_path / "results" / "runs")
    return tmp_path / "results" / "runs"


def contents(runs_dir):
    return {
        f.key: {name: f.content(name) for name in FILES} | {"predictions": f.content(PREDICTIONS)}
        for f in iterate(runs_dir)
    }


def packed(runs_dir, name="all"):
    path = records_path(runs_dir, name)
    pack(iterate(runs_dir), path)
    return path


def test_unpacked_folders_equal_the_packed_ones(runs_dir, tmp_path):
    path = packed(runs_dir)
    assert unpack(Archive(path).runs(), tmp_path / "again") == len(WORDS)
    assert contents(tmp_path / "again") == contents(runs_dir), "byte for byte, the predictions' file, too"
    for folder, run in zip(iterate(runs_dir), Archive(path).runs(), strict=True):
        assert folder.key == run.key and differences(folder, run, {PREDICTIONS: run.predictions()}) == []
    assert {f.key for f in iterate(runs_dir) if f.predictions()} == {
        run.key for run in Archive(path).runs() if run.predictions()
    }


def test_a_difference_is_found(runs_dir):
    path = packed(runs_dir)
    folder = next(f for f in iterate(runs_dir) if f.predictions())
    predictions = folder.predictions()
    one = predictions["xgboost"]["published"]
    predictions["xgboost"]["published"] = replace(one, probabilities=one.probabilities[::-1])

    folder.write_predictions(predictions)
    folder.write_text("config.yaml", "seed: 1\n")
    run = Archive(path).find(folder.key)
    assert differences(folder, run, {PREDICTIONS: run.predictions()}) == ["config.yaml", PREDICTIONS]


def test_records_in_archives_count_like_folders(runs_dir):
    before = list(all_runs(runs_dir))
    assert before == [line for f in iterate(runs_dir) if (line := flat_run(f))] and len(before) == len(WORDS)
    packed(runs_dir)
    assert list(all_runs(runs_dir)) == before, "a folder and its copy in an archive are one run"
    shutil.rmtree(runs_dir)
    assert list(all_runs(runs_dir)) == before
    assert find(runs_dir, before[0]["key"]).status()["key"] == before[0]["key"]
    assert find(runs_dir, "0123456789abcdef") is None


def test_a_folder_comes_before_an_archive(runs_dir):
    packed(runs_dir)
    folder = next(f for f in iterate(runs_dir) if f.status()["state"] == "done")
    folder.end(folder.status() | {"seconds": 77.0})
    assert find(runs_dir, folder.key) == folder
    assert [r for r in records(runs_dir) if r.key == folder.key] == [folder]
    (folder.path / "status.json").unlink()
    assert find(runs_dir, folder.key).status()["seconds"] != 77.0, "an unfinished folder hides no archive"
    assert len(list(all_runs(runs_dir))) == len(WORDS)


def test_a_run_in_an_archive_is_done(runs_dir):
    config = run_config(runs_dir, *WORDS[0])
    packed(runs_dir)
    shutil.rmtree(runs_dir)
    outcome = run_one(config)
    assert outcome.state == "skipped" and not outcome.ran and outcome.scores["classifiers"]
    assert done_before(config).scores == outcome.scores and not outcome.folder.exists()
    failed = run_one(run_config(runs_dir, *WORDS[2]))
    assert failed.ran and RunFolder(failed.folder).status()["attempts"] == 2, "attempts go on counting"
    again = run_one(run_config(runs_dir, *WORDS[0], "rerun=true"))
    assert again.ran and again.scores == outcome.scores


def test_packing_again_adds_and_replaces(runs_dir):
    path = packed(runs_dir)
    keys = [f.key for f in iterate(runs_dir)]
    kept = Archive(path).find(keys[0]).predictions()
    shutil.rmtree(runs_dir / keys[0])
    folder = RunFolder(runs_dir / keys[1])
    folder.write_text("config.yaml", "changed: true\n")
    new = run_one(run_config(runs_dir, "seed=7")).key
    packed(runs_dir)
    found = Archive(path)
    assert found.keys == sorted([*keys, new])
    assert found.find(keys[1]).content("config.yaml") == b"changed: true\n"
    assert (found.find(keys[0]).predictions() is None) == (kept is None)
    assert found.find(new).predictions() is not None


def test_unpacking_leaves_ended_folders(runs_dir):
    path = packed(runs_dir)
    folder = next(iterate(runs_dir))
    folder.write_text("config.yaml", "changed: true\n")
    assert unpack(Archive(path).runs(), runs_dir) == 0
    assert unpack(Archive(path).runs(), runs_dir, replace=True) == len(WORDS)
    assert folder.content("config.yaml") != b"changed: true\n"


def test_repeated_values_are_stored_once(runs_dir):
    """The row numbers and labels of 40 runs of one split cost little more than those of one."""
    source = next(f for f in iterate(runs_dir) if f.predictions())
    one = records_path(runs_dir, "one")
    archive.write({"k": source}, one)
    many = records_path(runs_dir, "many")
    archive.write({f"k{n}": source for n in range(40)}, many)
    sizes = [Archive(path).predictions_path.stat().st_size for path in (one, many)]
    probabilities = 2 * len(source.predictions()["xgboost"]["published"].truth) * 4
    assert sizes[1] < sizes[0] + 40 * probabilities


@pytest.mark.parametrize("content", (b"", b"PAR1", b"PAR1" * 9, b"{}"))
def test_an_unreadable_archive_is_reported(tmp_path, content):
    folder = archive_folder(tmp_path / "runs")
    folder.mkdir()
    (folder / "bad.records.parquet").write_bytes(content)
    with pytest.raises(StorageError, match=r"The archive '.*bad.records.parquet' cannot be read"):
        list(all_runs(tmp_path / "runs"))


def table(**columns):
    return pa.table({"key": ["a"]} | {name: pa.array([b"{}"], pa.binary()) for name in FILES} | columns)


def test_hostile_archives(tmp_path, monkeypatch):
    folder = archive_folder(tmp_path / "runs")
    folder.mkdir()
    path = folder / "x.records.parquet"
    pq.write_table(table(), path)
    assert list(all_runs(tmp_path / "runs")) == [], "a record that is invalid does not count"
    for name in ("../../up", "/etc/x", "a/b", ".x", ""):
        pq.write_table(table(key=[name]), path)
        assert Archive(path).positions == {} and unpack(Archive(path).runs(), tmp_path / "runs") == 0
    for wrong in (table(more=["x"]), table(key=[1]), table().drop_columns(["config.yaml"])):
        pq.write_table(wrong, path)
        with pytest.raises(StorageError):
            _ = Archive(path).keys
    pq.write_table(table(**{"config.yaml": [b"x" * 5000]}), path)
    monkeypatch.setattr(archive, "BOUNDS", replace(archive.BOUNDS, longest=4999))
    with pytest.raises(StorageError, match="a value of over 4,999 bytes"):
        Archive(path).column("config.yaml")


def test_a_small_archive_cannot_expand(tmp_path):
    """100,000 references to one value of 1 MB share its bytes."""
    folder = archive_folder(tmp_path / "runs")
    folder.mkdir()
    path = folder / "x.records.parquet"
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array([b"x" * 10**6]))
    columns = {"key": [f"k{n}" for n in range(100_000)]} | dict.fromkeys(FILES, values)
    pq.write_table(pa.table(columns), path)
    assert path.stat().st_size < 20 << 20
    column = Archive(path).column("config.yaml")
    assert len(column) == 100_000 and column[0] is column[-1]


def test_command_line(runs_dir):
    script = {"script": "scripts/archive.py"}
    before = contents(runs_dir)
    done = imbench("pack", "mine", "--runs-dir", runs_dir, "--remove", **script)
    assert done.returncode == 0, done.stderr
    assert f"{len(WORDS)} runs in" in done.stdout and list(iterate(runs_dir)) == []
    done = imbench("list", "--runs-dir", runs_dir, **script)
    assert (
        "mine" in done.stdout and f"{len(WORDS)} runs" in done.stdout and "4 with predictions" in done.stdout
    )
    status = imbench(f"runs_dir={runs_dir}", script="scripts/status.py")
    assert f"{len(WORDS)} runs: 4 done, 1 failed" in status.stdout
    done = imbench("unpack", "mine", "--runs-dir", runs_dir, **script)
    assert done.returncode == 0 and contents(runs_dir) == before
    done = imbench("unpack", "other", "--runs-dir", runs_dir, **script)
    assert done.returncode == 2 and "There is no archive 'other'" in done.stderr
    done = imbench("pack", "../x", "--runs-dir", runs_dir, **script)
    assert done.returncode == 2 and "cannot be a name" in done.stderr
