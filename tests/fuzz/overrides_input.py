"""Fuzzer of the command line: ``run.py`` with strange options, in this process, into a folder of its own."""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import re
import runpy
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.fuzz.part import Part

#: ``@`` stands for the input's own folder, so that nothing is written elsewhere.
RUNS = ("@/a/b/runs", "@/a/b/ü 漢", "@/a/b/" + "x" * 300, "@/mine.csv", "@/a/b/c/../d", '"@/a/b/\\0"')
VALUES = (
    "", "null", "true", "-1", "0", "1", "1.5", "1e400", "nan", "inf", "-inf", "abc", "[]", "[1,2]", "{}",
    "{a:1}",
    "9" * 30, "4294967296", "x" * 3000, "../../x", "/etc/passwd", "'../../x'", "~nobody/x", "'a/b'", "a.b",
    ".",
    "..", "${oc.env:HOME}", "${oc.env:NO_SUCH}", "${seed}", "${nope}", "${", "'${'", "\\${x}", "'%s'",
    "'{0}'",
    "漢字", "'😀'", "'a\\nb'", "'<script>'", "'=1+1'", "\"'\"", "'", '"', "{_target_:os.getcwd}",
    "{_target_:os.system,command:true}", "{_target_:builtins.print}", "{_partial_:true}", "[[[[[]]]]]",
    "0x10", "no", "1e7", "1e301", "-0.5", "0,1", "null,abc", "9" * 400,
    "1_000", "1e-400", "???", "'???'", "0.0000001", "${.}", "${..seed}", "@/mine.csv", "@",
)  # fmt: skip
KEYS = (
    "seed", "seeds.split", "seeds.generation", "seeds.classifier", "imbalance_ratio", "data_dir", "rerun",
    "dataset",
    "dataset.name", "dataset.path", "dataset.target", "dataset.separator", "dataset.missing",
    "dataset.continuous",
    "dataset.ignore", "dataset.cut", "dataset.file", "dataset.sha256", "dataset.classes", "dataset.limits",
    "dataset._target_", "dataset.embedded", "dataset.embedded.package", "dataset.embedded.path",
    "dataset.budget",
    "method", "method.name", "method.metadata.title", "method._target_", "method.trains_on",
    "method.class_weight",
    "method.interpolation_ratio", "method.sampler", "method.sampler._target_", "method.x", "method.corpus",
    "method.llm", "method.number", "llm", "llm.name", "llm.training", "llm.training.steps",
    "llm.training.batch", "llm.size.width", "llm.size.layers", "llm.x", "classifier", "classifier.xgboost",
    "classifier.xgboost._target_", "tracking", "tracking.uri", "experiment", "x", "x.y", "x.y.z", "a/b", "漢",
    "seeds", "imbalance_ratio.x", "seed@x", "limits", "limits.seconds", "limits.memory_gb", "max_retries",
    "retry_failed", "trust_config", "launcher", "launcher.name", "launcher.workers", "", "=", "~",
)  # fmt: skip
METHODS = ("imbalance", "duplicate", "smote", "interpolate_marginal", "imbllm", "original")
#: Markers, not options of ``run.py``: the runs folder holds the usual run, done or failed, before the call.
DONE_BEFORE, FAILED_BEFORE = "@done", "@failed"
#: What keeps a fuzzed language model small.
SMALL = ("llm.training.steps=1", "llm.size.layers=1", "llm.size.width=16",
         "llm.size.heads=1")  # fmt: skip
CSV = "size,colour,label\n" + "".join(f"{i},{'ab'[i % 2]},{'ur'[i % 5 == 0]}\n" for i in range(40))
#: Text that a message for a person never contains.
CRASHED = re.compile(r"Traceback \(most recent call last\)|Error executing job")
#: The reason of a run that failed with a bare Python error.
UNFORESEEN = re.compile(r"FAILED — (\w+(?:Error|Exception|Interrupt)): .*")


