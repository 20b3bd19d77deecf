"""Errors that speak to the person who ran the command.

Every message says what was wrong, where (file, column, value) and what to do. ``run.py`` prints
the message alone; the traceback goes into the run's record.
"""


class ImbenchError(Exception):
    """Base of all errors whose message is meant for a person."""


class ConfigError(ImbenchError):
    """A value in the configuration cannot be used."""


class DataError(ImbenchError):
    """A table cannot be found, read or used."""


class MethodError(ImbenchError):
    """A method cannot work on the rows it was given."""


class Shortfall(MethodError):
    """A generator stopped at its bound of attempts with fewer rows than asked for."""


class LeakageError(ImbenchError):
    """A row or a fitted object crossed from the test part into training. Always a bug."""


class StorageError(ImbenchError):
    """A result could not be written; what was finished before is untouched."""
