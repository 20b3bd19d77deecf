"""A large table's budget bounds its own language-model runs and nothing else."""

import pytest

from imbench.errors import ConfigError
from imbench.runs.budget import method_within
from imbench.runs.key import identify
from imbench.runs.options import check_config
from imbench.utils.config import plain
from tests.helpers import compose

LARGE, TEXT = "dataset=adult", "llm=tiny_text"


def test_a_budget_lowers_the_words_it_names_and_leaves_the_configuration_alone():
    config = compose(LARGE, TEXT, "method=lito")
    before = config.method.llm.training.max_tokens
    bounded = method_within(config)
    assert bounded["llm"]["training"]["max_tokens"] == config.dataset.budget.tiny_text.max_tokens < before
    assert bounded["sampling"]["max_attempts"] == config.dataset.budget.tiny_text.max_attempts
    assert config.method.llm.training.max_tokens == before
    rest = {k: v for k, v in bounded.items() if k not in ("llm", "sampling")}
    assert rest == {k: v for k, v in config.method.items() if k not in ("llm", "sampling")}


def test_a_budget_never_raises_a_bound():
    config = compose(LARGE, TEXT, "method=imbllm", "llm.training.max_tokens=1000")
    assert method_within(config)["llm"]["training"]["max_tokens"] == 1000


def test_other_tables_models_and_methods_know_no_budget():
    for words in (
        ("dataset=german", TEXT, "method=imbllm"),
        (LARGE, "method=imbllm", "llm=distilgpt2"),
        (LARGE, "method=imbllm"),
    ):
        config = compose(*words)
        assert method_within(config) == config.method
    plain = compose(LARGE, "method=smotenc")
    lifted = compose(LARGE, "method=smotenc", "dataset.budget=null")
    assert identify(plain).key == identify(lifted).key


def test_another_budget_is_another_run_of_the_same_variant():
    one = identify(compose(LARGE, TEXT, "method=imbllm"))
    other = identify(compose(LARGE, TEXT, "method=imbllm", "dataset.budget.tiny_text.max_tokens=2e6"))
    assert one.key != other.key
    assert one.generation_key != other.generation_key
    assert one.variant == other.variant


def test_an_unknown_word_is_refused():
    with pytest.raises(ConfigError, match="max_hours"):
        check_config(plain(compose(LARGE, TEXT, "method=imbllm", "+dataset.budget.tiny_text.max_hours=1")))
