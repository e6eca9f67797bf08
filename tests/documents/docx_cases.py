"""The same for Word documents."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import docx
from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

from tests.documents.invented import Person, invented, payload

if TYPE_CHECKING:
    from tests.documents.cases import Case

W14 = "http://schemas.microsoft.com/office/word/2010/wordml"


def body(person: Person) -> Word:
    """The visible part."""
    word = docx.Document()
    for line in person.lines:
        word.add_paragraph(line)
    word.core_properties.author = person.name
    return word


def vanish(word: Word, words: str, rng: random.Random) -> None:
    """Formatted as hidden."""
    word.add_paragraph().add_run(words).font.hidden = True


def vanish_style(word: Word, words: str, rng: random.Random) -> None:
    """Hidden by a style that is based on a hidden one."""
    base = word.styles.add_style("Quiet", WD_STYLE_TYPE.PARAGRAPH)
    base.font.hidden = True
    style = word.styles.add_style("Quieter", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = base
    word.add_paragraph(words, style="Quieter")


def white(word: Word, words: str, rng: random.Random) -> None:
    """White on white."""
    shade = rng.choice((RGBColor(255, 255, 255), RGBColor(0xFD, 0xFD, 0xFD)))
    word.add_paragraph().add_run(words).font.color.rgb = shade


def white_theme(word: Word, words: str, rng: random.Random) -> None:
    """In the theme's colour of the paper."""
    run = word.add_paragraph().add_run(words)
    run._r.get_or_add_rPr().append(parse_xml(f'<w:color {nsdecls("w")} w:val="auto" w:themeColor="background1"/>'))


def on_shade(word: Word, words: str, rng: random.Random) -> None:
    """Dark on dark."""
    run = word.add_paragraph().add_run(words)
    run.font.color.rgb = RGBColor(0x20, 0x20, 0x20)
    run._r.get_or_add_rPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="212121"/>'))


def tiny(word: Word, words: str, rng: random.Random) -> None:
    """Too small, or squeezed."""
    run = word.add_paragraph().add_run(words)
    if rng.random() < 0.5:
        run.font.size = Pt(rng.choice((1, 2)))
    else:
        run._r.get_or_add_rPr().append(parse_xml(f'<w:w {nsdecls("w")} w:val="1"/>'))


def transparent(word: Word, words: str, rng: random.Random) -> None:
    """With a filling that is fully transparent, or none."""
    inside = rng.choice((
        f'<w14:noFill xmlns:w14="{W14}"/>',
        f'<w14:solidFill xmlns:w14="{W14}"><w14:srgbClr w14:val="000000"><w14:alpha w14:val="100000"/></w14:srgbClr>'
        "</w14:solidFill>",
    ))  # fmt: skip
    fill = parse_xml(f'<w14:textFill xmlns:w14="{W14}">{inside}</w14:textFill>')
    word.add_paragraph().add_run(words)._r.get_or_add_rPr().append(fill)


def off_page(word: Word, words: str, rng: random.Random) -> None:
    """In a frame outside the page."""
    paragraph = word.add_paragraph(words)
    paragraph._p.get_or_add_pPr().append(
        parse_xml(f'<w:framePr {nsdecls("w")} w:w="2000" w:x="-30000" w:y="100" w:hAnchor="page"/>')
    )


def in_a_hidden_row(word: Word, words: str, rng: random.Random) -> None:
    """In a hidden row, or in a line without height."""
    if rng.random() < 0.5:
        row = word.add_table(1, 1).rows[0]
        row.cells[0].text = words
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:hidden {nsdecls('w')}/>"))
    else:
        paragraph = word.add_paragraph(words)
        paragraph._p.get_or_add_pPr().append(parse_xml(f'<w:spacing {nsdecls("w")} w:line="2" w:lineRule="exact"/>'))


def deleted(word: Word, words: str, rng: random.Random) -> None:
    """In a tracked deletion."""
    gone = f'<w:del {nsdecls("w")} w:id="1" w:author="a"><w:r><w:delText>{words}</w:delText></w:r></w:del>'
    word.add_paragraph("")._p.append(parse_xml(gone))


def comment(word: Word, words: str, rng: random.Random) -> None:
    """In a comment."""
    word.add_comment(word.paragraphs[3].runs[0], text=words, author="a")


