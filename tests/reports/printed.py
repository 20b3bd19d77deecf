"""Single published numbers, for tests."""

from imbench.reports.paper.published import published


def printed(table, value="f1_mean", **where):
    """The number in the only line of ``results/paper/<table>.csv`` with these fields."""
    (line,) = [x for x in published(table) if all(x[k] == v for k, v in where.items())]
    return float(line[value])


def quoted(name):
    """A number of the running text by its id; shares and F1 as such, never in per cent."""
    return printed("quoted", "value", id=name)
