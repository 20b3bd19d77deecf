"""Configurations come from one place: what files inherit, what a group holds, errors for people."""

import pytest

from imbench.errors import ConfigError
from imbench.utils.config import compose, entries, entry, names, plain
from imbench.utils.paths import CONF

LLM_METHODS = ("great", "imbllm", "lito", "predllm", "taptap")


def test_a_group_is_read_as_a_run_composes_it():
    """One composition for the whole group equals one for each of its files."""
    for name in ("imbllm", "smotenc", "class_weight"):
        method = plain(compose([f"method={name}", "llm=tiny"]).method)
        found = entry("method", name)
        assert {"missing": None} | {k: v for k, v in found.items() if k != "llm"} == {
            k: v for k, v in method.items() if k != "llm"
        }
    assert entry("method", "imbllm")["llm"] == "${llm}"


def test_language_model_methods_inherit_and_base_files_are_no_methods():
    assert "base" not in names("method") and not {"llm", "llm_base"} & set(names("method"))
    assert set(LLM_METHODS) <= set(names("method"))
    for name in LLM_METHODS:
        text = (CONF / "method" / f"{name}.yaml").read_text(encoding="utf-8")
        assert "base/llm@_here_" in text and "_target_" not in text
        assert entry("method", name)["_target_"] == "imbench.LLMOversampler"


def test_an_entry_may_be_changed_by_its_reader():
    entry("method", "imbllm")["sampling"]["top_k"] = -1
    assert entry("method", "imbllm")["sampling"]["top_k"] == 50


def test_every_group_of_files_that_stand_alone_can_be_read():
    for group in ("classifier", "dataset", "llm", "method", "suite", "tracking"):
        assert sorted(entries(group)) == names(group) != []


def test_overrides_that_make_no_configuration_are_an_error_for_people():
    with pytest.raises(ConfigError, match="nosuch"):
        compose(["method=nosuch"])


def test_a_suite_sets_the_datasets_of_a_sweep_and_nothing_of_a_run():
    usual, suite = compose(), compose(["suite=paper"])
    assert usual == suite
    datasets = compose(["suite=paper"], hydra=True).hydra.sweeper.params.dataset.split(",")
    assert len(datasets) == 10 and set(datasets) <= set(names("dataset"))
