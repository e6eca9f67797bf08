"""What a call cost, by the price list that comes with genai-prices; nothing is fetched."""

from __future__ import annotations

OPENAI = "openai"
"""Whose prices hold where no base URL is set."""


def cost_usd(model: str, base_url: str | None, input_tokens: int, output_tokens: int) -> float | None:
    """US dollars by list price, without discounts for cached input; None for a model or server without a known price.

    A server of one's own never has one, whatever its models are called.
    """
    if not input_tokens and not output_tokens:
        return None
    from genai_prices import Usage, calc_price  # 0.1 s, and only where there is a model

    try:
        usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        if base_url is None:
            return float(calc_price(usage, model, provider_id=OPENAI).total_price)
        return float(calc_price(usage, model, provider_api_url=base_url).total_price)
    except (LookupError, ValueError):
        return None
