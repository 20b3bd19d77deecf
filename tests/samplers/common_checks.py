"""The common checks of imbalanced-learn and scikit-learn for every sampler class of ``conf/method``.

``python -m tests.samplers.common_checks`` runs all of them and writes ``docs/estimator_checks.md``; names of
classes after it run those alone and keep the rest of the table.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from imblearn.utils import estimator_checks as imblearn_checks
from sklearn.datasets import make_classification
from sklearn.utils import estimator_checks as sklearn_checks
from sklearn.utils._testing import SkipTest

from imbench.samplers.build import build_method
from imbench.utils.paths import ROOT
from tests.helpers import METHODS, method_config, read_yaml

TABLE = ROOT / "docs" / "estimator_checks.md"
LIBRARIES = ("imbalanced-learn", "scikit-learn")
#: Checks that imbalanced-learn's own tests run beside those of its generator.
FURTHER = (imblearn_checks.check_param_validation, imblearn_checks.check_dataframe_column_names_consistency)
#: Checks that a class does not pass, with the reason: at most three a class.
EXCEPTIONS: dict[tuple[str, str], str] = {
    (
        "MGSGRFSampler",
        "check_samplers_string",
    ): "the method needs a column of numbers, and the check has texts only",
}
MOST_EXCEPTIONS = 3
PASSED, SKIPPED, ABSENT = "passed", "skipped", "–"
HEAD = f"""# Common checks of imbalanced-learn and scikit-learn

Written by `python -m tests.samplers.common_checks`. Every class of this project that `conf/method`
names, with the settings of one of its methods (generators that train: a few steps) and a dataset of
150 rows, against all checks that the two libraries yield for it. `{PASSED}`; `{SKIPPED}` by the
check itself, which needs an option of the environment; `{ABSENT}`: the library does not yield the
check, because the class's tags say that its input is refused. Sparse matrices are refused by all
(rows with text are never sparse), missing values by the generators that take none (with
`missing="impute"` they do).

"""


def own_classes() -> dict[str, str]:
    """The sampler classes of this project (imbench, baselines) by name, each with a method that has it.

    The method is one without a check of its rows, which may leave fewer of them than the checks expect, and
    if possible one that does not train for epochs. Classes whose package is not installed are left out.
    """
    found: dict[str, str] = {}
    settings = {name: read_yaml("method", name) for name in METHODS}

    def costs(method: str) -> tuple[bool, bool, int, str]:
        words = settings[method]
        return words.get("verification", "none") != "none", "epochs" in str(words), len(method), method

    for method in sorted(METHODS, key=costs):
        target = settings[method]["_target_"]
        if target.split(".")[0] != "imblearn":
            found.setdefault(target.rsplit(".", 1)[1], method)
    return dict(sorted(found.items()))


@lru_cache
def sampler_of(name: str) -> Any:
    """An instance of a class with the settings of its method, as small as tests have them."""
    sampler = build_method(method_config(own_classes()[name]), 0, "auto").sampler
    if sampling := sampler.get_params().get("sampling"):  # a barely trained model needs more attempts
        sampler.set_params(sampling={**sampling, "max_attempts": 100})
    return sampler


def is_installed(sampler: Any) -> bool:
    """Whether the package that a sampler needs is here."""
    needs = getattr(sampler, "needs_module", None)
    return needs is None or importlib.util.find_spec(needs) is not None


def name_of(check: Callable[..., Any]) -> str:
    return getattr(check, "func", check).__name__


def checks_of(sampler: Any, library: str) -> Iterator[Callable[[Any], Any]]:
    """The checks of a library; each is called with the sampler."""
    from functools import partial

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if library == "imbalanced-learn":
            for _, check in imblearn_checks.estimator_checks_generator(sampler):
                yield check
            yield from (partial(check, type(sampler).__name__) for check in FURTHER)
        else:
            for _, check in sklearn_checks.estimator_checks_generator(sampler):
                yield check


@contextmanager
def small_dataset() -> Iterator[None]:
    """imbalanced-learn's checks with 150 rows of 4 columns in the place of their 1,000 rows of 20 columns."""

    def small() -> Any:
        return make_classification(n_samples=150, n_features=4, n_informative=4, n_redundant=0, n_classes=3,
                                   weights=[0.2, 0.3, 0.5], random_state=0)  # fmt: skip

    usual = imblearn_checks.sample_dataset_generator
    imblearn_checks.sample_dataset_generator = small
    try:
        yield
    finally:
        imblearn_checks.sample_dataset_generator = usual


def outcome(sampler: Any, check: Callable[[Any], Any]) -> str:
    """``passed``, ``skipped``, or the error's type and message."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check(sampler)
    except SkipTest:
        return SKIPPED
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return PASSED


def key_of(check: Callable[..., Any]) -> str:
    """A check's name in the table, with its arguments where the library yields it with several."""
    words = {k: v for k, v in getattr(check, "keywords", {}).items() if isinstance(v, bool | str | int)}
    return name_of(check) + (f" ({', '.join(f'{k}={v}' for k, v in words.items())})" if words else "")


def read_table() -> dict[str, dict[str, str]]:
    """The written table: library and check → class → outcome."""
    found: dict[str, dict[str, str]] = {}
    classes: list[str] = []
    for line in TABLE.read_text().splitlines() if TABLE.exists() else []:
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if line.startswith("| check |"):
            classes = cells[2:]
        elif line.startswith("| `"):
            found[f"{cells[1]}: {cells[0]}"] = dict(zip(classes, cells[2:], strict=True))
    return found


def main(names: list[str]) -> None:
    table = read_table()
    for name in names or own_classes():
        sampler = sampler_of(name)
        for row in table.values():
            row.pop(name, None)
        for library in LIBRARIES:
            for check in checks_of(sampler, library):
                with small_dataset():
                    found = outcome(sampler, check)
                table.setdefault(f"{library}: {key_of(check)}", {})[name] = found
                print(name, library, key_of(check), found, flush=True)
    classes = list(own_classes())
    lines = [f"| check | library | {' | '.join(classes)} |", "|---" * (2 + len(classes)) + "|"]
    for row, cells in table.items():
        library, check = row.split(": ", 1)
        lines.append(f"| `{check}` | {library} | {' | '.join(cells.get(c, ABSENT) for c in classes)} |")
    reasons = [f"- {name}, `{check}`: {reason}." for (name, check), reason in EXCEPTIONS.items()]
    exceptions = "\n## Exceptions\n\n" + "\n".join(reasons or ["None."]) + "\n"
    TABLE.write_text(HEAD + "\n".join(lines) + "\n" + exceptions)


if __name__ == "__main__":
    main(sys.argv[1:])
