"""The README's commands do what it says: its ```bash blocks run, its YAML is a method, its Python works."""

import re
import shlex
import subprocess
import sys

import pytest
import torch
import yaml

from imbench.reports.paper.published import DATASETS
from imbench.samplers.build import build_method
from imbench.utils.config import entries, names
from imbench.utils.paths import ROOT
from tests.helpers import METHODS, imbench, mixed_dataset, mixed_frame, training_rows

README = (ROOT / "README.md").read_text(encoding="utf-8")


#: Commands that take long, and whose parts the default tests run in other places.
LONG = (
    "run.py -m experiment=",
    "scripts/status.py experiment=",
    "scripts/figures.py all",
    "run.py method=ablation/",
)


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands():
    """Lines of the bash blocks that begin with ``python``, with continued lines joined and comments cut."""
    lines = "\n".join(blocks("bash")).replace("\\\n", " ").splitlines()
    lines = [shlex.split(line, comments=True) for line in lines]
    return [words[1:] for words in lines if words[:1] == ["python"] and words[1:2] != ["-m"]]


def shrunk(words, place):
    """The same command on the embedded tables, with few and short runs, leaving nothing in the repository."""
    found = []
    for word in words:
        key, _, value = word.partition("=")
        if key == "dataset" and value != "csv":
            word = "dataset=insurance"
        elif key == "method":
            word = "method=" + ",".join(m for m in value.split(",")[:2] if m not in ("ctgan", "tvae"))
        elif key == "seed":
            word = "seed=" + value.split(",")[0]
        elif word == "mine.csv" or value == "mine.csv":
            word = word.replace("mine.csv", str(place / "mine.csv"))
        elif word.endswith(".csv"):
            word = str(place / word)
        found.append(word)
    script = found[0]
    several = ("experiment=", "suite=") if script == "run.py" else ("experiment=",)
    if any(word.startswith(several) for word in found):
        found.append("dataset=insurance")
    if script in ("run.py", "scripts/status.py") and not {"--help", "-h"} & set(found):
        found.append(f"runs_dir={place / 'runs'}")
        found += ["tracking=none"] if script == "run.py" else []
        if script == "run.py" and "+budget=smoke" not in found:
            text = any(word.startswith("llm=") and word != "llm=tiny" for word in found)
            found.append("llm.training.max_steps=5" if text else "llm.training.steps=5")
    elif script in ("scripts/rescore.py", "scripts/archive.py"):
        found += ["--runs-dir", str(place / "runs")]
    elif script.startswith("scripts/") and script not in ("scripts/describe.py", "scripts/benchmark.py"):
        found += ["--runs-dir", str(place / "runs")]
        if script == "scripts/mlflow_sync.py":
            found += ["--uri", f"sqlite:///{place}/mlflow.db"]
        elif script == "scripts/page.py":
            found += ["--out", str(place / "out" / "index.html")]
        elif script != "scripts/export.py":
            found += ["--out", str(place / "out")]
        found += ["--figures", str(place / "out")] if script == "scripts/compare.py" else []
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme")
    mixed_frame(300, 100).to_csv(folder / "mine.csv", index=False)
    return folder


def test_there_are_commands():
    scripts = {words[0] for words in commands()}
    assert {"run.py", "scripts/status.py", "scripts/tables.py"} <= scripts
    assert "make demo" in README and "make test" in README
    for script in scripts:
        assert (ROOT / script).is_file()


def cases():
    for words in commands():
        line = " ".join(words)
        marks = [pytest.mark.slow] if line.startswith(LONG) else []
        if "cuda" in line:
            marks.append(pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"))
        yield pytest.param(words, id=line, marks=marks)


@pytest.mark.parametrize("words", cases())
def test_command(words, place):
    script, *rest = shrunk(words, place)
    done = imbench(*rest, script=script)
    assert done.returncode == 0, done.stdout + done.stderr
    if script == "run.py" and "--help" not in rest:
        assert "published F1" in done.stdout


@pytest.mark.parametrize("text", blocks("yaml"), ids=lambda text: text.split("\n")[0])
def test_yaml_is_a_method(text):
    config = yaml.safe_load(text)
    X, y = training_rows(mixed_dataset())
    X_new, y_new = build_method(config, 0).sampler.fit_resample(X, y)
    assert len(X_new) > len(X) and (y_new[len(X) :] == 0).all()


@pytest.mark.parametrize("text", blocks("python"), ids=lambda text: text.split("\n")[0])
def test_python_runs(text):
    """The snippet as it stands, with the reader's own classifier and rows put before and after it."""
    before = (
        "from sklearn.dummy import DummyClassifier\nfrom tests.helpers import training_rows, mixed_dataset\n"
        "classifier = DummyClassifier(strategy='uniform', random_state=0)\n"
        "X, y = training_rows(mixed_dataset())\n"
    )
    after = "\nif 'model' in dir():\n    assert len(model.fit(X, y).predict(X)) == len(X)\n"
    done = subprocess.run(
        [sys.executable, "-c", before + text + after], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_names_and_links():
    """The paper's methods and datasets are named; every method, dataset and path that is named exists."""
    for name, config in entries("method").items():
        if (config.get("metadata") or {}).get("paper_column"):
            assert f"`{name}`" in README, f"the README does not name {name}"
    (table,) = re.findall(r"\| kind \| names \|\n(?:\|.*\n)+", README)
    named = set(re.findall(r"`([a-z_]+)`", table))
    assert len(named) > 20 and named <= set(METHODS), f"not in conf/method: {named - set(METHODS)}"
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
    for name in (*DATASETS, *names("classifier")):
        assert f"`{name}`" in README, name


def test_help_answers_at_once_and_lists_the_choices():
    done = imbench("--help", timeout=20)
    assert done.returncode == 0
    for word in ("german", "smotenc", "xgboost", "sqlite"):
        assert word in done.stdout
