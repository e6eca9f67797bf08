"""Prompts as data: `prompts/*.yaml`, strictly checked, rendered so that candidate text stays marked data.

Text that a candidate or a model wrote is never a template, and reaches a prompt through the `untrusted` filter only:
it enters as an opaque value that cannot be printed in any other way. The filter puts it between markers whose code is
drawn anew for every rendering, after the text is known, so no text can hold the marker that closes it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Never

import yaml
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from vetting.errors import BadInput, NotFound, VettingError
from vetting.packs import shipped

MARKER = "marker"
"""The variable every prompt with untrusted data must print once, so that the model knows the code."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z_]+$")]
Filled = Annotated[str, StringConstraints(min_length=1)]


class PromptMisused(VettingError):
    """A prompt was rendered with variables that do not fit it."""


class Variable(BaseModel):
    """A value a prompt takes; `untrusted` when a candidate or a model wrote any of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: Filled
    untrusted: bool
    example: Any


class Prompt(BaseModel):
    """One prompt file. `temperature` and `max_output_tokens` belong to it, as they change what comes back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    version: Annotated[int, Field(ge=1)]
    purpose: Filled
    max_output_tokens: Annotated[int, Field(ge=16, le=32_000)]
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    variables: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")], Variable]
    system: Filled
    user: Filled

    @property
    def examples(self) -> dict[str, Any]:
        """Values to try the prompt with."""
        return {name: variable.example for name, variable in self.variables.items()}


@dataclass(frozen=True)
class Rendered:
    """A prompt ready to send. `marker` is the code of this rendering's data markers."""

    name: str
    sha: str
    system: str
    user: str
    marker: str
    max_output_tokens: int
    temperature: float


@dataclass(frozen=True)
class Fault:
    """Something wrong in a prompt file; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Untrusted:
    """A text that can be tested for emptiness but not printed, joined or taken apart by a template."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __str__(self) -> Never:
        raise PromptMisused("a prompt prints untrusted text without the untrusted filter")

    __repr__ = __str__

    def __format__(self, spec: str) -> Never:
        self.__str__()

    # Named with an underscore, so that the sandbox keeps templates from calling them.
    def _between(self, code: str) -> str:
        """The text as it is, between the markers of that code."""
        return f"<<data {code}>>\n{self._text}\n<<end {code}>>"

    def _holds(self, code: str) -> bool:
        """Whether the code stands in the text."""
        return code in self._text


class PromptBook:
    """The prompts of one folder by name. Build with `load_prompts`."""

    def __init__(self, prompts: Mapping[str, tuple[Prompt, str]]) -> None:
        self._prompts = dict(prompts)

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self._prompts))

    def prompt(self, name: str) -> Prompt:
        """The prompt of that name. Raises NotFound."""
        return self._entry(name)[0]

    def sha(self, name: str) -> str:
        """sha256 (hex) of the file's content, line ends as on Unix. Raises NotFound."""
        return self._entry(name)[1]

    def render(self, name: str, variables: Mapping[str, Any]) -> Rendered:
        """The prompt with exactly its declared variables filled in. Raises NotFound, PromptMisused."""
        prompt, sha = self._entry(name)
        return render(prompt, variables, sha)

    def _entry(self, name: str) -> tuple[Prompt, str]:
        if name not in self._prompts:
            raise NotFound(f"there is no prompt '{name}'; known: {', '.join(self.names())}")
        return self._prompts[name]


def load_prompts(folder: Path | None = None) -> PromptBook:
    """The prompts of a folder (default: the shipped ones). Raises BadInput naming every fault with file and line."""
    found, faults = _read(folder or shipped("prompts"))
    if faults:
        raise BadInput("\n".join(str(fault) for fault in faults))
    return PromptBook(found)


def check(folder: Path | None = None) -> tuple[Fault, ...]:
    """Every fault of every prompt file in the folder (default: the shipped ones); empty when all is well."""
    return _read(folder or shipped("prompts"))[1]


def render(prompt: Prompt, variables: Mapping[str, Any], sha: str = "") -> Rendered:
    """Fill a prompt in; untrusted values go in as opaque text. Raises PromptMisused."""
    _refuse_other_variables(prompt, variables)
    held: list[Untrusted] = []
    values = {n: _opaque(v, held) if prompt.variables[n].untrusted else v for n, v in variables.items()}
    code = _fresh_code(held)
    trusted = {n: v for n, v in values.items() if not prompt.variables[n].untrusted}
    try:
        system = _ENVIRONMENT.from_string(prompt.system).render(trusted)
        user = _ENVIRONMENT.from_string(prompt.user).render(values | {MARKER: code})
    except (TemplateError, TypeError, ValueError, AttributeError) as error:
        raise PromptMisused(f"prompt '{prompt.name}' cannot be rendered: {error}") from None
    return Rendered(prompt.name, sha, system.strip(), user.strip(), code, prompt.max_output_tokens, prompt.temperature)


def _refuse_other_variables(prompt: Prompt, variables: Mapping[str, Any]) -> None:
    missing = sorted(set(prompt.variables) - set(variables))
    unknown = sorted(set(variables) - set(prompt.variables))
    if missing or unknown:
        parts = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"got {', '.join(unknown)}"] * bool(unknown)
        raise PromptMisused(f"prompt '{prompt.name}' {' and '.join(parts)}")


def _opaque(value: Any, held: list[Untrusted]) -> Any:
    """The value with every text in it, keys apart, made opaque; numbers and None stay."""
    if isinstance(value, str):
        held.append(Untrusted(value))
        return held[-1]
    if isinstance(value, Mapping):
        return {str(key): _opaque(inner, held) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_opaque(inner, held) for inner in value]
    if value is None or isinstance(value, int | float):
        return value
    raise PromptMisused(f"untrusted values are text, numbers, lists and maps, not {type(value).__name__}")


