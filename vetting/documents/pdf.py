"""A PDF as a person sees it: what its pages show is laid out by pypdf, what they do not show is named apart."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PyPdfError
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, IndirectObject, NameObject

from vetting.documents import columns
from vetting.documents.fault import Unreadable
from vetting.documents.pdf_page import Drawer, Drawing, TooMuch
from vetting.documents.pdf_state import Box, Matrix, Painted, Show, apply, box_of, number
from vetting.documents.seen import beside, faint, plain, smuggled, together
from vetting.domain.document import Document, Hidden, Why

MOST_PAGES = 30
MOST_CHARACTERS = 200_000

SMALLEST = 4.0
"""Points: letters lower than this are hidden; footnotes and superscripts have 5 and more."""

NARROWEST = 1.5
"""Points of an em: text squeezed below this is a line, not words."""

CLEAR = 0.1
"""Opacity up to which text is taken not to be seen."""

LIGHTENING = ("/Screen", "/Lighten", "/ColorDodge", "/Difference", "/Exclusion")
"""Blend modes in which text on white disappears."""

FEWEST_LETTERS = 20
"""A file whose pages show fewer is a picture of a CV, not a CV that can be read."""

MOST_NODES = 5_000
"""Nodes of the structure tree that are looked at for descriptions."""


def read_pdf(content: bytes) -> Document:
    """The document. Raises Unreadable with what is wrong, as the end of a sentence that begins with the file's name."""
    try:
        return _read(_open(content))
    except TooMuch:
        raise Unreadable("has more on one page than a CV can have") from None
    except (PyPdfError, DependencyError) as error:
        raise Unreadable("is damaged: it begins like a PDF and cannot be read as one") from error


