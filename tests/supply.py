"""What an installation is made of:  python -m tests.supply constraints | sbom | audit

`constraints` prints the versions this was tested with, `sbom` a CycloneDX document of them, and `audit` asks pip-audit
whether any is known to be vulnerable. An audit that could not ask about every package has not been run.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
EXTRAS = ("dev",)
"""Of the extras of pyproject; the local language model is pinned there, its packages hold data only."""

PINNED_ELSEWHERE = frozenset({"torch"})
"""The Makefile names its version, so that another build can be asked for."""


class Verdict(NamedTuple):
    """What an audit came to: whether it may be called passed, and the sentence that says why."""

    passed: bool
    sentence: str


def declared() -> list[Requirement]:
    """What pyproject asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = project["dependencies"] + [r for extra in EXTRAS for r in project["optional-dependencies"][extra]]
    return [Requirement(line) for line in listed]


def installed() -> dict[str, Distribution]:
    """Every installed package that pyproject asks for, directly or not, by its normal name."""
    found: dict[str, Distribution] = {}
    waiting = declared()
    while waiting:
        wanted = waiting.pop()
        name = normal(wanted.name)
        try:
            package = found.get(name) or distribution(name)
        except PackageNotFoundError:
            continue  # for another system, or an extra nobody asked for
        known = name in found
        found[name] = package
        if not known or wanted.extras:
            waiting += list(_asked_by(package, wanted.extras))
    return found


def _asked_by(package: Distribution, extras: set[str]) -> Iterator[Requirement]:
    for line in package.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": e}) for e in ("", *extras)):
            yield requirement


def normal(name: str) -> str:
    """A package's name as registries write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def versions() -> dict[str, str]:
    """Name -> version of what is installed; a local build counts as the version it was built from."""
    return {name: package.version.partition("+")[0] for name, package in sorted(installed().items())}


def constraints() -> str:
    """The file that `make` installs by."""
    lines = [f"{name}=={version}" for name, version in versions().items() if name not in PINNED_ELSEWHERE]
    return "\n".join(["# Versions this was tested with; written by `make constraints`.", *lines, ""])


def sbom() -> dict[str, Any]:
    """CycloneDX 1.6: every package with its version and licence, and the weights by their hash."""
    from vetting import __version__
    from vetting.index.bundled import MODEL_NAME, MODEL_SHA256

    packages = [
        {
            "type": "library",
            "name": name,
            "version": package.version,
            "purl": f"pkg:pypi/{name}@{package.version}",
            "licenses": [{"license": {"name": licence}}] if (licence := _licence(package)) else [],
        }
        for name, package in sorted(installed().items())
    ]
    weights = {
        "type": "machine-learning-model",
        "name": MODEL_NAME,
        "hashes": [{"alg": "SHA-256", "content": MODEL_SHA256}],
    }
    this = {"type": "application", "name": "vetting", "version": __version__}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": this},
        "components": [*packages, weights],
    }


def _licence(package: Distribution) -> str:
    told = package.metadata.get("License-Expression") or package.metadata.get("License") or ""
    listed = package.metadata.get_all("Classifier", [])
    classifiers = [c.rpartition(" :: ")[2] for c in listed if c.startswith("License")]
    return told.splitlines()[0][:100] if told.strip() else ", ".join(classifiers)


def judge(output: str, wanted: dict[str, str]) -> Verdict:
    """What pip-audit's JSON says of these packages. Passed only when it answered about every one of them."""
    try:
        told = json.loads(output)["dependencies"]
        audited = {normal(d["name"]): d["vulns"] for d in told if "skip_reason" not in d}
    except (ValueError, KeyError, TypeError):
        return Verdict(False, f"not run: pip-audit had no data source. 0 of {len(wanted)} packages audited.")
    count = f"{len(audited.keys() & wanted.keys())} of {len(wanted)} packages audited"
    bad = [f"{name} {wanted.get(name, '')} ({v['id']})" for name, vulns in sorted(audited.items()) for v in vulns]
    if bad:
        return Verdict(False, f"{count}; known to be vulnerable: {', '.join(bad)}.")
    if missing := sorted(wanted.keys() - audited.keys()):
        return Verdict(False, f"not run to the end: {count}; not about {', '.join(missing[:5])}.")
    return Verdict(bool(wanted), f"{count}, none known to be vulnerable." if wanted else "not run: no packages.")


def audit(tool: str) -> Verdict:
    """Ask pip-audit (the program at that path) about everything installed."""
    wanted = versions()
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write("\n".join(f"{name}=={version}" for name, version in wanted.items()))
        listed.flush()
        options = ["--strict", "--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off", "--timeout=15"]
        try:
            ran = subprocess.run(
                [tool, *options, "-r", listed.name], capture_output=True, text=True, timeout=600, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Verdict(False, f"not run: {error}. 0 of {len(wanted)} packages audited.")
    return judge(ran.stdout, wanted)


def main() -> None:
    """Run from the command line."""
    match sys.argv[1:]:
        case ["constraints"]:
            print(constraints(), end="")
        case ["sbom"]:
            print(json.dumps(sbom(), indent=1))
        case ["audit", tool]:
            verdict = audit(tool)
            print(f"audit: {verdict.sentence}")
            sys.exit(0 if verdict.passed else 1)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
