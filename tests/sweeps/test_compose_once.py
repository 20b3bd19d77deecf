"""Configurations of a sweep's jobs equal Hydra's own composition, with fewer compositions than jobs."""

import random

import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from imbench.sweeps.compose_once import JobConfigs
from imbench.sweeps.plan import expand
from imbench.utils.config import names
from imbench.utils.paths import CONF

ABLATIONS = [f"ablation/{path.stem}" for path in sorted((CONF / "method" / "ablation").glob("*.yaml"))]


@pytest.fixture(autouse=True)
def hydra():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield


def configs():
    return JobConfigs(GlobalHydra.instance().config_loader())


def outcome(make, job):
    """The resolved configuration with the order of its keys, or the kind of error."""
    try:
        return OmegaConf.to_yaml(OmegaConf.create(make(job)))
    except (HydraException, OmegaConfBaseException) as error:
        return type(error).__name__


def by_hydra(job):
    return OmegaConf.to_container(hydra_compose("config", list(job)), resolve=True)


SWEEPS = {
    "every method and dataset": (
        [
            f"dataset={','.join(n for n in names('dataset') if n != 'csv')}",
            f"method={','.join(names('method') + ABLATIONS)}",
            "seed=0,1",
        ],
        None,
    ),
    "experiments": (
        ["experiment=table3", "method=great,imbllm,ablation/fix_y", "seed=0,1,2", "dataset=car,bank"],
        None,
    ),
    "a budget": (
        [
            "experiment=table4",
            "+budget=smoke",
            "method.interpolation_ratio=0.0,1.0",
            "dataset=german,car",
            "llm.training.steps=7",
        ],
        3,
    ),
    "classifiers": (
        [
            "classifier=[xgboost],[xgboost,random_forest],logistic_regression",
            "method=smote,ctgan",
            "dataset=german,insurance",
            "imbalance_ratio=0.1,0.5",
        ],
        None,
    ),
    "language models": (
        [
            "method=imbllm,great,ablation/interpolate",
            "llm=tiny_text,distilgpt2",
            "llm.training.max_steps=4,8",
            "method.llm.size.layers=1",
            "seed=0,1",
        ],
        None,
    ),
    "a value inside another": (
        ["llm.training={steps: 3}", "llm.training.steps=4,5", "method=great"],
        2,
    ),
    "added and deleted": (
        ["+more.x=1,2", "~limits", "++seeds.extra=${seed}", "seed=3,4", "method=smote,adasyn"],
        None,
    ),
    "interpolations": (
        [
            "seeds.split=1,2",
            "seeds.generation=${seeds.split}",
            "+copy=${method.name}",
            "method=smote,duplicate",
            "dataset=car,german",
        ],
        None,
    ),
    "texts": (
        [
            "dataset=csv",
            "dataset.path='a b.csv','c,d'",
            "dataset.target=y",
            "+note='${x','\\${seed}'",
            "runs_dir=/a/b",
        ],
        None,
    ),
    "lists and sections": (
        ["dataset=german", "dataset.classes=[a,b],[c,d]", "limits={seconds: 3}", "seed=1,2"],
        1,
    ),
    "tracking and launcher": (
        ["tracking=none,sqlite", "launcher=local", "dataset=german,car", "seed=0,1"],
        None,
    ),
    "values that fail": (["seed=0,1", "nosuch.key=3"], None),
    "a choice that fails": (["method=smote,nosuch", "dataset=german,car"], None),
    "a value for some methods only": (
        ["method=smote,imbllm", "method.prompts=condition_y", "seed=0,1"],
        None,
    ),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_equals_hydra(name):
    overrides, most = SWEEPS[name]
    jobs = expand(overrides)
    of_job = configs()
    found = [outcome(of_job, job) for job in jobs]
    for number in random.Random(0).sample(range(len(jobs)), min(len(jobs), 12)):
        assert found[number] == outcome(by_hydra, jobs[number]), jobs[number]
    assert most is None or of_job.compositions <= most


def test_each_choice_is_composed_once():
    of_job = configs()
    for job in expand(["dataset=german,car,insurance", "method=smote,adasyn,great,ctgan", "seed=range(0,5)"]):
        of_job(job)
    assert of_job.compositions == 1 + 2 + 3, "the first pair, two more datasets, three more methods"


def test_a_choice_that_reaches_outside_its_section_is_composed_by_hydra(tmp_path):
    """Its file overrides another group or sets values elsewhere, so its section alone would be wrong."""
    (tmp_path / "method").mkdir()
    (tmp_path / "method" / "wide.yaml").write_text(
        "# @package _global_\nmethod: {name: wide}\nimbalance_ratio: 0.7\ndataset: {file: other.csv}\n"
    )
    (tmp_path / "method" / "chooses.yaml").write_text("defaults:\n  - override /llm: distilgpt2\nname: x\n")
    search = f"hydra.searchpath=[file://{tmp_path}]"
    for jobs in (
        expand([search, "dataset=german,car,bank", "method=smote,wide,great", "seed=0,1"]),
        expand([search, "dataset=german,car", "method=wide,smote"]),
        expand([search, "dataset=german,car", "method=smote,chooses"]),
    ):
        of_job = configs()
        for job in jobs:
            assert outcome(of_job, job) == outcome(by_hydra, job), job


def test_a_job_may_change_its_configuration():
    """Jobs share compositions, never objects."""
    of_job = configs()
    first = of_job(["method=great", "seed=1"])
    first["method"]["name"] = first["dataset"]["name"] = "changed"
    assert of_job(["method=great", "seed=1"])["method"]["name"] == "great"
