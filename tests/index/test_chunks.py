"""The tail of a long text never drops, and no piece is longer than the model reads."""

from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from vetting.index.bundled import model_folder
from vetting.index.chunks import count_tokens, pieces_for_model

TOKENIZER = AutoTokenizer.from_pretrained(str(model_folder()), local_files_only=True)
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80) | st.text(
    alphabet="abcdefghij XYZ0123456789.,'-\n", max_size=300
)


def real_tokens(text: str) -> int:
    return len(TOKENIZER.encode(text, add_special_tokens=False, truncation=False))


@given(TEXT)
def test_the_count_is_never_below_the_models_own(text: str) -> None:
    assert count_tokens(text) >= real_tokens(text)


def test_the_count_of_plain_english_is_exact() -> None:
    text = "Retransmissions on the radio link aren't congestion; the window is halved without cause (RFC 5681)."
    assert count_tokens(text) == real_tokens(text)


@given(TEXT, st.integers(min_value=8, max_value=40))
def test_pieces_fit_and_together_hold_every_character(text: str, limit: int) -> None:
    pieces = pieces_for_model(text, limit)
    assert all(text[p.start : p.end] == p.text for p in pieces)
    assert all(count_tokens(p.text) <= limit - 2 or len(p.text) == 1 for p in pieces)
    covered = {i for p in pieces for i in range(p.start, p.end)}
    assert all(c.isspace() for i, c in enumerate(text) if i not in covered)


def test_a_long_text_is_cut_at_sentences() -> None:
    text = "The window is halved after a loss. " * 100
    parts = [piece.text for piece in pieces_for_model(text)]
    assert len(parts) > 2
    assert all(p.endswith("loss.") for p in parts)
    assert " ".join(parts) == text.strip()
