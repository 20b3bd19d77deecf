"""The benchmark's store: part by part, the newest of each measurement, and a report of what there is."""

import json

import pytest
from benchmark.report import TABLES, Store

from imbench.utils.paths import ROOT

STORED = ROOT / "results" / "benchmark"


@pytest.fixture(scope="module", autouse=True)
def place_known():
    """Asking git and the machine once is enough."""
    with pytest.MonkeyPatch.context() as patch:
        where = json.loads((STORED / "harness.json").read_text())["where"]
        where |= {"git_commit": "0123456789abcdef", "git_dirty": True}
        patch.setattr("benchmark.report.where", lambda: where)
        yield


def test_a_measurement_takes_the_place_of_its_like(tmp_path):
    store = Store(tmp_path / "benchmark")
    assert store.read("harness") == []
    for seconds in (1.0, 2.0):
        store.add("harness", {"what": "one", "seconds": seconds}, ("what",))
    store.add("harness", {"what": "two", "seconds": 3.0}, ("what",))
    assert store.read("harness") == [{"what": "one", "seconds": 2.0}, {"what": "two", "seconds": 3.0}]
    assert [p.name for p in store.folder.path.iterdir()] == ["harness.json"], "nothing half-written stays"


def test_the_report_holds_the_parts_that_are_stored_and_the_commit(tmp_path):
    store = Store(tmp_path)
    store.write("harness", [{"what": "one", "seconds": 1.0}])
    text = store.report().read_text(encoding="utf-8")
    assert "| one | 1.000 | – | – |" in text
    assert text.count("## ") == 1 and "; commit 0123456789 with local changes." in text


def test_what_is_stored_is_read_and_written_alike(tmp_path):
    stored, store = Store(STORED), Store(tmp_path)
    for part in TABLES:
        assert stored.read(part), part
        store.write(part, stored.read(part))
        assert store.read(part) == stored.read(part)
    assert store.report().read_text(encoding="utf-8").count("Measured on: ") == len(TABLES)
