"""Where people sign in instead of here."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class SignOnStart(NamedTuple):
    """The start of a sign-in elsewhere: where to, and the secrets that only this browser and the provider know."""

    url: str
    state: str
    nonce: str
    verifier: str


class Identity(NamedTuple):
    """Who somebody is at an identity provider; `subject` never changes hands there, an address may."""

    subject: str
    email: str
    email_verified: bool


class IdentityProvider(Protocol):
    """Where people sign in instead of here."""

    def start(self, redirect_uri: str) -> SignOnStart:
        """Begin a sign-in that comes back to this address. Raises Unavailable."""
        ...

    def finish(self, start: SignOnStart, code: str, redirect_uri: str) -> Identity:
        """Who signed in. Raises Unavailable, and Forbidden for an answer that proves nothing."""
        ...
