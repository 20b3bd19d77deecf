"""Language models of table rows: sentences, tokens, fine-tuning and generation. Nothing of imbalance.

The modules import torch; nothing outside imports them before a model is needed.
"""
