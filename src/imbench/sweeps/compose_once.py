"""Configurations of many jobs, with each choice of each config group composed once.

The result equals Hydra's own composition of the job's overrides. Two facts make that cheap:

* Hydra applies value overrides (``seed=3``) after the files are merged, in order, by ``OmegaConf.update``.
  So jobs that differ in values only share one composition, and the values are set on a copy.
* Files are merged key by key. So where a choice changes the defaults list inside its own section only
  (``method=smote`` inside ``method``), that section can be taken from a composition with other choices
  elsewhere.

Whatever is not known to fit is composed by Hydra, and so are overrides that fail, for Hydra's message.
"""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

#: A key whose path is plain: no index, no package.
PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*")


@lru_cache(maxsize=4096)
def parsed(override: str) -> Override:
    """One override, parsed."""
    return OverridesParser.create().parse_overrides([override])[0]


class JobConfigs:
    """Composes jobs of one sweep. ``compositions`` counts how often Hydra itself was asked.

    ``fixed`` are overrides that Hydra prepends to each job's; ``master`` is the sweep's own configuration,
    whose cached resolver results (``${now:}``) the jobs share.
    """

    def __init__(
        self, loader: ConfigLoader, name: str = "config", fixed: Sequence[str] = (),
        master: DictConfig | None = None,
    ):  # fmt: skip
        self._loader, self._name, self._fixed, self._master = loader, name, list(fixed), master
        self._composed: dict[tuple[str, ...], DictConfig] = {}
        self._templates: dict[tuple[str, ...], bytes] = {}
        self._bases: dict[tuple[str, ...], list[str]] = {}
        self._value_keys: dict[tuple[str, ...], set[str]] = {}
        self._defaults: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        self.compositions = 0

    def __call__(self, overrides: Sequence[str]) -> dict[str, Any]:
        """The resolved configuration of one job as plain data.

        Raises what Hydra and OmegaConf raise for overrides that make no configuration.
        """
        return OmegaConf.to_container(self.unresolved(overrides), resolve=True)  # type: ignore[return-value]

    def unresolved(self, overrides: Sequence[str]) -> DictConfig:
        """The same as ``hydra.compose`` returns it."""
        lines = list(overrides)
        values = self._values(lines)
        try:
            config = pickle.loads(self._template([line for line in lines if line not in values]))
            for line in values:
                OmegaConf.update(config, parsed(line).key_or_group, parsed(line).value(), merge=True)
        except (HydraException, OmegaConfBaseException):
            config = copy.deepcopy(self._compose(lines))
        if self._master is not None:
            OmegaConf.copy_cache(from_config=self._master, to_config=config)
        return config

    def _values(self, lines: list[str]) -> list[str]:
        """The overrides that only set a value and may be applied last."""
        overrides = [parsed(line) for line in lines]
        keys = tuple(override.key_or_group for override in overrides)
        if keys not in self._value_keys:
            found = self._loader.compute_defaults_list(self._name, [*self._fixed, *lines], RunMode.RUN)
            self._value_keys[keys] = {override.key_or_group for override in found.config_overrides}
        known = self._value_keys[keys]
        targets = [override.key_or_group for override in overrides if override.key_or_group in known]
        if any(_touch(*pair) for pair in combinations(targets, 2)):
            return []
        return [
            line
            for line, override in zip(lines, overrides, strict=True)
            if override.key_or_group in known
            and override.type == OverrideType.CHANGE
            and not isinstance(override.value(), dict)
            and not override.is_hydra_override()
            and PLAIN_KEY.fullmatch(override.key_or_group)
        ]

    def _template(self, lines: list[str]) -> bytes:
        """The composition of the overrides that are more than values; merged from sections where exact.

        Pickled: a seventh of the time of a deep copy for each job.
        """
        key = tuple(lines)
        if key not in self._templates:
            self._templates[key] = pickle.dumps(self._by_sections(lines) or self._compose(lines))
        return self._templates[key]

    def _by_sections(self, lines: list[str]) -> DictConfig | None:
        """``lines`` merged from compositions that each differ from the first one in one choice, or None."""
        overrides = [parsed(line) for line in lines]
        form = tuple(override.key_or_group if _is_choice(override) else line
                     for override, line in zip(overrides, lines, strict=True))  # fmt: skip
        base = self._bases.setdefault(form, lines)
        changed = [n for n, line in enumerate(lines) if line != base[n]]
        if len(changed) < 2:
            return None
        merged = copy.deepcopy(self._compose(base))
        for n in changed:
            section = overrides[n].key_or_group
            alone = [*base[:n], lines[n], *base[n + 1 :]]
            part = self._compose(alone)
            if "/" in section or not self._changes_only(section, base, alone):
                return None
            with open_dict(merged):
                merged[section] = copy.deepcopy(part._get_node(section))
        return merged

    def _changes_only(self, section: str, base: list[str], other: list[str]) -> bool:
        """Whether two compositions differ in this section of the defaults list and of the result alone."""
        lists = [self._defaults_outside(section, lines) for lines in (base, other)]
        rest = [OmegaConf.to_container(self._compose(lines), resolve=False) for lines in (base, other)]
        for content in rest:
            content.pop(section, None)  # type: ignore[union-attr,call-arg]
        return lists[0] == lists[1] and rest[0] == rest[1]

    def _defaults_outside(self, section: str, lines: list[str]) -> list[tuple[Any, ...]]:
        key = tuple(lines)
        if key not in self._defaults:
            found = self._loader.compute_defaults_list(self._name, [*self._fixed, *lines], RunMode.RUN)
            self._defaults[key] = [(d.package or "", d.config_path, d.is_self) for d in found.defaults]
        return [entry for entry in self._defaults[key] if entry[0].split(".")[0] != section]

    def _compose(self, lines: list[str]) -> DictConfig:
        key = tuple(lines)
        if key not in self._composed:
            self.compositions += 1
            config = self._loader.load_configuration(self._name, [*self._fixed, *lines], RunMode.RUN)
            with open_dict(config):
                del config["hydra"]
            self._composed[key] = config
        return self._composed[key]


def _is_choice(override: Override) -> bool:
    """Whether an override of a config group names one or several of its files."""
    value = override.value()
    return (
        override.type == OverrideType.CHANGE
        and override.package is None
        and (isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value)))
        and PLAIN_KEY.fullmatch(override.key_or_group.replace("/", ".")) is not None
    )


def _touch(one: str, other: str) -> bool:
    """Whether one key lies inside the other, so that their order counts."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")
