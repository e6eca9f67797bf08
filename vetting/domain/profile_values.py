"""What profiles are made of: text that can be stored, and values that refuse what they do not know."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text, if every database can hold it. Raises ValueError for NUL and halves of surrogate pairs."""
    if UNSTORABLE.search(text):
        raise ValueError("holds characters that cannot be stored (NUL or half of a surrogate pair)")
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(storable)]
Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(storable)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000), AfterValidator(storable)]


class Value(BaseModel):
    """Base of what comes from outside: frozen, finite, and a field it does not know is a fault, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        """A field that is null is a field that is not there: exports write both."""
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else data
