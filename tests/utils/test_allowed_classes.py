"""A configuration can name known classes only, unless trust_config is true."""

import pytest

from imbench.errors import ConfigError
from imbench.runs.key import identify
from imbench.runs.run import run_one
from imbench.samplers.base import MinorityOversampler
from imbench.samplers.build import build_method
from imbench.scoring.classifiers import _make
from imbench.utils.allowed_classes import check_targets, trusting
from imbench.utils.paths import ROOT
from tests.helpers import CLASSIFIERS, METHODS, compose, imbench, read_yaml, run_config

MESSAGE = r"cannot be made: \S*(shrinkage|x)\b.*(trust_config=true|interpolation)"


class Mine(MinorityOversampler):
    """A user's own method in a file outside of the project's packages."""

    def _generate_rows(self, *_):
        raise NotImplementedError


def method(**words):
    return {"name": "m", "_target_": "imblearn.over_sampling.RandomOverSampler"} | words


@pytest.mark.parametrize(
    "code",
    [
        {"_target_": "shutil.copy", "src": "@/from", "dst": "@/to"},
        {"_target_": "pandas.read_pickle", "filepath_or_buffer": "@/from"},
        {"_target_": "tests.chaos.kills.subprocess.Popen", "args": ["touch", "@/to"]},
        {"_target_": "imbench.records.record.link_or_copy", "source": "@/from", "target": "@/to"},
        {"_target_": "sklearn.datasets.load_svmlight_file", "f": "@/from"},
        {"_target_": "xgboost.callback.TrainingCheckPoint", "directory": "@"},
        {"_target_": "builtins.open", "file": "@/to", "mode": "w"},
        {"_target_": ["shutil.copy"]},
        {"_target_": None},
        {"deep": [{"er": {"_target_": "shutil.copy", "src": "@/from", "dst": "@/to"}}]},
        "${oc.create:{_target_:shutil.copy,src:@/from,dst:@/to}}",
        {"_target_": "sklearn.cluster.AgglomerativeClustering", "memory": "@/to"},
        {"_target_": "sklearn.cluster.KMeans", "_args_": [2]},
        {"_target_": "imbench.LLMOversampler", "model_dir": "@/to"},
    ],
    ids=str,
)
def test_other_code_is_refused(tmp_path, code):
    def here(node):
        if isinstance(node, dict):
            return {k: here(v) for k, v in node.items()}
        if isinstance(node, list):
            return [here(v) for v in node]
        return node.replace("@", str(tmp_path)) if isinstance(node, str) else node

    (tmp_path / "from").write_text("x")
    for make in (
        lambda: build_method(method(shrinkage=here(code)), 0),
        lambda: _make(read_yaml("classifier", "random_forest") | {"x": here(code)}, 0),
    ):
        with pytest.raises(ConfigError, match=MESSAGE):
            make()
    assert [p.name for p in tmp_path.iterdir()] == ["from"]


def test_a_run_that_names_a_function_fails_with_a_message(tmp_path):
    code = f"{{_target_:shutil.copy,src:{ROOT}/README.md,dst:{tmp_path}/to}}"
    words = ("method=duplicate", "classifier=[logistic_regression]", f"+method.shrinkage={code}")
    outcome = run_one(run_config(tmp_path / "runs", *words))
    assert outcome.state == "failed" and "shrinkage._target_=shutil.copy is not made" in outcome.reason
    assert [p.name for p in tmp_path.iterdir()] == ["runs"]


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_known(name):
    check_targets(read_yaml("method", name) | {"llm": {"name": "tiny"}})


def test_every_classifier_is_known():
    for name in CLASSIFIERS:
        check_targets(read_yaml("classifier", name))


def test_own_code_needs_trust_config():
    mine = method(_target_="test_allowed_classes.Mine")
    refused = r"_target_=test_allowed_classes\.Mine .*say trust_config=true"
    with pytest.raises(ConfigError, match=refused):
        build_method(mine, 0)
    with trusting(True):
        assert isinstance(build_method(mine, 0).sampler, Mine)
    with pytest.raises(ConfigError, match="cannot be made"):
        build_method(mine, 0)
    with pytest.raises(ConfigError, match="trust_config=yes is neither true nor false"), trusting("yes"):
        pass


def test_trust_config_is_not_part_of_the_key():
    assert identify(compose("trust_config=true")) == identify(compose())


def test_trust_config_on_the_command_line(tmp_path):
    (tmp_path / "mine_alone.py").write_text(
        "from imblearn.over_sampling import RandomOverSampler\nclass Mine(RandomOverSampler):\n    pass\n"
    )
    words = ("dataset=insurance", "method=duplicate", "method._target_=mine_alone.Mine", "tracking=none",
             "classifier=[logistic_regression]", f"runs_dir={tmp_path / 'runs'}",
             "trust_config=false,true")  # fmt: skip
    done = imbench("-m", *words, env={"PYTHONPATH": str(tmp_path)})
    assert "sweep: 1 done, 1 failed" in done.stdout, done.stdout + done.stderr
    assert "say trust_config=true" in done.stdout
