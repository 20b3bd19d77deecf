"""Old records become an archive under the present names, unless more than names moved."""

import json
import shutil

import pytest
import yaml

from imbench.records.archive import Archive, records_path
from imbench.records.old_names import LEDGER, METADATA, TARGETS, new_config
from imbench.records.record import RunFolder, iterate
from imbench.runs.run import run_one
from tests.helpers import imbench, run_config

SCRIPT = {"script": "scripts/migrate_records.py"}
OLD = {new: old for old, new in TARGETS.items()}


def old_form(folder, runs_dir):
    """A record as it was written before: other class names, flat metadata, other entries of the ledger."""
    from migrate_records import old_key

    config = yaml.safe_load(folder.content("config.yaml"))
    method = config["method"]
    metadata = method.pop("metadata")
    method["_target_"] = OLD.get(method["_target_"], method["_target_"])
    method |= {old: metadata[new] for old, new in METADATA.items() if new in metadata}
    method.setdefault("version", 1)
    key = old_key(config)
    target = RunFolder(runs_dir / key)
    shutil.copytree(folder.path, target.path)
    (target.path / "predictions.parquet").unlink()
    target.write_text("config.yaml", yaml.safe_dump(config, sort_keys=False))
    ledger = json.loads(folder.content("ledger.json"))
    target.write_json(
        "ledger.json", {{v: k for k, v in LEDGER.items()}.get(n, n): v for n, v in ledger.items()}
    )
    target.write_json(
        "status.json",
        folder.status() | {"key": key, "generation_key": f"g{key}", "variant": f"v{method['name']}"},
    )
    return target


@pytest.fixture
def old_runs(tmp_path):
    for words in (["method=smote"], ["method=smote", "seed=1"], ["method=duplicate"]):
        overrides = ["dataset=insurance", *words]
        run_one(run_config(tmp_path / "new", *words), overrides)
    for folder in iterate(tmp_path / "new"):
        old_form(folder, tmp_path / "old")
    return tmp_path / "old"


def test_names_alone_move(old_runs, tmp_path):
    runs_dir = tmp_path / "results" / "runs"
    done = imbench(old_runs, "paper", "--runs-dir", runs_dir, **SCRIPT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 records: 3 passed every check, 0 problems" in done.stdout
    assert "key: 3 before, 3 after" in done.stdout and "variant: 2 before, 2 after" in done.stdout
    archive = Archive(records_path(runs_dir, "paper"))
    for folder in iterate(tmp_path / "new"):
        run = archive.find(folder.key)
        assert run.content("scores.json") == folder.content("scores.json"), "byte for byte"
        assert run.read("ledger.json") == folder.read("ledger.json")
        for name in ("key", "generation_key", "variant", "classifiers"):
            assert run.status()[name] == folder.status()[name], "the keys of today's runs"
    assert run_one(run_config(runs_dir, "method=smote")).state == "skipped", "and they count as done"


def change(folder, name, **values):
    content = yaml.safe_load(folder.content(name))
    for path, value in values.items():
        section, *rest = path.split("__")
        if rest:
            content[section][rest[0]] = value
        else:
            content[section] = value
    text = yaml.safe_dump(content, sort_keys=False) if name == "config.yaml" else json.dumps(content)
    folder.write_text(name, text)


@pytest.mark.parametrize(
    ("name", "values", "problem"),
    (
        ("config.yaml", {"method__whole_numbers": False}, "its key is not the hash of its configuration"),
        ("config.yaml", {"method__whole_numbers": False}, "method.whole_numbers is False in the record"),
        ("config.yaml", {"dataset__sha256": "0" * 64}, "its dataset has another checksum"),
        ("status.json", {"split_hash": "other"}, "the present split has another hash"),
        ("status.json", {"seed": 5}, "its labels changed"),
        ("scores.json", {"classifiers": {"xgboost": {"corrected": {"f1": "x"}}}}, "its scores changed"),
        ("status.json", {"state": "other"}, "not a complete record"),
    ),
)  # fmt: skip
def test_any_other_change_is_refused(old_runs, tmp_path, name, values, problem):
    folder = next(f for f in iterate(old_runs) if f.status()["method"] == "smote")
    change(folder, name, **values)
    done = imbench(old_runs, "paper", "--runs-dir", tmp_path / "results" / "runs", **SCRIPT)
    assert done.returncode == 1 and f"{folder.key}: {problem}" in done.stdout, done.stdout + done.stderr
    assert "3 records: 2 passed every check" in done.stdout
    assert not (tmp_path / "results" / "archive").exists(), "nothing is written"


def test_metadata_keeps_its_place():
    old = {"method": {"name": "m", "title": "M", "group": "g", "paper": "P", "_target_": "a.B", "x": 1}}
    method = new_config(old)["method"]
    assert list(method) == ["name", "metadata", "_target_", "x"]
    assert method["metadata"] == {"title": "M", "group": "g", "paper_column": "P"}
