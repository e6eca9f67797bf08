"""Answers that a browser saves: tables, documents, and pages on paper."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from fastapi import Request, Response

from vetting.domain.tongue import N_, _
from vetting.errors import Unavailable
from vetting.web.render import STATIC, render

PDF = "application/pdf"
JSON = "application/json"
YAML = "application/yaml"
FONTS = {"Inter": "inter-latin.woff2", "Inter Ext": "inter-latin-ext.woff2"}
"""Families that `paper.css` asks for; what they lack comes from the fonts of the system."""
NO_PANGO = N_(
    "PDF files need the system library Pango, which is not installed here "
    "(Debian, Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0); print the page instead."
)


def download(content: str | bytes, kind: str, name: str) -> Response:
    """A file to save under that name, which must be of letters that need no quoting."""
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def pdf_of(request: Request, template: str, **values: Any) -> bytes:
    """A template on A4 paper, tagged for screen readers. Raises Unavailable where the library for it is missing.

    It can read no address and no file, whatever people wrote into it: its only style sheet is given to it.
    """
    try:
        import weasyprint  # half a second, and libraries of the system that a server without PDF can do without
    except OSError:
        raise Unavailable(_(NO_PANGO)) from None
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    data_only = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    style = weasyprint.CSS(string=_style(), url_fetcher=data_only, font_config=fonts)
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    document = weasyprint.HTML(string=render(request, template, partial=False, **values), url_fetcher=nothing)
    found: bytes = document.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")
    return found


@cache
def _style() -> str:
    """The style sheet with the fonts of the pages in it."""
    faces = []
    for name, file in FONTS.items():
        font = base64.b64encode((STATIC / file).read_bytes()).decode()
        source = f'font-family: "{name}"; src: url(data:font/woff2;base64,{font})'
        faces.append(f"@font-face {{ {source} }}")
    return "\n".join((*faces, (STATIC / "paper.css").read_text(encoding="utf-8")))
