"""Writes small PDF files by hand, so that tests know what is on every page and what is not."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field


def escaped(text: str) -> str:
    """A text as a PDF string of WinAnsi."""
    raw = text.encode("cp1252", errors="replace").decode("latin-1")
    return "(" + raw.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ")"


def at(x: float, y: float, text: str, size: float = 10, font: str = "F1") -> str:
    """Operators that show a text at a place."""
    return f"BT /{font} {size:g} Tf 1 0 0 1 {x:g} {y:g} Tm {escaped(text)} Tj ET"


def utf16(text: str) -> str:
    """A text as the codes of the font `FU`: two bytes for each UTF-16 unit."""
    return f"<{text.encode('utf-16-be').hex()}>"


@dataclass
class Pdf:
    """One document; pages are lists of operators."""

    pages: list[list[str]] = field(default_factory=list)
    info: dict[str, str] = field(default_factory=dict)
    annotations: list[str] = field(default_factory=list)
    catalog: str = ""
    states: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    properties: str = ""
    extra: list[bytes] = field(default_factory=list)
    rotate: int = 0

    def build(self) -> bytes:
        """The file. Objects 1 to 9 are fixed: catalog, pages, fonts, image, layer; `extra` follow from 10."""
        objects: dict[int, bytes] = {
            3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
            5: b"<< /Type /Font /Subtype /Type0 /BaseFont /Wide /Encoding /Identity-H /DescendantFonts [6 0 R] "
            b"/ToUnicode 7 0 R >>",
            6: b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Wide /DW 500 /CIDSystemInfo << /Registry (Adobe) "
            b"/Ordering (Identity) /Supplement 0 >> >>",
            7: stream(to_unicode()),
            8: stream(b"\x40\x60\x80", "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 "
                      "/ColorSpace /DeviceRGB"),
            9: b"<< /Type /OCG /Name (Notes) >>",
        }  # fmt: skip
        objects |= {10 + n: one for n, one in enumerate(self.extra)}
        forms = {}
        for name, operators in self.forms.items():
            number = max(objects) + 1
            forms[name] = number
            objects[number] = stream(
                operators.encode("latin-1"),
                "/Type /XObject /Subtype /Form /BBox [0 0 600 850] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>",
            )
        for name, entries in self.images.items():
            number = max(objects) + 1
            forms[name] = number
            size = f"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 {entries}"
            objects[number] = stream(b"\xd0\xd0\xd0", f"{size} /ColorSpace /DeviceRGB")
        kids = [self._page(objects, page, forms) for page in self.pages]
        objects[2] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{k} 0 R' for k in kids)}] >>".encode()
        objects[1] = f"<< /Type /Catalog /Pages 2 0 R {self.catalog} >>".encode("latin-1")
        info = max(objects) + 1
        objects[info] = f"<< {' '.join(f'/{k} {escaped(v)}' for k, v in self.info.items())} >>".encode("latin-1")
        return assembled(objects, info)

    def _page(self, objects: dict[int, bytes], page: Sequence[str], forms: dict[str, int]) -> int:
        content, number = max(objects) + 1, max(objects) + 2
        objects[content] = stream("\n".join(page).encode("latin-1"))
        states = " ".join(f"/{name} << {value} >>" for name, value in self.states.items())
        things = "/Im 8 0 R " + " ".join(f"/{name} {n} 0 R" for name, n in forms.items())
        objects[number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate {self.rotate} /Contents {content} 0 R "
            f"/Resources << /Font << /F1 3 0 R /F2 4 0 R /FU 5 0 R >> /ExtGState << {states} >> "
            f"/XObject << {things} >> /Properties << /Off 9 0 R {self.properties} >> >> "
            f"/Annots [{' '.join(self.annotations)}] >>"
        ).encode("latin-1")
        return number


def mask(value: int) -> bytes:
    """A soft mask of one pixel: 0 is clear, 255 is solid."""
    size = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8"
    return stream(bytes([value]), f"{size} /ColorSpace /DeviceGray")


def stream(content: bytes, entries: str = "") -> bytes:
    """A compressed stream object."""
    packed = zlib.compress(content)
    head = f"<< {entries} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode("latin-1")
    return head + packed + b"\nendstream"


def assembled(objects: dict[int, bytes], info: int) -> bytes:
    """Objects with their table and trailer."""
    out, places = b"%PDF-1.7\n", {}
    for number in sorted(objects):
        places[number] = len(out)
        out += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
    table = b"".join(f"{places.get(n, 0):010d} 00000 {'n' if n in places else 'f'} \n".encode()
                     for n in range(1, max(objects) + 1))  # fmt: skip
    start = len(out)
    out += f"xref\n0 {max(objects) + 1}\n".encode() + b"0000000000 65535 f \n" + table
    trailer = f"trailer\n<< /Size {max(objects) + 1} /Root 1 0 R /Info {info} 0 R >>\n"
    return out + f"{trailer}startxref\n{start}\n%%EOF".encode()


def to_unicode() -> bytes:
    """A map that takes every code for the UTF-16 unit it is; pairs of surrogates for tag characters."""
    tags = "\n".join(f"<{0xE000 + n:04x}> <{chr(0xE0000 + n).encode('utf-16-be').hex()}>" for n in range(0x20, 0x7F))
    plain = "\n".join(f"<{n:04x}> <{n:04x}>" for n in range(0x20, 0x7F))
    blocks = "".join(f"100 beginbfchar\n{part}\nendbfchar\n" for part in (plain, tags))
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /W def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n" + blocks + "endcmap end end"
    ).encode()


def tagged(text: str) -> str:
    """Codes of `FU` that stand for tag characters."""
    return "<" + "".join(f"{0xE000 + ord(c):04x}" for c in text) + ">"
