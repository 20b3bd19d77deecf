"""Datasets by name or from a CSV file, for Python code; a run loads them by its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imbench.data import catalogue
from imbench.data.dataset import Dataset
from imbench.errors import ConfigError, DataError
from imbench.utils.config import entry, names
from imbench.utils.text import file_name_part, truncated

#: The option of ``conf/dataset`` for files of one's own.
CSV = "csv"


def load_dataset(
    name_or_path: str | Path, *, target: str | None = None, data_dir: str | None = None, **options: Any
) -> Dataset:
    """Load a dataset of the benchmark by its name, or one's own CSV file.

    Parameters
    ----------
    name_or_path : str or Path
        The name of a file of ``conf/dataset`` (``"german"``), or the path of a CSV file.
    target : str, optional
        The label column of a CSV file.
    data_dir : str, optional
        Folder with the published files of the benchmark's datasets; default: the variable
        ``IMBENCH_DATA``. The datasets german, car and insurance need none.
    **options
        Options of a CSV file, as in ``conf/dataset/csv.yaml``: ``name``, ``separator``, ``missing``,
        ``continuous``, ``categorical``, ``ignore``, ``drop_missing``, ``cut``.

    Returns
    -------
    Dataset
        ``features`` (DataFrame, continuous columns first), ``labels`` (Series of class codes) and
        ``schema`` (column kinds and class names).

    Raises
    ------
    DataError
        When the file is not there or cannot be read.
    ConfigError
        When an option is unknown or has a wrong value.

    Examples
    --------
    >>> from imbench import load_dataset
    >>> dataset = load_dataset("german")
    >>> dataset.features.shape
    (1000, 20)
    >>> len(dataset.schema.continuous), len(dataset.schema.categorical)
    (6, 14)
    """
    known = [name for name in names("dataset") if name != CSV]
    if str(name_or_path) in known:
        if target is not None or options:
            raise ConfigError(
                f"'{name_or_path}' is a dataset of the benchmark and takes no options; './{name_or_path}' is "
                "a file of that name."
            )
        return catalogue.load_dataset(entry("dataset", str(name_or_path)), data_dir)
    path = Path(name_or_path).expanduser()
    if not path.is_file():
        raise DataError(
            f"'{truncated(str(name_or_path), 300)}' is neither a file nor one of {', '.join(known)}. "
            "Correct the name or the path."
        )
    if target is None:
        raise ConfigError(f"'{truncated(str(path), 300)}' needs target=COLUMN, the name of its label column.")
    allowed = entry("dataset", CSV)
    if unknown := sorted(set(options) - set(allowed)):
        raise ConfigError(f"{unknown[0]} is unknown. A CSV file may have: {', '.join(sorted(allowed))}.")
    config = {**allowed, "name": file_name_part(path.stem), **options, "path": str(path), "target": target}
    return catalogue.load_dataset(config)
