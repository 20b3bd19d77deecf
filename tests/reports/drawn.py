"""What the tests of figures share: the drawn numbers, and edits of stored runs."""

import csv
import json
from pathlib import Path

from imbench.reports.methods import method_metadata
from imbench.reports.select import load_runs

TWO = ("german", "car")
SEEDS = (0, 1, 2)
IMBLLM = "ImbLLM"
BINS = 60


def title(method):
    return method_metadata()[method].title


def numbers(paths):
    """The lines of the figure's CSV, and its note."""
    text = next(p for p in paths if p.suffix == ".csv").read_text(encoding="utf-8")
    note, body = text.split("\n", 1)
    return list(csv.DictReader(body.splitlines())), note


def picked(lines, **wanted):
    return [x for x in lines if all(x[k] == v for k, v in wanted.items())]


def change(runs_dir: Path, edit, **labels):
    """Edit the scores of the one run with these labels."""
    found = [r for r in load_runs(runs_dir) if all(r[k] == v for k, v in labels.items())]
    assert len(found) == 1, labels
    path = runs_dir / found[0]["key"] / "scores.json"
    scores = json.loads(path.read_text())
    edit(scores)
    path.write_text(json.dumps(scores))


def set_f1(scores):
    scores["classifiers"]["xgboost"]["published"]["f1"] += 0.25


def changed_lines(before, after):
    assert len(before) == len(after)
    return [b for a, b in zip(before, after, strict=True) if a != b]


def quality_of(runs_dir, **quality):
    """Give every stored run these quality measures."""
    for path in runs_dir.glob("*/scores.json"):
        scores = json.loads(path.read_text())
        scores["quality"] |= quality
        path.write_text(json.dumps(scores))
