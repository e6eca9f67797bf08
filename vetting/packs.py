"""Files that come with Vetting or that an administrator installed: where they are, and rubric packs read from YAML.

Every fault of a pack is reported at once as `file:line path: message`, whether it is one of syntax, of type or
between parts; a pack that has any is not loaded.
"""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import ValidationError

from vetting.domain.rubric import Rubric
from vetting.domain.rubric_check import Fault, Severity, path_text
from vetting.domain.rubric_check import Path as PackPath
from vetting.domain.rubric_check import check as content_faults
from vetting.domain.rubric_patch import misfits, patched
from vetting.domain.rubric_refs import reference_faults
from vetting.errors import BadInput, NotFound, TooLarge

MAX_BYTES = 2_000_000
MAX_DEPTH = 20
TOO_DEEP = f"nested more than {MAX_DEPTH} deep"
SHIPPED = Path(__file__).parent / "_shipped"
ROOT = Path(__file__).parent.parent
SUFFIXES = (".yaml", ".yml")
Check = Callable[[Rubric], Iterable[Fault]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LocatedFault:
    """A fault of a pack with its file and line (1-based)."""

    file: Path
    line: int
    fault: Fault

    def __str__(self) -> str:
        """`file:line path: message`, with `warning` before the message of a warning."""
        prefix = "warning: " if self.fault.severity is Severity.WARNING else ""
        return f"{self.file}:{self.line} {path_text(self.fault.path)}: {prefix}{self.fault.message}"


class PackFaults(BadInput):
    """A rubric pack cannot be used as it is."""

    def __init__(self, faults: Iterable[LocatedFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True)
class Lines:
    """Where each part of a YAML file begins."""

    file: Path
    at: Mapping[PackPath, int]

    def locate(self, fault: Fault) -> LocatedFault:
        """The fault with the line of the nearest part of its path that the file has."""
        path = fault.path
        while path and path not in self.at:
            path = path[:-1]
        return LocatedFault(self.file, self.at.get(path, 1), fault)


@dataclass(frozen=True)
class Pack:
    """A rubric with the file it was read from."""

    path: Path
    rubric: Rubric
    lines: Lines


def shipped(name: str) -> Path:
    """Folder of files that come with Vetting: `rubrics`, `prompts`, `data/...`. Raises NotFound."""
    for base in (SHIPPED, ROOT):
        if (base / name).is_dir():
            return base / name
    raise NotFound(f"This installation of Vetting has no folder '{name}'; install it again.")


@cache
def skills_taxonomy() -> dict[str, str]:
    """Names of skills in lower case and the preferred label of each, from the shipped sample of a taxonomy."""
    data, _, _ = read_yaml(shipped("data/taxonomy") / "esco_skills_sample.yaml")
    return {
        name.lower(): skill["label"] for skill in data["skills"] for name in (skill["label"], *skill.get("also", ()))
    }


def load_rubric(path_or_slug: str | Path, rubrics_dir: Path | None = None) -> Rubric:
    """The pack of a file, or of an id like `software.networking` (own packs before shipped ones).

    Raises NotFound with the nearest ids, TooLarge, or PackFaults with every fault.
    """
    return read_pack(find_pack(path_or_slug, rubrics_dir)).rubric


def find_pack(path_or_slug: str | Path, rubrics_dir: Path | None = None) -> Path:
    """The file that a path or an id names. Raises NotFound."""
    text = str(path_or_slug)
    path = Path(text)
    if path.suffix in SUFFIXES or isinstance(path_or_slug, Path) or "/" in text:
        if not path.is_file():
            raise NotFound(f"There is no file {path}; give the path of a rubric pack or the id of an installed one.")
        return path
    files = _files(rubrics_dir)
    if text not in files:
        near = difflib.get_close_matches(text, files, n=3, cutoff=0.4) or sorted(files)
        raise NotFound(f"There is no rubric '{text}'; installed are: {', '.join(near) or 'none'}.")
    return files[text]


def installed_rubrics(rubrics_dir: Path | None = None) -> list[tuple[Path, Rubric]]:
    """Every installed pack by id, own packs in place of shipped ones.

    A pack with faults is left out and logged, so that one being edited does not take the others away;
    `vetting rubrics check` says what is wrong with it. A file is read again when it changes.
    """
    packs: list[tuple[Path, Rubric]] = []
    for _, path in sorted(_files(rubrics_dir).items()):
        try:
            state = path.stat()
            packs.append((path, _read_unchanged(path, state.st_mtime_ns, state.st_size)))
        except (PackFaults, OSError):
            logger.warning("the pack %s has faults and is left out; see: vetting rubrics check", path.name)
    return packs


@lru_cache(maxsize=128)
def _read_unchanged(path: Path, _changed: int, _size: int) -> Rubric:
    return read_pack(path).rubric


def read_pack(path: Path) -> Pack:
    """A pack with its line map. Raises NotFound, TooLarge, PackFaults."""
    data, lines, faults = _content(path)
    if data is not None:
        found, rubric = _validate(data)
        faults += [lines.locate(fault) for fault in found]
        if rubric is not None and not faults:
            return Pack(path, rubric, lines)
    raise PackFaults(_by_line(faults))


def check_data(data: object, earlier: Rubric | None = None, *, more: Check = lambda _: ()) -> list[Fault]:
    """Every fault of a pack given as plain data, as `check_pack` finds them in a file; `more` looks for others."""
    found, rubric = _validate(data)
    if rubric is not None:
        found += [*content_faults(rubric, earlier), *more(rubric)]
    elif patch := patched(data):
        content = [*content_faults(patch.rubric, earlier), *more(patch.rubric)]
        found += [fault for fault in patch.faults if not _covered(fault, found)] + patch.of_the_author(content)
    return found


def read_text(name: str, content: bytes) -> tuple[Any, Lines, list[LocatedFault]]:
    """As `read_yaml`, of a file that was sent and is kept nowhere. Raises TooLarge."""
    path = Path(name)
    text = _decoded(path, content)
    if isinstance(text, LocatedFault):
        return None, Lines(path, {}), [text]
    reader = _Reader(path)
    data = reader.read(text)
    if data is None and not reader.faults:
        reader.faults.append(LocatedFault(path, 1, Fault((), "the file is empty")))
    return data, Lines(path, reader.lines), reader.faults


def as_yaml(document: Mapping[str, Any]) -> str:
    """A pack as the text of a file, its keys in the order of the format."""
    order = {name: i for i, name in enumerate(Rubric.model_fields)}
    sorted_keys = dict(sorted(document.items(), key=lambda pair: order.get(pair[0], len(order))))
    return yaml.safe_dump(_written(sorted_keys), sort_keys=False, allow_unicode=True, width=110)


def _written(value: Any) -> Any:
    """As it is written by hand: levels as numbers, no key without a value but that of no wrong step, which says so."""
    if isinstance(value, Mapping):
        named = ((int(k) if isinstance(k, str) and k.isdecimal() else k, v) for k, v in value.items())
        return {key: _written(inner) for key, inner in named if inner not in (None, [], {}) or key == "wrong_step"}
    if isinstance(value, list | tuple):
        return [_written(inner) for inner in value]
    return str(value) if isinstance(value, date) else value


def check_pack(path: Path, earlier: Rubric | None = None) -> list[LocatedFault]:
    """Every fault of a pack at once, of form, between parts and of content, in file order; empty for a sound one.

    Content is checked also where the form has faults, as far as it does not rest on them. `earlier` is a copy that
    was already in use. Raises NotFound, TooLarge.
    """
    data, lines, faults = _content(path)
    if data is None:
        return _by_line(faults)
    found = check_data(data, earlier, more=lambda rubric: _misnamed(path, rubric))
    return _by_line(faults + [lines.locate(fault) for fault in found])


def read_yaml(path: Path) -> tuple[Any, Lines, list[LocatedFault]]:
    """(data, line of each part, faults) of a YAML file; data is None when its syntax is broken.

    Plain data only: no tags, no anchors, no repeated keys; only `true` and `false` are booleans, and dates stay text.
    Raises NotFound and TooLarge.
    """
    text = _text(path)
    reader = _Reader(path)
    if isinstance(text, LocatedFault):
        return None, Lines(path, {}), [text]
    data = reader.read(text)
    return data, Lines(path, reader.lines), reader.faults


def _content(path: Path) -> tuple[Any, Lines, list[LocatedFault]]:
    """As `read_yaml`; an empty file is a fault."""
    data, lines, faults = read_yaml(path)
    if data is None and not faults:
        faults = [LocatedFault(path, 1, Fault((), "the file is empty"))]
    return data, lines, faults


def _by_line(faults: Iterable[LocatedFault]) -> list[LocatedFault]:
    return sorted(faults, key=lambda located: located.line)


def _misnamed(path: Path, rubric: Rubric) -> Iterable[Fault]:
    if path.stem != rubric.id:
        message = f"'{rubric.id}' is found by its id only in a file called {rubric.id}.yaml"
        yield Fault(("id",), message, Severity.WARNING)


def _files(rubrics_dir: Path | None) -> dict[str, Path]:
    folders = [shipped("rubrics"), *([rubrics_dir] if rubrics_dir else [])]
    for folder in folders:
        if not folder.is_dir():
            raise NotFound(f"VETTING_RUBRICS_DIR: there is no folder {folder}.")
    return {file.stem: file for folder in folders for file in sorted(folder.iterdir()) if file.suffix in SUFFIXES}


def _text(path: Path) -> str | LocatedFault:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotFound(f"Cannot read {path}: {error.strerror}.") from None
    return _decoded(path, content)


def _decoded(path: Path, content: bytes) -> str | LocatedFault:
    if len(content) > MAX_BYTES:
        raise TooLarge(f"{path} is larger than {MAX_BYTES // 1_000_000} MB, the most a rubric pack may be.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return LocatedFault(path, line, Fault((), "this is not UTF-8 text; save the file as UTF-8"))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the base is chosen at run time
    """The safe loader (in C where there is one) whose plain words are text: `on`, `no` and dates are not converted."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[1] in ("null", "int", "float")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])


class _Reader:
    """Builds plain data from YAML, remembering lines and collecting faults."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: dict[PackPath, int] = {}
        self.faults: list[LocatedFault] = []

    def read(self, text: str) -> Any:
        try:
            if not self._plain(text):
                return None
            loader = _Loader(text)
            node = loader.get_single_node()
            return None if node is None else self._value(loader, node, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._fault((), mark.line + 1 if mark else 1, _said_of(error))
        except yaml.YAMLError as error:
            self._fault((), 1, f"not valid YAML: {' '.join(str(error).split())}")
        return None

    def _plain(self, text: str) -> bool:
        """Refuse anchors and deep nesting before anything is built from them."""
        depth = 0
        for event in yaml.parse(text, _Loader):
            line = event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                self._fault((), line, "anchors and aliases (& and *) are not used in packs; write the value out")
                return False
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                self._fault((), line, TOO_DEEP)
                return False
        return True

    def _value(self, loader: Any, node: yaml.Node, path: PackPath) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(loader, node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(loader, child, (*path, i)) for i, child in enumerate(node.value)]
        try:
            return loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            self._fault(path, line, f"'{str(node.value)[:60]}' cannot be read as {str(node.tag).rsplit(':', 1)[-1]}")
            return str(node.value)

    def _mapping(self, loader: Any, node: yaml.MappingNode, path: PackPath) -> dict[Any, Any]:
        data: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(path, line, "a key must be a plain word or number")
                continue
            key = self._value(loader, key_node, (*path, "", str(key_node.value)))
            here = (*path, key if isinstance(key, int) and not isinstance(key, bool) else str(key_node.value))
            if key in data:
                self._fault(here, line, "this key stands twice; the first is on line " + str(self.lines[here]))
                continue
            self.lines[here] = line
            data[key] = self._value(loader, value_node, here)
        return data

    def _fault(self, path: PackPath, line: int, message: str) -> None:
        self.faults.append(LocatedFault(self.file, line, Fault(path, message)))


def _said_of(error: yaml.MarkedYAMLError) -> str:
    """The message for a syntax error; newer parsers have a limit of their own on nesting and report it as one."""
    problem = _problem(error)
    return TOO_DEEP if "nesting depth" in problem else f"not valid YAML: {problem}"


def _problem(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.problem, error.context) if part)


def _validate(data: object) -> tuple[list[Fault], Rubric | None]:
    between = reference_faults(data)
    try:
        rubric = Rubric.model_validate(data)
    except ValidationError as error:
        found = [misfit.fault for misfit in misfits(error, data)]
        return between + [fault for fault in found if not _covered(fault, between)], None
    return between, rubric


def _covered(fault: Fault, between: list[Fault]) -> bool:
    """Whether a fault of a whole part was already reported more exactly for something inside it."""
    whole = not fault.path or fault.message.startswith(("question '", "probe '"))
    return whole and any(other.path[: len(fault.path)] == fault.path for other in between)
