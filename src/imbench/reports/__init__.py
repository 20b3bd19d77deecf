"""Tables and figures of stored runs. Nothing here computes a score: what is missing is shown as missing."""
