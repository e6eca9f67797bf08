"""The composition root: settings become a database, an index, engines and one Context. Heavy imports stay lazy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from sqlalchemy import Engine

from vetting.config import Settings
from vetting.db.engine import make_engine
from vetting.db.migrate import upgrade
from vetting.ports import Embedder, Interviewer, JobQueue, LanguageModel, ProfileIndex, Rater
from vetting.services.accounts import name_organisation, organisation_id
from vetting.services.context import Context

DEFAULT_ORGANISATION = "default"
CACHE = "cache"
"""Folder of the data folder that may be deleted at any time."""


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
    models = _language_models(settings)
    steering = _embedded_rater(settings, embedder)
    return Context(
        settings=settings,
        engine=engine,
        org=organisation_id(engine, org),
        embedder=embedder,
        indexes=_indexes(settings, engine, embedder),
        jobs=jobs or _durable(settings),
        interviewer=_structured_interviewer(),
        steering=steering,
        panel=(*_model_raters(settings, models), steering),
        model_interviewer=_model_interviewer(models) if models else None,
    )


def make_embedder(settings: Settings, *, in_process: bool) -> Embedder:
    """The embedder that `VETTING_EMBEDDER` names. Raises BadInput for a value it does not know."""
    from vetting.index.embedder import make

    return make(settings, in_process=in_process)


def _embedded_rater(settings: Settings, embedder: Embedder) -> Rater:
    """The rater; vectors of packs are kept on disk for the bundled model, whose name stands for fixed weights."""
    from vetting.engines.rater import EmbeddedRater
    from vetting.index.word_store import WordStore

    bundled = settings.embedder == "bundled"
    path = settings.data_dir / CACHE / "words.sqlite3"
    return EmbeddedRater(embedder, WordStore(path, embedder.name, embedder.dimension) if bundled else None)


def _structured_interviewer() -> Interviewer:
    from vetting.engines.interviewer import EmbeddedInterviewer

    return EmbeddedInterviewer()


def _language_models(settings: Settings) -> dict[str, LanguageModel]:
    """The configured models by name, the interviewing one first; they share one circuit breaker. Empty without one."""
    if not settings.llm_model:
        return {}
    from vetting.llm.breaker import Breaker
    from vetting.llm.gateway import Gateway
    from vetting.llm.prompts import load_prompts

    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    prompts, breaker = load_prompts(), Breaker()
    names = dict.fromkeys([settings.llm_model, *_names(settings.rater_models)])
    return {
        name: Gateway(model=name, prompts=prompts, api_key=key, base_url=settings.openai_base_url, breaker=breaker)
        for name in names
    }


def _model_interviewer(models: Mapping[str, LanguageModel]) -> Interviewer:
    from vetting.engines.model_interviewer import ModelInterviewer

    return ModelInterviewer(next(iter(models.values())))


def _model_raters(settings: Settings, models: Mapping[str, LanguageModel]) -> tuple[Rater, ...]:
    """The language models of the panel: those of `VETTING_RATER_MODELS`, else the interviewing one."""
    if not models:
        return ()
    from vetting.engines.model_rater import ModelRater

    names = _names(settings.rater_models) or list(models)[:1]
    return tuple(ModelRater(models[name]) for name in names)


def _names(setting: str | None) -> list[str]:
    return [name.strip() for name in (setting or "").split(",") if name.strip()]


def _indexes(settings: Settings, engine: Engine, embedder: Embedder) -> Callable[[int], ProfileIndex]:
    @cache
    def index(org: int) -> ProfileIndex:
        from vetting.index.faiss_index import FaissIndex

        return FaissIndex(engine, org, embedder, settings.data_dir / "index")

    return index


def _durable(settings: Settings) -> JobQueue:
    from vetting.db.jobs import DbosQueue

    return DbosQueue(settings.database)
