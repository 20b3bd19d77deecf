"""A language model's new name in an archive: names alone move, or nothing is written."""

import json

import pytest
import yaml

from imbench.records.archive import Archive, differences, records_path, write
from imbench.records.record import Record, iterate
from imbench.records.rename_llm import not_one_to_one, renamed
from imbench.runs.run import run_one
from tests.helpers import SMALL_TEXT, imbench, run_config

SCRIPT = {"script": "scripts/rename_llm.py"}
LLM = ["method=imbllm", *SMALL_TEXT]


class Changed(Record):
    """A record with other bytes in some files."""

    def __init__(self, record, **files):
        self.record, self.files = record, files

    @property
    def key(self):
        return self.record.key

    def content(self, name):
        return self.files.get(name.split(".")[0], self.record.content(name))

    def predictions(self):
        return self.record.predictions()


def old_form(record):
    """The record as if its model were still called ``old``; its key is that of its configuration."""
    back = renamed(record, "tiny_text", "old")
    status = json.loads(back.changed["status.json"])
    status["overrides"] = [o for o in status["overrides"] if not o.startswith("llm=")]
    back.changed["status.json"] = json.dumps(status).encode()
    return back


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """An archive of a run with a language model under its old name and of one without; the runs' folder."""
    runs_dir = tmp_path_factory.mktemp("renamed") / "runs"
    for words in (LLM, ["method=smote"]):
        run_one(run_config(runs_dir, *words), ["dataset=insurance", *words])
    before = list(iterate(runs_dir))
    old = {(m := old_form(r) if r.status()["llm"] else r).key: m for r in before}
    write(old, records_path(runs_dir, "paper"))
    return runs_dir, before


def test_names_alone_move(runs, tmp_path):
    runs_dir, before = runs
    path = records_path(runs_dir, "paper")
    content = path.read_bytes()
    done = imbench("paper", "old", "tiny_text", "--runs-dir", runs_dir, **SCRIPT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 records, 1 with old; 0 problems" in done.stdout
    archive = Archive(path)
    assert set(archive.positions) == {r.key for r in before}, "the keys of the present configurations"
    for record in before:
        run, (predictions,) = archive.find(record.key), archive.predictions({record.key})
        assert set(differences(record, run, predictions[1])) <= {"status.json"}
        assert run.status() == record.status() | {"overrides": run.status()["overrides"]}
    path.write_bytes(content)


def change(record, name, edit):
    load = yaml.safe_load if name == "config" else json.loads
    content = load(record.content("config.yaml" if name == "config" else f"{name}.json"))
    edit(content)
    text = yaml.safe_dump(content, sort_keys=False) if name == "config" else json.dumps(content)
    return Changed(record, **{name: text.encode()})


@pytest.mark.parametrize(
    ("name", "edit", "problem"),
    (
        ("config", lambda c: c["method"].update(corpus="all"), "its key is not that of its configuration"),
        ("config", lambda c: c["method"].update(corpus="all"), "conf composes another run"),
        ("status", lambda s: s.update(variant="0" * 16), "its variant is not that of its configuration"),
        ("status", lambda s: s.update(overrides=["seed=1"]), "conf composes another run"),
    ),
)
def test_any_other_change_is_a_problem(runs, name, edit, problem):
    record = next(r for r in Archive(records_path(runs[0], "paper")).runs() if r.status()["llm"])
    assert renamed(record, "old", "tiny_text").problems == ()
    found = renamed(change(record, name, edit), "old", "tiny_text").problems
    assert any(problem in line for line in found), found


def test_two_old_records_of_one_new_key_are_a_problem(runs):
    record = next(r for r in Archive(records_path(runs[0], "paper")).runs() if r.status()["llm"])
    one = renamed(record, "old", "tiny_text")
    other = renamed(change(record, "status", lambda s: s.update(key="0" * 16)), "old", "tiny_text")
    assert not_one_to_one([one]) == []
    assert any("this new key has 2 partners" in line for line in not_one_to_one([one, other]))


def test_nothing_is_written_when_a_check_fails(runs):
    path = records_path(runs[0], "paper")
    before = path.read_bytes()
    done = imbench("paper", "old", "distilgpt2", "--runs-dir", runs[0], **SCRIPT)
    assert done.returncode == 1 and "conf does not compose" in done.stdout, done.stdout + done.stderr
    assert path.read_bytes() == before
