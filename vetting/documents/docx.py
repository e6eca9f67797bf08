"""A Word document as a person sees it: paragraphs and tables in order, and apart what is formatted not to be seen."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from lxml import etree

from vetting.documents.docx_look import Looks
from vetting.documents.fault import Unreadable
from vetting.documents.seen import LONGEST, beside, plain, smuggled, together
from vetting.domain.document import Document, Hidden, Why

MOST_UNPACKED = 60 * 2**20
MOST_XML = 8 * 2**20
MOST_ENTRIES = 2_000
MOST_CHARACTERS = 200_000
WORDS_A_PAGE = 450
"""Word lays pages out anew on every machine; this is how many are counted."""

DEEPEST = 6
"""Tables within tables that are followed."""

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_GONE = (qn("w:del"), qn("w:moveFrom"))
_BREAKS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}


def read_docx(content: bytes) -> Document:
    """The document. Raises Unreadable with what is wrong, as the end of a sentence that begins with the file's name."""
    _refuse_bombs(content)
    try:
        word = docx.Document(io.BytesIO(content))
        return _Reader(word).read(content)
    except (PackageNotFoundError, KeyError, ValueError, etree.XMLSyntaxError, zipfile.BadZipFile) as error:
        raise Unreadable("is damaged: it begins like a Word document and cannot be read as one") from error


