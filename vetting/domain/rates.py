"""Exchange rates with the day they are of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import model_validator

from vetting.domain.profile import Currency
from vetting.domain.profile_values import Value


class Rates(Value):
    """Currencies on a date: units of each for one unit of the common base."""

    date: date
    rates: Mapping[Currency, float]

    @model_validator(mode="before")
    @classmethod
    def _flat_or_nested(cls, data: Any) -> Any:
        """Reads {"date", "base"?, "rates": {...}} and the flat {"date", "EUR": 1, "USD": 1.1}."""
        if not isinstance(data, dict) or "date" not in data:
            raise ValueError('currency rates need a date, like {"date": "2026-11-02", "EUR": 1, "USD": 1.1}')
        rates = dict(data["rates"]) if "rates" in data else {k: v for k, v in data.items() if k not in ("date", "base")}
        if data.get("base"):
            rates.setdefault(data["base"], 1.0)
        if not all(isinstance(v, int | float) and v > 0 for v in rates.values()):
            raise ValueError("currency rates must be numbers above 0")
        return {"date": data["date"], "rates": rates}

    def convert(self, amount: float, currency: str, to: str) -> float | None:
        """The amount in the other currency, or None where either is unknown."""
        if currency not in self.rates or to not in self.rates:
            return None
        return amount / self.rates[currency] * self.rates[to]
