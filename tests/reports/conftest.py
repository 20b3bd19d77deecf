from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.reports.ablation_runs import store_all


@pytest.fixture
def runs_dir(tmp_path):
    """A place for made-up runs; nothing is there yet."""
    return tmp_path / "runs"


@pytest.fixture(scope="session")
def ablation_template(tmp_path_factory):
    """The runs behind ``ablation_dir``, written once."""
    place = tmp_path_factory.mktemp("ablation") / "runs"
    store_all(place)
    return place


@pytest.fixture
def ablation_dir(ablation_template, tmp_path):
    """Runs of Tables III to V, complete; a test may change them."""
    return Path(shutil.copytree(ablation_template, tmp_path / "runs"))
