from __future__ import annotations

import importlib.util
import os

# As in run.py, before any library is loaded: some tests fork, and a pool of threads does not survive that.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import pytest
from hypothesis import settings

from imbench.data import catalogue as load
from tests.helpers import METHODS, data_folder, read_yaml

settings.register_profile("default", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("default")


def pytest_collection_modifyitems(items):
    """Skip what is parametrized with a method whose package is an extra that is not installed."""
    absent = {m: module for m in METHODS if (module := module_that_is_absent(m))}
    for item in items:
        values = item.callspec.params.values() if hasattr(item, "callspec") else ()
        for method in (v for v in values if isinstance(v, str) and v in absent):
            item.add_marker(pytest.mark.skip(reason=f"{method} needs {absent[method]} (README, Methods)"))


def module_that_is_absent(method: str) -> str | None:
    """The module that a method's class says it needs, where it is not installed."""
    from hydra.utils import get_class

    target = read_yaml("method", method)["_target_"]
    module = getattr(get_class(target), "needs_module", None) if target.startswith("baselines.") else None
    try:
        return module if module and importlib.util.find_spec(module) is None else None
    except ModuleNotFoundError:  # the parent package is absent
        return module


@pytest.fixture(scope="session")
def paper_data():
    """Folder with the paper's ten files; tests that need it are skipped where it is not."""
    folder = data_folder()
    if folder is None:
        pytest.skip("the paper's data files are not here (IMBENCH_DATA or ../shared/data)")
    return folder


@pytest.fixture
def no_folder(monkeypatch, tmp_path):
    """No data folder, an empty cache, and nothing remembered from earlier tests."""
    monkeypatch.delenv("IMBENCH_DATA", raising=False)
    monkeypatch.setenv("IMBENCH_CACHE", str(tmp_path / "cache"))
    load._load_published.cache_clear()
    yield tmp_path
    load._load_published.cache_clear()


@pytest.fixture(scope="session")
def dataset_of():
    """``dataset_of(name)`` loads a table: from the paper's files, or embedded, or skips."""

    def table(name: str):
        folder, config = data_folder(), read_yaml("dataset", name)
        if not config.get("embedded") and not (folder and (folder / config["file"]).is_file()):
            pytest.skip(f"the file of dataset {name} is not here (IMBENCH_DATA or ../shared/data)")
        return load.load_dataset(config, folder and str(folder))

    return table
