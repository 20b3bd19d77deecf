"""The settings by which reports find runs."""

import pytest

from imbench.reports.settings import Variant, classifier_hash, settings_of
from imbench.runs.key import classifier_settings, variant_of
from tests.helpers import compose

OPTIONS = (("prompts", "condition_y"), ("interpolation_ratio", 0.4))


@pytest.mark.parametrize("parameters", ((), OPTIONS))
def test_settings_are_those_of_a_run_with_the_same_overrides(parameters):
    overrides = [f"method.{name}={value}" for name, value in parameters]
    config = compose("method=imbllm", "llm=tiny", "classifier=[random_forest]", *overrides)
    found = settings_of(Variant("imbllm", parameters), "tiny", "random_forest")
    assert found.variant == variant_of(config)
    assert found.classifier == classifier_settings(config)["random_forest"]
    assert found.interpolation_ratio == config.method.interpolation_ratio


def test_other_settings_are_others():
    base = settings_of(Variant("imbllm"), "tiny", "xgboost")
    assert base.variant != settings_of(Variant("imbllm", OPTIONS), "tiny", "xgboost").variant
    assert base.variant != settings_of(Variant("imbllm"), "smollm2", "xgboost").variant
    assert base.classifier == classifier_hash("xgboost") != classifier_hash("random_forest")


def test_an_unknown_method_or_classifier_has_no_settings():
    assert settings_of(Variant("nosuch"), None, "xgboost") is None
    assert settings_of(Variant("smote"), None, "nosuch") is None and classifier_hash("nosuch") is None


@pytest.mark.parametrize(
    "llm", ("null", "../../x", "${nope}", "???", "a,b", "[a]", "tiny@x", "a\nb", "\ud800", "../method/smote")
)
def test_a_record_with_the_name_of_no_language_model(llm):
    assert settings_of(Variant("imbllm"), llm, "xgboost") is None


def test_settings_that_cannot_be_resolved():
    assert settings_of(Variant("imbllm", (("version", "${nope}"),)), None, "xgboost") is None
