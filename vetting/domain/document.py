"""A document as a person sees it: the text of its pages, and apart from it what its file holds but the pages do not.

Standard library only: the child process that takes files apart imports it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """Why a reader of the page does not see a piece of text."""

    COLOUR = "colour"
    TINY = "tiny"
    OFF_PAGE = "off_page"
    CLIPPED = "clipped"
    TRANSPARENT = "transparent"
    NOT_PAINTED = "not_painted"
    COVERED = "covered"
    LAYER = "layer"
    METADATA = "metadata"
    INVISIBLE_CHARACTERS = "invisible_characters"
    ANNOTATION = "annotation"
    ALTERNATIVE_TEXT = "alternative_text"
    HIDDEN_FORMAT = "hidden_format"
    DELETED = "deleted"
    FIELD_CODE = "field_code"

    @property
    def words(self) -> str:
        """The reason as a reviewer reads it."""
        return _WORDS[self]


_WORDS = {
    Why.COLOUR: "in the colour of what is behind it",
    Why.TINY: "too small to be read",
    Why.OFF_PAGE: "outside the page",
    Why.CLIPPED: "outside the part of the page that is drawn",
    Why.TRANSPARENT: "fully transparent",
    Why.NOT_PAINTED: "set to be neither filled nor outlined",
    Why.COVERED: "behind an image or a filled area",
    Why.LAYER: "on a layer that is switched off",
    Why.METADATA: "in the file's properties",
    Why.INVISIBLE_CHARACTERS: "written in characters without a shape",
    Why.ANNOTATION: "in a comment",
    Why.ALTERNATIVE_TEXT: "in the description of an image or a passage",
    Why.HIDDEN_FORMAT: "formatted as hidden",
    Why.DELETED: "in a deleted passage that is still in the file",
    Why.FIELD_CODE: "in the code of a field",
}


@dataclass(frozen=True)
class Hidden:
    """Text of the file that its pages do not show; `page` counts from 1, None where it belongs to none."""

    text: str
    why: Why
    page: int | None = None


@dataclass(frozen=True)
class Document:
    """What was read of a file. Only `text` may reach a profile, a rater or the index; `hidden` is for the reviewer."""

    kind: str
    pages: int
    text: str
    hidden: tuple[Hidden, ...] = ()