def inputs() -> Any:
    """Lists of options: a run that would work, with one to three strange options after it."""
    from hypothesis import strategies as st

    value = st.one_of(st.sampled_from(VALUES), st.sampled_from(VALUES), st.text(max_size=6))
    key = st.one_of(st.sampled_from(KEYS), st.sampled_from(KEYS), st.text(max_size=4))
    option = st.one_of(
        st.builds(lambda p, k, v: f"{p}{k}={v}", st.sampled_from(("", "", "+", "++", "~")), key, value),
        st.builds(lambda k: f"~{k}", key),
        st.builds(lambda m: f"method={m}", st.sampled_from(METHODS)),
        st.builds(lambda r: f"runs_dir={r}", st.sampled_from(RUNS)),
        st.sampled_from(("dataset=insurance", "dataset=german", "classifier=[]",
            "classifier=[logistic_regression]")),
    )  # fmt: skip
    # What counts is how options meet a record that is there: a failed one is tried again, a done one kept.
    retrying = st.sampled_from(("rerun", "retry_failed", "max_retries"))
    retry = st.builds(lambda k, v: f"{k}={v}", retrying, value)
    options = st.lists(option.filter(_harmless), min_size=1, max_size=3)
    before = st.sampled_from(([], [], [DONE_BEFORE], [FAILED_BEFORE]))
    several = st.sampled_from(([], [], ["-m"]))
    return st.one_of(
        st.builds(lambda b, m, w: [*b, *m, *w], before, several, options),
        st.builds(lambda b, m, w: [b, *m, w], st.sampled_from((DONE_BEFORE, FAILED_BEFORE)), several, retry),
    )


def _harmless(option: str) -> bool:
    """Hydra's own options and paths outside the input's folder are not fuzzed."""
    return not re.match(r"[+~]*(hydra|-|runs_dir=(?!@|\"@)|tracking)", option) and "\0" not in option


def play(given: Any, folder: Path) -> None:
    """``run.py`` with these options: it ends with a message or a run, and writes below ``runs_dir`` alone."""
    (folder / "mine.csv").write_text(CSV, encoding="utf-8")
    (folder / "a" / "b").mkdir(parents=True)
    usual = ["dataset=csv", f"dataset.path={folder}/mine.csv", "dataset.target=label", "method=imbalance",
             "tracking=none", "classifier=[logistic_regression]", f"runs_dir={folder}/a/b/runs",
             *SMALL]  # fmt: skip
    given = list(given)
    if given[:1] in ([DONE_BEFORE], [FAILED_BEFORE]):
        _runs_before(folder / "a" / "b" / "runs", given.pop(0))
    several = [option for option in given if option == "-m"][:1]  # Hydra wants it before all others
    given = [option for option in given if option != "-m"]
    options = [*several, *usual, *(w.replace("@/", f"{folder}/").replace("=@", f"={folder}") for w in given)]
    code, output = run_script(options, folder)
    assert not CRASHED.search(output), output[-1500:]
    if bare := UNFORESEEN.search(output):
        raise AssertionError(f"{bare[1]} as the run's reason: {bare[0][:300]}")
    assert code in (0, 1, 2), f"exit code {code}"
    assert code == 0 or output.strip(), "it failed without a message"
    outside = {p.name for p in folder.iterdir()} - {"a", "mine.csv"} | {
        p.name for p in (folder / "a").iterdir()
    } - {"b"}
    assert not outside, f"written outside of the runs folder: {outside}"


def _runs_before(runs_dir: Path, option: str) -> None:
    """The usual run as an earlier command left it. (Where the table lies is no part of the run's key.)"""
    shutil.copytree(_usual_run(), runs_dir)
    if option == FAILED_BEFORE:
        (marker,) = runs_dir.glob("*/status.json")
        status = json.loads(marker.read_text(encoding="utf-8"))
        status |= {"state": "failed", "phase": "score", "reason": "the disk was full"}
        marker.write_text(json.dumps(status), encoding="utf-8")
        (marker.parent / "scores.json").unlink()


@cache
def _usual_run() -> Path:
    home = Path(tempfile.mkdtemp(prefix="imbench-fuzz-home-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    play(["seed=0"], home)
    return home / "a" / "b" / "runs"


def run_script(options: list[str], folder: Path) -> tuple[int, str]:
    """Exit code and all that ``run.py`` prints with these options."""
    from imbench.utils.paths import ROOT

    text = io.StringIO()
    code = 0
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text), _as_program(options, folder):
        try:
            runpy.run_path(str(ROOT / "run.py"), run_name="__main__")
        except SystemExit as left:
            if isinstance(left.code, str):
                text.write(left.code)
            code = left.code if isinstance(left.code, int) else int(left.code is not None)
    return code, text.getvalue()


@contextlib.contextmanager
def _as_program(options: list[str], folder: Path) -> Iterator[None]:
    from hydra.core.global_hydra import GlobalHydra

    before, here, around = sys.argv, Path.cwd(), dict(os.environ)
    sys.argv = ["run.py", *options]
    os.chdir(folder / "a" / "b")
    try:
        yield
    finally:
        sys.argv = before
        os.chdir(here)
        os.environ.clear()
        os.environ.update(around)  # a sweep names its journal there
        GlobalHydra.instance().clear()


@cache
def _first_run() -> None:
    """A run that imports what runs import."""
    with tempfile.TemporaryDirectory(prefix="imbench-fuzz-") as folder:
        play(["method=imbllm"], Path(folder))


PART = Part("overrides", inputs, play, _first_run)
