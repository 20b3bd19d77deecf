"""Encodings and separators of people's files."""

import pytest

from imbench.data.file_format import detect_format
from imbench.errors import DataError

ROWS = [
    ("name", "size", "note"),
    ("Müller", "1,5", "a; b"),
    ("Ångström", "2,5", "ünd"),
    ("José", "3", "x"),
] * 5


def write(path, separator, encoding, quoted=True):
    lines = [separator.join(f'"{c}"' if quoted else c for c in row) for row in ROWS]
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize("separator", (",", ";", "\t", "|"))
@pytest.mark.parametrize("encoding", ("utf-8", "utf-8-sig", "cp1252", "utf-16"))
def test_separator_and_encoding(tmp_path, separator, encoding):
    found = detect_format(write(tmp_path / "x.csv", separator, encoding))
    assert found.separator == separator and found.found == ("encoding", "separator")
    text = (tmp_path / "x.csv").read_bytes().decode(found.encoding)
    assert "Müller" in text and "Ångström" in text


def test_what_is_given_is_not_looked_for(tmp_path):
    found = detect_format(write(tmp_path / "x.csv", ";", "utf-8", quoted=False), "latin-1", "|")
    assert (found.encoding, found.separator, found.found) == ("latin-1", "|", ())


def test_a_separator_inside_quotes_does_not_count(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b,"c;d;e;f"\n' + '1,2,"x;y;z;w"\n' * 20)
    assert detect_format(path).separator == ","


def test_one_column(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n2\n")
    assert detect_format(path).separator == ","


def test_a_long_file_cut_inside_a_character(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "x,é\n" * 100_000, encoding="utf-8")
    assert detect_format(path).encoding == "utf-8"


def test_an_unknown_encoding_is_named(tmp_path):
    with pytest.raises(DataError, match=r"dataset\.encoding=klingon"):
        detect_format(write(tmp_path / "x.csv", ",", "utf-8"), encoding="klingon")
