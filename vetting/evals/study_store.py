"""Finished parts of a study on disk, so that a run of hours that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import vetting
from vetting.domain.rubric import Rubric
from vetting.evals.phrases import PhraseBank
from vetting.evals.study import Tables

MEASURED = ("domain", "engines", "evals")
"""Packages whose code decides what a part comes to."""


class StudyStore:
    """Tables by everything they depend on: code, pack, phrase bank, embedder, seed and people.

    A part of another state of any of these is not found, and nothing is ever removed.
    """

    def __init__(self, folder: Path, embedder: str) -> None:
        """Makes the folder. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._common = folder, f"{code_hash()} {embedder}"

    def get(self, rubric: Rubric, bank: PhraseBank, part: object) -> Tables | None:
        """The tables of a finished part, None where there are none."""
        try:
            found: Tables = json.loads(self._file(rubric, bank, part).read_text())
        except FileNotFoundError:
            return None
        return found

    def put(self, rubric: Rubric, bank: PhraseBank, part: object, tables: Tables) -> None:
        """Keep the tables of a part; whole or not at all. Raises OSError."""
        file = self._file(rubric, bank, part)
        new = file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(tables))
        new.replace(file)

    def _file(self, rubric: Rubric, bank: PhraseBank, part: object) -> Path:
        key = "\n".join((self._common, rubric.sha256, rubric.model_dump_json(), bank.model_dump_json(), repr(part)))
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def code_hash(packages: Iterable[str] = MEASURED) -> str:
    """SHA-256 of the modules of some packages."""
    digest, root = hashlib.sha256(), Path(vetting.__file__).parent
    for file in sorted(file for name in packages for file in (root / name).rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
