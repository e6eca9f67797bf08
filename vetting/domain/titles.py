"""Degrees and licences as words: when two of them name the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from vetting.domain.places import PARTS, countries
from vetting.domain.profile import Licence
from vetting.domain.profile_values import Line, Value

_WRITTEN_OUT: Mapping[str, str] = {
    "doctor of philosophy": "phd", "dphil": "phd", "doctor of medicine": "md", "juris doctor": "jd",
    "doctor of pharmacy": "pharmd", "master of science": "msc", "masters of science": "msc", "ms": "msc",
    "master of arts": "ma", "master of business administration": "mba", "master of engineering": "meng",
    "master of laws": "llm", "master of public health": "mph", "bachelor of science": "bsc", "bs": "bsc",
    "bachelor of arts": "ba", "bachelor of engineering": "beng", "bachelor of laws": "llb",
    "bachelor of technology": "btech", "doctorat en médecine": "md", "diplôme d état de docteur en médecine": "md",
    "dr med": "md", "promotion": "phd", "doctorat": "phd", "doctorado": "phd", "dottorato di ricerca": "phd",
    "dr rer nat": "phd", "dr phil": "phd", "dr ing": "phd", "dr iur": "phd", "dr jur": "phd", "dr rer pol": "phd",
    "máster": "master", "maestría": "master", "laurea magistrale": "master", "licence": "bachelor",
}  # fmt: skip
"""Degrees written out, here and elsewhere, and the usual short form; MS and MSc, BS and BSc are the same degree."""

_OF_ANY_FIELD: Mapping[str, frozenset[str]] = {
    "master": frozenset("msc ma mba meng llm mph mphil med mpharm mtech master".split()),
    "bachelor": frozenset("bsc ba beng llb bcom btech bpharm bachelor".split()),
}
"""Where only a level is asked for, every degree of it will do."""

_SAME_LICENCE: Mapping[str, str] = {
    "gmc": "medical", "nmc": "nursing", "gphc": "pharmacist", "sra": "solicitor lawyer", "bar": "lawyer attorney",
    "solicitor": "lawyer", "attorney": "lawyer", "barrister": "lawyer", "physician": "medical", "facharzt": "medical",
    "fachärztin": "medical", "arzt": "medical", "ärztin": "medical", "ärztliche": "medical", "humanmedizin": "medical",
    "médecin": "medical", "médecins": "medical", "médico": "medical", "médicos": "medical", "ärztekammer": "medical",
    "apotheker": "pharmacist", "apothekerin": "pharmacist", "pharmacien": "pharmacist", "farmacéutico": "pharmacist",
    "rechtsanwalt": "lawyer attorney", "rechtsanwältin": "lawyer attorney", "rechtsanwaltschaft": "lawyer attorney",
    "rechtsanwaltskammer": "lawyer attorney", "rechtsanwaltszulassung": "lawyer attorney", "avocat": "lawyer attorney",
    "avocate": "lawyer attorney", "barreau": "lawyer attorney", "abogado": "lawyer attorney",
    "abogada": "lawyer attorney", "abogados": "lawyer attorney", "abogacía": "lawyer attorney",
    "zahnarzt": "dental", "zahnärztin": "dental", "infirmier": "nursing", "infirmière": "nursing",
}  # fmt: skip
"""Words in licences, and what briefs call the same."""

_JOINTS = frozenset({"in", "of", "the", "degree", "en", "de", "der"})


def plain(text: str) -> str:
    """Words for comparison: no case, no dots, no signs."""
    return " ".join(re.findall(r"[^\W_]+", text.replace(".", "").casefold()))


@lru_cache(maxsize=65_536)
def degree(text: str) -> str:
    """A degree for comparison: 'Master of Science in Physics' and 'M.Sc., physics' are both 'msc physics'."""
    words = plain(text)
    for written, short in _WRITTEN_OUT.items():
        if words == written or words.startswith(f"{written} "):
            words = short + words[len(written) :]
            break
    return " ".join(word for word in words.split() if word not in _JOINTS)


def holds_degree(held: str, wanted: str) -> bool:
    """Whether a degree is the wanted one, or the wanted one with a field behind it."""
    own, asked = degree(held), degree(wanted)
    of_level = own.partition(" ")[0] in _OF_ANY_FIELD.get(asked, frozenset())
    return of_level or own == asked or own.startswith(f"{asked} ")


@lru_cache(maxsize=16_384)
def jurisdiction(text: str) -> str:
    """A jurisdiction for comparison: 'Germany' and 'DE' are one; a state is not its country."""
    named = countries(text)
    return named[0].casefold() if len(named) == 1 and len(text.split()) <= 3 else plain(text)


class WantedLicence(Value):
    """A licence asked for: words that its name must hold and, if given, the jurisdiction."""

    name: Line
    jurisdiction: Line | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.jurisdiction})" if self.jurisdiction else self.name

    def fits(self, licence: Licence) -> bool:
        """Whether the licence's name says every word asked for, and the jurisdiction is the same or a part of it."""
        if not set(plain(self.name).split()) <= _meant(licence.name):
            return False
        if self.jurisdiction is None:
            return True
        asked, held = jurisdiction(self.jurisdiction), jurisdiction(licence.jurisdiction)
        return asked == held or asked == PARTS.get(held, "").casefold()


@lru_cache(maxsize=16_384)
def _meant(licence: str) -> frozenset[str]:
    """The words of a licence's name, and what they say where it names a register or is in another language."""
    own = frozenset(plain(licence).split())
    return own | frozenset(more for word in own for more in _SAME_LICENCE.get(word, "").split())
