"""Give a language model another name in stored records, with proof that only the name moved."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import yaml

from imbench.errors import ConfigError
from imbench.records.record import CONFIG, LEDGER, STATUS, Record
from imbench.runs.key import identify
from imbench.scoring.predictions import Predictions
from imbench.utils.config import compose, plain
from imbench.utils.files import json_text, yaml_text

#: Kinds of identifiers that correspond one to one before and after.
KINDS = ("key", "generation_key", "variant")


@dataclass(frozen=True)
class Renamed(Record):
    """A record under its new name: the files that changed, and the record that has all others.

    ``problems`` are the checks that failed; empty when only the name moved.
    """

    before: Record
    changed: Mapping[str, bytes]
    identifiers: Mapping[str, str]
    problems: tuple[str, ...]

    @property
    def key(self) -> str:
        """The new key."""
        return self.identifiers["key"]

    def content(self, name: str) -> bytes | None:
        """The bytes of one of the record's text files, or None."""
        return self.changed[name] if name in self.changed else self.before.content(name)

    def predictions(self) -> dict[str, dict[str, Predictions]] | None:
        """The predictions, as they were."""
        return self.before.predictions()


def has_llm(record: Record, name: str) -> bool:
    """Whether the record is of an ended run with this language model."""
    status = record.status()
    return status is not None and status.get("llm") == name


def renamed(record: Record, old: str, new: str) -> Renamed:
    """The record of an ended run with the language model ``old`` under the name ``new``, checked.

    The name stands in the method's settings, the configuration's section ``llm``, the dataset's budget, the
    status, the command line and the ledger. The key of the model inside the ledger is left: it names what
    was trained then. The present ``conf`` must have ``new`` with the settings that ``old`` had.
    """
    config = yaml.safe_load(record.content(CONFIG) or b"")
    status, ledger = (orjson.loads(record.content(name) or b"{}") for name in (STATUS, LEDGER))
    moved = _config(config, old, new)
    identity = identify(moved)
    identifiers = {kind: getattr(identity, kind) for kind in KINDS}
    overrides = [o for o in status["overrides"] if o != f"llm={old}"] + [f"llm={new}"]
    moved_status = {**status, **identifiers, "llm": new, "overrides": overrides}
    changed = {CONFIG: yaml_text(moved).encode(), STATUS: json_text(moved_status).encode()}
    if ledger.get("model") == old:
        changed[LEDGER] = json_text({**ledger, "model": new}).encode()
    problems = _problems(record, config, moved, status, overrides, old, new)
    return Renamed(record, changed, identifiers, tuple(problems))


def _config(config: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    moved = copy.deepcopy(dict(config))
    for section in (moved, moved["method"]):
        if (section.get("llm") or {}).get("name") == old:
            section["llm"]["name"] = new
    budget = moved["dataset"].get("budget") or {}
    if old in budget:
        moved["dataset"]["budget"] = {new if name == old else name: value for name, value in budget.items()}
    return moved


def _problems(
    record: Record, config: Mapping[str, Any], moved: Mapping[str, Any], status: Mapping[str, Any],
    overrides: list[str], old: str, new: str,
) -> Iterator[str]:  # fmt: skip
    before, after = identify(config), identify(moved)
    if not record.key == status["key"] == before.key:
        yield f"its key is not that of its configuration, which is {before.key}"
    for kind in KINDS[1:]:
        if status[kind] != getattr(before, kind):
            yield f"its {kind} is not that of its configuration, which is {getattr(before, kind)}"
    if after.labels != {**before.labels, "llm": new}:
        yield "a label other than the language model changed"
    if _config(moved, new, old) != config:
        yield "the configuration does not come back when the name does"
    try:
        composed = identify(plain(compose(overrides)))
    except ConfigError as error:
        yield f"conf does not compose its command line: {error}"
    else:
        if composed != after:
            yield f"conf composes another run for its command line: {composed.key}"


def not_one_to_one(found: Iterable[Renamed]) -> list[str]:
    """Identifiers that have several partners; a record's old ones are in its status."""
    found, problems = list(found), []
    for kind in KINDS:
        pairs = {((r.before.status() or {})[kind], r.identifiers[kind]) for r in found}
        for side, name in enumerate(("old", "new")):
            counts = Counter(pair[side] for pair in pairs)
            problems += [f"{k}: this {name} {kind} has {n} partners" for k, n in counts.items() if n > 1]
    return problems
