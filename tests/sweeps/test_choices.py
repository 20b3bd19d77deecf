"""A wrong name in a list of choices is answered with the known ones."""

import pytest

from imbench.sweeps.choices import unknown_choice
from tests.helpers import CLASSIFIERS, METHODS


@pytest.mark.parametrize(
    "words",
    [("classifier=[nosuch]",), ("-m", "seed=0,1", "classifier=[xgboost,nosuch]"), ("classifier=['nosuch']",),
     ("--multirun", "classifier=[xgboost],[random_forest,nosuch]"), ("+classifier=[nosuch]",),
     ("classifier=choice([xgboost],['nosuch'])",)],
)  # fmt: skip
def test_an_unknown_classifier_is_named_beside_the_known_ones(words):
    found = unknown_choice(words)
    assert "there is no classifier 'nosuch'" in found
    assert found.endswith(f"Known: {', '.join(CLASSIFIERS)}.") and len(CLASSIFIERS) > 2


def test_any_group_can_be_listed():
    assert "Known: " + ", ".join(METHODS) in unknown_choice(["method=[nosuch]"])


@pytest.mark.parametrize(
    "words",
    [(), ("--help",), ("classifier=[xgboost,random_forest]", "seed=0"), ("classifier=xgboost",),
     ("-m", "classifier=[xgboost],[lightgbm]", "method=smote,ctgan"), ("classifier=[xgboost.yaml]",),
     ("method.sampling=[nosuch]", "seed=[nosuch]"), ("~classifier",), ("seed=range(1,3)", "method=glob(*)")],
)  # fmt: skip
def test_known_names_and_other_words_pass(words):
    assert unknown_choice(words) is None


@pytest.mark.parametrize(
    "words",
    [("classifier=[nosuch",), ("classifier=nosuch",), ("classifier=[mine]", "--config-dir", "conf2"),
     ("classifier=[mine]", "hydra.searchpath=[file://conf2]")],
)  # fmt: skip
def test_what_hydra_answers_itself_is_left_to_it(words):
    assert unknown_choice(words) is None


@pytest.mark.parametrize("word", ("=null", "=", "+=1"))
def test_a_word_without_a_name_is_refused(word):
    assert "names nothing before its '='" in (unknown_choice(["dataset=german", word]) or "")


@pytest.mark.parametrize("word", ("dataset=null", "dataset=german,null", "+budget=null"))
def test_null_is_no_choice(word):
    assert "there is no " in unknown_choice([word]) and unknown_choice(["seed=null", "~dataset"]) is None
