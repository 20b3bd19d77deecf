"""Hostile input, made at random: every part of the program that reads what others wrote has a fuzzer here.

A fuzzer (:class:`~imbench.fuzz.part.Part`) draws inputs that are plain JSON, so that what it finds can be
kept as a file (``tests/fuzz/corpus``) and replayed for ever. An input may end in an
:class:`~imbench.errors.ImbenchError`; anything else is a finding.
"""
