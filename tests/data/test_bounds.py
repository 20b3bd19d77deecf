"""A dataset over the bounds is refused before it takes memory; its options name data, not code."""

import gzip
import os
import subprocess
import sys

import pytest

from imbench.data.catalogue import dataset_checksum, load_dataset
from imbench.data.sources import embedded_file
from imbench.errors import ConfigError, DataError
from imbench.utils.paths import ROOT
from imbench.utils.text import check_name, file_name_part, is_safe
from tests.helpers import read_yaml

GOOD = "size,colour,label\n1,red,a\n2.5,blue,b\n4,red,a\n3,red,b\n"


@pytest.fixture
def load(tmp_path):
    def load(text=GOOD, **options):
        path = tmp_path / "mine.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_dataset(read_yaml("dataset", "csv") | {"path": str(path), "target": "label"} | options)

    return load


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ({"bytes": 20}, r"mine\.csv' has \d+ bytes; at most 20 are read.*dataset\.limits\.bytes=…"),
        ({"rows": 3}, r"has 5 lines or more; at most 3"),
        ({"columns": 2}, r"has 3 columns or more; at most 2"),
        ({"cells": 7}, r"cells or more; at most 7"),
        ({"characters": 3}, r"name of column 'size' has 4 characters"),
        ({"categories": 1}, r"column 'colour': 2 different values; at most 1.*dataset\.ignore"),
        ({"classes": 1}, r"the target has 2 different values"),
        ({"encoded": 3}, r"2 categories in 2 rows of the smallest class make 4 encoded cells"),
    ],
)
def test_every_bound_is_checked_and_can_be_raised(load, bound, message):
    assert len(load().labels) == 4
    with pytest.raises(DataError, match=message):
        load(limits=bound)
    assert len(load(limits={option: most * 10**6 for option, most in bound.items()}).labels) == 4


def test_a_long_cell_is_named(load):
    with pytest.raises(DataError, match=r"column 'colour', row 1: the cell has 9 characters; at most 8"):
        load(GOOD.replace("blue", "very blue"), limits={"characters": 8})


@pytest.mark.parametrize("options", (3, {"row": 5}, {"rows": 0}, {"rows": "many"}, {"rows": True}))
def test_invalid_bounds(load, options):
    with pytest.raises(ConfigError, match=r"dataset\.limits"):
        load(limits=options)


def _many(count):
    return b",".join(b"c%d" % i for i in range(count))


def _bombs():
    yield "one endless cell", b"a,label\n" + b"x" * (30 << 20)
    yield "a million columns", _many(10**6) + b",label\n" + b"1\n" * 100
    yield "short lines under many columns", _many(9000) + b",label\n" + b"1\n" * 10**6
    yield "a name with a line break before many columns", b'"a\nb",' + _many(10**6) + b"\n" + b"1\n" * 10**5
    yield "separators only", b"a,label\n" + b"," * (21 << 20)
    yield "short lines under 30 columns", _many(30) + b",label\n" + b"1,a\n" * 800_000


READ = """
import resource, sys
from imbench.data.catalogue import load_dataset
from imbench.errors import DataError
for path in sys.argv[1:]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        load_dataset({"name": "csv", "path": path, "target": "label"})
    except DataError as error:
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, error)
"""


def test_bombs_are_refused_with_little_memory(tmp_path):
    paths = []
    for name, content in _bombs():
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_bytes(content)
    paths.append(tmp_path / "fifty gigabytes.csv")
    with paths[-1].open("wb") as file:
        file.write(b"a,label\n1,x\n")
        file.truncate(50 << 30)  # a sparse file: it takes no room on the disk
    done = subprocess.run(
        [sys.executable, "-c", READ, *paths], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-500:]
    lines = done.stdout.splitlines()
    assert len(lines) == len(paths), lines
    for path, line in zip(paths, lines, strict=True):
        more, message = line.split(maxsplit=1)
        assert path.name in message and "dataset.limits." in message
        assert int(more) < 200, f"{path.name}: {more} MiB were taken"
        path.unlink()


def test_compressed_files_are_never_unpacked(load, tmp_path):
    with pytest.raises(DataError, match=r"mine\.csv' is a compressed file \(gzip\)\. Unpack it"):
        load(gzip.compress(GOOD.encode()))
    path = tmp_path / "plain.csv.gz"  # the name alone unpacks nothing
    path.write_text(GOOD)
    assert len(load_dataset({"name": "csv", "path": str(path), "target": "label"}).labels) == 4


