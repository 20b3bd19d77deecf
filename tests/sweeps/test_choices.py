"""A wrong name in a list of choices is answered with the known ones."""

import pytest

from imbench.sweeps.choices import unknown_choice
from tests.helpers import CLASSIFIERS, METHODS


@pytest.mark.parametrize(
    "overrides",
    [("classifier=[nosuch]",), ("-m", "seed=0,1", "classifier=[xgboost,nosuch]"), ("classifier=['nosuch']",),
     ("--multirun", "classifier=[xgboost],[random_forest,nosuch]"), ("+classifier=[nosuch]",),
     ("classifier=choice([xgboost],['nosuch'])",)],
)  # fmt: skip
def test_an_unknown_classifier_is_named_beside_the_known_ones(overrides):
    found = unknown_choice(overrides)
    assert "there is no classifier 'nosuch'" in found
    assert found.endswith(f"Known: {', '.join(CLASSIFIERS)}.") and len(CLASSIFIERS) > 2


def test_any_group_can_be_listed():
    assert "Known: " + ", ".join(METHODS) in unknown_choice(["method=[nosuch]"])


@pytest.mark.parametrize(
    "overrides",
    [(), ("--help",), ("classifier=[xgboost,random_forest]", "seed=0"), ("classifier=xgboost",),
     ("-m", "classifier=[xgboost],[lightgbm]", "method=smote,ctgan"), ("classifier=[xgboost.yaml]",),
     ("method.sampling=[nosuch]", "seed=[nosuch]"), ("~classifier",), ("seed=range(1,3)", "method=glob(*)")],
)  # fmt: skip
def test_known_names_and_other_overrides_pass(overrides):
    assert unknown_choice(overrides) is None


@pytest.mark.parametrize(
    "overrides",
    [("classifier=[nosuch",), ("classifier=nosuch",), ("classifier=[mine]", "--config-dir", "conf2"),
     ("classifier=[mine]", "hydra.searchpath=[file://conf2]")],
)  # fmt: skip
def test_what_hydra_answers_itself_is_left_to_it(overrides):
    assert unknown_choice(overrides) is None


@pytest.mark.parametrize("override", ("=null", "=", "+=1"))
def test_an_override_without_a_key_is_refused(override):
    assert "names nothing before its '='" in (unknown_choice(["dataset=german", override]) or "")


@pytest.mark.parametrize("override", ("dataset=null", "dataset=german,null", "+budget=null"))
def test_null_is_no_choice(override):
    assert "there is no " in unknown_choice([override]) and unknown_choice(["seed=null", "~dataset"]) is None
