"""Pages from templates: a whole page, or only its changing part when the script on the page asks for that.

The partial of `candidate/interview.html` is `candidate/_interview.html`; the page includes the same file.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateNotFound, select_autoescape

from vetting.domain.tongue import N_, _, ngettext, npgettext, pgettext, tongue
from vetting.domain.typography import unbroken
from vetting.services.context import Context
from vetting.web.figures import (
    day,
    iso,
    lang,
    language_name,
    level,
    moment,
    number,
    percent,
    plain,
    plural,
    signed,
    standing,
)
from vetting.web.language import spoken_here
from vetting.web.script_words import script_words

STATIC = Path(__file__).parent / "static"
ENGINE_NOTICE = N_("Structured interviewer, no language model.")
ENGINE_SETTING = N_("VETTING_LLM_MODEL, with OPENAI_API_KEY or OPENAI_BASE_URL, changes that.")
HASH_NOTICE = N_(
    "Test embedder (hash): similarities and ratings mean nothing here. VETTING_EMBEDDER=bundled changes that."
)


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The page, or its partial when `HX-Request` was sent and there is one."""
    html = render(request, template, partial=wants_partial(request), **values)
    return HTMLResponse(html, status_code=status, headers={"vary": "HX-Request"})


def render(request: Request, template: str, *, partial: bool, **values: Any) -> str:
    """The HTML of a template with what every page knows."""
    found = None
    if partial:
        folder, _, name = template.rpartition("/")
        found = _optional(f"{folder}/_{name}" if folder else f"_{name}")
    found = found or environment().get_template(template)
    return found.render(**_everywhere(request), **values)


def wants_partial(request: Request) -> bool:
    """Whether a script on the page asks, rather than the browser."""
    return request.headers.get("hx-request") == "true"


def engine_notice(ctx: Context) -> str | None:
    """What every page says when no language model is configured."""
    return _(ENGINE_NOTICE) if ctx.model_interviewer is None else None


def rating_notice(ctx: Context) -> str | None:
    """What every page says when a configured language model may not rate."""
    return "; ".join(ctx.not_admitted) or None


def embedder_notice(ctx: Context) -> str | None:
    """What every page says when vectors come from the test embedder."""
    return _(HASH_NOTICE) if ctx.embedder.name.startswith("hash") else None


def environment() -> Environment:
    """The templates, for the language that is spoken.

    Each language has its own: what a template says once for all its readers (what it sets, and imports) is kept.
    """
    return _environment(tongue().tag)


@cache
def _environment(tag: str) -> Environment:
    """Templates escape everything, and a name that was not passed is an error rather than an empty place."""
    env = Environment(
        loader=PackageLoader("vetting.web", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        _, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.filters.update(
        level=level,
        number=number,
        percent=percent,
        iso=iso,
        moment=moment,
        day=day,
        plain=plain,
        plural=plural,
        signed=signed,
        standing=standing,
        unbroken=unbroken,
        lang=lang,
        language_name=language_name,
    )
    env.globals.update(static=static_url, scale_x=scale_x, form_token=form_token, script_words=script_words)
    return env


def scale_x(value: float, width: float, margin: float = 6.0, low: float = 1.0, high: float = 5.0) -> float:
    """Where a level stands on a drawn scale of that width; values beyond the scale stand at its end."""
    clipped = min(max(value, low), high)
    return round(margin + (clipped - low) / (high - low) * (width - 2 * margin), 1)


def form_token() -> str:
    """Names one copy of a form, so that a second click on it can be told from a second form."""
    return secrets.token_urlsafe(12)


@cache
def static_url(name: str) -> str:
    """The address of a static file, with its version so that browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def _everywhere(request: Request) -> dict[str, Any]:
    ctx: Context = request.app.state.ctx
    return {
        "request": request,
        "tongue": tongue(),
        "tongues": tuple(spoken_here(request).values()),
        "account": getattr(request.state, "account", None),
        "engine_notice": engine_notice(ctx),
        "engine_setting": _(ENGINE_SETTING),
        "rating_notice": rating_notice(ctx),
        "embedder_notice": embedder_notice(ctx),
    }


def _optional(name: str) -> Any:
    try:
        return environment().get_template(name)
    except TemplateNotFound:
        return None
