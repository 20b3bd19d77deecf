"""Words of a configuration that no run can have."""

import copy
import math

import pytest

from imbench.errors import ConfigError
from imbench.runs.options import check_config
from imbench.runs.run import run_one
from imbench.utils.config import plain
from tests.helpers import run_config


@pytest.mark.parametrize("words", ["imbalance_ratio=lots", "seed=-1", "method.name=../x", "seeds=3"])
def test_what_makes_no_run_is_refused(tmp_path, words):
    with pytest.raises(ConfigError, match=words.split("=")[0]):
        run_one(run_config(tmp_path / "runs", words))
    assert not (tmp_path / "runs").exists()


@pytest.fixture(scope="module")
def run_options(tmp_path_factory):
    """A configuration as plain data, and the folder in which it would be run."""
    runs_dir = tmp_path_factory.mktemp("refused") / "runs"
    return plain(run_config(runs_dir, "method=imbllm")), runs_dir


WRONG = [
    ("rerun", "no"), ("rerun", 1), ("retry_failed", "no"), ("max_retries", "abc"), ("max_retries", -1),
    ("max_retries", True), ("max_retries", 1.5), ("limits", "abc"), ("limits", 5), ("limits", ["seconds"]),
    ("limits.seconds", math.inf), ("limits.seconds", 10**400), ("limits.memory_gb", 1e10),
    ("limits.seconds", math.nan), ("imbalance_ratio", 1e301), ("imbalance_ratio", 10**400),
    ("imbalance_ratio", math.nan), ("method.interpolation_ratio", -1e301), ("method.llm.name", "x" * 501),
    ("dataset.budget", "abc"), ("dataset.budget", [1]), ("dataset.budget", {"x": "abc"}),
    ("dataset.budget", {"x": {"max_steps": "abc"}}), ("dataset.budget", {"x": {"max_steps": math.inf}}),
    ("dataset.budget", {"x": {"max_tokens": True}}), ("dataset.budget", {"x": {"max_tokens": None}}),
]  # fmt: skip


@pytest.mark.parametrize(("word", "value"), WRONG, ids=str)
def test_words_that_no_run_can_have_are_refused(run_options, word, value):
    words, runs_dir = run_options
    config = copy.deepcopy(words)
    *path, last = word.split(".")
    section = config
    for name in path:
        section = section[name]
    section[last] = value
    with pytest.raises(ConfigError, match=word.removeprefix("method.").split(".")[0]):
        run_one(config)
    assert not runs_dir.exists()


def test_a_budget_may_be_empty(run_options):
    for budget in (None, {}, {"x": None}, {"x": {"max_tokens": 1e6}}):
        check_config(run_options[0] | {"dataset": run_options[0]["dataset"] | {"budget": budget}})
