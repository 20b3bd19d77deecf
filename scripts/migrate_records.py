"""Rewrite records from before version 0.2 with the present names and keys, as an archive.

    git archive be7d744 results/runs | tar -x -C FOLDER
    python scripts/migrate_records.py FOLDER/results/runs paper

For every record it is checked that names alone moved: its old key is the hash of its old configuration, the
translated configuration has the settings that the present conf composes for the same command line, the
dataset and the split are the same, and so are the scores, byte for byte. Old and new keys, generation keys
and variants correspond one to one. Records that fail a check are printed, and nothing is written.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown

#: What the old keys left out, and the constant that was a part of them.
OLD_NOT_IDENTITY = (
    "data_dir", "runs_dir", "rerun", "tracking", "limits", "retry_failed", "max_retries", "hydra", "device",
    "llm", "launcher", "trust_config",
)  # fmt: skip
OLD_INSIDE = {
    "dataset": ("url", "embedded", "file", "path", "budget", "limits"),
    "method": ("title", "group", "paper", "model_dir"),
}
OLD_SCORING_VERSION = 3


@dataclass(frozen=True)
class Migrated:
    """A record's files under the present names, its keys before and after, and the checks that failed."""

    files: dict[str, bytes | None]
    old: dict[str, str]
    new: dict[str, str]
    problems: tuple[str, ...]


def main() -> int:
    """Migrate, check and report; the exit code is 1 when a check failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the folder of the old records")
    parser.add_argument("name", help="the archive's name")
    parser.add_argument(
        "--runs-dir", default="results/runs", help="the archive is written beside this folder"
    )
    parser.add_argument("--data-dir", default=None)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--maps", type=Path, default=None, help="maps whose run keys are rewritten, too")
    options = parser.parse_args()

    from imbench.records.archive import records_path
    from imbench.records.record import iterate

    found = [migrated(folder, options.data_dir) for folder in iterate(options.folder)]
    problems = [f"{m.old['key']}: {problem}" for m in found for problem in m.problems] + _not_one_to_one(
        found
    )
    for problem in problems:
        print(problem)
    checked = sum(not m.problems for m in found)
    print(f"{len(found)} records: {checked} passed every check, {len(problems)} problems")
    _print_counts(found)
    if problems or not found:
        return 1
    if not options.check:
        path = records_path(from_root(options.runs_dir), options.name)
        _write(found, path)
        print(f"written to {shown(path)} ({path.stat().st_size / (1 << 20):.2f} MiB)")
        if options.maps:
            _rewrite_maps(options.maps, {m.old["key"]: m.new["key"] for m in found})
    return 0


def migrated(folder: Any, data_dir: str | None) -> Migrated:
    """One record under the present names, checked."""
    from imbench.records.archive import FILES
    from imbench.records.old_names import new_config, new_ledger
    from imbench.records.record import CONFIG, LEDGER, SCORES, STATUS
    from imbench.runs.key import classifier_settings, identify
    from imbench.utils.files import json_text, read_json, read_yaml

    files = {name: folder.content(name) for name in FILES}
    status, config = folder.status(), read_yaml(folder.path / CONFIG)
    if status is None or config is None:
        return Migrated(files, {"key": folder.key}, {}, ("not a complete record",))
    translated = new_config(config)
    identity = identify(translated)
    new = {
        "key": identity.key, "generation_key": identity.generation_key, "variant": identity.variant,
        "classifiers": classifier_settings(translated),
    }  # fmt: skip
    # The raw JSON, not the schema's: no entry of an old record is lost.
    raw = {name: read_json(folder.path / name) for name in (STATUS, SCORES, LEDGER)}
    files[STATUS] = json_text({**raw[STATUS], **new}).encode()
    files[LEDGER] = json_text(new_ledger(raw[LEDGER])).encode()
    files[CONFIG] = _yaml(translated)
    problems = tuple(_problems(folder, status, config, translated, raw, files, data_dir))
    kinds = ("key", "generation_key", "variant")
    return Migrated(files, {k: status[k] for k in kinds}, {k: new[k] for k in kinds}, problems)


def _problems(
    folder: Any, status: Mapping[str, Any], config: Mapping[str, Any], translated: Mapping[str, Any],
    raw: Mapping[str, Any], files: Mapping[str, bytes | None], data_dir: str | None,
) -> Iterator[str]:  # fmt: skip
    import orjson

    from imbench.records import shapes
    from imbench.records.old_names import LEDGER as RENAMED
    from imbench.records.record import CONFIG, LEDGER, SCORES, STATUS
    from imbench.records.shapes import decode
    from imbench.runs.key import identify, labels_of

    old = old_key(config)
    if not folder.key == status["key"] == old:
        yield f"its key is not the hash of its configuration, which is {old}"
    composed = _composed(tuple(status["overrides"]))
    for path, one, two in differences(_identifying(translated), _identifying(composed)):
        yield f"{path} is {one!r} in the record and {two!r} in the present configuration"
    if identify(composed) != identify(translated):
        yield "the present configuration has another key"
    if labels_of(translated) != {label: status.get(label) for label in labels_of(translated)}:
        yield "its labels changed"
    checksum, split_hash = _split(translated, data_dir)
    if checksum != config["dataset"]["sha256"]:
        yield f"its dataset has another checksum: {checksum}"
    if not split_hash == status["split_hash"] == raw[SCORES]["split_hash"]:
        yield f"the present split has another hash: {split_hash}"
    if files[SCORES] != folder.content(SCORES) or decode(files[SCORES], shapes.Scores) is None:
        yield "its scores changed or are invalid"
    ledger = orjson.loads(files[LEDGER] or b"")
    if {RENAMED.get(n, n): v for n, v in raw[LEDGER].items()} != ledger or len(ledger) != len(raw[LEDGER]):
        yield "its ledger changed"
    kept = {k: v for k, v in orjson.loads(files[STATUS] or b"").items() if k not in _REWRITTEN}
    if kept != {k: v for k, v in raw[STATUS].items() if k not in _REWRITTEN}:
        yield "another part of its status changed"
    if not files[CONFIG] or decode(files[STATUS], shapes.Status) is None:
        yield "the new record is invalid"


_REWRITTEN = ("key", "generation_key", "variant", "classifiers")


def old_key(config: Mapping[str, Any]) -> str:
    """The key of a configuration by the rule before version 0.2."""
    from imbench.data.catalogue import dataset_checksum
    from imbench.runs.budget import budget_of
    from imbench.runs.key import digest

    content = {k: v for k, v in config.items() if k not in OLD_NOT_IDENTITY}
    for section, left_out in OLD_INSIDE.items():
        content[section] = {k: v for k, v in content[section].items() if k not in left_out}
    content["dataset"]["sha256"] = dataset_checksum(config["dataset"])
    if budget := budget_of(config):
        content["budget"] = budget
    content["scoring_version"] = OLD_SCORING_VERSION
    return digest(content)


def _identifying(config: Mapping[str, Any]) -> dict[str, Any]:
    """The sections and options of a configuration that are a part of its key."""
    from imbench.runs.key import NOT_IDENTITY, NOT_IDENTITY_INSIDE, with_defaults

    content = {k: v for k, v in with_defaults(dict(config)).items() if k not in NOT_IDENTITY}
    for section, left_out in NOT_IDENTITY_INSIDE.items():
        content[section] = {k: v for k, v in content[section].items() if k not in left_out}
    return content


def differences(one: Any, two: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Paths and values in which two nested settings differ; an absent one is ``'absent'``."""
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        for key in dict.fromkeys((*one, *two)):
            yield from differences(
                one.get(key, "absent"), two.get(key, "absent"), f"{path}.{key}".lstrip(".")
            )
    elif one != two or type(one) is not type(two):
        yield path, one, two


