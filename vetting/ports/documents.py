"""Files of strangers, taken apart."""

from __future__ import annotations

from typing import Protocol

from vetting.domain.document import Document


class DocumentReader(Protocol):
    """Takes files of strangers apart."""

    def read(self, name: str, content: bytes) -> Document:
        """The document as a person sees it. Raises BadInput, one sentence beginning with `name`; Unavailable."""
        ...
