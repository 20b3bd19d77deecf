"""A results folder that cannot be written and a full disk: one message, finished runs stay as they are."""

import errno
import os
from pathlib import Path

import pandas as pd
import pytest

from imbench.errors import StorageError
from imbench.records.record import RunFolder, check_writable, link_or_copy
from imbench.runs.run import run_one
from imbench.utils.files import read_json, write_parquet
from tests.helpers import imbench, run_config


@pytest.fixture
def full_disk(monkeypatch):
    """``full_disk(name)`` lets every write to files of this name fail as on a full disk."""

    def fill(name):
        plain, parquet = Path.write_bytes, pd.DataFrame.to_parquet

        def refuse(path):
            if name in Path(path).name:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

        monkeypatch.setattr(Path, "write_bytes", lambda self, *a, **k: (refuse(self), plain(self, *a, **k)))
        monkeypatch.setattr(
            pd.DataFrame, "to_parquet", lambda self, path, **k: (refuse(path), parquet(self, path, **k))
        )

    return fill


@pytest.mark.parametrize(
    "name",
    (
        "config.yaml", "synthetic.parquet", "predictions.parquet", "generation.json", "ledger.json",
        "scores.json", "status.json",
    ),
)  # fmt: skip
def test_disk_full(tmp_path, full_disk, monkeypatch, name):
    finished = run_one(run_config(tmp_path, "seed=5"))
    before = {p: p.read_bytes() for p in finished.folder.iterdir()}
    full_disk(name)
    with pytest.raises(StorageError, match=r"Cannot write to '.*': No space left on device.*runs_dir="):
        run_one(run_config(tmp_path))
    assert {p: p.read_bytes() for p in finished.folder.iterdir()} == before
    from imbench.reports.select import load_runs

    assert len(load_runs(tmp_path)) == 1, "the half-written run does not count"
    monkeypatch.undo()
    assert run_one(run_config(tmp_path)).state == "done"


def test_a_write_that_fails_leaves_the_old_file(tmp_path, full_disk):
    folder = RunFolder(tmp_path)
    folder.write_json("scores.json", {"f1": 1})
    full_disk("scores.json")
    with pytest.raises(StorageError):
        folder.write_json("scores.json", {"f1": 2})
    assert read_json(tmp_path / "scores.json") == {"f1": 1}


def test_rows_are_written_completely_or_not_at_all(tmp_path, monkeypatch):
    rows = pd.DataFrame({"x": [1.0, 2.0]})
    write_parquet(tmp_path / "rows.parquet", rows)

    def half(self, path, **_):
        Path(path).write_bytes(b"PAR1 half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pd.DataFrame, "to_parquet", half)
    with pytest.raises(StorageError, match="No space left"):
        write_parquet(tmp_path / "rows.parquet", rows + 1)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "rows.parquet"), rows)


def test_read_only_folder(tmp_path, monkeypatch):
    def refuse(self, *_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StorageError, match=r"Cannot write to .*Read-only file system"):
        check_writable(tmp_path / "runs")
    with pytest.raises(StorageError, match="Read-only file system"):
        run_one(run_config(tmp_path / "runs"))


@pytest.mark.parametrize("many", (False, True))
def test_a_folder_that_cannot_be_created_on_the_command_line(tmp_path, many):
    """A file stands where the folder should be: refused at once, for a sweep before any work."""
    (tmp_path / "file").write_text("")
    words = ["-m", "seed=0,1"] if many else ["seed=0"]
    done = imbench(
        *words, "dataset=insurance", "method=imbalance", "tracking=none", f"runs_dir={tmp_path}/file/runs"
    )
    assert done.returncode == (2 if many else 1)
    assert f"imbench: Cannot write to '{tmp_path}/file/runs" in done.stderr
    assert "Traceback" not in done.stderr and "F1" not in done.stdout


def test_probes_leave_nothing(tmp_path):
    check_writable(tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []


def test_links_where_it_can_and_copies_where_not(tmp_path, monkeypatch):
    source, target = tmp_path / "a", tmp_path / "deep" / "b"
    source.write_bytes(b"rows")
    link_or_copy(source, target)
    link_or_copy(source, target)
    assert target.samefile(source)
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(errno.EPERM, "no links here")))
    link_or_copy(source, target)
    assert target.read_bytes() == b"rows" and not target.samefile(source)


def test_json_keeps_numbers_exactly(tmp_path):
    folder, numbers = RunFolder(tmp_path), {"a": 0.1 + 0.2, "b": [1, 2.5, -3e-9]}
    folder.write_json("x.json", numbers)
    assert folder.read("x.json")["a"] == 0.1 + 0.2 and folder.read("x.json")["b"] == [1, 2.5, -3e-9]
    with pytest.raises(ValueError):
        folder.write_json("x.json", {"nan": float("nan")})
    assert folder.read("nothing.json") is None
