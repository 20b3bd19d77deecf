"""A run's key changes with everything that can change a score, and with nothing else."""

import json
from copy import deepcopy

import pytest

from imbench.runs.key import identify, name_of, recorded, recorded_overrides
from imbench.runs.run import run_one
from imbench.utils.config import plain
from tests.helpers import compose, csv_overrides, mixed_frame, run_config

BASE = ("dataset=german", "method=smote", "seed=1")


def key(*overrides):
    return identify(compose(*BASE, *overrides)).key


@pytest.mark.parametrize(
    "override",
    [
        "tracking=none", "tracking=server", "runs_dir=elsewhere", "data_dir=/some/where", "rerun=true",
        "method.metadata.title=Other", "method.metadata.group=other", "+method.metadata.paper_column=SMOTE", "dataset.url=http://other",
        "dataset.embedded=null", "llm.training.steps=3",
    ],
)  # fmt: skip
def test_key_is_unaffected_by(override):
    assert key(override) == key()


@pytest.mark.parametrize(
    "override",
    [
        "seed=2", "seeds.split=5", "seeds.generation=5", "seeds.classifier=5", "imbalance_ratio=0.3",
        "dataset=car", "method=smotenc", "+method.sampler.sampling_strategy=minority", "method.version=2",
        "+method.sampler.k_neighbors=4", "method.categories=raw", "classifier=[random_forest]",
        "classifier=[xgboost,random_forest]", "+classifier.xgboost.max_depth=3",
        "dataset.sha256=0", "dataset.categorical=[]",
    ],
)  # fmt: skip
def test_key_changes_with(override):
    assert key(override) != key()


def test_method_key_changes_with_its_language_model():
    assert (
        identify(compose("method=great")).key != identify(compose("method=great", "llm.training.steps=7")).key
    )


def test_classifier_changes_the_key_and_not_the_rows():
    one, two = (identify(compose(*BASE, c)) for c in ("classifier=[xgboost]", "classifier=[random_forest]"))
    assert one.generation_key == two.generation_key and one.key != two.key
    for override in ("seed=2", "imbalance_ratio=0.3", "method.few_rows=error"):
        assert identify(compose(*BASE, override)).generation_key != one.generation_key


def test_variant_is_what_the_labels_do_not_hold():
    variants = {
        o: identify(compose(*BASE, *o.split())).variant for o in ("", "seed=2", "imbalance_ratio=0.3")
    }
    assert len(set(variants.values())) == 1
    for override in ("method.few_rows=error", "seeds.generation=8"):
        assert identify(compose(*BASE, override)).variant != variants[""]


def test_a_csv_is_identified_by_its_content(tmp_path):
    paths = [tmp_path / name for name in ("one.csv", "two.csv", "three.csv")]
    for path, seed in zip(paths, (0, 0, 1), strict=True):
        mixed_frame(seed=seed).to_csv(path, index=False)
    keys = [identify(compose(*csv_overrides(p))).key for p in paths]
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) == 16 and set(keys[0]) <= set("0123456789abcdef")


def test_a_key_is_the_same_in_every_process():
    """The key of one configuration, computed in another process with another hash seed."""
    import subprocess
    import sys

    from imbench.utils.paths import ROOT

    code = (
        "from tests.helpers import compose\nfrom imbench.runs.key import identify\n"
        f"print(identify(compose(*{BASE!r})).key)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
                          env={"PATH": "", "PYTHONHASHSEED": "77", "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.stdout.strip() == key()


def test_labels_and_name():
    labels = identify(compose(*BASE)).labels
    assert labels == {"dataset": "german", "method": "smote", "llm": None, "seed": 1, "imbalance_ratio": 0.2,
                      "interpolation_ratio": None}  # fmt: skip
    assert name_of(labels) == "german · smote · seed 1 · q 0.2"
    assert name_of(labels | {"llm": "tiny", "interpolation_ratio": 0.5}).endswith(
        "tiny · seed 1 · q 0.2 · r 0.5"
    )


def test_a_record_holds_no_paths_of_one_machine():
    config = compose("runs_dir=/somewhere/runs", "data_dir=/somewhere/data")
    assert "/somewhere" not in str(recorded(config)) and recorded(config)["seed"] == config["seed"]
    words = [
        "dataset=german",
        "runs_dir=/x",
        "tracking.uri=sqlite:////x",
        "tracking=none",
        "+method.decimals=2",
    ]
    assert recorded_overrides(words) == ["dataset=german", "+method.decimals=2"]


def test_an_integer_ratio_equals_a_float():
    found = {
        identify(compose("method=imbllm", f"method.interpolation_ratio={r}", f"imbalance_ratio={q}")).key
        for r, q in (("1", "1"), ("1.0", "1.0"), ("1", "1.0"))
    }
    assert len(found) == 1
    assert found != {identify(compose("method=imbllm", "method.interpolation_ratio=0")).key}


def test_the_minority_strategy_is_the_usual_variant_whatever_the_dataset():
    usual = identify(compose("dataset=car", "method=smotenc"))
    minority = identify(compose("dataset=car", "method=smotenc", "sampling_strategy=minority"))
    assert minority.variant == usual.variant and minority.key != usual.key


def test_a_key_leaves_the_configuration_as_it_is(tmp_path):
    """A run works on the same object: with three classes it filled up others than it was told to."""
    frame = mixed_frame(120, 30)
    frame.loc[frame.index[frame["label"] != "rare"][:40], "label"] = "some"
    frame.to_csv(tmp_path / "mine.csv", index=False)
    options = [f"dataset.path={tmp_path / 'mine.csv'}", "dataset.target=label", "method=smotenc"]
    config = plain(run_config(tmp_path / "runs", "dataset=csv", *options))
    before = deepcopy(config)
    identify(config)
    assert config == before
    folder = run_one(config).folder
    added = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))["added_by_class"]
    assert added["rare"] > 0 and sum(added.values()) == added["rare"]
