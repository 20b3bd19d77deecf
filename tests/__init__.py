"""The default suite takes minutes on two cores; `pytest -m slow` has the long tests."""

import os

# As run.py does, and before anything loads numpy.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
