"""Words written so that code does not find them and a reader does: spaced, reversed, encoded, in look-alikes."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

_LETTERS = re.compile(r"(?<!\w)[^\W\d](?:[\s.,*_|/-]{1,3}[^\W\d](?!\w)){5,}")
"""At least six single letters in a row with something between them: nobody asks a question like that."""
_ENCODED = re.compile(r"[A-Za-z0-9+/_=-]{8,}")
_LOOKS = str.maketrans("0134578@$|!аеорсухіѕοεαιντρκυχ", "oieastbasiiaeopcyxisoeaivtpkux")
"""Digits and letters of other alphabets that are read as Latin ones."""


def spelt_out(text: str) -> bool:
    """Whether words are written letter by letter."""
    return bool(_LETTERS.search(unicodedata.normalize("NFKC", text)))


def undone(text: str) -> Iterator[str]:
    """The text as somebody reads it who undoes one disguise; the first is the text without characters nobody sees."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in ("Cf", "Mn"))
    yield plain
    yield unquote(plain)
    yield re.sub(r"(?<=\w)[.*_|·-](?=\w)", "", plain)
    yield plain.lower().translate(_LOOKS)
    yield plain[::-1]
    yield " ".join(word[::-1] for word in plain.split())
    yield codecs.encode(plain, "rot13")
    for token in _ENCODED.findall(plain):
        yield from _decoded(token)


def _decoded(token: str) -> Iterator[str]:
    """What base64 or hexadecimal digits stand for, where that is text."""
    padded = token.rstrip("=").translate(str.maketrans("-_", "+/"))
    for decode, given in ((base64.b64decode, padded + "=" * (-len(padded) % 4)), (binascii.unhexlify, token)):
        try:
            words = decode(given).decode("utf-8")
        except (ValueError, binascii.Error):
            continue
        yield words
        yield words[::-1]
