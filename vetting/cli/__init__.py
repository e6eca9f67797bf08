"""The commands. Each calls one service or starts one process; heavy imports happen inside the command."""

from vetting.cli.app import main

__all__ = ["main"]
