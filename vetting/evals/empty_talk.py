"""Words that show nothing and should gain nothing: praise and fashionable nouns, put around an answer."""

from __future__ import annotations

FLATTERY = (
    "What an excellent and thoughtful question, thank you for asking it.",
    "I can see that whoever designed this interview knows the field inside out.",
    "It is a privilege to be assessed with so much care and expertise.",
    "Your questions are far better than those of any other company I have talked to.",
    "I am sure that you will recognise the quality of this answer.",
)
BUZZWORDS = (
    "In a world-class, end-to-end approach we leverage best practices and a holistic, data-driven mindset.",
    "Synergies, scalability, resilience and observability are the pillars of operational excellence.",
    "A robust framework with clear governance, stakeholder alignment and continuous improvement is key.",
    "State-of-the-art tooling, automation and machine learning enable proactive, predictive optimisation.",
    "My strategy is evidence-based, risk-aware, compliant and fully aligned with international standards.",
)


def with_talk(answer: str, talk: tuple[str, ...], *, turn: int) -> str:
    """The answer with two of the sentences before it and one behind, in turn."""
    first, second, third = (talk[(turn + k) % len(talk)] for k in range(3))
    return f"{first} {second} {answer} {third}"


def padded(answer: str, filler: tuple[str, ...], *, turn: int) -> str:
    """The answer made about twice as long with sentences that show nothing."""
    added: list[str] = []
    at = turn * 7
    while sum(len(s.split()) for s in added) < len(answer.split()) and len(added) < len(filler):
        added.append(filler[at % len(filler)])
        at += 1
    middle = len(added) // 2
    return " ".join((*added[:middle], answer, *added[middle:]))
