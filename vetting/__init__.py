"""Vetting: vets experts by interview and matches them to projects."""

__version__ = "0.1.0"
