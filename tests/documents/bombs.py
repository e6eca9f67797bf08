"""Files made to take a reader down. `python -m tests.documents.bombs` reads each and prints what it took.

The measured process is the child: `RUSAGE_CHILDREN` before and after, and the largest child so far.
"""

from __future__ import annotations

import io
import random
import resource
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping

from tests.documents import docx_cases
from tests.documents.invented import invented
from tests.documents.pdf_maker import Pdf, assembled, at, stream
from vetting.documents.sandbox import SandboxedReader
from vetting.errors import BadInput

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _docx() -> bytes:
    return docx_cases.saved(docx_cases.body(invented(random.Random(1))))


def _document(xml: str) -> bytes:
    return docx_cases.repacked(_docx(), {"word/document.xml": xml.encode()})


def zip_bomb() -> bytes:
    """A gigabyte of spaces in a document's text."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(1024):
            part.write(b" " * 2**20)
    return out.getvalue()


def lying_zip() -> bytes:
    """The directory says 100 bytes, and the part holds 100 MB."""
    content = b"<a>" + b"x" * (100 * 2**20) + b"</a>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", content)
        archive.writestr("word/document.xml", content)
    raw = out.getvalue()
    return raw.replace(len(content).to_bytes(4, "little"), (100).to_bytes(4, "little"))


def entities() -> bytes:
    """Ten entities, each ten of the one before."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE w:document [<!ENTITY e0 "lol">{levels}]>'
    return _document(f"{head}<w:document {W}><w:body><w:p><w:r><w:t>&e9;</w:t></w:r></w:p></w:body></w:document>")


def external_entity() -> bytes:
    """An entity that is a file of the machine."""
    head = '<?xml version="1.0"?><!DOCTYPE w:document [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return _document(f"{head}<w:document {W}><w:body><w:p><w:r><w:t>Ana &e;</w:t></w:r></w:p></w:body></w:document>")


def deep_xml() -> bytes:
    """Elements in elements, 100,000 deep."""
    inside = "<w:r>" * 100_000 + "</w:r>" * 100_000
    return _document(f"<w:document {W}><w:body><w:p>{inside}</w:p></w:body></w:document>")


def many_elements() -> bytes:
    """Half a million empty runs in 50 KB."""
    return _document(f"<w:document {W}><w:body><w:p>{'<w:r/>' * 500_000}</w:p></w:body></w:document>")


def wide_table() -> bytes:
    """A table of tables of tables."""
    cell = "<w:tc><w:p/></w:tc>"
    for _ in range(40):
        cell = f"<w:tc><w:tbl><w:tr>{cell}{cell if len(cell) < 100_000 else ''}</w:tr></w:tbl><w:p/></w:tc>"
    return _document(f"<w:document {W}><w:body><w:tbl><w:tr>{cell}</w:tr></w:tbl></w:body></w:document>")


def flate_bomb() -> bytes:
    """A content stream of 200 MB of spaces."""
    return _pdf_of(stream(b" " * (200 * 2**20)))


def double_flate() -> bytes:
    """The same, packed twice."""
    packed = zlib.compress(zlib.compress(b"q Q " * (50 * 2**20)))
    head = f"<< /Filter [/FlateDecode /FlateDecode] /Length {len(packed)} >>\nstream\n".encode()
    return _pdf_of(head + packed + b"\nendstream")


def many_operators() -> bytes:
    """Ten million operators."""
    return _pdf_of(stream(b"1 g " * 10_000_000))


def many_texts() -> bytes:
    """Three hundred thousand words on one page."""
    return _pdf_of(stream(b"BT /F1 9 Tf 9 9 Td " + b"(word) Tj 1 0 Td " * 300_000 + b" ET"))


def laughing_forms() -> bytes:
    """Twelve forms, each drawing the next one ten times."""
    objects: dict[int, bytes] = {}
    for n in range(12):
        objects[10 + n] = stream(
            (f"/L{n + 1} Do " * 10 if n < 11 else "1 g " * 1000).encode(),
            f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /L{n + 1} {11 + n} 0 R >> >>",
        )
    return _pdf_of(stream(b"/L0 Do"), objects, "/XObject << /L0 10 0 R >>")


