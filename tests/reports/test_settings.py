"""Settings that are remembered between commands are those that Hydra gives now."""

import json

import pytest

from imbench.reports import settings
from imbench.utils import config

WORDS = (("method=smote",), None, "xgboost")


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A memory of its own, and how often Hydra is asked."""
    asked, original = [], settings._composed
    monkeypatch.setattr(settings, "MEMORY", tmp_path / "settings.json")
    monkeypatch.setattr(settings, "_composed", lambda *words: asked.append(words) or original(*words))
    settings.settings_of.cache_clear()
    yield asked
    settings.settings_of.cache_clear()


def ask(*words):
    settings.settings_of.cache_clear()  # as another process would
    return settings.settings_of(*words)


def test_hydra_is_asked_once(memory):
    first = ask(*WORDS)
    assert first[0] == "smote" and ask(*WORDS) == first and len(memory) == 1
    assert ask(("method=imbllm",), "tiny", "xgboost")[1] != first[1] and ask(*WORDS) == first
    assert len(memory) == 2


def test_words_that_make_no_configuration(memory):
    for _ in range(2):
        assert ask(("method=nosuch",), None, "xgboost") is None
    assert len(memory) == 1


@pytest.mark.parametrize(
    "llm", ("null", "../../x", "${nope}", "???", "a,b", "[a]", "tiny@x", "a\nb", "\ud800", "../method/smote")
)
def test_a_records_word_for_a_model_that_is_none_of_ours(memory, llm):
    assert ask(("method=imbllm",), llm, "xgboost") is None


@pytest.mark.parametrize("words", ("seeds.split=${nope}", "method.version=${oc.env:NO_SUCH_VARIABLE}"))
def test_words_that_cannot_be_resolved(memory, words):
    assert ask(("method=imbllm", words), None, "xgboost") is None


def test_a_change_of_the_configuration_is_seen(memory, tmp_path, monkeypatch):
    import shutil

    shutil.copytree(settings.CONF, tmp_path / "conf")
    monkeypatch.setattr(settings, "CONF", tmp_path / "conf")
    monkeypatch.setattr(config, "CONF", tmp_path / "conf")
    before = ask(*WORDS)
    file = tmp_path / "conf" / "method" / "smote.yaml"
    file.write_text(file.read_text() + "\nversion: 99\n" if "version" not in file.read_text()
                    else file.read_text().replace("version: 1", "version: 99"))  # fmt: skip
    after = ask(*WORDS)
    assert len(memory) == 2 and after[1] != before[1]


@pytest.mark.parametrize("content", (b"", b"[]", b'{"form": 0, "answers": 1}', b"\xff"))
def test_a_broken_memory_is_forgotten(memory, content):
    first = ask(*WORDS)
    settings.MEMORY.write_bytes(content)
    assert ask(*WORDS) == first and len(memory) == 2
    settings.MEMORY.write_text(json.dumps({"form": settings._form(), "answers": []}))
    assert ask(*WORDS) == first and len(memory) == 3