def _refuse_bombs(content: bytes) -> None:
    """Look at the directory of the archive before anything of it is unpacked."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable("is damaged: it begins like a Word document and cannot be opened") from error
    if not any(entry.filename == "word/document.xml" for entry in entries):
        raise Unreadable("is an archive, and no Word document")
    unpacked = sum(entry.file_size for entry in entries)
    parts = max((e.file_size for e in entries if e.filename.endswith((".xml", ".rels"))), default=0)
    if unpacked > MOST_UNPACKED or parts > MOST_XML or len(entries) > MOST_ENTRIES:
        raise Unreadable(
            f"would unpack to {unpacked / 2**20:,.0f} MB in {len(entries):,} parts, more than a CV can have"
        )


class _Reader:
    """Walks a document once; what is seen goes into lines, the rest into `hidden`."""

    def __init__(self, word: WordDocument) -> None:
        self._word = word
        self._looks = Looks(word)
        self._hidden: list[Hidden] = []
        self._kept: list[tuple[Why, str]] = []

    def read(self, content: bytes) -> Document:
        head = self._edges("header")
        notes = [line for part in self._parts("footnotes", "endnotes") for line in self._notes(part)]
        lines = [*head, *self._blocks(self._word, 0), *notes, *self._edges("footer")]
        raw = "\n".join(lines)
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(plain(line).rstrip() for line in raw.split("\n"))).strip()
        if len(text) > MOST_CHARACTERS:
            raise Unreadable(f"has more than {MOST_CHARACTERS:,} characters; a CV may have so many")
        if not any(map(str.isalnum, text)):
            unseen = " that a reader of it sees" if self._kept else ""
            raise Unreadable(f"holds no text{unseen}; save it from the program it was written in")
        hidden = together(Hidden(plain(said), why) for why, said in self._kept)
        smuggling = [h for line in raw.split("\n") for h in smuggled(line, None)]
        beyond = (*self._comments(), *self._descriptions(text), *self._properties(text, content))
        return Document("docx", max(1, -(-len(text.split()) // WORDS_A_PAGE)), text, (*hidden, *smuggling, *beyond))

    def _edges(self, which: str) -> list[str]:
        """Headers or footers, each text once."""
        found: dict[str, None] = {}
        for section in self._word.sections:
            part = getattr(section, which)
            if not part.is_linked_to_previous:
                found |= dict.fromkeys(line for line in self._blocks(part, 0) if line.strip())
        return list(found)

    def _blocks(self, container: Any, depth: int) -> Iterator[str]:
        for block in container.iter_inner_content():
            if isinstance(block, Paragraph):
                yield from self._paragraph(block._p)
            elif isinstance(block, Table) and depth < DEEPEST:
                yield from self._table(block, depth)

    def _table(self, table: Table, depth: int) -> Iterator[str]:
        """Rows as lines; cells of several lines one after the other, so that columns stay columns."""
        for row in table.rows:
            cells = [list(self._blocks(cell, depth + 1)) for cell in _once(row.cells)]
            filled = [[line for line in cell if line.strip()] for cell in cells]
            if all(len(cell) <= 1 for cell in filled):
                yield "    ".join(cell[0] for cell in filled if cell)
            else:
                yield from (line for cell in cells for line in (*cell, ""))

    def _paragraph(self, p: Any) -> Iterator[str]:
        """The lines that are seen of a paragraph, then those of the text boxes anchored in it."""
        seen: list[str] = []
        numbered = p.pPr is not None and p.pPr.find(qn("w:numPr")) is not None
        for run in p.iter(qn("w:r")):
            if _nearest(run, qn("w:p")) is p:
                self._run(run, p, seen)
        text = "".join(seen)
        yield from (("• " + text) if numbered and text.strip() else text).split("\n")
        for box in p.iter(qn("w:txbxContent")):
            if _nearest(box, qn("w:p")) is p and _nearest(box, _FALLBACK) is None:
                for inner in box.iterchildren(qn("w:p")):
                    yield from self._paragraph(inner)

    def _run(self, run: Any, p: Any, seen: list[str]) -> None:
        why: Why | None = None
        if _nearest(run, *_GONE) is not None:
            why = Why.DELETED
        said = "".join(_texts(run))
        code = "".join(part.text or "" for part in run.iter(qn("w:instrText")))
        if code.strip() and not re.match(r"\s*(HYPERLINK|PAGE|NUMPAGES|REF|TOC|DATE|MERGEFORMAT)\b", code):
            self._kept.append((Why.FIELD_CODE, code))
        if said.strip():
            why = why or self._looks.why_unseen(run, p)
        if why is None:
            seen.append(said)
        elif said.strip():
            self._kept.append((why, said))

    def _comments(self) -> Iterator[Hidden]:
        for part in self._parts("comments"):
            for paragraph in part.iter(qn("w:p")):
                said = "".join(t.text or "" for t in paragraph.iter(qn("w:t"))).strip()
                if said:
                    yield Hidden(plain(said)[:LONGEST], Why.ANNOTATION)

    def _notes(self, part: Any) -> Iterator[str]:
        for paragraph in part.iter(qn("w:p")):
            yield from self._paragraph(paragraph)

    def _parts(self, *names: str) -> Iterator[Any]:
        for relation in self._word.part.rels.values():
            if relation.reltype.rsplit("/", 1)[-1] in names and not relation.is_external:
                yield parse_xml(relation.target_part.blob)

    def _descriptions(self, visible: str) -> Iterator[Hidden]:
        for element in self._word.element.body.iter():
            if isinstance(element.tag, str) and element.tag.endswith(("}docPr", "}cNvPr", "}tblDescription")):
                said = " ".join(str(element.get(key) or "") for key in ("descr", "title", qn("w:val")))
                yield from beside(said, visible, Why.ALTERNATIVE_TEXT)

    def _properties(self, visible: str, content: bytes) -> Iterator[Hidden]:
        core = self._word.core_properties
        for said in (core.keywords, core.subject, core.comments, core.category, core.content_status):
            yield from beside(said or "", visible, Why.METADATA)
        for said in (core.title, core.author, core.last_modified_by):
            yield from beside(said or "", visible, Why.METADATA, new=9)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                if name == "docProps/custom.xml" or re.fullmatch(r"customXml/item\d+\.xml", name):
                    said = " ".join(etree.fromstring(archive.read(name), _safe_parser()).itertext())
                    yield from beside(said, visible, Why.METADATA, new=9)


def _texts(run: Any) -> Iterator[str]:
    for child in run:
        if child.tag in (qn("w:t"), qn("w:delText")):
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]


def _once(cells: Sequence[_Cell]) -> Iterator[_Cell]:
    """Merged cells are listed once per place they fill."""
    seen: set[int] = set()
    for cell in cells:
        if id(cell._tc) not in seen:
            seen.add(id(cell._tc))
            yield cell


def _nearest(element: Any, *tags: str) -> Any:
    return next((up for up in element.iterancestors() if up.tag in tags), None)


def _safe_parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
