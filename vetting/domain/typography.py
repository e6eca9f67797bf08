"""How a text is set, without changing what it says."""

from __future__ import annotations

import re

NO_BREAK = "\N{NO-BREAK SPACE}"
_UNITS = (
    "%|‰|°|°C|°F|K|ns|µs|μs|us|ms|s|min|h|d|ns|bits?|bytes?|B|[kKMGT]i?B|[kKMGT]?bit/s|[kKMGT]?b/s|[KMGT]?bps|[kMGT]?Hz"
    "|[nµμmck]?m|km/h|m/s|[nµμmk]?g|mcg|[mµμd]?[lL]|[nµμmk]?g/[dm]?[lL]|m?mol/[lL]|mmHg|bpm|IU|U|[kM]?bp|[mnµμ]?M|[kmM]?V|m?A|[kM]?W"
    "|[kM]?J|eV|EUR|USD|GBP|CHF|€|\\$|£|million|billion|thousand|bn|seconds?|minutes?|hours?|days?|weeks?|months?|years?"
)
_NUMBER_UNIT = re.compile(rf"(?<=\d) (?=(?:{_UNITS})(?![\w%]))")
_SIGN_NUMBER = re.compile(r"(?<=[§€$£]) (?=\d)")


def unbroken(text: str) -> str:
    """The text with no line break possible between a number and its unit: "2 s" stays together."""
    return _SIGN_NUMBER.sub(NO_BREAK, _NUMBER_UNIT.sub(NO_BREAK, text))
