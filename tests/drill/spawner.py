"""Starts `vetting` commands by forking a process that has imported everything: a start costs a moment, not seconds.

Each line on standard input is a JSON list of arguments; the answer is the process id of a child that leads a group of
its own and is reaped by itself. On a busy machine a drill would otherwise spend its time importing.
"""

from __future__ import annotations

import json
import os
import signal
import sys


def main() -> None:
    """Fork on demand, until standard input ends."""
    import uvicorn  # noqa: F401  # imported for the children

    from vetting.cli import run  # noqa: F401  # as above
    from vetting.cli.app import main as command
    from vetting.llm import gateway  # noqa: F401  # as above
    from vetting.web import app  # noqa: F401  # as above

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child:
            print(child, flush=True)
            continue
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(2, 1)
        try:
            command(json.loads(line))
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()
