"""Settings from the environment or `.env`; secrets may also come from the file that `*_FILE` names."""

from __future__ import annotations

import errno
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from vetting.domain.hosts import read_allowed
from vetting.errors import BadInput, StorageFull, Unavailable, VettingError

MIN_SECRET = 32
SECRETS = (
    ("VETTING_SECRET_KEY", "secret_key"),
    ("VETTING_OIDC_CLIENT_SECRET", "oidc_client_secret"),
    ("VETTING_SMTP_PASSWORD", "smtp_password"),
    ("OPENAI_API_KEY", "OPENAI_API_KEY"),
)
"""Settings that may be given as the path of a file."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
LOOPBACK_URLS = ("http://127.0.0.1", "http://localhost", "http://[::1]")
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+", re.ASCII)


class Settings(BaseSettings):
    """Everything an administrator can set; each name is upper case with `VETTING_` before it."""

    model_config = SettingsConfigDict(env_prefix="VETTING_", env_file=".env", extra="ignore", hide_input_in_errors=True)

    env: Literal["local", "production"] = "local"
    data_dir: Path = Path("data/local")
    database_url: str | None = None
    secret_key: SecretStr | None = None
    organisation_name: str | None = None
    language: str = "en"
    public_url: str = "http://127.0.0.1:8000"
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_organisation: str = "default"
    oidc_new_users: Literal["recruiter", "project_manager", "reviewer"] | None = None
    local_sign_in: bool = True
    session_idle_minutes: int = Field(default=120, ge=5, le=720)
    log: Literal["text", "json"] = "text"
    rubrics_dir: Path | None = None
    rates: str | None = None
    embedder: str = "bundled"
    index: Literal["faiss", "pgvector"] = "faiss"
    lexical_vote: float = Field(default=0.8, ge=0, le=5)
    llm_model: str | None = None
    llm_seconds: float = Field(default=8.0, gt=0, le=60)
    local_model: Path | None = None
    rater_models: str | None = None
    rater_samples: int = Field(default=1, ge=1, le=9)
    interview_tokens: int | None = Field(default=1_000_000, ge=0)
    interview_usd: float | None = Field(default=None, ge=0)
    day_tokens: int | None = Field(default=20_000_000, ge=0)
    day_usd: float | None = Field(default=None, ge=0)
    keep_people_days: int | None = Field(default=None, ge=1)
    keep_documents_days: int | None = Field(default=None, ge=1)
    keep_drafts_days: int | None = Field(default=90, ge=1)
    keep_links_days: int | None = Field(default=30, ge=1)
    keep_calls_days: int | None = Field(default=365, ge=1)
    keep_letters_days: int | None = Field(default=90, ge=1)
    keep_events_days: int | None = Field(default=30, ge=1)
    webhook_hosts: str | None = None
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: dict[str, object]) -> dict[str, object]:
        for name, key in SECRETS:
            path = os.environ.get(f"{name}_FILE")
            if path and not os.environ.get(name):
                values[key] = Path(path).read_text(encoding="utf-8").strip()
        return values

    @field_validator("openai_base_url", mode="before")
    @classmethod
    def _none_if_empty(cls, value: object) -> object:
        """A compose file hands on what is not set as an empty text, which as an address would be refused."""
        return value or None

    @model_validator(mode="after")
    def _usable(self) -> Settings:
        if self.llm_model and not (self.openai_api_key or self.openai_base_url):
            raise ValueError("VETTING_LLM_MODEL is set, so OPENAI_API_KEY or OPENAI_BASE_URL is needed too")
        self._check_sign_in()
        read_allowed(self.webhook_hosts or "")
        if self.smtp_host and not self.smtp_from:
            raise ValueError("VETTING_SMTP_HOST is set, so VETTING_SMTP_FROM, the address letters come from, is needed")
        if self.smtp_from and not _ADDRESS.fullmatch(self.smtp_from):
            raise ValueError("VETTING_SMTP_FROM must be an e-mail address alone, such as vetting@example.org")
        if bool(self.smtp_user) != bool(self.smtp_password):
            raise ValueError("VETTING_SMTP_USER and VETTING_SMTP_PASSWORD go together; one of them is missing")
        if self.smtp_password and self.smtp_security == "none" and self.smtp_host not in LOOPBACK:
            raise ValueError("VETTING_SMTP_SECURITY is none, so the password would be readable on its way; use tls")
        if self.index == "pgvector" and not (self.database_url or "").startswith("postgres"):
            raise ValueError("VETTING_INDEX=pgvector needs VETTING_DATABASE_URL to name a PostgreSQL database")
        if self.env == "production":
            if len(self.secret_key.get_secret_value() if self.secret_key else "") < MIN_SECRET:
                raise ValueError(f"VETTING_SECRET_KEY of at least {MIN_SECRET} characters is required in production")
            if not self.public_url.startswith("https://"):
                raise ValueError("VETTING_PUBLIC_URL must start with https:// in production")
        return self

    def _check_sign_in(self) -> None:
        """Somebody has to be able to sign in, and nobody by an answer that anybody on the way could have written."""
        if bool(self.oidc_issuer) != bool(self.oidc_client_id):
            raise ValueError("VETTING_OIDC_ISSUER and VETTING_OIDC_CLIENT_ID are needed together")
        if not self.local_sign_in and not self.oidc_issuer:
            raise ValueError("VETTING_LOCAL_SIGN_IN is off, so VETTING_OIDC_ISSUER is needed: nobody could sign in")
        at_home = self.env == "local" and (self.oidc_issuer or "").startswith(LOOPBACK_URLS)
        if self.oidc_issuer and not (self.oidc_issuer.startswith("https://") or at_home):
            raise ValueError("VETTING_OIDC_ISSUER must start with https://")

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: the one that was set, else SQLite in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'vetting.sqlite3').resolve()}"

    @property
    def embedder_socket(self) -> Path:
        """Where the embedder process listens."""
        return (self.data_dir / "embedder.sock").resolve()

    @property
    def outbox(self) -> Path:
        """Where letters lie when there is no mail server."""
        return self.data_dir / "outbox"

    @property
    def address_file(self) -> Path:
        """Where a running service without a public URL of its own says how it is reached."""
        return self.data_dir / "address"

    def secret(self) -> str:
        """The signing key; in local mode made once and kept in the data folder, readable by its owner only."""
        if self.secret_key:
            return self.secret_key.get_secret_value()
        path = self.data_dir / "secret_key"
        try:
            if not path.exists():
                _keep_once(path, secrets.token_urlsafe(48))
            key = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _no_key(path, error) from error
        if len(key.strip()) < MIN_SECRET:
            raise VettingError(
                f"The signing key in {path} has fewer than {MIN_SECRET} characters; delete the file, and a new key is "
                "made (what was signed with this one then no longer counts)."
            )
        return key


def _keep_once(path: Path, content: str) -> None:
    """Write a file that only its owner reads, whole or not at all; where another process was first, theirs stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)  # unlike a rename this never replaces a key that is in use already
    finally:
        fresh.unlink(missing_ok=True)


def _no_key(path: Path, error: OSError | UnicodeDecodeError) -> VettingError:
    if isinstance(error, UnicodeDecodeError):
        return VettingError(f"The signing key in {path} is not text in UTF-8; delete the file, and a new key is made.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"The disk is full, so the signing key {path} was not made; free some space and try again.")
    return Unavailable(f"The signing key {path} can be neither read nor made: {error.strerror}.")


def as_served(settings: Settings) -> Settings:
    """The settings with the address of the service that runs on the data folder, unless a public URL was set."""
    if "public_url" in settings.model_fields_set:
        return settings
    try:
        address = settings.address_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return settings
    return settings.model_copy(update={"public_url": address}) if address.startswith("http://") else settings


def load_settings(**changes: object) -> Settings:
    """Settings as the environment has them, with `changes` on top. Raises BadInput naming the setting."""
    try:
        return Settings(**changes)  # type: ignore[arg-type]  # values are validated by pydantic itself
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        name = "" if not where else (where if where.isupper() else f"VETTING_{where.upper()}") + ": "
        raise BadInput(f"settings: {name}{first['msg'].removeprefix('Value error, ')}") from None
    except OSError as error:
        raise BadInput(f"settings: cannot read {error.filename}: {error.strerror}") from None
