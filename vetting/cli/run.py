"""Commands that start a process or run the main job: demo, serve, worker, embedder, interview, fake-llm."""

from __future__ import annotations

import errno
import gc
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vetting.cli.app import Json, Org, app, fail, print_json, progress_reporter
from vetting.config import Settings, load_settings
from vetting.errors import BadInput
from vetting.logs import set_up
from vetting.services.context import Context

if TYPE_CHECKING:
    from vetting.processes import Children

logger = logging.getLogger(__name__)

LOCAL_SECONDS = 25.0
"""How long the local model may take over a question, where VETTING_LLM_SECONDS does not say: it shares the cores."""
KEPT_OPEN = 75
"""Seconds that a connection without requests stays open: longer than proxies and clients keep theirs (mostly 60, 5 for
some), or they now and then send into one that we have just closed."""
EVERYWHERE = {"0.0.0.0", "::", ""}  # compared with, not bound to
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")]
LocalModel = Annotated[
    bool,
    typer.Option("--local-llm", help="A language model on this machine words follow-ups (extra local-llm)."),
]


@app.command("demo")
def demo(
    port: Port = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the result table.")] = False,
    workdir: Annotated[Path, typer.Option("--workdir", help="Work folder; emptied if an earlier demo made it.")] = Path(
        "data/local-demo"
    ),
    local_llm: LocalModel = False,
    as_json: Json = False,
) -> None:
    """Run the main job on shipped, invented data: import, interview, rate, embed, match, shortlist; then serve it.

    The interviews of the job have no language model; with --local-llm those on its pages then do.

    Example:  vetting demo --no-serve
    """
    from vetting.cli import demo as job
    from vetting.processes import refuse_if_served

    if not no_serve:
        _require_free(port)
    refuse_if_served(workdir)
    settings = job.settings_for(workdir, port)
    if local_llm:
        _require_local_model(settings)
        settings = settings.model_copy(update={"llm_model": None})
    bars, report = progress_reporter()
    document, links = job.run(settings, report, bars)
    if as_json:
        print_json(document)
    else:
        job.print_table(document)
    if no_serve:
        return
    for who, link in links.items():
        print(f"{who:16} {link}", file=sys.stderr if as_json else sys.stdout, flush=True)
    _serve(settings, "127.0.0.1", port, workers=1, worker=True, announce=True, local_llm=local_llm)


@app.command("serve")
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Web processes.")] = 1,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Do not start the job worker.")] = False,
    local_llm: LocalModel = False,
) -> None:
    """Migrate the database, then serve the pages and the API, with the embedder and the job worker.

    Example:  vetting serve --port 8000
    """
    from vetting.processes import refuse_if_served

    settings = load_settings()
    refuse_if_served(settings.data_dir)
    announce = "public_url" not in settings.model_fields_set
    if announce:
        here = "127.0.0.1" if host in EVERYWHERE else host
        settings = settings.model_copy(update={"public_url": f"http://{f'[{here}]' if ':' in here else here}:{port}"})
    _require_free(port, host)
    if local_llm:
        _require_local_model(settings)
    _serve(settings, host, port, workers=workers, worker=not no_worker, announce=announce, local_llm=local_llm)


@app.command("worker")
def worker() -> None:
    """Run the durable jobs (rating, scorecards) alone.

    Example:  vetting worker
    """
    from vetting.bootstrap import build_context
    from vetting.db.engine import make_engine
    from vetting.processes import die_with_parent
    from vetting.services.jobs import JOBS, SWEEPS
    from vetting.worker import Worker, run

    die_with_parent()
    settings = load_settings()
    set_up(settings.log)
    engine = make_engine(settings.database)
    run(Worker(engine, settings.data_dir, lambda: build_context(settings), JOBS, SWEEPS))


@app.command("embedder")
def embedder() -> None:
    """Run the embedding process alone; it listens on a Unix socket in the data folder.

    Example:  vetting embedder
    """
    from vetting.index.embedder_server import serve as serve_embedder
    from vetting.processes import die_with_parent

    die_with_parent()
    settings = load_settings()
    set_up(settings.log)
    serve_embedder(settings.embedder_socket, settings.embedder)