def description(word: Word, words: str, rng: random.Random) -> None:
    """In the description of a drawing."""
    drawing = (
        f'<w:r {nsdecls("w", "wp")}><w:drawing><wp:inline><wp:extent cx="9" cy="9"/><wp:docPr id="7" name="p" '
        f'descr="{words}"/></wp:inline></w:drawing></w:r>'
    )
    word.add_paragraph("")._p.append(parse_xml(drawing))


def metadata(word: Word, words: str, rng: random.Random) -> None:
    """In the properties."""
    setattr(word.core_properties, rng.choice(("keywords", "subject", "comments", "category")), words)


def invisible(word: Word, words: str, rng: random.Random) -> None:
    """In tag characters."""
    word.add_paragraph("Thank you." + "".join(chr(0xE0000 + ord(c)) for c in words))


DOCX: Mapping[str, Callable[[Word, str, random.Random], None]] = {
    "docx: hidden": vanish,
    "docx: hidden by style": vanish_style,
    "docx: colour of the paper": white,
    "docx: colour of the theme": white_theme,
    "docx: colour of a shade": on_shade,
    "docx: tiny": tiny,
    "docx: transparent": transparent,
    "docx: off the page": off_page,
    "docx: hidden row or line": in_a_hidden_row,
    "docx: deleted": deleted,
    "docx: comment": comment,
    "docx: description": description,
    "docx: properties": metadata,
    "docx: tag characters": invisible,
}


def case(technique: str, seed: int) -> Case:
    """A CV that hides something in this way."""
    from tests.documents.cases import Case

    rng = random.Random(f"{technique}-{seed}")
    person, words = invented(rng), payload(rng)
    word = body(person)
    DOCX[technique](word, words, rng)
    return Case(technique, saved(word), words, person.name)


def clean(seed: int) -> Case:
    """A CV with what honest templates do: white on dark cells, grey, small print, insertions, text boxes, links."""
    from tests.documents.cases import Case

    rng = random.Random(f"clean-{seed}")
    person = invented(rng)
    word = body(person)
    for extra in rng.sample([_dark_cell, _inserted, _grey, _highlight, _picture, _header], 3):
        extra(word)
    word.core_properties.title = f"Curriculum Vitae {person.name}"
    return Case("docx: clean", saved(word), "", person.name)


def _dark_cell(word: Word) -> None:
    table = word.add_table(1, 2)
    table.cell(0, 0).paragraphs[0].add_run("Contact").font.color.rgb = RGBColor(255, 255, 255)
    table.cell(0, 0)._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="1F3864"/>'))
    table.cell(0, 1).text = "Lisbon"


def _inserted(word: Word) -> None:
    text = f'<w:ins {nsdecls("w")} w:id="2" w:author="a"><w:r><w:t>Added later</w:t></w:r></w:ins>'
    word.add_paragraph("")._p.append(parse_xml(text))


def _grey(word: Word) -> None:
    run = word.add_paragraph().add_run("2019 - 2021, part time")
    run.font.color.rgb, run.font.size = RGBColor(0x99, 0x99, 0x99), Pt(6)


def _highlight(word: Word) -> None:
    run = word.add_paragraph().add_run("Available now")
    run.font.color.rgb = RGBColor(255, 255, 255)
    run._r.get_or_add_rPr().append(parse_xml(f'<w:highlight {nsdecls("w")} w:val="black"/>'))


def _picture(word: Word) -> None:
    drawing = (
        f'<w:r {nsdecls("w", "wp")}><w:drawing><wp:inline><wp:extent cx="9" cy="9"/><wp:docPr id="7" name="p" '
        'descr="Portrait"/></wp:inline></w:drawing></w:r>'
    )
    word.add_paragraph("")._p.append(parse_xml(drawing))


def _header(word: Word) -> None:
    word.sections[0].header.paragraphs[0].text = "Curriculum vitae"


def saved(word: Word) -> bytes:
    """The bytes of a document."""
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def repacked(content: bytes, changed: Mapping[str, bytes]) -> bytes:
    """The archive with some of its parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, data in changed.items():
            new.writestr(name, data)
    return out.getvalue()


__all__ = ["DOCX", "case", "clean", "qn", "repacked", "saved"]