def _composed(overrides: tuple[str, ...]) -> dict[str, Any]:
    """The present configuration of a command line; those that differ in numbers alone share one."""
    from imbench.utils.config import plain

    values = dict(override.split("=", 1) for override in overrides)
    config = _shared(tuple(o for o in overrides if o.split("=")[0] not in NUMBERS)).copy()
    for name, kind in NUMBERS.items():
        if name in values:
            config[name] = kind(values[name])
    return plain(config)


NUMBERS = {"seed": int, "imbalance_ratio": float}


@lru_cache(maxsize=4096)
def _shared(overrides: tuple[str, ...]) -> Any:
    from imbench.utils.config import compose

    return compose(list(overrides))


@lru_cache(maxsize=4096)
def _split_of(dataset: str, seed: int, ratio: float, data_dir: str | None) -> tuple[str, str]:
    from imbench.data.catalogue import load_dataset
    from imbench.data.split import split_dataset
    from imbench.utils.config import entry

    table = _tables.get(dataset) or _tables.setdefault(
        dataset, load_dataset(entry("dataset", dataset), data_dir)
    )
    return table.checksum, split_dataset(table, seed, ratio).hash


_tables: dict[str, Any] = {}


def _split(config: Mapping[str, Any], data_dir: str | None) -> tuple[str, str]:
    seeds, ratio = config["seeds"], config["imbalance_ratio"]
    return _split_of(config["dataset"]["name"], seeds["split"], ratio, data_dir)


def _yaml(config: Mapping[str, Any]) -> bytes:
    from omegaconf import OmegaConf

    return OmegaConf.to_yaml(OmegaConf.create(dict(config))).encode()


def _not_one_to_one(found: list[Migrated]) -> list[str]:
    problems = []
    for kind in ("key", "generation_key", "variant"):
        pairs = {(m.old[kind], m.new[kind]) for m in found if m.new}
        for side, name in ((0, "old"), (1, "new")):
            counts = Counter(pair[side] for pair in pairs)
            problems += [f"{k}: this {name} {kind} has {n} partners" for k, n in counts.items() if n > 1]
    return problems


def _print_counts(found: list[Migrated]) -> None:
    for kind in ("key", "generation_key", "variant"):
        one, two = ({getattr(m, side).get(kind) for m in found} for side in ("old", "new"))
        moved = sum(m.old.get(kind) != m.new.get(kind) for m in found)
        print(f"  {kind}: {len(one)} before, {len(two)} after; {moved} of the records have another one")


def _write(found: list[Migrated], path: Path) -> None:
    from imbench.records.archive import write
    from imbench.records.record import Record

    @dataclass(frozen=True)
    class New(Record):
        migrated: Migrated

        @property
        def key(self) -> str:
            return self.migrated.new["key"]

        def content(self, name: str) -> bytes | None:
            return self.migrated.files[name]

        def predictions(self) -> None:
            return None

    write({m.new["key"]: New(m) for m in found}, path)


def _rewrite_maps(folder: Path, keys: Mapping[str, str]) -> None:
    """Replace the run keys in stored maps (``scripts/maps.py``)."""
    from imbench.utils.files import json_text, read_json

    changed: dict[str, int] = defaultdict(int)
    for path in sorted(folder.glob("*.json")):
        content = read_json(path) or {}
        for entry in content.get("methods", {}).values():
            if entry.get("run") in keys:
                entry["run"] = keys[entry["run"]]
                changed[path.name] += 1
        path.write_text(json_text(content), encoding="utf-8")
    print(f"{sum(changed.values())} run keys rewritten in {len(changed)} maps of {shown(folder)}")


if __name__ == "__main__":
    sys.exit(exit_code(main))