@pytest.mark.parametrize(
    "name", ("../../x", "a/b", "", " a", ".hidden", "a\0", "x" * 101, ["a"], "a..b", "-a")
)
def test_a_name_cannot_lead_out_of_a_folder(load, name):
    with pytest.raises(ConfigError, match=r"dataset\.name="):
        load(name=name)
    assert not is_safe(name)


def test_unicode_names_are_allowed(load):
    assert load(name="größe 漢字-1.5").name == "größe 漢字-1.5"
    assert check_name("imbllm", "x") == file_name_part("imbllm") == "imbllm"
    for text in ("100 % Wolle, Küche (neu)", "тест & co", "x" * 300, "%%%", "東京/データ", "-a-", ""):
        assert is_safe(file_name_part(text)), text
    assert file_name_part("тест & co").startswith("тест-co-"), "letters of every script stay"
    assert "/" not in file_name_part("../../etc/x") and file_name_part("a/b") != file_name_part("a-b")


def test_a_dataset_names_no_code(load, tmp_path):
    with pytest.raises(ConfigError, match=r"dataset has no option '_target_'"):
        load(_target_="os.system")
    (tmp_path / "evil_package").mkdir()
    (tmp_path / "evil_package" / "__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "evil_package" / "data.txt").write_text("x")
    sys.path.insert(0, str(tmp_path))
    try:
        assert embedded_file("evil_package", "data.txt") is not None, "looked up, and not imported"
        assert embedded_file("evil_package", "../mine.csv") is None
        assert embedded_file("evil_package", "/etc/passwd") is None
    finally:
        sys.path.remove(str(tmp_path))
    with pytest.raises(ConfigError, match=r"dataset\.file=\.\./x"):
        load_dataset(read_yaml("dataset", "fuel") | {"file": "../x"})


def test_a_path_beside_a_published_dataset_has_a_checksum_of_its_own(tmp_path):
    """``dataset=german +dataset.path=mine.csv`` once had german's own key."""
    path = tmp_path / "mine.csv"
    path.write_text(GOOD)
    german = read_yaml("dataset", "german")
    assert dataset_checksum(german) == german["sha256"]
    assert dataset_checksum(german | {"path": str(path)}) != german["sha256"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"missing": "NA"},
            r"dataset\.missing=NA: it must be a valid list, as in 'dataset\.missing=\[a,b\]'",
        ),
        ({"continuous": "size"}, r"dataset\.continuous=size: it must be a valid list"),
        ({"ignore": [["a"]]}, r"dataset\.ignore\.0=\['a'\]: it must be a valid string"),
        ({"target": ["label"]}, r"dataset\.target=\['label'\]: it must be a valid string"),
        ({"separator": "(a+)+$"}, r"dataset\.separator=\(a\+\)\+\$: it must be one character"),
        ({"cut": {"cut": 5}}, r"dataset\.cut\.below is missing"),
        ({"cut": {"cut": "x", "below": "l", "from": "h"}}, r"dataset\.cut\.cut=x: it must be a valid number"),
        (
            {"seperator": ";"},
            r"dataset has no option 'seperator'. Did you mean separator\? It may hold: name,",
        ),
        (
            {"limits": {"row": 5}},
            r"dataset\.limits has no option 'row'. Did you mean rows\? It may hold: bytes,",
        ),
        ({"path": "x" * 5000}, r"There is no file 'x+…' \(dataset\.path\)"),
        ({"path": "~nobody-is-here/x"}, r"There is no file '~nobody-is-here/x'"),
        ({"path": "a\0b"}, r"There is no file 'a\\x00b'"),
    ],
)
def test_options_of_the_wrong_type_are_named(load, options, message):
    with pytest.raises((ConfigError, DataError), match=message):
        load(**options)


def test_a_tab_can_be_named(load):
    assert len(load(GOOD.replace(",", "\t"), separator="tab").labels) == 4
    assert load("5,label\n1,a\n2,b\n3,a\n", target=5, limits={}).schema.target == "5"


def test_a_category_cannot_pass_for_a_raw_code(load):
    with pytest.raises(DataError, match=r"column 'colour', row 0: 'code≈1' begins with 'code≈'"):
        load(GOOD.replace("red", "code≈1"))


def test_two_equal_names_are_seen_behind_blank_lines(load):
    with pytest.raises(DataError, match="two columns of the same name: size"):
        load("\n \nsize,size,label\n1,2,a\n2,3,b\n")


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(load, tmp_path):
    load()
    (tmp_path / "mine.csv").chmod(0)
    with pytest.raises(DataError, match="could not be read"):
        load_dataset({"name": "csv", "path": str(tmp_path / "mine.csv"), "target": "label"})
