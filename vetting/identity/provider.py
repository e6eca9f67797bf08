"""Sign-in at an identity provider by OpenID Connect: the code flow with PKCE, state and nonce.

What the provider says is believed only as a signed token for us, for this very attempt (OpenID Connect Core 1.0,
section 3.1.3.7; RFC 9700). Its addresses come from its own discovery document; no redirect is followed.
"""

from __future__ import annotations

import ssl
import threading
import time
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, RSAKey
from joserfc.jws import JWSRegistry, extract_compact

from vetting.errors import Forbidden, Unavailable
from vetting.ports import Identity, SignOnStart

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Public keys only: with HMAC whoever holds the client secret could write tokens, and `none` anybody."""
SECONDS: Final = 5.0
KEEP_SECONDS: Final = 3600.0
NEW_KEYS_SECONDS: Final = 60.0
"""How often an unknown key may have the keys fetched again: else made-up tokens would have us ask without end."""
REST_SECONDS: Final = 10.0
"""How long a provider that failed is left alone, so that many who want to sign in do not all wait for it."""
LEEWAY: Final = 60
RSA_BITS: Final = 2048
"""The least (NIST SP 800-131A): a shorter key can be broken, and then anybody signs in as anybody."""
LARGEST: Final = 1_000_000
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
AWAY = "The identity provider does not answer at the moment; please try again in a minute."
WEAK = "The identity provider signs with an RSA key of less than 2048 bits, so nobody was signed in; ask who runs it."
UNUSABLE = "The identity provider's answer could not be used, so nobody was signed in. Please begin again."


class OpenIdProvider:
    """`ports.IdentityProvider` over one issuer; the discovery document and the keys are kept for an hour."""

    def __init__(self, issuer: str, client_id: str, client_secret: str | None) -> None:
        self.issuer = issuer
        self._client_id, self._secret = client_id, client_secret
        self._lock = threading.Lock()
        self._tls = ssl.create_default_context()  # once: reading every root certificate takes longer than asking
        self._rests_until = float("-inf")
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    def start(self, redirect_uri: str) -> SignOnStart:
        """Where to send the browser, and what has to come back. Raises Unavailable."""
        endpoint = self._endpoint("authorization_endpoint")
        state, nonce, verifier = generate_token(43), generate_token(43), generate_token(64)
        with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        return SignOnStart(url, state, nonce, verifier)

    def finish(self, start: SignOnStart, code: str, redirect_uri: str) -> Identity:
        """Who signed in. Raises Unavailable, and Forbidden for an answer that proves nothing."""
        try:
            with self._client(redirect_uri) as client:
                proof = {"code": code, "code_verifier": start.verifier, "grant_type": "authorization_code"}
                token = client.fetch_token(self._endpoint("token_endpoint"), **proof)
                claims = self._claims(token, start.nonce)
                if "email" not in claims:
                    claims = self._with_profile(client, claims)
        except httpx2.HTTPError:
            raise Unavailable(AWAY) from None
        except (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError):
            raise Forbidden(UNUSABLE) from None
        return Identity(str(claims["sub"]), str(claims.get("email") or ""), claims.get("email_verified") is True)

    def _claims(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        signed = str(token["id_token"])
        try:
            decoded = self._decoded(signed, KEEP_SECONDS)
        except InvalidKeyIdError:  # the provider changed its keys
            decoded = self._decoded(signed, NEW_KEYS_SECONDS)
        expected = (("iss", self.issuer), ("aud", self._client_id))
        wanted = {name: {"essential": True, "value": value} for name, value in expected}
        given = {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(decoded.claims, decoded.header, wanted, given)
        claims.validate(leeway=LEEWAY)
        return dict(claims)

    def _decoded(self, signed: str, keep: float) -> jwt.Token:
        found = self._document(self._endpoint("jwks_uri"), keep)
        keys = KeySet.import_key_set(found)  # type: ignore[arg-type]  # it looks at what it is given itself
        keys = _strong(keys, str(extract_compact(signed.encode()).headers().get("kid")))
        return jwt.decode(signed, keys, registry=JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False))

    def _with_profile(self, client: OAuth2Client, claims: dict[str, Any]) -> dict[str, Any]:
        """Some providers say the address only when they are asked; it has to be of the same person."""
        answer = client.get(self._endpoint("userinfo_endpoint"))
        answer.raise_for_status()
        said = answer.json()
        if said.get("sub") != claims["sub"]:
            raise ValueError("another person")
        return claims | {name: said.get(name) for name in ("email", "email_verified")}

    def _client(self, redirect_uri: str) -> OAuth2Client:
        return OAuth2Client(
            self._client_id,
            self._secret,
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            scope="openid email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=SECONDS,
            follow_redirects=False,
            verify=self._tls,
        )

    def _endpoint(self, name: str) -> str:
        address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = self._document(address, KEEP_SECONDS)
        if document.get("issuer") != self.issuer:
            raise Unavailable("The identity provider calls itself otherwise than VETTING_OIDC_ISSUER does.")
        found = str(document.get(name) or "")
        if not _safe(found, self.issuer):
            raise Unavailable(f"The identity provider names no usable {name.replace('_', ' ')}.")
        return found

    def _document(self, address: str, keep: float) -> dict[str, Any]:
        """A JSON document of the provider, as it was at most `keep` seconds ago. Raises Unavailable."""
        with self._lock:
            at, known = self._kept.get(address, (float("-inf"), {}))
            if time.monotonic() - at < keep:
                return known
            if time.monotonic() < self._rests_until:
                raise Unavailable(AWAY)
            try:
                with httpx2.Client(timeout=SECONDS, follow_redirects=False, verify=self._tls) as client:
                    answer = client.get(address)
                answer.raise_for_status()
                if len(answer.content) > LARGEST:
                    raise ValueError("too large")
                found = answer.json()
            except (httpx2.HTTPError, ValueError):
                self._rests_until = time.monotonic() + REST_SECONDS
                raise Unavailable(AWAY) from None
            if not isinstance(found, dict):
                raise Unavailable(AWAY)
            self._kept[address] = (time.monotonic(), found)
            return found


def _strong(keys: KeySet, named: str) -> KeySet:
    """The keys without RSA keys that are too short. Raises Forbidden where the one that is named is such a key."""
    weak = [key for key in keys.keys if isinstance(key, RSAKey) and key.public_key.key_size < RSA_BITS]
    strong = [key for key in keys.keys if key not in weak]
    if weak and (not strong or named in [key.kid for key in weak]):
        raise Forbidden(WEAK)
    return KeySet(strong)


def _safe(address: str, issuer: str) -> bool:
    """Encrypted, or on this machine where the issuer is, too (for tests and trying out)."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in LOOPBACK and urlsplit(issuer).hostname in LOOPBACK