@app.command("interview")
def interview(
    rubric: Annotated[str, typer.Option("--rubric", help="Id of an installed pack, or a path.")],
    name: Annotated[str, typer.Option("--name", help="Whom to interview.")],
    answers: Annotated[Path | None, typer.Option("--answers", help="YAML file of prepared answers.")] = None,
    org: Org = "default",
    as_json: Json = False,
) -> None:
    """Take an interview in the terminal, or with prepared answers.

    Example:  vetting interview --rubric software.networking --name "Ana Reyes"
    """
    from vetting.cli import terminal
    from vetting.cli.people import context
    from vetting.packs import load_rubric

    settings = load_settings()
    pack = load_rubric(rubric, settings.rubrics_dir)
    script = None
    if answers is not None:
        script = terminal.load_answers(answers)
        terminal.check_questions(script, pack, answers)
    if script is None and not sys.stdin.isatty() and as_json:
        raise BadInput("--json needs --answers FILE when there is no terminal to type into.")
    ctx = context(org)
    try:
        document = terminal.interview(ctx, pack, name, script)
    except KeyboardInterrupt:
        fail("Stopped; what you answered is kept.", code=130)
    if as_json:
        print_json(document)
    else:
        from vetting.cli.show import scorecard_text, with_engine

        print(with_engine(scorecard_text(document, pack), ctx))


@app.command("local-llm")
def local_llm(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 chooses a free one.")] = 0,
) -> None:
    """Serve a language model of this machine on the loopback address, without a key: it words questions, never rates.

    Example:  vetting local-llm --port 8080
    """
    from vetting.bootstrap import CACHE
    from vetting.llm.local_model import model_file, model_name, refuse_if_missing
    from vetting.llm.local_server import run
    from vetting.processes import die_with_parent

    die_with_parent()
    settings = load_settings()
    refuse_if_missing(settings.local_model)
    file = model_file(settings.local_model, settings.data_dir / CACHE)
    run(sys.stdout, sys.stderr, file, model_name(settings.local_model), port=port)


@app.command("fake-llm")
def fake_llm(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 chooses a free one.")] = 0,
    mode: Annotated[str, typer.Option("--mode", help="honest, obedient, hostile or faulty.")] = "honest",
    script: Annotated[
        Path | None,
        typer.Option("--script", help="JSON: verdicts, attacks to obey; else those of `vetting models check`."),
    ] = None,
    latency: Annotated[float, typer.Option("--latency", min=0, help="Seconds before each answer.")] = 0.0,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    noise: Annotated[float, typer.Option("--noise", min=0, max=1, help="Share of verdicts turned over.")] = 0.0,
    pace: Annotated[float, typer.Option("--pace", min=0, help="Seconds before each piece of a streamed answer.")] = 0.0,
    faults: Annotated[str, typer.Option("--faults", help="Comma list of what goes wrong in the mode faulty.")] = "",
) -> None:
    """A local OpenAI-compatible server for tests and drills; no language model is behind it.

    Example:  vetting fake-llm --port 9000 --mode honest
    """
    from vetting.llm.fake_server import run
    from vetting.services.admission import golden_set

    attacks = [order.order for order in golden_set().orders] if mode == "obedient" and script is None else []
    listed = [name.strip() for name in faults.split(",") if name.strip()]
    run(
        sys.stdout,
        port=port,
        mode=mode,
        script=script,
        attacks=attacks,
        latency=latency,
        seed=seed,
        noise=noise,
        pace=pace,
        faults=listed,
    )


def web_app() -> Any:
    """The web application, made from the environment in each web process."""
    from vetting.bootstrap import build_context
    from vetting.web.app import create_app

    settings = load_settings()
    set_up(settings.log)
    return _to_stay(create_app(build_context(settings)))


def _to_stay(made: Any) -> Any:
    """The same; collections of garbage no longer look through it and what it was made of, which stops all requests."""
    gc.collect()
    gc.freeze()
    return made


