"""What calls to language models took, per day and per interview: tokens as the servers counted them, and their price.

A price is the published one of that provider today, never a bill. Where the server is not a provider whose prices are
known, one's own machine among them, there are tokens only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from vetting.db import spend_queries
from vetting.db.engine import reading
from vetting.db.spend_queries import InterviewSpend, Used
from vetting.services.context import Context

DAYS = 30
INTERVIEWS = 20
OPENAI = "https://api.openai.com/v1"


class Line(NamedTuple):
    """What was used under one key; `dollars` is None where a price is not known for any part of it."""

    key: str
    models: tuple[str, ...]
    calls: int
    failed: int
    input_tokens: int
    output_tokens: int
    dollars: float | None


class Spend(NamedTuple):
    """The last days, the newest interviews, and the sum of the days. `priced`: whether any price is known."""

    days: list[Line]
    interviews: list[tuple[InterviewSpend, Line]]
    total: Line
    priced: bool


def report(ctx: Context) -> Spend:
    """What this organisation's calls took in the last DAYS days and for its newest INTERVIEWS interviews."""
    since = ctx.now() - timedelta(days=DAYS)
    with reading(ctx.engine) as session:
        daily = spend_queries.by_day(session, ctx.org, since)
        newest = spend_queries.newest_interviews(session, ctx.org, INTERVIEWS)
        each = spend_queries.by_interview(session, ctx.org, list(newest))
    address = ctx.settings.openai_base_url or OPENAI
    days = [_line(key, [u for u in daily if u.key == key], address) for key in dict.fromkeys(u.key for u in daily)]
    of = {key: [u for u in each if u.key == str(key)] for key in newest}
    interviews = [(one, _line(str(key), of[key], address)) for key, one in newest.items()]
    total = _line("", daily, address)
    return Spend(days, interviews, total, any(line.dollars is not None for line in days))


def _line(key: str, used: Iterable[Used], address: str) -> Line:
    used = list(used)
    prices = [_price(address, u.model, u.input_tokens, u.output_tokens) for u in used]
    known = [p for p in prices if p is not None]
    return Line(
        key=key,
        models=tuple(dict.fromkeys(u.model for u in used)),
        calls=sum(u.calls for u in used),
        failed=sum(u.failed for u in used),
        input_tokens=sum(u.input_tokens for u in used),
        output_tokens=sum(u.output_tokens for u in used),
        dollars=sum(known) if known and len(known) == len(prices) else None,
    )


@lru_cache(maxsize=1024)
def _price(address: str, model: str, input_tokens: int, output_tokens: int) -> float | None:
    """The published price in US dollars; None where the server or the model is not known. Asks nobody."""
    if urlsplit(address).scheme != "https":
        return None
    from genai_prices import Usage, calc_price  # 0.1 s: only for this page

    try:
        found = calc_price(
            Usage(input_tokens=input_tokens, output_tokens=output_tokens), model_ref=model, provider_api_url=address
        )
    except (LookupError, ValueError):
        return None
    return float(found.total_price)
