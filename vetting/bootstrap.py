"""The composition root: settings become a database, an index, engines and one Context. Heavy imports stay lazy."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from vetting import tongues
from vetting.config import Settings
from vetting.db.engine import make_engine
from vetting.db.migrate import upgrade
from vetting.errors import BadInput
from vetting.ports import (
    DocumentReader,
    Embedder,
    FactReader,
    Hooks,
    IdentityProvider,
    Interviewer,
    JobQueue,
    LanguageModel,
    Mailer,
    PackWriter,
    ProfileIndex,
    Rater,
    Rewriter,
)
from vetting.services.accounts import name_organisation, organisation_id
from vetting.services.context import Context, utc_now

if TYPE_CHECKING:
    from vetting.engines.rater import EmbeddedRater
    from vetting.llm.breaker import Breaker
    from vetting.services.calibration import InUse

DEFAULT_ORGANISATION = "default"
CACHE = "cache"
"""Folder of the data folder that may be deleted at any time."""
SHORT_SHA = 12
SAMPLING_TEMPERATURE = 0.7
"""Of several samples of one model: at 0 they would all be the same one."""


def build_context(
    settings: Settings,
    *,
    org: str = DEFAULT_ORGANISATION,
    jobs: JobQueue | None = None,
    in_process: bool = False,
) -> Context:
    """Migrate the database and wire everything together.

    `jobs` is the queue (default: durable jobs for the worker). `in_process` loads the embedding model into this
    process unless an embedder process already answers; for one-shot commands. Raises VettingError.
    """
    engine = make_engine(settings.database)
    upgrade(engine)
    if settings.organisation_name:
        name_organisation(engine, DEFAULT_ORGANISATION, settings.organisation_name)
    embedder = make_embedder(settings, in_process=in_process)
    breaker = _shared_breaker(settings, engine)
    models = _language_models(settings, breaker)
    raters, not_admitted = _model_raters(settings, models, engine, breaker)
    embedded = _embedded_rater(settings, embedder, engine)
    steering = _guarded(embedded)
    return Context(
        settings=settings,
        engine=engine,
        org=organisation_id(engine, org),
        embedder=embedder,
        indexes=_indexes(settings, engine, embedder),
        jobs=jobs or _durable(settings),
        interviewer=_structured_interviewer(),
        steering=steering,
        documents=_documents(),
        mailer=_mailer(settings),
        hooks=_hooks(settings),
        panel=(*(_guarded(rater, witness=embedded) for rater in raters), steering),
        model_interviewer=_model_interviewer(models) if models else None,
        rewriter=_rewriter(models) if models else None,
        fact_reader=_fact_reader(models) if models else None,
        identity=_identity(settings),
        pack_writer=_pack_writer(models) if models else None,
        not_admitted=not_admitted,
    )


def make_embedder(settings: Settings, *, in_process: bool) -> Embedder:
    """The embedder that `VETTING_EMBEDDER` names. Raises BadInput for a value it does not know."""
    from vetting.index.embedder import make

    return make(settings, in_process=in_process)


def embedded_rater(settings: Settings, embedder: Embedder, *, calibrated_by: InUse | None = None) -> EmbeddedRater:
    """The rater; vectors of packs are kept on disk for the bundled model, whose name stands for fixed weights."""
    from vetting.engines.rater import EmbeddedRater
    from vetting.index.word_store import WordStore

    path = settings.data_dir / CACHE / "words.sqlite3"
    store = WordStore(path, embedder.name, embedder.dimension) if settings.embedder == "bundled" else None
    if calibrated_by is None:
        return EmbeddedRater(embedder, store)
    return EmbeddedRater(
        embedder, store, told=calibrated_by.indicators, calibration=calibrated_by.data_sha256[:SHORT_SHA]
    )


def _embedded_rater(settings: Settings, embedder: Embedder, engine: Engine) -> Rater:
    """The embedded rater with the calibration that is in use for it."""
    from vetting.engines.rater import identity
    from vetting.services.calibration import in_use

    return embedded_rater(settings, embedder, calibrated_by=in_use(engine, identity(embedder)))


def _guarded(rater: Rater, witness: Rater | None = None) -> Rater:
    """The rater behind the guard against instructions in answers; a model's has the embedded rater as its witness."""
    from vetting.engines.guarded_rater import GuardedRater

    return GuardedRater(rater, witness)


def _structured_interviewer() -> Interviewer:
    from vetting.engines.interviewer import EmbeddedInterviewer

    return EmbeddedInterviewer()


def rating_models(settings: Settings, *names: str) -> tuple[Rater, ...]:
    """Raters over the named models (default: those that would sit on the panel), admitted or not; for their check.

    Raises BadInput where no language model is configured.
    """
    if not settings.llm_model:
        raise BadInput("VETTING_LLM_MODEL is not set, so there is no model to check; set it, or give --model NAME.")
    from vetting.engines.model_rater import ModelRater

    wanted = names or tuple(dict.fromkeys(_names(settings.rater_models) or [settings.llm_model]))
    # a breaker each: a model that is down is no reason to leave the next one alone
    return tuple(ModelRater(_rating_gateways(settings, [name], _breaker())[name]) for name in wanted)


def interviewing_model(settings: Settings) -> LanguageModel:
    """The configured language model by itself, for its measurement as interviewer. Raises BadInput without one."""
    from vetting.llm.breaker import Breaker

    if not settings.llm_model:
        raise BadInput(
            "VETTING_LLM_MODEL is not set, so there is no model to measure; 'vetting local-llm' serves one of this "
            "machine."
        )
    # every request is sent: what a breaker holds back would be counted as the model's own failure
    return _gateways(settings, [settings.llm_model], Breaker(threshold=sys.maxsize))[settings.llm_model]


