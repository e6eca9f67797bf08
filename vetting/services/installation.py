"""The settings as an administrator reads them: what is set, from where, and what it means; never a secret itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_settings import DotEnvSettingsSource

from vetting.config import Settings
from vetting.domain.tongue import N_, _

MEANINGS: Mapping[str, str] = {
    "env": N_("local, or production, which requires https and a long secret"),
    "data_dir": N_("where the database, the index and sockets are"),
    "organisation_name": N_("who invites, as candidates read it"),
    "database_url": N_("the database; without it SQLite in the data folder"),
    "index": N_("what searches by meaning: faiss, or pgvector inside PostgreSQL"),
    "lexical_vote": N_("the weight of words shared with a profile beside its meaning; 0 for none"),
    "secret_key": N_("signs results and the audit chain; without it one is made in the data folder"),
    "language": N_("of letters, and of pages where a browser asks for no language that is here"),
    "public_url": N_("the address at which the service is reached, used in links"),
    "oidc_issuer": N_("the identity provider at which people sign in; without it they sign in by link"),
    "oidc_client_id": N_("how the identity provider knows this service"),
    "oidc_client_secret": N_("what proves to the identity provider that it is this service"),
    "oidc_organisation": N_("the organisation of who signs in there"),
    "oidc_new_users": N_(
        "the role of who signs in there for the first time; without it only users in the list are let in"
    ),
    "local_sign_in": N_("whether people may also sign in by link"),
    "session_idle_minutes": N_("minutes without use after which staff are signed out; twelve hours are the most"),
    "log": N_("how the service writes its own log: text, or json with an object per line"),
    "rubrics_dir": N_("a folder of rubric packs as files; packs written on the Rubrics page need none"),
    "rates": N_("currency rates with a date, to compare what people ask for"),
    "embedder": N_("what compares texts by meaning"),
    "llm_model": N_("the language model; without it none is used and nothing is sent anywhere"),
    "llm_seconds": N_("how long the model may take over the wording of a question"),
    "local_model": N_("a file with the language model of this machine"),
    "rater_models": N_("language models that rate; without it the one above, once it passed its check"),
    "rater_samples": N_("how often each of them rates an answer"),
    "interview_tokens": N_("tokens that the language model may use for one interview"),
    "interview_usd": N_("US dollars, by published prices, that it may use for one interview"),
    "day_tokens": N_("tokens that it may use for one organisation in a day (UTC)"),
    "day_usd": N_("US dollars, by published prices, that it may use for one organisation in a day"),
    "keep_people_days": N_("days without any activity after which people are erased; unset: never"),
    "keep_documents_days": N_("days after which a CV that was read is deleted; unset: never"),
    "keep_drafts_days": N_("days after which a typed answer that nobody submitted is removed"),
    "keep_links_days": N_("days after which links that ended are removed"),
    "keep_calls_days": N_("days after which the record of calls to language models is removed"),
    "keep_letters_days": N_("days after which the record of letters is removed"),
    "keep_events_days": N_("days after which events of webhooks that were delivered, or failed, are removed"),
    "webhook_hosts": N_("hosts that webhooks may call; without it none"),
    "smtp_host": N_("the mail server; without it letters are kept in the outbox folder, to be read on the page Mail"),
    "smtp_port": N_("its port"),
    "smtp_security": N_("how the connection to it is protected"),
    "smtp_user": N_("who signs in at it"),
    "smtp_password": N_("the password for it"),
    "smtp_from": N_("the address letters come from"),
    "openai_api_key": N_("the key for the language model's server"),
    "openai_base_url": N_("the address of the language model's server"),
}
UNSET, SECRET = "not set", "set"
"""Instead of a value, for the page to say: not given, and a secret that is."""


class Shown(NamedTuple):
    """One setting. `source` says where its value comes from; a secret's value is only ever `set`."""

    name: str
    value: str
    source: str
    meaning: str


def settings_shown(settings: Settings) -> list[Shown]:
    """Every setting there is, in the order of the README."""
    return [_shown(settings, field) for field in Settings.model_fields]


def variable(field: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[field].validation_alias
    return str(alias) if alias else f"VETTING_{field.upper()}"


def _shown(settings: Settings, field: str) -> Shown:
    name, value = variable(field), getattr(settings, field)
    source = _source(settings, field, name)
    return Shown(name, _words(value), source, _(MEANINGS[field]))


def _words(value: object) -> str:
    if value is None or value == "":
        return UNSET
    if isinstance(value, SecretStr):
        return SECRET
    return _without_password(str(value))


def _without_password(text: str) -> str:
    """An address without who signs in there, and without what follows a question mark: either may hold a secret."""
    if "://" not in text:
        return text
    found = urlsplit(text)
    host = found.netloc.rpartition("@")[2]
    hidden = "…@" if "@" in found.netloc else ""
    return f"{found.scheme}://{hidden}{host}{found.path}{'?…' if found.query else ''}"


def _source(settings: Settings, field: str, name: str) -> str:
    if os.environ.get(name):
        return _("environment")
    if os.environ.get(f"{name}_FILE") and getattr(settings, field) is not None:
        return _("file named by {variable}").format(variable=f"{name}_FILE")
    if DotEnvSettingsSource(Settings).env_vars.get(name.lower()):
        return ".env"
    return _("the command that started the service") if field in settings.model_fields_set else _("default")
