"""Without a suite a report shows what is stored, and says what it leaves out."""

import pytest

from imbench.reports.select import load_runs, stored_selection
from imbench.runs.run import run_one
from tests.helpers import mixed_frame, run_config


def runs(*facts):
    return [{"status": "done", "llm": None, "imbalance_ratio": ratio, "seed": seed} for ratio, seed in facts]


@pytest.mark.parametrize(
    ("facts", "ratio", "seeds"),
    (
        ([(1.0, 0), (1.0, 4)], 1.0, (0, 4)),
        ([(0.2, 3), (0.2, 5), (1.0, 0)], 0.2, (3, 5)),
        ([(0.2, 0), (1.0, 0)], 0.2, (0,)),
        ([(0.1, 0), (0.5, 0)], 0.5, (0,)),
    ),
)
def test_the_commonest_ratio_and_its_seeds(facts, ratio, seeds):
    selection, note = stored_selection(runs(*facts), "xgboost", "tiny")
    assert (selection.imbalance_ratio, selection.seeds) == (ratio, seeds)
    assert ("Left out" in note) == (len({q for q, _ in facts}) > 1)


def test_nothing_stored():
    selection, note = stored_selection([], "xgboost", None)
    assert selection.seeds == (0, 1, 2) and note == ""


def test_two_files_of_one_name_are_two_datasets(tmp_path):
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        mixed_frame(120, 40, seed=number).to_csv(folder / "mine.csv", index=False)
        options = [f"dataset.path={folder}/mine.csv", "dataset.target=label", "method=duplicate"]
        assert run_one(run_config(tmp_path / "runs", "dataset=csv", *options)).ok
    names = {run["dataset"] for run in load_runs(tmp_path / "runs")}
    assert len(names) == 2 and all(name.startswith("mine ") for name in names)
