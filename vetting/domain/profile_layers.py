"""What a profile is made of: what a file or a form stated, what a document filled in, what a person corrected.

A correction stands over everything and an import leaves it alone. A document fills in what nobody stated; a newer one
replaces what an older one filled in. Values are columns of a candidate: name, email, headline, summary, facts
(import format), conflicts (import format).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Values = dict[str, Any]

FILLED = ("email", "headline", "summary")
OWN = ("conflicts", "name")
"""What can be corrected beside the facts."""

PARTIAL = "partial"


def stated(values: Values, made: Mapping[str, Any]) -> Values:
    """The values without what an earlier document filled in: what it made and nobody changed since."""
    old_facts = made.get("facts", {})
    facts = {k: v for k, v in values["facts"].items() if k != PARTIAL and old_facts.get(k) != v}
    own = {key: "" if values[key] and values[key] == made.get(key) else values[key] for key in FILLED}
    conflicts = [tie for tie in values["conflicts"] if tie not in made.get("conflicts", [])]
    return {**values, **own, "facts": facts, "conflicts": conflicts}


def filled(values: Values, made: Mapping[str, Any]) -> Values:
    """The values with what a document says of all that is not stated; its lists are marked as possibly incomplete."""
    facts = {k: v for k, v in values["facts"].items() if k != PARTIAL}
    offered = {k: v for k, v in made.get("facts", {}).items() if k != PARTIAL and k not in facts}
    partial = [fact for fact in made.get("facts", {}).get(PARTIAL, []) if fact in offered]
    partial += [fact for fact in values["facts"].get(PARTIAL, []) if fact in facts and fact not in partial]
    joined = {**facts, **offered} | ({PARTIAL: sorted(partial)} if partial else {})
    own = {key: values[key] or made.get(key) or ("" if key != "email" else None) for key in FILLED}
    ties = [*values["conflicts"], *(t for t in made.get("conflicts", []) if t not in values["conflicts"])]
    return {**values, **own, "facts": joined, "conflicts": ties}


def corrected(values: Values, corrections: Mapping[str, Any]) -> Values:
    """The values with what people corrected; a corrected list is complete."""
    facts = {k: v for k, v in values["facts"].items() if k not in corrections}
    facts |= {k: v for k, v in corrections.items() if k not in OWN and v is not None}
    if PARTIAL in facts:
        left = [fact for fact in facts.pop(PARTIAL) if fact not in corrections]
        facts |= {PARTIAL: left} if left else {}
    own = {key: corrections[key] or [] for key in OWN if key in corrections}
    return {**values, **own, "facts": facts}
