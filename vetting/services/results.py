"""Results that candidates carry elsewhere: a JSON file signed with this installation's secret, and how one is checked.

The signature is an HMAC: only the installation that issued a file can check it, on its page `/verify` or by
`vetting candidates verify`. There it also says whether the result still stands.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any, NamedTuple

from itsdangerous import Signer
from sqlmodel import Session, select

from vetting.config import Settings
from vetting.db import candidate_queries, queries
from vetting.db.engine import reading
from vetting.db.log import Log, load
from vetting.db.models import Interview
from vetting.domain.interview_events import Phase
from vetting.domain.scoring import Scorecard
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict
from vetting.services.context import Context

FORMAT = "vetting-result/1"
SALT = b"vetting.result"
MOST_BYTES = 200_000


class Standing(StrEnum):
    """What has become of a result since its file was issued."""

    STANDS = "stands"
    CHANGED = "changed"
    GONE = "gone"


class Checked(NamedTuple):
    """A file whose signature is right: what it says, and whether that still stands."""

    result: dict[str, Any]
    standing: Standing


def signed_result(ctx: Context, interview_id: int) -> dict[str, Any]:
    """The result of an interview as the candidate may carry it, with its signature. Raises Conflict without one."""
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
        parties = candidate_queries.parties(session, ctx.org, log.row.candidate_id)
        result = _result(session, log)
    if result is None:
        raise Conflict(_("There is no result yet; it appears within seconds of the end of the interview."))
    document = {
        "format": FORMAT,
        "issuer": ctx.settings.public_url.rstrip("/"),
        "issued_at": ctx.now().isoformat(timespec="seconds"),
        "organisation": parties.organisation,
        "person": parties.candidate,
        **result,
    }
    return document | {"signature": _signature(ctx.settings, document)}


def check(ctx: Context, content: bytes) -> Checked:
    """What a signed file says. Raises BadInput, one sentence, for anything that was not issued here like this."""
    if len(content) > MOST_BYTES:
        raise BadInput(_("This file is far larger than a signed result, so it was not read."))
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise BadInput(_("This is not a signed result: the file holds no JSON.")) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadInput(
            _("This is not a signed result: it does not say that its format is {format}.").format(format=FORMAT)
        )
    signature = document.pop("signature", None)
    if not isinstance(signature, str) or not _signer(ctx.settings).verify_signature(_canonical(document), signature):
        raise BadInput(
            _(
                "The signature does not fit: the file was changed after it was issued, or another "
                "installation issued it."
            )
        )
    return Checked(document, _standing(ctx, document))


def _result(session: Session, log: Log) -> dict[str, Any] | None:
    """What a scorecard says to the outside: levels and intervals, nothing that gives the rubric away."""
    row = queries.scorecard(session, log.row.organisation_id, log.id)
    if row is None or log.state.phase is not Phase.COMPLETED:
        return None
    card = Scorecard.model_validate(row.document)
    return {
        "interview": log.row.public_id,
        "rubric": {
            "id": log.rubric.id, "version": log.rubric.version, "title": log.rubric.title, "sha256": log.rubric.sha256,
            "status": log.rubric.standing,
        },
        "completed_at": log.row.completed_at.isoformat(timespec="seconds") if log.row.completed_at else None,
        "mode": "text",
        "composite": {"level": card.composite.level, "interval": card.composite.interval},
        "competencies": [
            {
                "id": f"{log.rubric.id}/{c.id}", "name": c.name, "status": c.status, "level": c.level,
                "interval": c.interval,
            }
            for c in card.competencies
        ],
        "scale": "levels 1 to 5, intervals of 90 %; not rated is not a low level",
        "raters": [r.label for r in card.raters],
        "provisional": card.provisional,
    }  # fmt: skip


def _standing(ctx: Context, document: dict[str, Any]) -> Standing:
    with reading(ctx.engine) as session:
        row = session.exec(select(Interview).where(Interview.public_id == str(document.get("interview")))).first()
        if row is None or row.id is None:
            return Standing.GONE
        now = _result(session, load(session, row.organisation_id, row.id))
    if now is None:
        return Standing.GONE
    said = json.loads(json.dumps(now))
    same = all(document.get(name) == said[name] for name in ("composite", "competencies"))
    return Standing.STANDS if same else Standing.CHANGED


def _canonical(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _signature(settings: Settings, document: dict[str, Any]) -> str:
    return _signer(settings).get_signature(_canonical(document)).decode()


def _signer(settings: Settings) -> Signer:
    return Signer(settings.secret(), salt=SALT, key_derivation="hmac", digest_method=hashlib.sha256)