def _open(content: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        try:
            opened = reader.decrypt("")
        except (DependencyError, PyPdfError, NotImplementedError):
            opened = 0  # type: ignore[assignment]  # an encryption we have no code for is a closed door as well
        if not opened:
            raise Unreadable("is protected by a password; save it without one")
    count = len(reader.pages)
    if count > MOST_PAGES:
        raise Unreadable(f"has {count} pages; a CV may have {MOST_PAGES}")
    if not count:
        raise Unreadable("has no pages")
    return reader


def _read(reader: PdfReader) -> Document:
    off = _layers(reader)
    texts: list[str] = []
    hidden: list[Hidden] = []
    actual: list[tuple[int, str]] = []
    for number_, page in enumerate(reader.pages, start=1):
        base, frame = _upright(page)
        drawing = Drawer(page, base, off).draw()
        shown, not_shown = _sorted(drawing, frame)
        text = _laid_out(reader, drawing, shown, frame)
        texts.append(plain(text).rstrip())
        hidden += together(_unseen(not_shown, number_))
        hidden += [h for line in text.split("\n") for h in smuggled(line, number_)]
        actual += [(number_, said) for said in drawing.actual_texts]
        if sum(map(len, texts)) > MOST_CHARACTERS:
            raise Unreadable(f"has more than {MOST_CHARACTERS:,} characters; a CV may have so many")
    whole = "\n\n".join(texts).strip()
    if sum(map(str.isalnum, whole)) < FEWEST_LETTERS:
        unseen = " that a reader of the pages sees" if hidden else ""
        raise Unreadable(f"holds no text{unseen}, only images; save it from the program it was written in")
    said = [h for page_number, text in actual for h in beside(text, whole, Why.ALTERNATIVE_TEXT, page_number)]
    beyond = (*_annotations(reader, whole), *_described(reader, whole), *_properties(reader, whole))
    return Document("pdf", len(texts), whole, (*hidden, *said, *beyond))


def _upright(page: PageObject) -> tuple[Matrix, Box]:
    """How the page is turned when shown, and what part of it is."""
    box = page.cropbox
    left, bottom, right, top = (number(v) for v in (box.left, box.bottom, box.right, box.top))
    turns = int(number(page.get("/Rotate"))) // 90 % 4
    turned: tuple[Matrix, ...] = ((1, 0, 0, 1, 0, 0), (0, -1, 1, 0, 0, 0), (-1, 0, 0, -1, 0, 0), (0, 1, -1, 0, 0, 0))
    base = turned[turns]
    return base, box_of([apply(base, left, bottom), apply(base, right, top)])


def _sorted(drawing: Drawing, frame: Box) -> tuple[list[Show], list[tuple[Show, Why]]]:
    shown, not_shown = [], []
    for show in drawing.shows:
        why = _why_unseen(show, drawing.painted, frame) if show.text.strip() else None
        if why is None:
            shown.append(show)
        else:
            not_shown.append((show, why))
    return shown, not_shown


def _why_unseen(show: Show, painted: Sequence[Painted], frame: Box) -> Why | None:
    """Why a reader of the page does not see this text; None where they do."""
    state = show.state
    fills, strokes = state.mode in (0, 2, 4, 6), state.mode in (1, 2, 5, 6)
    if show.layer_off:
        return Why.LAYER
    if not fills and not strokes:
        return Why.NOT_PAINTED
    inks = [ink for ink, alpha, used in _inks(show, fills, strokes) if used and alpha > CLEAR]
    if not inks or state.blend in LIGHTENING:
        return Why.TRANSPARENT
    if show.size < SMALLEST or show.width < NARROWEST:
        return Why.TINY
    if show.box.share_in(frame) < 0.3:
        return Why.OFF_PAGE
    if show.box.area and show.box.share_in(state.clip) < 0.1:
        return Why.CLIPPED
    if sum(show.box.share_in(p.box) for p in painted if p.opaque and p.order > show.order) > 0.85:
        return Why.COVERED
    behind = _behind(show, painted)
    if behind is not None and all(ink is not None and faint(ink, behind) for ink in inks):
        return Why.COLOUR
    return None


def _unseen(shows: Sequence[tuple[Show, Why]], page: int) -> Iterator[Hidden]:
    """What is not shown, letters that stand together as words."""
    text, last = "", None
    for show, why in shows:
        if last and (last[1] is not why or abs(last[0].matrix[5] - show.matrix[5]) > last[0].size / 2):
            yield Hidden(plain(text), last[1], page)
            text, last = "", None
        text += (columns.joint(show, last[0].box.right) if last else "") + show.text
        last = (show, why)
    if last:
        yield Hidden(plain(text), last[1], page)


def _inks(show: Show, fills: bool, strokes: bool) -> Iterator[tuple[float | None, float, bool]]:
    state = show.state
    yield state.fill, state.fill_alpha, fills
    yield state.stroke, state.stroke_alpha, strokes


def _behind(show: Show, painted: Sequence[Painted]) -> float | None:
    """Luminance of what the text stands on: paper is white, an image unknown."""
    under = [p for p in painted if p.order < show.order and show.box.share_in(p.box) > 0.5]
    return under[-1].shade if under else 1.0


def _laid_out(reader: PdfReader, drawing: Drawing, shown: Sequence[Show], frame: Box) -> str:
    """The visible text as pypdf lays it out: drawn once more, alone, one column after the other."""
    return "\n\n".join(_layout(reader, drawing, part) for part in columns.apart(shown, frame) if part)


def _layout(reader: PdfReader, drawing: Drawing, shows: Sequence[Show]) -> str:
    page = PageObject(reader)
    fonts = {NameObject(name): font for name, font in drawing.fonts.items()}
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject(fonts)})
    stream = DecodedStreamObject()
    stream.set_data("\n".join(_operators(shows)).encode("ascii"))
    page[NameObject("/Contents")] = stream
    return page.extract_text(extraction_mode="layout", layout_mode_space_vertically=True)


def _operators(shows: Sequence[Show]) -> Iterator[str]:
    """Operators that draw these texts where they stood; texts of one text object stay together."""
    block = None
    for show in shows:
        if show.block != block:
            yield from (["ET"] if block is not None else [])
            yield "BT"
            block = show.block
        state = show.state
        yield f"{show.font} {state.size:.4f} Tf {state.character_space:.4f} Tc {state.word_space:.4f} Tw"
        yield f"{state.scale:.4f} Tz {' '.join(f'{part:.4f}' for part in show.matrix)} Tm"
        pieces = (p if isinstance(p, bytes | str) else f"{number(p):.4f}" for p in show.operands)
        yield f"[{' '.join(f'<{p.hex()}>' if isinstance(p, bytes) else str(p) for p in pieces)}] TJ"
    if block is not None:
        yield "ET"


