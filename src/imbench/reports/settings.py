"""What the words of a command line mean today: the settings by which a report finds their runs.

Hydra takes some 0.2 s to compose one configuration, and a report asks for dozens. The answers are
therefore remembered in ``results/.settings.json``, under a hash of all that they follow from: every file
of ``conf``, the code that hashes settings, and the versions of Hydra and OmegaConf. The file is a cache:
it can be deleted at any time, and a change of any of these makes it forgotten.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from imbench.utils.config import compose
from imbench.utils.paths import CONF, ROOT
from imbench.utils.text import is_safe

MEMORY = ROOT / "results" / ".settings.json"
SOURCE = ROOT / "src" / "imbench"
CODE = ("reports/settings.py", "runs/key.py", "runs/budget.py", "data/catalogue.py")
#: Their content as this process loaded it: a file that is edited later has nothing to do with its answers.
LOADED = b"\0".join((SOURCE / name).read_bytes() for name in CODE)


@lru_cache(maxsize=1024)
def settings_of(overrides: tuple[str, ...], llm: str | None, classifier: str) -> tuple[Any, ...] | None:
    """Method, variant, classifier settings and interpolation ratio that these words make, or None.

    None: the words do not make a configuration, a method whose YAML is gone, say.
    """
    question = json.dumps([overrides, llm, classifier])
    form = _form()
    known = _read(form)
    if question not in known:
        answer = _composed(overrides, llm, classifier)
        known = _read(form) | {question: answer}  # others may have written while this was composed
        _write(form, known)
    answer = known[question]
    return None if answer is None else tuple(answer)


def _composed(overrides: tuple[str, ...], llm: str | None, classifier: str) -> list[Any] | None:
    from omegaconf.errors import OmegaConfBaseException

    from imbench.errors import ConfigError
    from imbench.runs.key import classifier_settings, variant_of

    if llm and not (is_safe(llm) and (CONF / "llm" / f"{llm}.yaml").is_file()):
        return None  # a record's word: it may name a folder, or a file outside conf
    words = [*overrides, f"classifier=[{classifier}]"] + ([f"llm={llm}"] if llm else [])
    try:
        config = compose(words)
        ratio = config["method"].get("interpolation_ratio")
        return [config["method"]["name"], variant_of(config), classifier_settings(config)[classifier], ratio]
    except (ConfigError, OmegaConfBaseException, ValueError):
        return None


def _form() -> str:
    """A hash of everything that an answer follows from."""
    content = hashlib.sha256(LOADED)
    for path in sorted(CONF.rglob("*.yaml")):
        content.update(f"{path.name}\0{path.parent.name}\0".encode() + path.read_bytes() + b"\0")
    content.update("\0".join(metadata.version(p) for p in ("hydra-core", "omegaconf", "PyYAML")).encode())
    return content.hexdigest()[:16]


def _read(form: str) -> dict[str, Any]:
    try:
        stored = json.loads(MEMORY.read_bytes())
        return dict(stored["answers"]) if stored["form"] == form else {}
    except (OSError, ValueError, TypeError, LookupError):
        return {}


def _write(form: str, answers: dict[str, Any]) -> None:
    temporary = Path(f"{MEMORY}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps({"form": form, "answers": answers}), encoding="utf-8")
        temporary.replace(MEMORY)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
