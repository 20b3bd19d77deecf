"""Stored rows are read within bounds: a small file cannot expand to gigabytes."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from imbench.runs import generation
from imbench.runs.generation import read_rows
from imbench.utils.parquet import Bounds
from imbench.utils.paths import ROOT

ROWS = pd.DataFrame(
    {"x": [1.5, np.nan, -0.0, 3.0], "w": ["a", None, "grün", "a"], "n": [None] * 4, "y": list("uuru")}
)


def read(path, **words):
    return read_rows(path, ("x",), ("w", "n", "y"), ("u", "r"), **words)


@pytest.mark.parametrize("group", (1, 3, 100))
def test_rows_are_read_back_unchanged(tmp_path, group):
    ROWS.to_parquet(tmp_path / "rows", index=False, row_group_size=group)
    found = read(tmp_path / "rows")
    pd.testing.assert_frame_equal(found, ROWS)
    assert found["w"][1] is None and found["w"][0] is found["w"][3], "equal cells share one text"
    assert list(read_rows(tmp_path / "rows", ("x",), ("n", "w", "y"), ("u", "r"))) == ["x", "n", "w", "y"]


def test_no_rows_at_all(tmp_path):
    ROWS.iloc[:0].astype({"w": str, "y": str}).to_parquet(tmp_path / "rows", index=False)
    assert len(read(tmp_path / "rows")) == 0


def test_invalid_files_are_not_read(tmp_path, monkeypatch):
    path = tmp_path / "rows"
    ROWS.to_parquet(path, index=False)
    assert read(path, most=4) is not None and read(path, most=3) is None, "more rows than the ledger has"
    long, codes = "x" * (Bounds.longest + 1), pd.Categorical(list("aabb"))
    wrong = ({"y": "other"}, {"x": "1"}, {"x": codes}, {"w": 1.0}, {"w": b"a"}, {"w": long}, {"z": 1})
    for words in wrong:
        ROWS.assign(**words).to_parquet(path, index=False)
        assert read(path) is None
    ROWS.to_parquet(path, index=False)
    monkeypatch.setattr(generation, "ROW_BOUNDS", Bounds(distinct=5))
    assert read(path) is None, "too many different words"


BOMB = """
import resource, sys
from pathlib import Path
import pandas
from imbench.runs.generation import read_rows
folder, most = Path(sys.argv[1]), lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
read_rows(folder / "small", (), ("w", "y"), ("u",))
before = most()
assert len(read_rows(folder / "rows", (), ("w", "y"), ("u",))) == 4000
print(most() - before)
"""


def test_small_files_take_little_memory(tmp_path):
    """A word of 90,000 letters in 4,000 rows would be 360 MB."""
    rows = pd.DataFrame({"w": ["x" * 90_000] * 4000, "y": "u"})
    rows.to_parquet(tmp_path / "rows", index=False, row_group_size=500, compression="zstd")
    rows[:1].to_parquet(tmp_path / "small", index=False)
    assert (tmp_path / "rows").stat().st_size < 100_000
    done = subprocess.run([sys.executable, "-c", BOMB, tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-800:]
    assert int(done.stdout) < 120, f"{done.stdout} MiB were taken"


def test_rows_of_other_columns_are_not_read(tmp_path):
    ROWS.rename(columns={"w": "../w"}).to_parquet(tmp_path / "rows", index=False)
    assert read(tmp_path / "rows") is None
