"""What CVs say in several languages: headings, months, languages and their levels, countries, roles, registers.

Names of months, languages and countries come from Babel's copy of the Unicode locale data; the rest are tables here,
one line per language, so that another language is one more line in each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from babel import Locale

from vetting.domain.json_resume import FLUENCY, LANGUAGE_CODES
from vetting.domain.places import COUNTRIES, countries

TONGUES = ("de", "fr", "es", "it", "pt", "nl")
"""Languages beside English whose CVs are read."""

_LOCALES = tuple(Locale.parse(tongue) for tongue in TONGUES)


def _months() -> dict[str, int]:
    found = {
        name.rstrip(".").lower(): number
        for locale in (Locale.parse("en"), *_LOCALES)
        for width in ("wide", "abbreviated")
        for number, name in locale.months["format"][width].items()
    }
    return found | {"sept": 9, "mrz": 3, "jän": 1, "jänner": 1, "feber": 2}


MONTHS: Mapping[str, int] = _months()
"""Names of months and their usual short forms, in lower case."""

OPEN = (
    r"present|présent|presente|current|currently|now|today|to date|date|ongoing|(?:bis )?heute|(?:bis )?dato|jetzt|"
    r"laufend|aktuell|gegenwärtig|aujourd['’]hui|à ce jour|actuel|en cours|(?:la )?actualidad|actualmente|hoy|la fecha|"
    r"en curso|oggi|attuale|in corso|atual|atualmente|hoje|heden"
)
"""Words for an end that has not come."""

JOINTS = r"to|until|till|bis|à|a|al|au|jusqu['’]à|jusqu['’]en|hasta|tot|até"
SINCE = r"since|seit|depuis|desde|dal|dalla|dès|sinds"

_MORE_LANGUAGES = {
    "catalan": "ca", "irish": "ga", "welsh": "cy", "afrikaans": "af", "tamil": "ta", "telugu": "te", "punjabi": "pa",
    "malay": "ms", "tagalog": "tl", "filipino": "tl", "cantonese": "zh", "farsi": "fa", "icelandic": "is",
    "albanian": "sq", "castellano": "es", "mandarin": "zh", "norwegisch": "nb", "norvégien": "nb", "noruego": "nb",
    "norvegese": "nb",
}  # fmt: skip


def _languages() -> dict[str, str]:
    codes = frozenset(LANGUAGE_CODES.values()) | frozenset(_MORE_LANGUAGES.values())
    named = {
        str(locale.languages[code]).lower(): code
        for locale in _LOCALES
        for code in sorted(codes)
        if code in locale.languages and str(locale.languages[code]).isalpha()
    }
    return {**named, **_MORE_LANGUAGES, **LANGUAGE_CODES}


LANGUAGES: Mapping[str, str] = _languages()
"""Names of languages in each of these languages, in lower case, and their ISO 639 codes."""

_LEVELS: Mapping[str, str] = {
    "C2": "muttersprach zweisprachig langue_maternelle bilingue bilingüe nativ lengua_materna madrelingua "
    "língua_materna mother-tongue native moedertaal",
    "C1": "verhandlungssicher fließend fliessend sehr_gut ausgezeichnet full_working courant très_bon fluid fluent "
    "avanc avanz nivel_alto muy_bueno ottimo vloeiend",
    "B2": "working_proficiency konversationssicher gut good opérationnel professionnel profesional lu,_écrit,_parlé "
    "bon_niveau buon",
    "B1": "working_knowledge conversational erweiterte_kenntnisse mittelstufe intermédiaire intermedi nivel_medio",
    "A2": "grundkenntnisse basiskenntnisse schulkenntnisse notions scolaire élémentaire básic elemental base "
    "scolastico",
    "A1": "anfänger débutant principiante iniciante",
}
"""How people name their level, by the beginnings of the words; the most telling level first."""

_WORDED = {word.replace("_", " "): level for level, words in _LEVELS.items() for word in words.split()}
LEVELS: Mapping[str, str] = {
    **{word: level for word, level in _WORDED.items() if level in ("C2", "C1")},
    **FLUENCY,
    **_WORDED,
}


def _territories() -> dict[str, str]:
    return {
        str(locale.territories[code]).lower(): code
        for locale in _LOCALES
        for code in sorted(set(COUNTRIES.values()))
        if code in locale.territories
    }


_COUNTRIES: Mapping[str, str] = _territories()
_COUNTRY = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(map(re.escape, _COUNTRIES), key=len, reverse=True))})(?!\w)")


def countries_in(text: str) -> tuple[str, ...]:
    """The codes of the countries that a line names, in English or as these languages call them."""
    local = {_COUNTRIES[name] for name in _COUNTRY.findall(text.lower())}
    return tuple(sorted(local | set(countries(text))))


ROLE = re.compile(
    r"\b(?:engineer|developer|manager|analyst|consultant|director|head|lead|officer|counsel|lawyer|attorney|"
    r"associate|(?<!and )(?<!und )(?<!& )partner|physician|doctor|surgeon|nurse|professor|lecturer|"
    r"researcher|scientist|fellow|assistant|architect|designer|teacher|tutor|auditor|accountant|intern|trainee|specialist|coordinator|administrator|advisor|"
    r"adviser|founder|chief|president|editor|reviewer|pharmacist|registrar|resident|technician|owner|member|"
    r"freelance|freelancer|self-employed|senior|junior|staff|principal|student|postdoc|cto|ceo|cfo)\b"
    # German; most are the last part of a longer word
    r"|(?:arzt|ärztin|anwalt|anwältin|ingenieur|entwickler|leiter|berater|mitarbeiter|referent|geschäftsführer|architekt|"
    r"administrator|apotheker|pfleger|prüfer|lehrer|dozent|assistent|forscher|informatiker|chemiker|biologe|biologin|"
    r"wissenschaftler|richter|notar|student|praktikant|techniker|übersetzer|kaufmann|kauffrau)(?:in)?\b"
    r"|\b(?:selbstständig|freiberuflich)\w*\b"
    r"|(?:iater|iaterin|ologe|ologin|iatre|ologue|ólog[oa]|iatra)\b"
    # French
    r"|\b(?:médecin|avocate?|ingénieure?|développeu(?:r|se)|directeur|directrice|responsable|cheffe?|consultante?|"
    r"chargée?|infirmi(?:er|ère)|pharmacien(?:ne)?|professeure?|stagiaire|juriste|comptable|chercheu(?:r|se)|interne|"
    r"praticien(?:ne)?|assistante?|associée?|traduct(?:eur|rice)|indépendante?)\b"
    # Spanish and Italian
    r"|\b(?:médic[oa]|abogad[oa]|ingenier[oa]|desarrollador(?:a)?|directora?|jef[ea]|consultora?|enfermer[oa]|"
    r"farmacéutic[oa]|profesora?|becari[oa]|asesora?|investigadora?|analista|traductora?|autónom[oa])\b"
    r"|\b(?:medico|avvocat[oa]|ingegnere|sviluppat(?:ore|rice)|direttore|direttrice|ricercat(?:ore|rice)|biolog[oa]|"
    r"farmacista|infermier[ea]|docente|consulente)\b",
    re.IGNORECASE,
)
"""Words by which a piece of a title is a role and no employer."""

REGISTERS: Mapping[str, str] = {
    "GMC": "GB", "NMC": "GB", "GPhC": "GB", "SRA": "GB", "HCPC": "GB",
    "Approbation": "DE", "Bezirksregierung": "DE", "Regierungspräsidium": "DE", "Landesärztekammer": "DE",
    "Rechtsanwaltskammer": "DE", "Zulassung zur Rechtsanwaltschaft": "DE", "Rechtsanwaltszulassung": "DE",
    "RPPS": "FR", "Ordre des médecins": "FR", "Ordre national des médecins": "FR", "Barreau de Paris": "FR",
    "Barreau de Lyon": "FR", "Colegio Oficial de Médicos": "ES", "Ilustre Colegio": "ES", "Colegio de Abogados": "ES",
    "Ilustre Colegio de la Abogacía": "ES",
}  # fmt: skip
"""Registers and papers that one country alone has."""

LICENCE_WORDS = (
    r"approbation|berufserlaubnis|bestallung|\w*zulassung|zugelassen|inscrite?|inscription|autorisation d['’]exercer|"
    r"barreau|colegiad[oa]|habilitación|abilitazione|iscritt[oa]|rechtsanwaltskammer"
)
EXPIRES_WORDS = (
    r"gültig bis|befristet bis|valable jusqu['’](?:au|en|à)|válid[oa] hasta|expire le|caduca|valid[oa] fino al"
)
UNFINISHED_WORDS = (
    r"voraussichtlich|laufend|abgebrochen|ohne abschluss|nicht abgeschlossen|en cours|non terminée?|abandonnée?|"
    r"en curso|sin terminar|inacabad[oa]|in corso"
)
DEGREE_WORDS = (
    r"(?:(?:Erstes?|Zweites?|[12]\.|II?\.)\s+)?(?:(?:[Jj]uristisches?|[Mm]edizinisches?|[Ää]rztliches?)\s+)?Staats(?:examen|prüfung)|"
    r"Erste [Jj]uristische Prüfung|"
    r"Diplom(?:-[A-ZÄÖÜ]\w+)*|Magister(?:\sArtium)?|Promotion(?!\w|[\s,(]+(?:zum\s|zur\s)?\(?Dr)|Fach(?:arzt|ärztin)|"
    r"Diplôme d['’](?:État(?: de docteur)?|ingénieur)|Maîtrise|Doctorat|Master\s[12]|DEA|DESS?|Licence|"
    r"Máster|Maestría|Licenciatura|Grado(?=\sen\b)|Doctorado|Ingeniería|Diplomatura|"
    r"Laurea(?:\smagistrale|\striennale|\sspecialistica)?|Dottorato(?:\sdi\sricerca)?"
)
_WORD = r"(?!(?:an der|an|bei|à|auf)\b)[\w'’&/-]+"
FIELD_WORDS = (
    r"\s+(?:(?:en|de|du|des|del|di|in|für|der|zum|zur)\s|d['’])"
    rf"{_WORD}(?:\s{_WORD}){{0,5}}?(?=\s*(?:[,;|()–]|\s-\s|\s{{2}}|\d|$))"
)
"""A field of study behind a degree in these languages, up to the sign that ends it."""

HOMES = (
    r"wohnort|wohnhaft in|adresse|anschrift|domicile|lieu|dirección|domicilio|residencia|ubicación|indirizzo|residenza"
)
NOT_HOMES = (
    r"staatsangehörigkeit|nationalität|geburts\w+|geboren|nationalité|\bnée?\b|nacionalidad|nacid[oa]|nazionalità|"
    r"nat[oa] a"
)
WEEKLY = (
    r"(?:stunden|std\.?|heures?|horas?|ore)\s*(?:/|pro|je|die|par|por|a|alla)\s*(?:la\s+)?(?:woche|semaine|semana|settimana)"
    r"|wochenstunden|horas semanales|heures hebdomadaires|ore settimanali"
)
AVAILABLE = r"(?:ab|verfügbar ab|disponible (?:à partir du|à partir de|dès le|dès|a partir de|desde)|disponibile da)"
PER: Mapping[str, str] = {
    "hour": "stunde std heure hora ora", "day": "tag jour día giorno", "week": "woche semaine semana settimana",
    "month": "monat mois mes mese", "year": "jahr année año anno",
}  # fmt: skip
PERIODS: Mapping[str, str] = {word: period for period, words in PER.items() for word in words.split()}
RATE_LABELS: Mapping[str, str] = {
    "stundensatz": "hour", "stundenhonorar": "hour", "taux horaire": "hour", "tarifa por hora": "hour",
    "tagessatz": "day", "tjm": "day", "tarif journalier": "day", "tarifa diaria": "day",
}  # fmt: skip

TITLES = r"curriculum vit(?:ae|æ)|currículum(?: v[ií]tae)?|lebenslauf|bewerbung|nombre|nom|nome"