def _fresh_code(held: Sequence[Untrusted]) -> str:
    while True:
        code = secrets.token_hex(8)
        if not any(text._holds(code) for text in held):
            return code


@pass_context
def _untrusted(context: Context, value: Any) -> str:
    if not isinstance(value, Untrusted):
        raise PromptMisused("the untrusted filter is for variables declared untrusted")
    return value._between(str(context[MARKER]))


def _line(value: Any) -> str:
    """Trusted text on one line, so that text of a pack cannot open a section of its own."""
    return " ".join(str(value).split())


def _refuse_opaque(value: Any) -> Any:
    if isinstance(value, Untrusted | list | dict):
        raise PromptMisused("a prompt prints untrusted text or a whole list or map; print their parts, filtered")
    return value


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_refuse_opaque, cache_size=64
    )
    # The default filters could take a text apart or print a container; these two are all that prompts need.
    environment.filters = {"untrusted": _untrusted, "line": _line}
    environment.globals = {}
    return environment


_ENVIRONMENT = _environment()


def _read(folder: Path) -> tuple[dict[str, tuple[Prompt, str]], tuple[Fault, ...]]:
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not files:
        return {}, (Fault(str(folder), 1, "no prompt files (*.yaml) here"),)
    found: dict[str, tuple[Prompt, str]] = {}
    faults: list[Fault] = []
    for path in files:
        prompt, sha, wrong = _read_file(path)
        faults += wrong
        if prompt and not wrong:
            found[prompt.name] = (prompt, sha)
    return found, tuple(faults)


def _read_file(path: Path) -> tuple[Prompt | None, str, list[Fault]]:
    try:
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        return None, "", [Fault(path.name, 1, f"cannot be read: {error}")]
    sha = hashlib.sha256(text.encode()).hexdigest()
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, sha, [Fault(path.name, line, f"not valid YAML: {error.problem or 'syntax error'}")]
    except yaml.YAMLError as error:
        return None, sha, [Fault(path.name, 1, f"not valid YAML: {error}")]
    if not isinstance(data, dict) or root is None:
        return None, sha, [Fault(path.name, 1, "a prompt file is a map")]
    try:
        prompt = Prompt.model_validate(data)
    except ValidationError as error:
        return None, sha, [_model_fault(path.name, root, fault) for fault in error.errors()]
    return prompt, sha, list(_prompt_faults(path, prompt, root))


def _model_fault(file: str, root: yaml.Node, error: Any) -> Fault:
    where = tuple(part for part in error["loc"] if part != "[key]")
    return Fault(file, _line_of(root, where), f"{'.'.join(str(p) for p in where)}: {error['msg']}")


def _prompt_faults(path: Path, prompt: Prompt, root: yaml.Node) -> Iterator[Fault]:
    if path.stem != prompt.name:
        yield Fault(path.name, _line_of(root, ("name",)), f"name '{prompt.name}' is not the file's name")
    trusted = {n for n, v in prompt.variables.items() if not v.untrusted}
    used: set[str] = set()
    wrong = False
    for field, allowed in (("system", trusted), ("user", {*prompt.variables, MARKER})):
        try:
            tree = _ENVIRONMENT.parse(getattr(prompt, field))
            names = meta.find_undeclared_variables(tree)
        except TemplateSyntaxError as error:
            wrong = True
            yield Fault(path.name, _template_line(root, field, error.lineno), f"{field}: {error.message}")
            continue
        used |= names
        for name in sorted(names - allowed):
            wrong = True
            yield _name_fault(path.name, field, name, tree, root, prompt)
    if wrong:
        return
    for name in sorted(set(prompt.variables) - used):
        yield Fault(path.name, _line_of(root, ("variables", name)), f"variables.{name}: declared but not used")
    yield from _trial_faults(path.name, prompt, root, used)


def _name_fault(file: str, field: str, name: str, tree: nodes.Template, root: yaml.Node, prompt: Prompt) -> Fault:
    at = min((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), default=1)
    if name in prompt.variables:
        message = f"{field}: '{name}' is untrusted and may not stand in the system text"
    else:
        message = f"{field}: '{name}' is not declared in variables"
    return Fault(file, _template_line(root, field, at), message)


def _trial_faults(file: str, prompt: Prompt, root: yaml.Node, used: set[str]) -> Iterator[Fault]:
    """Render with the examples: finds unfiltered untrusted text and whatever else only shows at run time."""
    if any(v.untrusted for v in prompt.variables.values()) and MARKER not in used:
        yield Fault(file, _line_of(root, ("user",)), f"user: takes untrusted data but does not print '{MARKER}'")
    try:
        render(prompt, prompt.examples)
    except PromptMisused as error:
        yield Fault(file, _line_of(root, ("user",)), error.message)


def _template_line(root: yaml.Node, field: str, line: int) -> int:
    """Line of the file for a line of the template; exact for block texts (`|`)."""
    node = _child(root, field)
    if not isinstance(node, yaml.ScalarNode):
        return 1
    first: int = node.start_mark.line + 1
    return first + line if node.style in ("|", ">") else first


def _line_of(root: yaml.Node, where: Sequence[str | int]) -> int:
    """Line of the value at that path, or of the nearest thing above it that exists."""
    node = root
    line: int = root.start_mark.line + 1
    for part in where:
        child = _child(node, part)
        if child is None:
            break
        node, line = child, child.start_mark.line + 1
    return line


def _child(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None
