"""The built wheel by itself: configuration files are in it, and the public API works without a checkout."""

import os
import subprocess
import sys
import zipfile

from imbench.utils.paths import ROOT

CODE = """
from pathlib import Path
import imbench
from imbench.utils.paths import CONF, ROOT
assert Path(imbench.__file__).is_relative_to(Path.cwd()), imbench.__file__
assert CONF.is_relative_to(Path.cwd()), CONF
from imbench.lm.llm_options import llm_options
assert llm_options("tiny")["source"] == "cells" and llm_options("distilgpt2")["source"] == "hub"
split = imbench.split_dataset(imbench.load_dataset("insurance"), imbalance_ratio=0.2)
sampler = imbench.GReaT(llm={**llm_options("tiny_text"), "training": {"max_steps": 2}}, random_state=0)
X, y = sampler.fit_resample(split.train.features, split.train.labels)
print(len(X) - len(split.train), sorted(imbench.score(split, X, y)))
"""


def test_the_unpacked_wheel_works_without_the_checkout(tmp_path):
    wheels, site = tmp_path / "wheels", tmp_path / "site"
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        wheels,
        ROOT,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = wheels.glob("imbench-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    packed_conf = {
        p.relative_to(site / "imbench" / "conf") for p in (site / "imbench" / "conf").rglob("*.yaml")
    }
    assert packed_conf == {p.relative_to(ROOT / "conf") for p in (ROOT / "conf").rglob("*.yaml")}
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=site, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "469 ['corrected', 'crossed', 'published']"
