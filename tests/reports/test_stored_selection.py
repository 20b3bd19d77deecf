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


def test_classifier_and_model_are_those_of_most_runs_and_the_rest_is_named():
    facts = [("tiny", ["random_forest"]), ("tiny_text", ["random_forest"]), ("tiny_text", ["xgboost"])]
    stored = [
        {
            "status": "done",
            "llm": llm,
            "imbalance_ratio": 1.0,
            "seed": 0,
            "classifiers": dict.fromkeys(names, "h"),
        }
        for llm, names in facts
    ]
    selection, note = stored_selection(stored)
    assert (selection.classifier, selection.llm) == ("random_forest", "tiny_text")
    assert "Left out: runs 1 with llm tiny." in note
    assert stored_selection(stored, "xgboost", "tiny")[0].llm == "tiny"


@pytest.mark.parametrize("dataset", ("csv", "german", "car"))
def test_the_usual_settings_of_every_method_are_found_whatever_the_dataset(dataset, tmp_path):
    """A run's stored settings are those by which reports look for its method."""
    from imbench.reports.settings import Variant, settings_of
    from imbench.runs.key import identify
    from tests.helpers import METHODS, csv_overrides

    mixed_frame(60, 20).to_csv(tmp_path / "mine.csv", index=False)
    own = csv_overrides(tmp_path / "mine.csv") if dataset == "csv" else [f"dataset={dataset}"]
    for method in METHODS:
        identity = identify(run_config(tmp_path, *own, f"method={method}"))
        assert identity.variant == settings_of(Variant(method), identity.labels["llm"], "xgboost").variant, (
            method
        )


def test_runs_with_settings_of_their_own_are_counted(tmp_path):
    from imbench.reports.select import Selection, select, unused

    for more in ([], ["method.whole_numbers=false"]):
        assert run_one(run_config(tmp_path, f"seed={len(more)}", *more)).ok
    stored = load_runs(tmp_path)
    selection = Selection((0, 1), 0.2, "xgboost", "tiny")
    assert unused(stored, selection, select(stored, selection)).endswith("xgboost: smote (1).")
    assert unused(stored[:0], selection, {}) == ""
