"""A language model of table rows with one position a cell; every column has its own small set of codes.

Modules: ``discretization`` (values and codes), ``transformer`` (the network), ``optimisation`` (training),
``completion`` (sampling), ``cell_model`` (the model as the samplers use it). docs/tiny.md describes it.
"""
