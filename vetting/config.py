"""Settings from the environment or `.env`; secrets may also come from the file that `*_FILE` names."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from vetting.errors import BadInput

MIN_SECRET = 32


class Settings(BaseSettings):
    """Everything an administrator can set; each name is upper case with `VETTING_` before it."""

    model_config = SettingsConfigDict(env_prefix="VETTING_", env_file=".env", extra="ignore", hide_input_in_errors=True)

    env: Literal["local", "production"] = "local"
    data_dir: Path = Path("data/local")
    database_url: str | None = None
    secret_key: SecretStr | None = None
    organisation_name: str | None = None
    public_url: str = "http://127.0.0.1:8000"
    rubrics_dir: Path | None = None
    rates: str | None = None
    embedder: str = "bundled"
    index: Literal["faiss", "pgvector"] = "faiss"
    llm_model: str | None = None
    llm_seconds: float = Field(default=8.0, gt=0, le=60)
    local_model: Path | None = None
    rater_models: str | None = None
    rater_samples: int = Field(default=1, ge=1, le=9)
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: dict[str, object]) -> dict[str, object]:
        for name, key in (("VETTING_SECRET_KEY", "secret_key"), ("OPENAI_API_KEY", "OPENAI_API_KEY")):
            path = os.environ.get(f"{name}_FILE")
            if path and not os.environ.get(name):
                values[key] = Path(path).read_text(encoding="utf-8").strip()
        return values

    @model_validator(mode="after")
    def _usable(self) -> Settings:
        if self.llm_model and not (self.openai_api_key or self.openai_base_url):
            raise ValueError("VETTING_LLM_MODEL is set, so OPENAI_API_KEY or OPENAI_BASE_URL is needed too")
        if self.index == "pgvector" and not (self.database_url or "").startswith("postgres"):
            raise ValueError("VETTING_INDEX=pgvector needs VETTING_DATABASE_URL to name a PostgreSQL database")
        if self.env == "production":
            if len(self.secret_key.get_secret_value() if self.secret_key else "") < MIN_SECRET:
                raise ValueError(f"VETTING_SECRET_KEY of at least {MIN_SECRET} characters is required in production")
            if not self.public_url.startswith("https://"):
                raise ValueError("VETTING_PUBLIC_URL must start with https:// in production")
        return self

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: the one that was set, else SQLite in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'vetting.sqlite3').resolve()}"

    @property
    def embedder_socket(self) -> Path:
        """Where the embedder process listens."""
        return (self.data_dir / "embedder.sock").resolve()

    @property
    def address_file(self) -> Path:
        """Where a running service without a public URL of its own says how it is reached."""
        return self.data_dir / "address"

    def secret(self) -> str:
        """The signing key; in local mode made once and kept in the data folder, readable by its owner only."""
        if self.secret_key:
            return self.secret_key.get_secret_value()
        path = self.data_dir / "secret_key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text(encoding="utf-8")


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
