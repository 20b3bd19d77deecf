"""The paper's figures from stored runs: PNG and PDF, and the drawn numbers as CSV.

Every figure carries its model, protocol, seeds, number of runs and commit. What is missing is a gap in the
picture and a line with its state in the CSV.
"""
