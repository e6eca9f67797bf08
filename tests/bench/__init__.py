"""Benchmarks of the promises about time and memory; see `__main__`. No part of `make test`."""