def own_form() -> bytes:
    """A form that draws itself."""
    head = "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /L0 10 0 R >> >>"
    own = stream(b"/L0 Do /L0 Do", head)
    return _pdf_of(stream(b"/L0 Do"), {10: own}, "/XObject << /L0 10 0 R >>")


def own_kids() -> bytes:
    """A page tree that holds itself."""
    return assembled(
        {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 9999999 /Kids [2 0 R 2 0 R] >>"}, 1
    )


def many_pages() -> bytes:
    """Five thousand pages."""
    return Pdf(pages=[[at(60, 700, "Page")]] * 5000).build()


def wide_map() -> bytes:
    """A font whose map has four billion entries."""
    cmap = b"begincmap 1 begincodespacerange <00000000> <ffffffff> endcodespacerange\n" + (
        b"1 beginbfrange <00000000> <ffffffff> <0041> endbfrange\n" * 3 + b"endcmap"
    )
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [12 0 R] "
        b"/ToUnicode 11 0 R >>"
    )
    child = b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /W [0 4294967295 500] >>"
    more = {10: font, 11: stream(cmap), 12: child}
    return _pdf_of(stream(b"BT /F1 9 Tf <00410042> Tj ET"), more, "/Font << /F1 10 0 R >>")


def huge_array() -> bytes:
    """Arrays in arrays, a million deep."""
    return _pdf_of(stream(b"[" * 1_000_000))


def _pdf_of(content: bytes, more: Mapping[int, bytes] | None = None, resources: str = "") -> bytes:
    font = "" if "/Font" in resources else "/Font << /F1 5 0 R >>"
    return assembled(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            3: f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            f"/Resources << {font} {resources} >> >>".encode(),
            4: content,
            5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            **(more or {}),
        },
        1,
    )  # fmt: skip


def fuzzed(seed: int) -> bytes:
    """A good file with some bytes changed, a piece cut out or doubled."""
    rng = random.Random(seed)
    lines = [at(60, 700 - 14 * n, line) for n, line in enumerate(invented(rng).lines)]
    raw = bytearray(Pdf(pages=[lines]).build() if seed % 2 else _docx())
    for _ in range(rng.randrange(1, 30)):
        place = rng.randrange(len(raw))
        raw[place] = rng.randrange(256)
    if rng.random() < 0.4:
        start = rng.randrange(len(raw))
        del raw[start : start + rng.randrange(1, 400)]
    return bytes(raw)


BOMBS: Mapping[str, Callable[[], bytes]] = {
    maker.__name__: maker
    for maker in (
        zip_bomb, lying_zip, entities, external_entity, deep_xml, many_elements, wide_table, flate_bomb, double_flate,
        many_operators, many_texts, laughing_forms, own_form, own_kids, many_pages, wide_map, huge_array,
    )
}  # fmt: skip


def outcome(name: str, content: bytes) -> str:
    """What a person reads of the file: that it was read, or why it was not."""
    try:
        return f"read, {len(SandboxedReader().read(name, content).text)} characters"
    except BadInput as error:
        return error.message


def measure(fuzz: int) -> int:
    """Read every bomb and so many fuzzed files; print CPU seconds, the largest child, and what is said."""
    for name, make in BOMBS.items():
        content = make()
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        said = outcome(name, content)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        wall = time.monotonic() - began
        print(f"{len(content) / 1000:10,.0f} kB {cpu:6.1f} s CPU {wall:6.1f} s, largest child so far "
              f"{after.ru_maxrss / 1024:4.0f} MB: {said[:110]}", flush=True)  # fmt: skip
    said_of = [outcome("fuzzed", fuzzed(seed)) for seed in range(fuzz)]
    read = sum(said.startswith("read,") for said in said_of)
    print(f"fuzzed: {fuzz} files, {read} read, {fuzz - read} refused, the parent is alive")
    return 0


if __name__ == "__main__":
    sys.exit(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
