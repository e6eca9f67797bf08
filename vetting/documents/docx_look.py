"""How a run of a Word document looks: its own formatting, else that of its styles, and what it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from vetting.documents.seen import faint, of_hex
from vetting.domain.document import Why

EMU = 635_000
"""Fifty points in the units of drawings; a page is twelve to seventeen of them wide and high."""

SMALLEST = 4.0
"""Points, as for PDF."""

FAR = 600
"""Half points of raising beyond which a line leaves the page."""

NARROWEST = 15
"""Per cent of the usual width of letters below which a line cannot be read."""

_OFF = ("0", "false", "off", "none")
_LIGHT_THEMES = ("background1", "light1", "bg1", "lt1")
_HIGHLIGHTS = {"white": 1.0, "yellow": 0.93, "black": 0.0, "lightGray": 0.53, "darkBlue": 0.02, "blue": 0.07}
_FILL = "{http://schemas.openxmlformats.org/drawingml/2006/main}solidFill"
_SHAPES = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}spPr"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"


class Looks:
    """Answers for the runs of one document."""

    def __init__(self, word: WordDocument) -> None:
        """Reads the styles once."""
        root = _styles_of(word)
        styles = () if root is None else root.iter(qn("w:style"))
        self._styles = {style.get(qn("w:styleId")): style for style in styles}
        self._default = next((s for s in self._styles.values() if _is_default(s)), None)
        defaults = f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}"
        self._base = None if root is None else root.find(defaults)
        background = word.element.find(qn("w:background"))
        found = of_hex(background.get(qn("w:color"), "")) if background is not None else None
        self._paper = 1.0 if found is None else found

    def why_unseen(self, run: Any, paragraph: Any) -> Why | None:
        """Why a reader does not see the run; None where they do."""
        looks = list(self._chain(run, paragraph))
        if _on(looks, "w:vanish") or _on(looks, "w:specVanish") or _on(looks, "w:webHidden"):
            return Why.HIDDEN_FORMAT
        if any(_hidden_around(up) for up in run.iterancestors()):
            return Why.HIDDEN_FORMAT
        if _too_small(looks):
            return Why.TINY
        if self._transparent(looks):
            return Why.TRANSPARENT
        if _outside(paragraph) or abs(_number(_first(looks, "w:position"), 0)) > FAR:
            return Why.OFF_PAGE
        if _squashed(paragraph):
            return Why.CLIPPED
        ink, behind = self._ink(looks), self._behind(looks, paragraph)
        return Why.COLOUR if ink is not None and behind is not None and faint(ink, behind) else None

    def _chain(self, run: Any, paragraph: Any) -> Iterator[Any]:
        """Formatting from the nearest to the most general."""
        own = run.find(qn("w:rPr"))
        if own is not None:
            yield own
            yield from self._style(own.find(qn("w:rStyle")))
        settings = paragraph.find(qn("w:pPr"))
        named = settings.find(qn("w:pStyle")) if settings is not None else None
        yield from self._style(named) if named is not None else self._inherited(self._default)
        if self._base is not None:
            yield self._base

    def _style(self, reference: Any) -> Iterator[Any]:
        if reference is not None:
            yield from self._inherited(self._styles.get(reference.get(qn("w:val"))))

    def _inherited(self, style: Any) -> Iterator[Any]:
        for _ in range(12):
            if style is None:
                return
            look = style.find(qn("w:rPr"))
            if look is not None:
                yield look
            based = style.find(qn("w:basedOn"))
            style = self._styles.get(based.get(qn("w:val"))) if based is not None else None

    def _ink(self, looks: list[Any]) -> float | None:
        """Luminance of the letters; automatic colour adapts to what it stands on and is never hidden."""
        colour = _first(looks, "w:color")
        if colour is None:
            return None
        plain_theme = colour.get(qn("w:themeShade")) is None and colour.get(qn("w:themeTint")) is None
        if colour.get(qn("w:themeColor")) in _LIGHT_THEMES and plain_theme:
            return 1.0
        return of_hex(colour.get(qn("w:val"), ""))

    def _behind(self, looks: list[Any], paragraph: Any) -> float | None:
        """Luminance of what the run stands on; None where only Word could say."""
        highlight = _first(looks, "w:highlight")
        if highlight is not None and highlight.get(qn("w:val")) not in (None, "none"):
            return _HIGHLIGHTS.get(highlight.get(qn("w:val")), 0.3)
        shades = [shade for look in looks for shade in look.iterchildren(qn("w:shd"))]
        settings = paragraph.find(qn("w:pPr"))
        shades += list(settings.iterchildren(qn("w:shd"))) if settings is not None else []
        for up in paragraph.iterancestors():
            if up.tag == qn("w:tc"):
                shades += [s for props in up.iterchildren(qn("w:tcPr")) for s in props.iterchildren(qn("w:shd"))]
            elif up.tag == qn("w:tbl") and not shades and self._shaded_table(up):
                return None
            elif up.tag == qn("w:txbxContent"):
                return _box_fill(up, self._paper)
        fills = [fill for shade in shades if (fill := shade.get(qn("w:fill"))) not in (None, "auto")]
        return of_hex(fills[0]) if fills else self._paper

    def _shaded_table(self, table: Any) -> bool:
        named = table.find(f"{qn('w:tblPr')}/{qn('w:tblStyle')}")
        style = self._styles.get(named.get(qn("w:val"))) if named is not None else None
        return style is not None and any(s.get(qn("w:fill")) not in (None, "auto") for s in style.iter(qn("w:shd")))

    def _transparent(self, looks: list[Any]) -> bool:
        for look in looks:
            fill = look.find(f"{_W14}textFill")
            if fill is None:
                continue
            if fill.find(f"{_W14}noFill") is not None:
                return True
            return any(_number_of(a.get(f"{_W14}val"), 0) >= 90_000 for a in fill.iter(f"{_W14}alpha"))
        return False


def _styles_of(word: WordDocument) -> Any:
    """The styles of the file; python-docx would put its own in their place, from a file that the child cannot open."""
    for relation in word.part.rels.values():
        if relation.reltype.endswith("/styles") and not relation.is_external:
            return parse_xml(relation.target_part.blob)
    return None


def _is_default(style: Any) -> bool:
    return style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) in ("1", "true", "on")


def _first(looks: list[Any], name: str) -> Any:
    return next((found for look in looks if (found := look.find(qn(name))) is not None), None)


def _on(looks: list[Any], name: str) -> bool:
    found = _first(looks, name)
    return found is not None and str(found.get(qn("w:val"), "1")).lower() not in _OFF


def _number(element: Any, default: float) -> float:
    return default if element is None else _number_of(element.get(qn("w:val")), default)


def _number_of(value: Any, default: float) -> float:
    try:
        return float(str(value).removesuffix("%"))
    except ValueError:
        return default


def _too_small(looks: list[Any]) -> bool:
    """By its size, by the width of its letters, or by letters drawn over each other."""
    size, overlap = _first(looks, "w:sz"), _number(_first(looks, "w:spacing"), 0)
    low = size is not None and _number(size, 22) / 2 < SMALLEST
    return low or _number(_first(looks, "w:w"), 100) < NARROWEST or overlap < -100


def _squashed(paragraph: Any) -> bool:
    """A line that is given less than 3 points of height; 1 point is 20 twentieths."""
    spacing = paragraph.find(f"{qn('w:pPr')}/{qn('w:spacing')}")
    exact = spacing is not None and spacing.get(qn("w:lineRule")) == "exact"
    return exact and _number_of(spacing.get(qn("w:line")), 240) < 60


def _hidden_around(element: Any) -> bool:
    """A hidden row of a table, or a drawing that is hidden, has no size or lies off the page."""
    if element.tag == qn("w:tr"):
        return element.find(f"{qn('w:trPr')}/{qn('w:hidden')}") is not None
    if element.tag not in (qn("wp:anchor"), qn("wp:inline")):
        return False
    named, extent = element.find(qn("wp:docPr")), element.find(qn("wp:extent"))
    unseen = named is not None and named.get("hidden") in ("1", "true")
    flat = extent is not None and min(_number_of(extent.get(side), EMU) for side in ("cx", "cy")) < EMU / 8
    places = [_number_of(place.text, 0) for place in element.iter(qn("wp:posOffset"))]
    return unseen or flat or any(place > 18 * EMU or place < -6 * EMU for place in places)


def _outside(paragraph: Any) -> bool:
    """A frame or an indent that carries the paragraph off the page; 1 point is 20 twentieths."""
    settings = paragraph.find(qn("w:pPr"))
    if settings is None:
        return False
    frame, indent = settings.find(qn("w:framePr")), settings.find(qn("w:ind"))
    places = [frame.get(qn(key)) for key in ("w:x", "w:y")] if frame is not None else []
    places += [indent.get(qn(key)) for key in ("w:left", "w:start")] if indent is not None else []
    return any(abs(_number_of(place, 0)) > 18_000 for place in places if place is not None)


def _box_fill(content: Any, paper: float) -> float | None:
    """Luminance of a text box; one whose filling is a theme's is left to Word."""
    for up in content.iterancestors():
        shape = next(up.iterchildren(_SHAPES), None)
        if shape is not None:
            fill = shape.find(_FILL)
            return paper if fill is None else next((of_hex(c.get("val", "")) for c in fill), None)
    return None
