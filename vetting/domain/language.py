"""Which language a text is in, where it can be told, and what follows for a model that knows English alone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from vetting.domain.json_resume import LANGUAGE_CODES
from vetting.domain.tongue import _

ENGLISH = "en"
ENGLISH_MODELS = ("all-MiniLM", "all-mpnet")
"""How the names begin of models that were made from English texts; of others nothing is known."""

TIMES_LIKELIER, CLEAR = 50, 0.2
"""A text is in another language that has at least this probability, and is so many times likelier than English.

Names, abbreviations and Latin terms alone ("CRISPR", "de novo assembly", "pro bono litigation") are not.
"""

FEWEST_LETTERS = 8


def foreign_language(text: str) -> str | None:
    """The ISO 639 code of the language of a text that is clearly not English; None for English and where it is open."""
    if sum(map(str.isalpha, text)) < FEWEST_LETTERS:
        return None
    ranked: list[tuple[str, float]] = _identifier().rank(text)
    (language, most), english = ranked[0], dict(ranked)[ENGLISH]
    return str(language) if most >= max(CLEAR, TIMES_LIKELIER * english) else None


def told_foreign(texts: Iterable[str], model: str) -> str | None:
    """One sentence where texts to search by are in a language that the model with this name was not made for."""
    if not model.startswith(ENGLISH_MODELS):
        return None
    for text in texts:
        if language := foreign_language(text):
            shown = text if len(text) <= 60 else f"{text[:59]}…"
            said = _("“{text}” reads as {language}; {model} compares English, so in English it finds more.")
            return said.format(text=shown, language=language_name(language), model=model)
    return None


def language_name(code: str) -> str:
    """What English calls a language."""
    return next((name.title() for name, known in LANGUAGE_CODES.items() if known == code), f"the language {code}")


@cache
def _identifier() -> Any:
    """The model of py3langid (80 MB), read when the first text is looked at."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
