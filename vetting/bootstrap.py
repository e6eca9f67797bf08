"""The composition root: settings become a database, an index, engines and one Context. Heavy imports stay lazy."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sqlalchemy import Engine

from vetting.config import Settings
from vetting.db.engine import make_engine
from vetting.db.migrate import upgrade
from vetting.ports import Embedder, Interviewer, JobQueue, LanguageModel, ProfileIndex, Rater
from vetting.services.accounts import organisation_id
from vetting.services.context import Context


def build_context(
    settings: Settings,
    *,
    org: str = "default",
    jobs: Callable[[Engine], JobQueue] | None = None,
    in_process: bool = False,
) -> Context:
    """Migrate the database and wire everything together.

    `jobs` makes the queue (default: durable jobs for the worker). `in_process` loads the embedding model into this
    process unless an embedder process already answers; for one-shot commands. Raises VettingError.
    """
    engine = make_engine(settings.database)
    upgrade(engine)
    embedder = make_embedder(settings, in_process=in_process)
    model = _language_model(settings, settings.llm_model) if settings.llm_model else None
    steering = _embedded_rater(embedder)
    return Context(
        settings=settings,
        engine=engine,
        org=organisation_id(engine, org),
        embedder=embedder,
        indexes=_indexes(settings, engine, embedder),
        jobs=jobs(engine) if jobs else _durable(engine),
        interviewer=_structured_interviewer(),
        steering=steering,
        panel=(*_model_raters(settings, model), steering),
        model_interviewer=_model_interviewer(model) if model else None,
    )


def make_embedder(settings: Settings, *, in_process: bool) -> Embedder:
    """The embedder that `VETTING_EMBEDDER` names. Raises BadInput for a value it does not know."""
    from vetting.index.embedder import make

    return make(settings, in_process=in_process)


def _embedded_rater(embedder: Embedder) -> Rater:
    from vetting.engines.rater import EmbeddedRater

    return EmbeddedRater(embedder)


def _structured_interviewer() -> Interviewer:
    from vetting.engines.interviewer import EmbeddedInterviewer

    return EmbeddedInterviewer()


def _language_model(settings: Settings, name: str) -> LanguageModel:
    from vetting.llm.gateway import Gateway

    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    return Gateway(model=name, base_url=settings.openai_base_url, api_key=key)


def _model_interviewer(model: LanguageModel) -> Interviewer:
    from vetting.engines.model_interviewer import ModelInterviewer

    return ModelInterviewer(model)


def _model_raters(settings: Settings, model: LanguageModel | None) -> tuple[Rater, ...]:
    """The language models of the panel: those of `VETTING_RATER_MODELS`, else the interviewing one."""
    if model is None:
        return ()
    from vetting.engines.model_rater import ModelRater

    names = [name.strip() for name in (settings.rater_models or "").split(",") if name.strip()]
    models = [model if name == settings.llm_model else _language_model(settings, name) for name in names] or [model]
    return tuple(ModelRater(one) for one in models)


def _indexes(settings: Settings, engine: Engine, embedder: Embedder) -> Callable[[int], ProfileIndex]:
    @lru_cache(maxsize=None)
    def index(org: int) -> ProfileIndex:
        from vetting.index.faiss_index import FaissIndex

        return FaissIndex(engine, org, embedder, settings.data_dir / "index")

    return index


def _durable(engine: Engine) -> JobQueue:
    from vetting.db.jobs import DbosQueue

    return DbosQueue(engine)
