"""Errors whose message is meant for the person who ran the command.

A message says what is wrong, where (file, column, value) and what to do. ``run.py`` prints the message alone;
the traceback is stored in the run's record.
"""


class ImbenchError(Exception):
    """Base class of all errors with such a message."""


class ConfigError(ImbenchError):
    """A value in the configuration cannot be used."""


class DataError(ImbenchError):
    """A dataset cannot be found, read or used."""


class MethodError(ImbenchError, ValueError):
    """A method cannot work on its training rows; a ``ValueError``, as scikit-learn raises for such rows."""


class Shortfall(MethodError):
    """A generator reached its limit of attempts with fewer rows than requested."""


class LeakageError(ImbenchError):
    """A row or a fitted object crossed from the test part into training. Always a bug."""


class StorageError(ImbenchError):
    """A result could not be written; finished results are untouched."""


class SamplerWarning(UserWarning):
    """A sampler added fewer rows than requested, or other rows than its name says."""


class DatasetWarning(UserWarning):
    """How a user's file was read, or what in it makes results doubtful."""
