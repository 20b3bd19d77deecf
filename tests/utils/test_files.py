"""Files are written whole or not at all, and read within bounds."""

import json

import pandas as pd
import pytest

from imbench.errors import StorageError
from imbench.utils.files import read_json, read_yaml, write_json, write_parquet, write_text


def test_a_failed_write_leaves_the_former_file(tmp_path):
    path = tmp_path / "folder" / "x.json"
    write_json(path, {"a": [1, 2], "b": "x"})
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"not JSON compliant|Out of range"):
        write_json(path, {"a": float("nan")})
    assert path.read_bytes() == before and read_json(path) == {"a": [1, 2], "b": "x"}
    assert [p.name for p in path.parent.iterdir()] == ["x.json"]


def test_numbers_stay_on_one_line(tmp_path):
    write_json(tmp_path / "x", {"a": [1, 2.5, -3e-7], "t": "[\n1, 2]", "b": {"c": ["x", "y"]}})
    text = (tmp_path / "x").read_text()
    assert '"a": [ 1, 2.5, -3e-07 ]' in text and json.loads(text)["t"] == "[\n1, 2]"


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"Cannot write to '.*file'"):
        write_text(tmp_path / "file" / "x", "text")


def test_tables_are_written_from_pandas_and_arrow(tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    write_parquet(tmp_path / "x", frame)
    import pyarrow.parquet as pq

    write_parquet(tmp_path / "y", pq.read_table(tmp_path / "x"))
    for name in "xy":
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / name), frame)


@pytest.mark.parametrize(
    "text", ["a: &x [1]\nb: *x\n", "a: !!python/name:os.system\n", "- 1\n", "a: [", "\xff"]
)
def test_yaml_is_plain_data_only(tmp_path, text):
    (tmp_path / "x").write_bytes(text.encode("latin-1"))
    assert read_yaml(tmp_path / "x") is None
    (tmp_path / "x").write_text("a: {b: [1, x]}\n")
    assert read_yaml(tmp_path / "x") == {"a": {"b": [1, "x"]}}
