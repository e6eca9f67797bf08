"""The sections of a CV, found by their headings; every line keeps its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vetting.domain.cv_words import LANGUAGES

LONGEST_HEADING = 6
"""Words of a heading, at most."""


class Section(StrEnum):
    """What a part of a CV is about; `head` is what stands before the first heading."""

    HEAD = "head"
    SUMMARY = "summary"
    EXPERIENCE = "experience"
    PROJECTS = "projects"
    EDUCATION = "education"
    SKILLS = "skills"
    LANGUAGES = "languages"
    PUBLICATIONS = "publications"
    LICENCES = "licences"
    AVAILABILITY = "availability"
    CONFLICTS = "conflicts"
    CLIENTS = "clients"
    AWARDS = "awards"
    REFERENCES = "references"
    OTHER = "other"


_HEADINGS: Mapping[Section, str] = {
    Section.HEAD: "contact|contact details|contact information|personal details|personal information|personal data|"
    "details|kontakt|persönliche daten|coordonnées|datos personales|"
    "persönliche angaben|angaben zur person|kontaktdaten|zur person|informations personnelles|état civil|"
    "contacto|información personal|dati personali",
    Section.SUMMARY: "summary|professional summary|executive summary|career summary|profile|professional profile|"
    "personal profile|about|about me|objective|career objective|personal statement|overview|profil|kurzprofil|perfil|"
    "zusammenfassung|über mich|profil professionnel|à propos|présentation|perfil profesional|resumen|"
    "sobre mí|extracto|profilo",
    Section.EXPERIENCE: "experience|work experience|professional experience|employment|employment history|work history|"
    "career history|career|relevant experience|clinical experience|legal experience|research experience|"
    "teaching experience|industry experience|appointments|professional appointments|academic appointments|positions|"
    "positions held|professional background|volunteering|volunteer experience|volunteer work|berufserfahrung|"
    "beruflicher werdegang|berufspraxis|expérience professionnelle|expériences professionnelles|expérience|"
    "experiencia|experiencia laboral|experiencia profesional|esperienze lavorative|experiência profissional|"
    "berufliche erfahrung|berufliche laufbahn|berufliche stationen|berufliche tätigkeit|werdegang|stationen|"
    "praktische erfahrung|praktika|tätigkeiten|anstellungen|klinische tätigkeit|klinische erfahrung|"
    "parcours professionnel|expériences|trayectoria profesional|experiencia clínica|esperienza lavorativa|"
    "esperienza professionale|esperienze professionali",
    Section.PROJECTS: "projects|selected projects|key projects|personal projects|research projects|projekte|projets|"
    "proyectos",
    Section.EDUCATION: "education|education and training|academic background|academic qualifications|qualifications|"
    "academic history|degrees|studies|training|education and qualifications|ausbildung|bildung|studium|formation|"
    "formations|formación|formación académica|educación|istruzione|formação|"
    "akademischer werdegang|akademische ausbildung|schulbildung|hochschulbildung|studium and ausbildung|"
    "ausbildung and studium|bildungsweg|weiterbildung|weiterbildungen|fort and weiterbildung|"
    "aus and weiterbildung|fortbildungen|abschlüsse|études|diplômes|parcours académique|estudios|titulación|"
    "formazione|istruzione and formazione",
    Section.SKILLS: "skills|key skills|core skills|technical skills|professional skills|core competencies|competencies|"
    "competences|expertise|areas of expertise|technologies|tools|technical proficiencies|it skills|computer skills|"
    "skills and tools|skills and technologies|skills summary|kenntnisse|fähigkeiten|it kenntnisse|compétences|"
    "competencias|habilidades|competenze|"
    "edv|edv kenntnisse|fachkenntnisse|kompetenzen|kernkompetenzen|fachliche kompetenzen|"
    "besondere kenntnisse|schwerpunkte|technische kenntnisse|fähigkeiten and kenntnisse|"
    "kenntnisse and fähigkeiten|compétences techniques|domaines de compétence|aptitudes|conocimientos|"
    "competencias técnicas|competenze tecniche",
    Section.LANGUAGES: "languages|language skills|sprachen|sprachkenntnisse|langues|idiomas|lingue|"
    "fremdsprachen|fremdsprachenkenntnisse|langues étrangères|langues parlées|compétences linguistiques|"
    "conocimientos de idiomas|competencias lingüísticas|lenguas|competenze linguistiche",
    Section.PUBLICATIONS: "publications|selected publications|papers|research output|articles|books|patents|"
    "conference papers|publikationen|veröffentlichungen|publicaciones|pubblicazioni|"
    "publikationsliste|publikationen and vorträge|veröffentlichungen and vorträge|"
    "publications and communications|artículos",
    Section.LICENCES: "licences|licenses|licensure|licence|license|certifications|certification|certificates|"
    "licences and certifications|licenses and certifications|certifications and licenses|bar admissions|"
    "bar admission|admissions|board certification|board certifications|professional registration|"
    "professional registrations|registrations|registration|professional memberships and registrations|accreditations|"
    "professional qualifications|zertifikate|zulassungen|approbation|certificats|certificaciones|"
    "zulassung|approbation and zulassungen|berufszulassung|berufszulassungen|facharztanerkennung|"
    "zertifizierungen|zertifikate and zulassungen|lizenzen|qualifikationen|autorisations|habilitations|"
    "inscription à l'ordre|inscription au barreau|inscriptions|colegiación|certificados|licencias|"
    "abilitazioni|certificazioni",
    Section.AVAILABILITY: "availability|availability and rate|rate|rates|terms|work preferences|preferences|"
    "verfügbarkeit|disponibilité|disponibilidad|"
    "verfügbarkeit and honorar|konditionen|honorar|disponibilité and tarif|disponibilità",
    Section.CONFLICTS: "conflicts of interest|conflict of interest|declaration of interests|declarations of interest|"
    "disclosures|competing interests|"
    "interessenkonflikte|interessenkonflikt|conflits d'intérêts|conflictos de interés|conflitti di interesse",
    Section.CLIENTS: "clients|selected clients|key clients|main clients|kunden|mandanten|clientes|mandats|clienti",
    Section.AWARDS: "awards|honors|honours|awards and honors|awards and honours|prizes|grants|scholarships|"
    "achievements|auszeichnungen|prix|premios|"
    "stipendien|preise|distinctions|bourses|becas|riconoscimenti",
    Section.REFERENCES: "references|referees|referenzen|références|referencias",
    Section.OTHER: "interests|hobbies|personal interests|activities|memberships|professional memberships|affiliations|"
    "professional affiliations|additional information|miscellaneous|other|courses|conferences|presentations|talks|"
    "interessen|hobbys|loisirs|intereses|"
    "ehrenamt|engagement|mitgliedschaften|interessen and hobbys|centres d'intérêt|aficiones|otros datos|interessi",
}
_SECTION_OF = {name: section for section, names in _HEADINGS.items() for name in names.split("|")}
_SPOKEN = re.compile(rf"\b(?:{'|'.join(LANGUAGES)})\b", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[•●▪◦‣∙·*➢►–—-]|o(?=\s{1,3}[A-Z]))\s+")


@dataclass(frozen=True)
class Line:
    """A line without its margin and bullet; `at` is where it begins in the text."""

    text: str
    at: int
    bullet: bool = False
    until: int = 0
    """Where it ends, if several lines of the text were joined into this one."""

    @property
    def to(self) -> int:
        """Where it ends in the text."""
        return self.until or self.at + len(self.text)


@dataclass(frozen=True)
class Part:
    """A section with its lines, blank ones included (their text is empty)."""

    section: Section
    lines: tuple[Line, ...]

    @property
    def written(self) -> tuple[Line, ...]:
        """The lines that are not blank."""
        return tuple(line for line in self.lines if line.text)


def read_sections(text: str) -> tuple[Part, ...]:
    """The parts of a CV in order; a section named twice has two parts. The first part is always the head."""
    found: list[tuple[Section, list[Line]]] = [(Section.HEAD, [])]
    within = Section.HEAD
    for line in read_lines(text):
        section, rest = _heading(line)
        if rest and within is Section.SKILLS and not _SPOKEN.search(rest.text):
            section = None  # 'Languages: Go, Python' are tools
        if section is None:
            if found[-1][0] is not within:
                found.append((within, []))
            found[-1][1].append(line)
            continue
        found.append((section, [rest] if rest else []))
        if rest is None:
            within = section
    return tuple(Part(section, tuple(lines)) for section, lines in found)


def read_lines(text: str) -> Iterator[Line]:
    """The lines of a text."""
    at = 0
    for raw in text.split("\n"):
        bullet = _BULLET.match(raw)
        start = bullet.end() if bullet else len(raw) - len(raw.lstrip())
        yield Line(raw[start:].rstrip(), at + start, bullet is not None)
        at += len(raw) + 1


def joined(lines: Sequence[Line]) -> list[Line]:
    """Lines of a list, with those that were only wrapped joined to the line they go on from."""
    found: list[Line] = []
    for line in lines:
        before = found[-1] if found else None
        if before and not line.bullet and _goes_on(before.text, line.text):
            gap = "" if before.text.endswith("-") else " "
            found[-1] = Line(f"{before.text}{gap}{line.text}", before.at, before.bullet, line.to)
        else:
            found.append(line)
    return found


def _goes_on(text: str, more: str) -> bool:
    return text.endswith((",", "-", "&", "/", " and", " or", "(")) or more[0].islower() or more[0] in ")&"


def of(parts: tuple[Part, ...], *sections: Section) -> tuple[Part, ...]:
    """The parts of these sections."""
    return tuple(part for part in parts if part.section in sections)


def _heading(line: Line) -> tuple[Section | None, Line | None]:
    """The section a line opens, and what stands behind the colon of 'Languages: English (C2)'."""
    if line.bullet or not line.text:
        return None, None
    name, colon, rest = line.text.partition(":")
    section = _SECTION_OF.get(_name(name))
    if section is None or len(name.split()) > 2 * LONGEST_HEADING:
        return None, None
    rest = rest.strip()
    if not rest:
        return section, None
    return (section, Line(rest, line.to - len(rest))) if colon else (None, None)


def _name(heading: str) -> str:
    ""
    """A heading for comparison; 'E X P E R I E N C E' is one word, and signs around and between words do not count."""
    words = heading.split()
    if len(words) > LONGEST_HEADING and all(len(word) == 1 for word in words):
        heading = "".join(words)
    joined_by_and = re.sub(r"&|\b(?:und|et|y)\b", " and ", heading.casefold().replace("’", "'"))
    plain = re.sub(r"[^\w' ]+", " ", joined_by_and)
    return " ".join(plain.split()[: LONGEST_HEADING + 1])
