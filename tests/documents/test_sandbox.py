"""Files of strangers are read in a process that can do nothing else, and a bad one gets one plain sentence."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from tests.documents import bombs, docx_cases
from tests.documents.cases import clean_pdf
from tests.documents.invented import invented
from tests.documents.pdf_maker import Pdf, at
from vetting.documents.sandbox import ROOT, SandboxedReader
from vetting.errors import BadInput, TooLarge

PROBE = """
import sys; sys.path.insert(0, sys.argv[1])
import os, socket
from vetting.documents import child
child._limit_use(); child._close_doors()
for name, act in {
    "socket": lambda: socket.socket(), "file": lambda: open("/etc/hostname"), "program": lambda: os.pipe(),
    "memory": lambda: bytearray(600 * 2**20),
}.items():
    try: act(); print(name, "open")
    except (OSError, MemoryError): print(name, "closed")
print(dict(os.environ))
"""


def test_both_kinds_are_read_in_the_child() -> None:
    pdf, word = clean_pdf(1), docx_cases.clean(1)
    reader = SandboxedReader()
    assert pdf.seen in reader.read("cv.pdf", pdf.content).text
    document = reader.read("cv.docx", word.content)
    assert (document.kind, document.pages) == ("docx", 1) and word.seen in document.text


@pytest.mark.asvs("V15.2.2")
def test_the_child_can_open_no_file_and_no_connection_and_has_no_environment() -> None:
    command = [sys.executable, "-I", "-B", "-c", PROBE, str(ROOT)]
    said = subprocess.run(command, env={}, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert said[:4] == ["socket closed", "file closed", "program closed", "memory closed"]
    assert set(eval(said[4])) <= {"LC_CTYPE"}  # what Python itself sets


@pytest.mark.asvs("V5.2.2")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7 and nothing more", "cv.pdf is damaged: it begins like a PDF and cannot be read as one."),
        (b"PK\x03\x04 and nothing more", "cv.pdf is damaged: it begins like a Word document and cannot be opened."),
        (b"\xd0\xcf\x11\xe0 old", "cv.pdf is an old Word file or one with a password; save it as .docx without"),
        (b"Ana Reyes, in plain text", "cv.pdf is neither a PDF nor a Word document, whatever its name says."),
        (b"", "cv.pdf is neither a PDF nor a Word document, whatever its name says."),
    ],
)
def test_a_file_that_is_no_cv_gets_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        SandboxedReader().read("cv.pdf", content)
    assert refused.value.message.startswith(sentence)


def test_a_pdf_with_a_password_and_a_book_are_refused() -> None:
    locked = encrypted()
    with pytest.raises(BadInput, match=r"cv.pdf is protected by a password; save it without one\."):
        SandboxedReader().read("cv.pdf", locked)
    with pytest.raises(BadInput, match=r"has 31 pages; a CV may have 30\."):
        SandboxedReader().read("cv.pdf", Pdf(pages=[[at(60, 700, "Page")]] * 31).build())
    with pytest.raises(TooLarge, match="has 16 MB; a CV may have 15 MB"):
        SandboxedReader().read("cv.pdf", b"%PDF-" + bytes(16 * 2**20))


@pytest.mark.asvs("V5.2.3", "V1.5.1", "V15.2.2")
@pytest.mark.parametrize("name", ["lying_zip", "entities", "external_entity", "deep_xml", "own_form", "own_kids",
                                  "wide_map", "huge_array", "double_flate"])  # fmt: skip
def test_a_bomb_ends_in_the_child(name: str) -> None:
    said = bombs.outcome("cv", bombs.BOMBS[name]())
    assert "root:" not in said and (said.startswith("cv ") or said.startswith("read,"))


def test_broken_files_of_any_kind_leave_the_reader_working() -> None:
    for seed in range(6):
        assert bombs.outcome("cv", bombs.fuzzed(seed))
    assert invented(random.Random(1)).name in SandboxedReader().read("cv", clean(1)).text


def clean(seed: int) -> bytes:
    """A good file of the same maker."""
    rng = random.Random(seed)
    return Pdf(pages=[[at(60, 700 - 14 * n, line) for n, line in enumerate(invented(rng).lines)]]).build()


def encrypted() -> bytes:
    """A PDF that asks for a password."""
    import io

    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(clean(1))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
