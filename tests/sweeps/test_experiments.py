"""Every experiment's file plans what it says, shares its runs, and the command line wins over it."""

import itertools
from collections import Counter
from functools import lru_cache

import pytest
from omegaconf import OmegaConf

from imbench.reports.paper.published import DATASETS
from imbench.runs.key import NOT_IDENTITY_INSIDE, identify
from imbench.sweeps.plan import expand, planned
from imbench.utils.config import compose as config_of
from imbench.utils.config import names, plain
from tests.helpers import EMBEDDED, SMALL_LLM, compose, imbench

EXPERIMENTS = names("experiment")
SMALL = ("dataset=insurance", "seed=0")
SMOKE = "+budget=smoke"
#: Runs that the experiments plan altogether: datasets × settings × seeds.
PLANNED = {
    "table2": 10 * 11 * 3, "table3": 10 * 8 * 3, "table4": 10 * 2 * 3, "table5": 4 * 5 * 3, "figure2": 2 * 2,
    "figure4": 10 * 3 * 3, "figure5": 10 * 6 * 3, "figure6": 10 * 5 * 7 * 3, "figure7": 5 * 3,
    "natural_cheap": 66 * 9 * 10, "natural_smote": 66 * 6 * 10, "natural_balanced": 66 * 5 * 10,
}  # fmt: skip


@lru_cache(maxsize=64)
def configs(experiment, *overrides):
    return [OmegaConf.create(c) for c in planned([f"experiment={experiment}", *overrides])]


@lru_cache(maxsize=64)
def keys(experiment, *overrides):
    return [identify(c).key for c in configs(experiment, *overrides)]


def own_sweep(*overrides):
    """The lists of the files alone: pairs of key and values."""
    config = config_of(overrides, hydra=True)
    return [(key, str(values)) for key, values in config.hydra.sweeper.params.items()]


def sweep_of(experiment):
    return dict(own_sweep(f"experiment={experiment}"))


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_plans_different_runs_on_the_tables_asked_for(experiment):
    found = configs(experiment, *SMALL)
    assert {c.dataset.name for c in found} == {"insurance"} and {c.seed for c in found} == {0}
    assert len(keys(experiment, *SMALL)) == len(set(keys(experiment, *SMALL))) > 1


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_the_whole_plan_has_its_size_and_begins_with_the_small_tables(experiment):
    overrides = [f"{key}={values}" for key, values in sweep_of(experiment).items()]
    assert len(expand(overrides)) == PLANNED[experiment]
    whole = sweep_of("table2")["dataset"].split(",")
    named = sweep_of(experiment)["dataset"].split(",")
    if experiment.startswith("natural_"):
        assert named == dict(own_sweep("suite=natural"))["dataset"].split(",")
        return
    assert named == [name for name in whole if name in named] and set(whole) == set(DATASETS)


def test_table3_is_the_full_cross():
    found = [c.method for c in configs("table3", *SMALL)]
    combinations = Counter((m.corpus, m.ordering, m.prompts) for m in found)
    assert set(combinations.values()) == {1} and len(combinations) == 8
    assert set(combinations) == set(itertools.product(*map(set, zip(*combinations, strict=True))))
    assert Counter(m.name for m in found) == {"great": 1, "imbllm": 7}
    varied = ("corpus", "ordering", "prompts", "name", *NOT_IDENTITY_INSIDE["method"])
    rest = {str({k: v for k, v in m.items() if k not in varied}) for m in found}
    assert len(rest) == 1, "nothing else differs between the rows"


def test_a_row_of_table3_is_the_same_run_in_other_words():
    by_file = compose("dataset=german", "method=ablation/condition_yx")
    by_words = ("method=imbllm", "method.corpus=all", "method.ordering=permute_xy")
    assert identify(by_file) == identify(compose("dataset=german", *by_words))


def test_experiments_share_runs():
    """What two experiments have in common is one run with one key, so that it is made once."""
    table2, table3, table4 = (set(keys(e, *SMALL)) for e in ("table2", "table3", "table4"))
    for selection in ("table5", "figure4", "figure7"):
        assert set(keys(selection, *SMALL)) < table2
    assert set(keys("figure2", *SMALL)) < table3
    assert len(table3 & table2) == 2, "GReaT and ImbLLM"
    assert len(table4 & table2) == 1, "r = 1"
    assert table4 < set(keys("figure5", *SMALL)), "r = 0 and r = 1"
    figure6 = zip(configs("figure6", *SMALL), keys("figure6", *SMALL), strict=True)
    of_table2 = {(c.method.name, c.imbalance_ratio) for c, key in figure6 if key in table2}
    assert of_table2 == {(m, 0.2) for m in ("imbalance", "smotenc", "ctgan", "imbllm")}


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_smoke_takes_three_tables_and_one_seed_and_leaves_the_settings(experiment):
    usual, found = sweep_of(experiment), dict(own_sweep(f"experiment={experiment}", SMOKE))
    assert found.pop("dataset").split(",") == list(EMBEDDED) and found.pop("seed") == "0"
    assert found == {k: " ".join(str(v).split()) for k, v in usual.items() if k not in ("dataset", "seed")}


@pytest.mark.parametrize("method", ("original", "smotenc", "imbllm"))
def test_a_smoke_run_is_never_taken_for_the_full_one(method):
    small = compose("experiment=table2", SMOKE, f"method={method}")
    smoke, usual = identify(small), identify(compose("experiment=table2", f"method={method}"))
    for word in ("key", "generation_key", "variant"):
        assert getattr(smoke, word) != getattr(usual, word)
    assert small.runs_dir == "results/smoke/runs" and small.tracking.name == "none"
    assert "llm" not in small.method or small.method.llm.training.steps <= 200


def test_the_command_line_wins_over_smoke():
    overrides = (SMOKE, "dataset=car", "seed=1", "runs_dir=elsewhere", "llm.training.steps=7")
    (found,) = configs("table3", *overrides, "method=imbllm")
    assert (found.dataset.name, found.seed, found.runs_dir) == ("car", 1, "elsewhere")
    assert found.method.llm.training.steps == 7 and found.seeds.generation == 1


def test_a_plan_is_what_each_job_composes_to():
    """See also tests/sweeps/test_compose_once.py."""
    overrides = ["dataset=car", "method=imbllm", "imbalance_ratio=0.1,0.2",
                 "method.interpolation_ratio=0.0,1.0", "seed=0,1", "+seeds.more=${seed}"]  # fmt: skip
    jobs = expand(overrides)
    assert len(jobs) == 8
    for config, job in zip(planned(overrides), jobs, strict=True):
        assert config == plain(compose(*job)) and identify(config) == identify(compose(*job))
        assert (config["seeds"]["split"], config["seeds"]["more"]) == (config["seed"], config["seed"])


def test_an_experiment_runs_and_status_counts_the_same_runs(tmp_path):
    overrides = ["experiment=table3", SMOKE, "dataset=insurance", "method=great,ablation/condition_yx",
             *SMALL_LLM, f"runs_dir={tmp_path}"]  # fmt: skip
    done = imbench("-m", *overrides)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[2/2]" in done.stdout and "ablation/condition_yx: corrected F1" in done.stdout
    models = list((tmp_path / ".models").iterdir())
    assert len([m for m in models if m.is_dir()]) == 1, "rows that differ in prompts share a model"
    status = imbench(*overrides, "seed=0,1", script="scripts/status.py")
    assert status.returncode == 1 and "4 runs: 2 done, 2 missing" in status.stdout, status.stdout
