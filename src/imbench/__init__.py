"""imbench: which way of generating minority rows helps a classifier on imbalanced datasets?

The data goes one way: configuration → :mod:`imbench.data` (dataset, split) →
:mod:`imbench.samplers` (synthetic minority rows) → :mod:`imbench.scoring` (scores under two
protocols) → :mod:`imbench.runs` (a record on disk) → :mod:`imbench.reports` (tables, figures).

The names in ``__all__`` are the public API. Each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imbench.data.loading import load_dataset as load_dataset
    from imbench.data.split import split_dataset as split_dataset
    from imbench.samplers.base import MinorityOversampler as MinorityOversampler
    from imbench.samplers.interpolation import InterpolateMarginal as InterpolateMarginal
    from imbench.samplers.llm.presets import LITO as LITO
    from imbench.samplers.llm.presets import GReaT as GReaT
    from imbench.samplers.llm.presets import ImbLLM as ImbLLM
    from imbench.samplers.llm.presets import PredLLM as PredLLM
    from imbench.samplers.llm.presets import TapTap as TapTap
    from imbench.samplers.llm.sampler import LLMOversampler as LLMOversampler
    from imbench.samplers.wrapped import WrappedSampler as WrappedSampler
    from imbench.scoring.holdout import score as score

__version__ = "0.1.0"

#: The module that defines each public name.
_MODULES = {
    **dict.fromkeys(("GReaT", "ImbLLM", "LITO", "PredLLM", "TapTap"), "imbench.samplers.llm.presets"),
    "InterpolateMarginal": "imbench.samplers.interpolation",
    "LLMOversampler": "imbench.samplers.llm.sampler",
    "MinorityOversampler": "imbench.samplers.base",
    "WrappedSampler": "imbench.samplers.wrapped",
    "load_dataset": "imbench.data.loading",
    "score": "imbench.scoring.holdout",
    "split_dataset": "imbench.data.split",
}
__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'imbench' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
