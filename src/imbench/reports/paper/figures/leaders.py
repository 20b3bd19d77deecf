"""Which methods the paper's figures show, and in which style."""

from __future__ import annotations

from imbench.reports.methods import MethodMetadata, method_metadata
from imbench.reports.paper.paper_suite import PAPER, methods_of
from imbench.reports.style import Style
from imbench.reports.suite import CONTROL

#: The paper's columns that its figures show, the method it proposes first; CTGAN is its best baseline.
LEADERS = ("ImbLLM", "CTGAN", "SMOTE-NC", "Imbalance", "TapTap", "Pred-LLM")


def controls() -> list[MethodMetadata]:
    """The controls that need no generator and are no column of the paper."""
    return PAPER.in_order(
        m.name for m in method_metadata().values() if m.group == CONTROL and not m.paper_column
    )


def style_of(method: MethodMetadata) -> Style:
    """A method's style, the same in every figure: leaders first, then the controls, then the others."""
    first = methods_of(LEADERS)
    others = PAPER.in_order(m.name for m in method_metadata().values() if m not in first)
    order = [m.name for m in [*first, *sorted(others, key=lambda m: m.group != CONTROL)]]
    return Style.at(order.index(method.name) if method.name in order else len(order))
