"""Benchmarks of the promises about time and memory; see `__main__`. No part of `make test`."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the commands have it; read with numpy
