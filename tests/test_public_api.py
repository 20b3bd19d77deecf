"""The public API: lazy imports, complete docstrings, and examples that run."""

import doctest
import importlib
import inspect
import subprocess
import sys
import time

import numpy as np
import pytest

import imbench
from imbench.utils.paths import ROOT

CLASSES = [name for name in imbench.__all__ if inspect.isclass(getattr(imbench, name))]
SECTIONS = ("Parameters", "Attributes", "Notes", "References", "Examples")


def test_every_public_name_is_there():
    assert set(imbench.__all__) <= set(dir(imbench))
    assert all(getattr(imbench, name).__name__ == name for name in imbench.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'SMOTE'"):
        imbench.SMOTE  # noqa: B018


def test_the_package_is_imported_within_a_tenth_of_a_second():
    code = "import time; t = time.perf_counter(); import imbench; print(time.perf_counter() - t)"
    seconds = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", capture_output=True, text=True)
        seconds.append(float(done.stdout))
    assert min(seconds) < 0.1
    heavy = (
        "import sys, imbench; print([m for m in ('numpy', 'pandas', 'torch', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", heavy], cwd=ROOT / "src", capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", CLASSES)
def test_the_docstring_is_complete(name):
    cls = getattr(imbench, name)
    text = inspect.getdoc(cls)
    for section in SECTIONS:
        assert f"\n{section}\n{'-' * len(section)}\n" in text, section
    for parameter in inspect.signature(cls).parameters:
        assert any(parameter in line.split(" : ")[0].replace(",", " ").split() for line in text.splitlines())


@pytest.mark.parametrize("name", imbench.__all__)
def test_the_example_runs(name):
    found = getattr(imbench, name)
    module = importlib.import_module(found.__module__)
    tests = doctest.DocTestFinder(recurse=False).find(found, name, module, globs={})
    assert tests and tests[0].examples, "no example"
    started = time.perf_counter()
    with np.printoptions(legacy=False):
        result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(tests[0])
    assert result.failed == 0 and time.perf_counter() - started < 30


@pytest.mark.parametrize("name", [n for n in CLASSES if n != "MinorityOversampler"])
def test_every_parameter_is_declared(name):
    cls = getattr(imbench, name)
    assert set(inspect.signature(cls).parameters) == set(cls._parameter_constraints)
