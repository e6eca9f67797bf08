"""What runs in the limited child process: it gives up what it will not need, reads one file, says what it saw.

Started by `sandbox.py` with the file on standard input and nothing in its environment. Everything a parser needs is
imported before the limits close: afterwards the process can open neither file nor socket.
"""

from __future__ import annotations

import codecs
import contextlib
import dataclasses
import importlib
import json
import pkgutil
import resource
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vetting.domain.document import Document

CPU_SECONDS = 15
WALL_SECONDS = 30
MEMORY = 512 * 2**20
MOST_BYTES = 15 * 2**20

CODECS = (
    "ascii", "utf-8", "utf-16", "utf-16-be", "utf-16-le", "latin-1", "charmap", "cp1252", "mac-roman", "gbk", "gb18030",
    "big5", "cp437", "shift_jis", "cp949", "euc_kr", "iso8859-2", "cp1250", "cp1251",
)  # fmt: skip
"""Text encodings that files name; Python reads its table of each from a file."""

PDF, ZIP, OLE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def main() -> None:
    """Read standard input, print one JSON object: a document, or a fault as the end of a sentence."""
    _limit_use()
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        answer = _read(content)
    except MemoryError:
        answer = {"fault": f"needs more than {MEMORY // 2**20} MB of memory to be read, more than a CV can"}
    except RecursionError:
        answer = {"fault": "is nested too deeply to be read"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


def _limit_use() -> None:
    """Time, memory, and nothing written; a process that still runs after `WALL_SECONDS` is ended by its own alarm."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(WALL_SECONDS)


def _close_doors() -> None:
    """No further file descriptor: no file, no socket, no pipe to another program."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def _read(content: bytes) -> dict[str, object]:
    from vetting.documents.fault import Unreadable

    if len(content) > MOST_BYTES:
        return {"fault": f"has more than {MOST_BYTES // 2**20} MB; a CV may have so many"}
    try:
        return dataclasses.asdict(_reader(content)(content))
    except Unreadable as error:
        return {"fault": str(error)}


def _reader(content: bytes) -> Callable[[bytes], Document]:
    """The reader for what the first bytes say the file is; its name says nothing."""
    from vetting.documents.fault import Unreadable

    if PDF in content[:1024]:
        import pypdf

        from vetting.documents.pdf import read_pdf as read

        for module in pkgutil.walk_packages(pypdf.__path__, "pypdf."):
            with contextlib.suppress(ImportError):  # its bridges to libraries of encryption that are not there
                importlib.import_module(module.name)
    elif content.startswith(ZIP):
        from vetting.documents.docx import read_docx as read
    elif content.startswith(OLE):
        raise Unreadable("is an old Word file or one with a password; save it as .docx without a password")
    else:
        raise Unreadable("is neither a PDF nor a Word document, whatever its name says")
    for codec in CODECS:
        codecs.lookup(codec)
    _close_doors()
    return read
