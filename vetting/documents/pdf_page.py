"""Draws a PDF page without a canvas: keeps every text with where, how large and in which colour it was drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pypdf import PageObject
from pypdf.generic import ContentStream, DictionaryObject, IndirectObject, NameObject, StreamObject
from pypdf.generic._font import Font

from vetting.documents import pdf_image
from vetting.documents.pdf_state import (
    IDENTITY,
    Box,
    Matrix,
    Painted,
    Show,
    State,
    apply,
    box_of,
    matrix_of,
    number,
    numbers,
    rectangle,
    shade,
    times,
)
from vetting.documents.pdf_values import DEEPEST, as_rectangle, decoded, entry_of, resources_of, text_of

MOST_OPERATIONS = 200_000
MOST_TEXTS = 20_000

ASCENT, DESCENT = 0.75, -0.2
"""Letters over and under the base line, in em."""


class TooMuch(Exception):
    """The page has more on it than a CV can have."""


@dataclass
class Drawing:
    """What drawing a page left: texts and filled areas in order, fonts by the name under which texts name them."""

    shows: list[Show] = field(default_factory=list)
    painted: list[Painted] = field(default_factory=list)
    fonts: dict[str, Any] = field(default_factory=dict)
    actual_texts: list[str] = field(default_factory=list)


class Drawer:
    """Follows the operators of one page."""

    def __init__(self, page: PageObject, base: Matrix, layer_off: Callable[[Any], bool]) -> None:
        """`base` turns the page as it is shown; `layer_off` says whether an optional content entry is not."""
        self.drawing = Drawing()
        self._page, self._layer_off = page, layer_off
        self._state = State(ctm=base)
        self._saved: list[State] = []
        self._order = self._block = self._operations = 0
        self._text: Matrix = IDENTITY
        self._line: Matrix = IDENTITY
        self._marked: list[bool] = []
        self._points: list[tuple[float, float]] = []
        self._boxes: list[Box] = []
        self._clipping = False
        self._fonts: dict[str, Font] = {}
        self._names: dict[int, str] = {}
        self._resources: Mapping[str, Any] = {}

    def draw(self) -> Drawing:
        """The whole page. Raises TooMuch."""
        contents = self._page.get("/Contents")
        if contents is not None:
            self._run(contents.get_object(), resources_of(self._page), 0)
        return self.drawing

    def _run(self, contents: Any, resources: Mapping[str, Any], depth: int) -> None:
        outer, self._resources = self._resources, resources
        saved, marked = len(self._saved), len(self._marked)
        for operands, operator in ContentStream(contents, self._page.pdf, "bytes").operations:
            self._operations += 1
            if self._operations > MOST_OPERATIONS:
                raise TooMuch
            if operator == b"Do":
                self._paint_object(operands, depth)
            elif (act := _ACTS.get(operator)) is not None:
                act(self, operands)
        del self._saved[saved:], self._marked[marked:]
        self._resources = outer

    # state

    def _save(self, _: Sequence[Any]) -> None:
        self._saved.append(replace(self._state))

    def _restore(self, _: Sequence[Any]) -> None:
        if self._saved:
            self._state = self._saved.pop()

    def _transform(self, operands: Sequence[Any]) -> None:
        self._state.ctm = times(matrix_of(operands), self._state.ctm)

    def _graphics_state(self, operands: Sequence[Any]) -> None:
        given = entry_of(self._resources, "/ExtGState", operands)
        if not isinstance(given, DictionaryObject):
            return
        self._state.fill_alpha = number(given.get("/ca"), self._state.fill_alpha)
        self._state.stroke_alpha = number(given.get("/CA"), self._state.stroke_alpha)
        if "/BM" in given:
            blend = given["/BM"]
            self._state.blend = str(blend[0] if isinstance(blend, list) and blend else blend)
        font = given.get("/Font")
        if isinstance(font, list) and len(font) == 2:
            self._use_font(font[0], number(font[1]))

    def _colour(self, operands: Sequence[Any], space: str = "", *, fill: bool) -> None:
        known = space or (self._state.fill_space if fill else self._state.stroke_space)
        found = shade(operands, known)
        if fill:
            self._state.fill, self._state.fill_space = found, known
        else:
            self._state.stroke, self._state.stroke_space = found, known

    def _space(self, operands: Sequence[Any], *, fill: bool) -> None:
        name = str(operands[0]) if operands else ""
        defined = entry_of(self._resources, "/ColorSpace", operands)
        family = str(defined[0]) if isinstance(defined, list) and defined else name
        black: float | None = None if family == "/Pattern" else 0.0
        if fill:
            self._state.fill, self._state.fill_space = black, family
        else:
            self._state.stroke, self._state.stroke_space = black, family

    # areas

    def _move(self, operands: Sequence[Any]) -> None:
        x, y = numbers(operands[-2:], 2)
        self._points.append(apply(self._state.ctm, x, y))

    def _rectangle(self, operands: Sequence[Any]) -> None:
        x, y, width, height = numbers(operands, 4)
        self._boxes.append(rectangle(self._state.ctm, x, y, width, height))

    def _clip(self, _: Sequence[Any]) -> None:
        self._clipping = True

    def _paint(self, *, fill: bool) -> None:
        """Fill what was outlined; only rectangles count, of which one knows what they cover."""
        boxes = list(self._boxes)
        if self._points and (whole := as_rectangle(self._points)):
            boxes.append(whole)
        if fill:
            for box in boxes:
                self._area(box.meet(self._state.clip), self._state.fill)
        if self._clipping and (boxes or self._points):
            outline = [(b.left, b.bottom) for b in self._boxes] + [(b.right, b.top) for b in self._boxes]
            self._state.clip = self._state.clip.meet(box_of(outline + self._points))
        self._points, self._boxes, self._clipping = [], [], False

    def _area(self, box: Box, colour: float | None, *, opaque: bool = True) -> None:
        solid = opaque and self._state.fill_alpha > 0.9 and self._state.blend in ("/Normal", "/Compatible")
        if box.area and self._state.fill_alpha > 0.1 and not self._hidden_layer:
            self._order += 1
            self.drawing.painted.append(Painted(self._order, box, colour, solid))

    def _shading(self, _: Sequence[Any]) -> None:
        self._area(self._state.clip, None)

    def _paint_object(self, operands: Sequence[Any], depth: int) -> None:
        thing = entry_of(self._resources, "/XObject", operands)
        if not isinstance(thing, StreamObject) or ("/OC" in thing and self._layer_off(thing["/OC"])):
            return
        if thing.get("/Subtype") == "/Image":
            area = rectangle(self._state.ctm, 0, 0, 1, 1).meet(self._state.clip)
            self._area(area, pdf_image.one_shade(thing), opaque=pdf_image.opaque(thing))
        elif thing.get("/Subtype") == "/Form" and depth < DEEPEST:
            self._form(thing, depth)

    def _form(self, form: StreamObject, depth: int) -> None:
        outer = replace(self._state)
        self._state.ctm = times(matrix_of(form.get("/Matrix", ())), self._state.ctm)
        frame = form.get("/BBox")
        if isinstance(frame, list) and len(frame) == 4:
            left, bottom, right, top = numbers(frame, 4)
            inside = rectangle(self._state.ctm, left, bottom, right - left, top - bottom)
            self._state.clip = self._state.clip.meet(inside)
        self._run(form, resources_of(form) or self._resources, depth + 1)
        self._state = outer

    # marked content

    @property
    def _hidden_layer(self) -> bool:
        return any(self._marked)

    def _begin_marked(self, operands: Sequence[Any]) -> None:
        properties = operands[1] if len(operands) > 1 else None
        if isinstance(properties, NameObject):
            properties = entry_of(self._resources, "/Properties", [properties], resolve=False)
        self._marked.append(bool(operands) and operands[0] == "/OC" and self._layer_off(properties))
        found = properties.get_object() if isinstance(properties, IndirectObject) else properties
        if isinstance(found, DictionaryObject) and "/ActualText" in found:
            self.drawing.actual_texts.append(text_of(found["/ActualText"]))

    def _end_marked(self, _: Sequence[Any]) -> None:
        if self._marked:
            self._marked.pop()

    # text

    def _begin_text(self, _: Sequence[Any]) -> None:
        self._text = self._line = IDENTITY
        self._block += 1

    def _font(self, operands: Sequence[Any]) -> None:
        if len(operands) == 2:
            self._use_font(entry_of(self._resources, "/Font", operands, resolve=False), number(operands[1]))

    def _use_font(self, reference: Any, size: float) -> None:
        """Fonts are named by what they are, since two forms may use one name for different ones."""
        resource = reference.get_object() if isinstance(reference, IndirectObject) else reference
        self._state.size = size
        self._state.font = ""
        if isinstance(resource, DictionaryObject):
            name = self._names.setdefault(id(resource), f"/V{len(self._names)}")
            if name not in self._fonts:
                self._fonts[name] = Font.from_font_resource(resource)
                self.drawing.fonts[name] = resource
            self._state.font = name

    def _set(self, name: str, operands: Sequence[Any]) -> None:
        setattr(self._state, name, number(operands[0]) if operands else 0.0)

    def _mode(self, operands: Sequence[Any]) -> None:
        self._state.mode = int(number(operands[0])) if operands else 0

    def _next(self, x: float, y: float) -> None:
        self._line = times((1, 0, 0, 1, x, y), self._line)
        self._text = self._line

    def _offset(self, operands: Sequence[Any]) -> None:
        self._next(*numbers(operands, 2))

    def _offset_leading(self, operands: Sequence[Any]) -> None:
        x, y = numbers(operands, 2)
        self._state.leading = -y
        self._next(x, y)

    def _matrix(self, operands: Sequence[Any]) -> None:
        self._text = self._line = matrix_of(operands)

    def _new_line(self, _: Sequence[Any]) -> None:
        self._next(0, -self._state.leading)

    def _show(self, operands: Sequence[Any]) -> None:
        self._show_array([operands[:1]])

    def _show_on_next(self, operands: Sequence[Any]) -> None:
        self._new_line(())
        self._show_array([operands[-1:]])

    def _show_spaced(self, operands: Sequence[Any]) -> None:
        if len(operands) == 3:
            self._state.word_space, self._state.character_space = numbers(operands, 2)
            self._show_on_next(operands)

    def _show_array(self, operands: Sequence[Any]) -> None:
        pieces = [p for p in (operands[0] if operands else ()) if isinstance(p, bytes | str | int | float)]
        font = self._fonts.get(self._state.font)
        if not pieces or font is None:
            return
        state, text, width = self._state, "", 0.0
        for piece in pieces:
            if isinstance(piece, int | float):
                width -= number(piece) / 1000 * state.size * state.scale / 100
                text += " " if number(piece) < -180 else ""
            else:
                raw = piece if isinstance(piece, bytes) else piece.encode("latin-1", errors="replace")
                said, wide = decoded(font, raw, state)
                text, width = text + said, width + wide
        self._keep(text, pieces, width)
        self._text = times((1, 0, 0, 1, width, 0), self._text)

    def _keep(self, text: str, pieces: list[Any], width: float) -> None:
        """Keep a text with its place. Raises TooMuch."""
        state = self._state
        matrix = times(self._text, state.ctm)
        lower, height = state.size * DESCENT + state.rise, state.size * (ASCENT - DESCENT)
        self._order += 1
        if len(self.drawing.shows) >= MOST_TEXTS:
            raise TooMuch
        show = Show(
            order=self._order,
            block=self._block,
            font=state.font,
            state=replace(state),
            matrix=matrix,
            operands=pieces,
            text=text,
            box=rectangle(matrix, 0, lower, width, height),
            layer_off=self._hidden_layer,
            size=abs(state.size) * math.hypot(matrix[2], matrix[3]),
            width=abs(state.size * state.scale / 100) * math.hypot(matrix[0], matrix[1]),
        )
        self.drawing.shows.append(show)


_ACTS: Mapping[bytes, Callable[[Drawer, Sequence[Any]], None]] = {
    b"q": Drawer._save,
    b"Q": Drawer._restore,
    b"cm": Drawer._transform,
    b"gs": Drawer._graphics_state,
    b"g": lambda d, o: d._colour(o, "/DeviceGray", fill=True),
    b"G": lambda d, o: d._colour(o, "/DeviceGray", fill=False),
    b"rg": lambda d, o: d._colour(o, "/DeviceRGB", fill=True),
    b"RG": lambda d, o: d._colour(o, "/DeviceRGB", fill=False),
    b"k": lambda d, o: d._colour(o, "/DeviceCMYK", fill=True),
    b"K": lambda d, o: d._colour(o, "/DeviceCMYK", fill=False),
    b"cs": lambda d, o: d._space(o, fill=True),
    b"CS": lambda d, o: d._space(o, fill=False),
    b"sc": lambda d, o: d._colour(o, fill=True),
    b"scn": lambda d, o: d._colour(o, fill=True),
    b"SC": lambda d, o: d._colour(o, fill=False),
    b"SCN": lambda d, o: d._colour(o, fill=False),
    b"m": Drawer._move,
    b"l": Drawer._move,
    b"c": Drawer._move,
    b"v": Drawer._move,
    b"y": Drawer._move,
    b"re": Drawer._rectangle,
    b"W": Drawer._clip,
    b"W*": Drawer._clip,
    **{name: lambda d, _: d._paint(fill=True) for name in (b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*")},
    **{name: lambda d, _: d._paint(fill=False) for name in (b"n", b"S", b"s")},
    b"sh": Drawer._shading,
    b"BMC": Drawer._begin_marked,
    b"BDC": Drawer._begin_marked,
    b"EMC": Drawer._end_marked,
    b"BT": Drawer._begin_text,
    b"Tf": Drawer._font,
    b"Tc": lambda d, o: d._set("character_space", o),
    b"Tw": lambda d, o: d._set("word_space", o),
    b"Tz": lambda d, o: d._set("scale", o),
    b"TL": lambda d, o: d._set("leading", o),
    b"Ts": lambda d, o: d._set("rise", o),
    b"Tr": Drawer._mode,
    b"Td": Drawer._offset,
    b"TD": Drawer._offset_leading,
    b"Tm": Drawer._matrix,
    b"T*": Drawer._new_line,
    b"Tj": Drawer._show,
    b"'": Drawer._show_on_next,
    b'"': Drawer._show_spaced,
    b"TJ": Drawer._show_array,
}
