"""Fuzzer of a results folder: broken or malicious files, read by reports and by a resume."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.fuzz.overrides_input import CSV, SMALL
from tests.fuzz.part import Part

#: Files of a run, of a stage, of a model and of the folder; ``*`` is the one key there is.
FILES = (
    "run/status.json", "run/scores.json", "run/ledger.json", "run/environment.json", "run/config.yaml",
    "run/synthetic.parquet", "run/.attempts", "run/predictions.parquet", ".stages/*/generation.json",
    ".stages/*/synthetic.parquet",
    ".models/*/model.json", ".models/*/model.safetensors",
)  # fmt: skip
CANARY = "imbench-was-here"
#: Whole contents. A pickle, a YAML tag or an extension type that ran would leave the canary.
CONTENTS = (
    "", "{", "[]", "null", "NaN", "{}", "1", '{"state": "done"}', "[" * 100_000, '{"a":' * 100_000,
    '"' + "x" * 9999,
    '{"key": 1e999}', '{"n": ' + "9" * 5000 + "}", "\ud83d", "\x00" * 64, "PAR1", "PAR1PAR1", "\x93NUMPY",
    f"cos\nsystem\n(S'touch {CANARY}'\ntR.", f"!!python/object/apply:os.system ['touch {CANARY}']",
    "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "{a: {a: {a: [", "- " * 5000,
    "\xff\xff\xff\xff\xff\xff\xff\x7f{}",
)  # fmt: skip
VALUES = (
    None, True, False, -1, 0, 1.5, 1e308, float("nan"), float("inf"), 10**30, "", "x", "../../x",
    "/etc/passwd",
    "a" * 10_000, "${oc.env:HOME}", "smote,x", "method=../../x", "<script>", "\u0000", "\ud800", [], [1],
    ["x"], {},
    {"x": 1}, {"_target_": "os.system"}, [[[]]], {"a": {"b": {"c": None}}}, "done", "failed", "timeout",
    10**9,
)  # fmt: skip


def inputs() -> Any:
    """One to three changes: another content, a place in it with another value, or no plain file at all."""
    from hypothesis import strategies as st

    file = st.sampled_from(FILES)
    value = st.one_of(st.sampled_from(VALUES), st.text(max_size=4), st.integers())
    whole = st.fixed_dictionaries(
        {"file": file, "content": st.one_of(st.sampled_from(CONTENTS), st.binary(max_size=40).map(_latin))}
    )
    place = st.fixed_dictionaries(
        {"file": st.sampled_from([f for f in FILES if f.endswith("json")]),
         "path": st.lists(st.integers(0, 40), min_size=1, max_size=4), "value": value}
    )  # fmt: skip
    bytes_ = st.fixed_dictionaries(
        {"file": file, "at": st.integers(0, 10**6), "bytes": st.binary(max_size=8).map(_latin)}
    )
    kind = st.fixed_dictionaries({"file": file, "kind": st.sampled_from(("folder", "pipe", "huge", "gone"))})
    rows = st.fixed_dictionaries(
        {
            "file": st.just(".stages/*/synthetic.parquet"),
            "rows": st.sampled_from(("other", "many", "types", "none")),
        }
    )
    return st.lists(st.one_of(place, place, place, whole, bytes_, kind, rows), min_size=1, max_size=3)


def _latin(data: bytes) -> str:
    return data.decode("latin-1")


@cache
def _template() -> tuple[Path, dict[str, Any]]:
    """A runs folder with one finished run of a small language model, and that run's configuration."""
    from imbench.runs.run import run_one

    home = Path(tempfile.mkdtemp(prefix="imbench-fuzz-home-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    (home / "mine.csv").write_text(CSV, encoding="utf-8")
    config = composed(f"dataset.path={home}/mine.csv", f"runs_dir={home}/runs")
    outcome = run_one(config, [])
    assert outcome.ok, outcome.reason
    return home / "runs", config


def composed(*options: str) -> dict[str, Any]:
    """The configuration of a small run of a language model on a small CSV."""
    from imbench.utils.config import compose, plain

    usual = ["dataset=csv", "dataset.target=label", "method=imbllm", "tracking=none",
             "classifier=[logistic_regression]", *SMALL]  # fmt: skip
    return plain(compose([*usual, *options]))


def play(given: Any, folder: Path) -> None:
    """Change the files, then count and report them, and run the same configuration again."""
    from imbench.reports.page.maps import draw_maps, load_maps
    from imbench.reports.select import Selection, load_runs, provenance, select
    from imbench.runs.run import run_one
    from imbench.sweeps.status import stored, summary

    source, config = _template()
    runs_dir = folder / "runs"
    shutil.copytree(source, runs_dir)
    for change in given:
        _change(runs_dir, change)
    here = Path.cwd()
    os.chdir(folder)
    try:
        for _ in range(2):  # the second time from what the first one remembered
            "\n".join(summary(stored(runs_dir))).encode()
            runs = load_runs(runs_dir)
            json.dumps(runs)
            provenance(runs)
            select(runs, Selection(classifier="logistic_regression"))
        draw_maps(runs, runs_dir, folder / "maps")
        load_maps(folder / "maps")
    finally:
        os.chdir(here)
        assert not (folder / CANARY).exists(), "code of a record was run"
    outcome = run_one(config | {"runs_dir": str(runs_dir)}, [])
    assert outcome.ok, f"the run was not made again: {outcome.reason}"
    assert {p.name for p in folder.iterdir()} <= {"runs", "maps"}, "written outside of the runs folder"


def _change(runs_dir: Path, change: Mapping[str, Any]) -> None:
    place = change["file"]
    if place.startswith("run/"):
        place = place.replace(
            "run", next(p.name for p in runs_dir.iterdir() if not p.name.startswith(".")), 1
        )
    path = next(iter(sorted(runs_dir.glob(place))), runs_dir / place.replace("*", "none"))
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_bytes() if path.is_file() else b""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if "content" in change:
        path.write_bytes(change["content"].encode("latin-1", "replace"))
    elif "value" in change:
        path.write_text(
            _with_value(before, change["path"], change["value"]), encoding="utf-8", errors="replace"
        )
    elif "bytes" in change:
        at = change["at"] % (len(before) + 1)
        path.write_bytes(
            before[:at] + change["bytes"].encode("latin-1") + before[at + len(change["bytes"]) :]
        )
    elif "rows" in change:
        _other_rows(path, before, change["rows"])
    elif change["kind"] == "folder":
        path.mkdir()
    elif change["kind"] == "pipe":
        os.mkfifo(path)
    elif change["kind"] == "huge":
        with path.open("wb") as file:
            file.truncate(200 << 20)  # sparse: it takes no space on the disk


def _with_value(before: bytes, path: list[int], value: Any) -> str:
    """The JSON text with one place, found by taking the n-th key again and again, set to ``value``."""
    try:
        content = json.loads(before)
    except (ValueError, RecursionError):
        content = {}
    node = content
    for step, number in enumerate(path):
        if not isinstance(node, dict | list) or not node:
            break
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = keys[number % len(keys)]
        if step == len(path) - 1 or not isinstance(node[key], dict | list) or not node[key]:
            node[key] = value
            break
        node = node[key]
    return json.dumps(content)


def _other_rows(path: Path, before: bytes, kind: str) -> None:
    import io

    import pandas as pd

    try:
        rows = pd.read_parquet(io.BytesIO(before))
        rows.astype(str)  # text that an earlier change has broken
    except (OSError, ValueError):
        rows = pd.DataFrame({"x": [1]})
    if kind == "many":
        rows = pd.DataFrame({c: rows[c].iloc[:1].repeat(200_000) for c in rows})
    elif kind == "types":
        rows = rows.astype(str).assign(label=0)
    elif kind == "none":
        rows = rows.iloc[:0]
    else:
        rows = pd.DataFrame({"../x": [b"\x80\x04"], "y": [None]})
    rows.to_parquet(path, index=False)


PART = Part("records", inputs, play, _template)
