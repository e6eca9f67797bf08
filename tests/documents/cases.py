"""Seeded CVs with text that a reader of the page does not see, and clean ones with everything that only looks alike.

`python -m tests.documents.cases 50` measures 50 of each technique and as many clean ones.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.documents import docx_cases
from tests.documents.invented import Person, invented, payload
from tests.documents.pdf_maker import Pdf, at, escaped, mask, tagged
from vetting.documents.docx import read_docx
from vetting.documents.pdf import read_pdf
from vetting.domain.document import Document


class Case(NamedTuple):
    """A file, how it hides, what it hides (empty: nothing) and a line that everybody sees."""

    technique: str
    content: bytes
    hidden: str
    seen: str


def body(person: Person, rng: random.Random) -> list[str]:
    """The visible part: lines of the CV from the top."""
    lines, y = [], 790.0
    for line in person.lines:
        if line.isupper() and len(line) > 3:
            y -= 8
        lines.append(at(60, y, line, 16 if y > 780 else 10, "F2" if line.isupper() else "F1"))
        y -= 22 if y > 780 else rng.choice((13, 14))
    return lines


def _wrapped(words: str, size: float, x: float = 60, y: float = 60) -> list[str]:
    """A payload in two lines."""
    half = len(words.split()) // 2
    parts = (" ".join(words.split()[:half]), " ".join(words.split()[half:]))
    return [at(x, y - n * size * 1.2, part, size) for n, part in enumerate(parts)]


def white(pdf: Pdf, words: str, rng: random.Random) -> None:
    """White or nearly white on white."""
    shade = rng.choice(("1 1 1 rg", "1 g", "0.98 0.98 0.98 rg", "0 0 0 0 k", "/DeviceRGB cs 0.99 1 0.99 sc"))
    pdf.pages[0] += ["q", shade, *_wrapped(words, rng.choice((8, 10))), "Q"]


def same_as_area(pdf: Pdf, words: str, rng: random.Random) -> None:
    """In the colour of the area it stands on."""
    grey = rng.choice((0.1, 0.3, 0.9))
    pdf.pages[0] += ["q", f"{grey} g 0 0 595 80 re f", f"{grey + 0.01} g", *_wrapped(words, 9), "Q"]


def tiny(pdf: Pdf, words: str, rng: random.Random) -> None:
    """Smaller than anybody reads, by the font or by the matrix."""
    if rng.random() < 0.5:
        pdf.pages[0] += [at(60, 60, words, rng.choice((0.1, 1, 2)))]
    else:
        pdf.pages[0] += ["q 0.1 0 0 0.1 60 60 cm", at(0, 0, words, rng.choice((8, 12))), "Q"]


def off_page(pdf: Pdf, words: str, rng: random.Random) -> None:
    """Left of, under, over or right of the page."""
    x, y = rng.choice(((-900, 400), (60, -50), (60, 900), (700, 300)))
    pdf.pages[0] += [at(x, y, words, 10)]


def transparent(pdf: Pdf, words: str, rng: random.Random) -> None:
    """With an opacity of nearly nothing."""
    pdf.states["Clear"] = f"/ca {rng.choice((0, 0.01, 0.05))} /CA 0"
    pdf.pages[0] += ["q /Clear gs", *_wrapped(words, 9), "Q"]


def not_painted(pdf: Pdf, words: str, rng: random.Random) -> None:
    """In render mode 3, or 7."""
    pdf.pages[0] += ["q", f"{rng.choice((3, 3, 7))} Tr", *_wrapped(words, 9), "Q"]


def covered(pdf: Pdf, words: str, rng: random.Random) -> None:
    """Behind an image, or behind a white rectangle."""
    cover = rng.choice(
        (
            "q 500 0 0 60 50 30 cm /Im Do Q",
            "q 1 g 40 20 530 70 re f Q",
            "q 1 g 40 20 130 70 re f 170 20 400 70 re f Q",
            "q 500 0 0 60 50 30 cm /Pad Do Q",
        )
    )
    pdf.images["Pad"] = "/SMask 10 0 R"
    pdf.extra = [mask(0xFF)]
    pdf.pages[0] += [*_wrapped(words, 9), cover]


def layer(pdf: Pdf, words: str, rng: random.Random) -> None:
    """On a layer that is off."""
    state = rng.choice(("/OFF [9 0 R]", "/BaseState /OFF"))
    pdf.catalog += f"/OCProperties << /OCGs [9 0 R] /D << {state} >> >>"
    pdf.pages[0] += ["/OC /Off BDC", *_wrapped(words, 9), "EMC"]


def metadata(pdf: Pdf, words: str, rng: random.Random) -> None:
    """In the properties of the file."""
    pdf.info[rng.choice(("Keywords", "Subject", "Skills"))] = words


def invisible(pdf: Pdf, words: str, rng: random.Random) -> None:
    """In tag characters, which have no shape."""
    pdf.pages[0] += [f"BT /FU 9 Tf 60 60 Td {tagged(words)} Tj ET"]


def comment(pdf: Pdf, words: str, rng: random.Random) -> None:
    """In a comment, shown or not, or in a description."""
    if rng.random() < 0.7:
        flags = rng.choice((0, 2, 4))
        pdf.annotations.append(
            f"<< /Type /Annot /Subtype /Text /Rect [60 60 80 80] /F {flags} /Contents {escaped(words)} >>"
        )
    else:
        pdf.pages[0] += [f"/Span << /ActualText {escaped(words)} >> BDC", at(60, 60, "."), "EMC"]


def clipped(pdf: Pdf, words: str, rng: random.Random) -> None:
    """Outside the clip."""
    pdf.pages[0] += ["q 0 800 10 10 re W n", *_wrapped(words, 9), "Q"]


BROWSERS = (
    "Word processor 365",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
)
"""What programs that print call themselves."""

PDF: Mapping[str, Callable[[Pdf, str, random.Random], None]] = {
    "pdf: colour of the paper": white,
    "pdf: colour of an area": same_as_area,
    "pdf: tiny": tiny,
    "pdf: off the page": off_page,
    "pdf: transparent": transparent,
    "pdf: render mode": not_painted,
    "pdf: behind something": covered,
    "pdf: layer": layer,
    "pdf: properties": metadata,
    "pdf: tag characters": invisible,
    "pdf: comment or description": comment,
    "pdf: clipped": clipped,
}


def pdf_case(technique: str, seed: int) -> Case:
    """A CV that hides something in this way."""
    rng = random.Random(f"{technique}-{seed}")
    person, words = invented(rng), payload(rng)
    pdf = Pdf(pages=[body(person, rng)], info={"Title": "CV", "Producer": "Writer 1.0"})
    if rng.random() < 0.3:
        pdf.pages.insert(0, body(invented(rng), rng))
        pdf.pages.reverse()
    PDF[technique](pdf, words, rng)
    return Case(technique, pdf.build(), words, person.name)


def clean_pdf(seed: int) -> Case:
    """A CV with what honest templates do: dark sidebars with white text, grey dates, small print, forms, layers."""
    rng = random.Random(f"clean-{seed}")
    person = invented(rng)
    page = ["q 0.12 0.2 0.35 rg 0 815 595 27 re f 1 g", at(60, 822, "Portfolio and references on request", 9), "Q"]
    page += ["q 80 0 0 20 480 740 cm /Im Do Q", "q 0.45 g", at(60, 30, "Updated in spring, page one of one", 6), "Q"]
    page += body(person, rng)
    pdf = Pdf(pages=[page], info={"Title": f"Curriculum Vitae {person.name}", "Author": person.name,
                                  "Creator": rng.choice(BROWSERS), "Producer": "PDF library 4.2"})  # fmt: skip
    extras = [_sidebar, _watermark, _form, _visible_layer, _in_clip, _scaled, _highlighted, _link, _spaced, _ligature]
    for extra in rng.sample(extras, 3):
        extra(pdf, rng)
    return Case("pdf: clean", pdf.build(), "", person.name)


def _sidebar(pdf: Pdf, rng: random.Random) -> None:
    pdf.pages[0] += ["q 0.15 g 430 100 165 500 re f 1 1 1 rg", at(440, 580, "CONTACT", 11, "F2")]
    pdf.pages[0] += [at(440, 540 - 14 * n, text) for n, text in enumerate(("Chess", "Rowing", "Choir"))] + ["Q"]


def _watermark(pdf: Pdf, rng: random.Random) -> None:
    pdf.images["Pad"] = "/SMask 10 0 R"
    pdf.extra = [mask(0x20)]
    pdf.pages[0] += ["q 500 0 0 700 40 40 cm /Pad Do Q"]


def _form(pdf: Pdf, rng: random.Random) -> None:
    pdf.forms["Foot"] = at(60, 45, "Text within a form, drawn by most print drivers")
    pdf.pages[0] += ["q /Foot Do Q"]


def _visible_layer(pdf: Pdf, rng: random.Random) -> None:
    pdf.catalog += "/OCProperties << /OCGs [9 0 R] /D << /ON [9 0 R] /OFF [] >> >>"
    pdf.pages[0] += ["/OC /Off BDC", at(60, 70, "On a layer that is shown"), "EMC"]


def _in_clip(pdf: Pdf, rng: random.Random) -> None:
    pdf.pages[0] += ["q 50 80 500 20 re W n", at(60, 85, "Within a frame that is wide enough"), "Q"]


def _scaled(pdf: Pdf, rng: random.Random) -> None:
    pdf.pages[0] += [f"BT /F1 1 Tf 9 0 0 9 60 95 Tm {escaped('Font of size one, scaled by the matrix')} Tj ET"]


def _highlighted(pdf: Pdf, rng: random.Random) -> None:
    pdf.states["Wash"] = "/ca 0.3 /BM /Multiply"
    pdf.pages[0] += [at(60, 105, "Marked with a pen"), "q /Wash gs 1 1 0 rg 55 100 200 14 re f Q"]


def _link(pdf: Pdf, rng: random.Random) -> None:
    pdf.annotations.append(
        "<< /Type /Annot /Subtype /Link /Rect [60 700 200 715] /A << /S /URI /URI (https://example.org/ana) >> >>"
    )


def _spaced(pdf: Pdf, rng: random.Random) -> None:
    pdf.pages[0] += ["BT /F1 10 Tf 1 0 0 1 60 115 Tm 2 Tc [(K) 80 (erned a) -250 (nd spaced)] TJ ET"]


def _ligature(pdf: Pdf, rng: random.Random) -> None:
    pdf.pages[0] += ["/Span << /ActualText (fi) >> BDC", at(60, 125, "fi"), "EMC"]


def words_of(text: str) -> list[str]:
    """The words of a text, for comparison."""
    return re.findall(r"\w+", text.casefold())


def judged(case: Case, document: Document) -> tuple[bool, bool, bool]:
    """(nothing hidden came through, all of it is shown to the reviewer, the visible text is there).

    A word counts as come through when it is hidden, is not among the visible words, and is in the text.
    """
    visible, shown = words_of(document.text), " ".join(words_of(" ".join(h.text for h in document.hidden)))
    wanted = words_of(case.hidden)
    through = " ".join(wanted[:4]) in " ".join(visible) or " ".join(wanted[-4:]) in " ".join(visible)
    return not (wanted and through), all(w in shown for w in wanted), words_of(case.seen)[0] in visible


def measure(per: int) -> int:
    """Print the share of each technique that is excluded and shown, and false alarms on clean CVs."""
    good: Counter[str] = Counter()
    rows = [(t, pdf_case, read_pdf) for t in PDF] + [(t, docx_cases.case, read_docx) for t in docx_cases.DOCX]
    for technique, make, read in rows:
        for seed in range(per):
            good[technique] += all(judged(case := make(technique, seed), read(case.content)))
        print(f"{technique:34} {good[technique]:4} of {per} excluded and shown, visible text kept")
    alarms = 0
    for make_clean, read in ((clean_pdf, read_pdf), (docx_cases.clean, read_docx)):
        cleans = [make_clean(seed) for seed in range(per * 4)]
        wrong = sum(bool(read(case.content).hidden) for case in cleans)
        alarms += wrong
        print(f"{cleans[0].technique:34} {wrong:4} of {len(cleans)} with a false alarm")
    total, share = sum(good.values()), sum(good.values()) / (per * len(rows))
    print(f"total: {total} of {per * len(rows)} ({share:.2%}); false alarms {alarms / (8 * per):.2%}")
    return 0


if __name__ == "__main__":
    sys.exit(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 50))