def _serve(
    settings: Settings, host: str, port: int, *, workers: int, worker: bool, announce: bool, local_llm: bool = False
) -> None:
    """Web processes here, embedder and worker as children; the children die with this process."""
    import os

    from vetting.bootstrap import build_context
    from vetting.processes import Children, alone_on, announced

    os.environ["VETTING_DATA_DIR"] = str(settings.data_dir)
    os.environ["VETTING_PUBLIC_URL"] = settings.public_url
    # The demo's database is its own, whatever the shell or .env says: the children must not open another one.
    os.environ["VETTING_DATABASE_URL"] = settings.database
    if settings.rates:
        os.environ["VETTING_RATES"] = settings.rates
    os.environ["VETTING_LOG"] = settings.log
    set_up(settings.log)
    commands: dict[str, list[str]] = {}
    if local_llm:
        commands, settings = _local_model(settings)
    with alone_on(settings.data_dir), announced(settings.address_file, settings.public_url if announce else None):
        context = build_context(settings)
        settings.secret()
        if settings.embedder.split(":")[0] in {"bundled", "path", "hub"}:
            commands["embedder"] = ["embedder"]
        children = Children(commands | ({"worker": ["worker"]} if worker else {}))
        # uvicorn raises the signal again when it has shut down; else the children would outlive us for a while.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        options: dict[str, Any] = {"host": host, "port": port, "server_header": False, "timeout_keep_alive": KEPT_OPEN}
        options |= {"log_level": "warning", "log_config": None}  # by our own log, see vetting/logs.py
        try:
            if workers == 1:
                _one_process(context, children, options)
            else:
                _several_processes(context, children, options, workers)
        finally:
            children.stop()


def _require_local_model(settings: Settings) -> None:
    """Say that the extra is missing before anything is run or served."""
    from vetting.llm.local_model import refuse_if_missing

    refuse_if_missing(settings.local_model)


def _local_model(settings: Settings) -> tuple[dict[str, list[str]], Settings]:
    """The child that serves the local model, and the settings that use it, here and in the other children."""
    import os

    from vetting.llm.local_model import model_name

    name = model_name(settings.local_model)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    seconds = settings.llm_seconds if "llm_seconds" in settings.model_fields_set else LOCAL_SECONDS
    changes: dict[str, Any] = {"llm_model": name, "openai_base_url": f"http://127.0.0.1:{port}/v1"}
    changes |= {"openai_api_key": None, "rater_models": None, "llm_seconds": seconds}
    os.environ.pop("OPENAI_API_KEY_FILE", None)
    os.environ |= {
        "VETTING_LLM_MODEL": name,
        "OPENAI_BASE_URL": changes["openai_base_url"],
        "VETTING_LLM_SECONDS": str(seconds),
        # set to nothing rather than unset: an `.env` file must not bring a key or other models in again
        "OPENAI_API_KEY": "",
        "VETTING_RATER_MODELS": "",
    }
    return {"local-llm": ["local-llm", "--port", str(port)]}, settings.model_copy(update=changes)


def _one_process(context: Context, children: Children, options: dict[str, Any]) -> None:
    import uvicorn

    from vetting.web.app import create_app

    server = uvicorn.Server(uvicorn.Config(_to_stay(create_app(context)), **options))

    def beside() -> None:
        _start_beside(lambda: server.started, context, children)
        context.jobs.warm()

    threading.Thread(target=beside, daemon=True).start()
    server.run()


def _several_processes(context: Context, children: Children, options: dict[str, Any], workers: int) -> None:
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    config = uvicorn.Config("vetting.cli.run:web_app", factory=True, workers=workers, **options)
    listening = config.bind_socket()
    address = listening.getsockname()

    def answers() -> bool:
        with socket.socket(listening.family) as probe:
            return probe.connect_ex(address) == 0

    threading.Thread(target=_start_beside, args=(answers, context, children), daemon=True).start()
    Multiprocess(config, sockets=[listening]).run()


def _start_beside(up: Callable[[], bool], context: Context, children: Children) -> None:
    """Once pages are served, start the children: nobody waits for them to see a page."""
    while not up():
        time.sleep(0.02)
    children.start()
    greeting = _greeting(context)
    if context.settings.log == "json":
        logger.info("%s", greeting)
    else:
        print(greeting, file=sys.stderr, flush=True)


def _greeting(context: Context) -> str:
    """Where to go now; a new installation also learns how to let the first person in."""
    from vetting.services.accounts import anybody

    lines = [f"Vetting is at {context.settings.public_url}  (stop with Ctrl+C)"]
    if not anybody(context):
        lines.append("Nobody can sign in yet; in another terminal:  vetting users add you@example.org --role admin")
    return "\n".join(lines)


def _require_free(port: int, host: str = "127.0.0.1") -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(_not_free(error, port, host))


def _not_free(error: OSError, port: int, host: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use; choose another with --port."
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{host} is no address of this machine; give --host one that is, such as 127.0.0.1, or 0.0.0.0 for all."
    return f"Port {port} on {host} cannot be listened on: {error.strerror}."