def _shared_breaker(settings: Settings, engine: Engine) -> Breaker:
    """One for every process of the installation, and for every model of the configured server."""
    from vetting.db.outage import SharedOutage
    from vetting.llm.breaker import Breaker

    address = (settings.openai_base_url or "").encode()  # hashed: it may hold a password
    return Breaker(store=SharedOutage(engine, hashlib.sha256(address).hexdigest()[:SHORT_SHA]))


def _breaker() -> Breaker:
    from vetting.llm.breaker import Breaker

    return Breaker()


def _language_models(settings: Settings, breaker: Breaker) -> dict[str, LanguageModel]:
    """The configured models by name, the interviewing one first; they share one circuit breaker. Empty without one."""
    if not settings.llm_model:
        return {}
    return _gateways(settings, [settings.llm_model, *_names(settings.rater_models)], breaker, metered=True)


def _gateways(
    settings: Settings,
    names: Sequence[str],
    breaker: Breaker,
    *,
    temperature: float | None = None,
    logprobs: bool = False,
    metered: bool = False,
) -> dict[str, LanguageModel]:
    """Gateways by model name, all with this circuit breaker."""
    from vetting.llm.gateway import Gateway
    from vetting.llm.prompts import load_prompts

    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    prompts = load_prompts()
    return {
        name: Gateway(
            model=name,
            prompts=prompts,
            api_key=key,
            base_url=settings.openai_base_url,
            breaker=breaker,
            temperature=temperature,
            logprobs=logprobs,
            metered=metered,
        )
        for name in dict.fromkeys(names)
    }


def _model_interviewer(models: Mapping[str, LanguageModel]) -> Interviewer:
    from vetting.engines.model_interviewer import ModelInterviewer

    return ModelInterviewer(next(iter(models.values())))


def _rewriter(models: Mapping[str, LanguageModel]) -> Rewriter:
    from vetting.engines.model_rewriter import ModelRewriter

    return ModelRewriter(next(iter(models.values())))


def _fact_reader(models: Mapping[str, LanguageModel]) -> FactReader:
    from vetting.engines.model_fact_reader import ModelFactReader

    return ModelFactReader(next(iter(models.values())))


def _identity(settings: Settings) -> IdentityProvider | None:
    """The identity provider, if one is set; nothing is asked of it before somebody signs in."""
    if not settings.oidc_issuer or not settings.oidc_client_id:
        return None
    from vetting.identity.provider import OpenIdProvider

    secret = settings.oidc_client_secret
    return OpenIdProvider(settings.oidc_issuer, settings.oidc_client_id, secret.get_secret_value() if secret else None)


def _pack_writer(models: Mapping[str, LanguageModel]) -> PackWriter:
    from vetting.engines.model_pack_writer import ModelPackWriter

    return ModelPackWriter(next(iter(models.values())))


def _documents() -> DocumentReader:
    from vetting.documents.sandbox import SandboxedReader

    return SandboxedReader()


def _mailer(settings: Settings) -> Mailer:
    """The mail server that is set, else the folder."""
    from vetting.delivery.mailers import FolderMailer, Server, SmtpMailer

    tongue = tongues.named(settings.language)
    if not settings.smtp_host:
        return FolderMailer(settings.outbox, utc_now, tongue)
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    server = Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_from or "",
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=password,
    )
    return SmtpMailer(server, utc_now, tongue)


def _hooks(settings: Settings) -> Hooks:
    from vetting.delivery.hooks import HookSender
    from vetting.domain.hosts import read_allowed

    return HookSender(read_allowed(settings.webhook_hosts or ""))


def _model_raters(
    settings: Settings, models: Mapping[str, LanguageModel], engine: Engine, breaker: Breaker
) -> tuple[tuple[Rater, ...], tuple[str, ...]]:
    """The models of the panel that passed their check, as many samples of each as set, and why others are left out.

    They are those of `VETTING_RATER_MODELS`, else the interviewing one.
    """
    if not models:
        return (), ()
    from vetting.engines.model_rater import PROMPT, ModelRater
    from vetting.services.admission import standing

    names = list(dict.fromkeys(_names(settings.rater_models) or list(models)[:1]))
    found = [standing(engine, n, models[n].prompt_sha(PROMPT), interviews=n == settings.llm_model) for n in names]
    admitted = [s.model for s in found if s.admitted]
    rating = _rating_gateways(settings, admitted, breaker, metered=True)
    samples = range(1, settings.rater_samples + 1)
    raters = tuple(ModelRater(rating[name], sample=sample) for name in admitted for sample in samples)
    return raters, tuple(s.sentence for s in found if not s.admitted)


def _rating_gateways(
    settings: Settings, names: Sequence[str], breaker: Breaker, *, metered: bool = False
) -> dict[str, LanguageModel]:
    """Gateways for rating: a single sample says how sure it is, several are drawn so that they can differ."""
    several = settings.rater_samples > 1
    temperature = SAMPLING_TEMPERATURE if several else None
    return _gateways(settings, names, breaker, temperature=temperature, logprobs=not several, metered=metered)


def _names(setting: str | None) -> list[str]:
    return [name.strip() for name in (setting or "").split(",") if name.strip()]


def _indexes(settings: Settings, engine: Engine, embedder: Embedder) -> Callable[[int], ProfileIndex]:
    @cache
    def index(org: int) -> ProfileIndex:
        if settings.index == "pgvector":
            from vetting.index.pgvector_index import PgvectorIndex

            return PgvectorIndex(engine, org, embedder)
        from vetting.index.faiss_index import FaissIndex

        return FaissIndex(engine, org, embedder, settings.data_dir / "index")

    return index


def _durable(settings: Settings) -> JobQueue:
    from vetting.db.jobs import DbosQueue

    return DbosQueue(settings.database)