# what is no page


def _layers(reader: PdfReader) -> Callable[[Any], bool]:
    """Whether an optional content entry (a group, or a membership of groups) is switched off when the file opens."""
    properties = _resolved(reader.root_object.get("/OCProperties"))
    default = _resolved(properties.get("/D")) if isinstance(properties, DictionaryObject) else None
    default = default if isinstance(default, DictionaryObject) else DictionaryObject()
    off, on = (_references(default.get(key)) for key in ("/OFF", "/ON"))
    all_off = default.get("/BaseState") == "/OFF"

    def group_off(entry: Any) -> bool:
        key = entry.idnum if isinstance(entry, IndirectObject) else id(entry)
        return key in off or (all_off and key not in on)

    def is_off(entry: Any) -> bool:
        thing = _resolved(entry)
        if not isinstance(thing, DictionaryObject):
            return False
        if thing.get("/Type") == "/OCMD":
            groups = thing.raw_get("/OCGs") if "/OCGs" in thing else None
            several = groups if isinstance(groups, ArrayObject) else _resolved(groups)
            listed = list(several) if isinstance(several, ArrayObject) else [groups]
            return bool(listed) and all(group_off(g) for g in listed if g is not None)
        return group_off(entry)

    return is_off


def _resolved(thing: Any) -> Any:
    return thing.get_object() if isinstance(thing, IndirectObject) else thing


def _references(listed: Any) -> set[int]:
    found = _resolved(listed)
    return {r.idnum for r in found if isinstance(r, IndirectObject)} if isinstance(found, ArrayObject) else set()


def _annotations(reader: PdfReader, visible: str) -> Iterator[Hidden]:
    """Comments, and fields that are set not to be shown."""
    for page_number, page in enumerate(reader.pages, start=1):
        listed = _resolved(page.get("/Annots"))
        for reference in listed if isinstance(listed, ArrayObject) else ():
            note = _resolved(reference)
            if isinstance(note, DictionaryObject):
                said = (str(_resolved(note.get(key)) or "") for key in ("/Contents", "/RC", "/V", "/TU", "/Subj"))
                yield from beside(" ".join(said), visible, Why.ANNOTATION, page_number)


def _described(reader: PdfReader, visible: str) -> Iterator[Hidden]:
    """Descriptions in the structure tree, which screen readers and parsers read and the page does not show."""
    waiting: list[Any] = [reader.root_object.get("/StructTreeRoot")]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_NODES:
        node = _resolved(waiting.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ArrayObject):
            waiting += reversed(node)
        elif isinstance(node, DictionaryObject):
            for key in ("/Alt", "/ActualText", "/E"):
                yield from beside(str(_resolved(node.get(key)) or ""), visible, Why.ALTERNATIVE_TEXT)
            waiting.append(node.raw_get("/K") if "/K" in node else None)


def _properties(reader: PdfReader, visible: str) -> Iterator[Hidden]:
    """Properties that say more than a program's name or a title does."""
    usual = ("/Title", "/Author", "/Creator", "/Producer", "/CreationDate", "/ModDate", "/Trapped", "/PTEX.Fullbanner")
    for key, value in (_resolved(reader.trailer.get("/Info")) or {}).items():
        said = str(_resolved(value))
        if not (key == "/Creator" and said.startswith("Mozilla/")):  # what browsers call themselves when they print
            yield from beside(said, visible, Why.METADATA, new=9 if key in usual else 4)
    xmp = _resolved(reader.root_object.get("/Metadata"))
    if xmp is not None and hasattr(xmp, "get_data"):
        text = xmp.get_data()[:200_000].decode("utf-8", errors="replace")
        for told in _xmp_texts(text):
            yield from beside(told, visible, Why.METADATA, new=9)


def _xmp_texts(packet: str) -> Iterable[str]:
    """The texts between tags, without taking the XML for anything more than text."""
    at = 0
    while (start := packet.find(">", at)) >= 0:
        end = packet.find("<", start)
        end = len(packet) if end < 0 else end
        if packet[start + 1 : end].strip():
            yield packet[start + 1 : end]
        at = end
        if end == len(packet):
            return
