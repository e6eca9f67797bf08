"""Requirements as rows of a form, and back: values as people write them ("120 EUR", "en:C1; de:B1")."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vetting.domain.facts import Fact
from vetting.domain.project import Requirement
from vetting.domain.tongue import _
from vetting.errors import BadInput

MOST_ROWS = 60
SUBJECTS = ("competency", "fact", "topic")
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "competency": {"kind": "must", "min_level": "3"},
    "fact": {"kind": "must", "fact": "languages", "op": ">="},
    "topic": {"kind": "nice"},
}
_PER = r"(?:(?:/|per |an? )\s*(?P<per>h|hour|day|week|month|year))?"
_RATE = re.compile(rf"(?P<amount>\d+(?:[.,]\d+)?)\s*(?P<currency>[A-Za-z]{{3}})\s*{_PER}")
_LICENCE = re.compile(r"(?P<name>[^()]+?)\s*(?:\((?P<jurisdiction>[^()]+)\))?")


@dataclass(frozen=True)
class FormRow:
    """One requirement as it stands in the form. `raw` is the value as stored, `was` the text it was shown as."""

    about: str
    id: str = ""
    kind: str = "nice"
    competency: str = ""
    min_level: str = ""
    fact: str = ""
    op: str = ""
    value: str = ""
    standing: str = ""
    topic: str = ""
    cover: str = ""
    raw: str = ""
    was: str = ""
    drop: bool = False

    @classmethod
    def blank(cls, about: str) -> FormRow:
        """An empty row. Raises BadInput for a subject that is none."""
        if about not in SUBJECTS:
            raise BadInput(_("A requirement is about a competency, a fact or a topic."))
        return cls(about=about, **DEFAULTS[about])

    @property
    def counts(self) -> bool:
        """Whether the row is filled in and not to be dropped."""
        subject = {"competency": self.competency, "fact": self.value, "topic": self.topic}[self.about]
        return not self.drop and bool(subject.strip())

    def document(self) -> dict[str, Any]:
        """The requirement in the format of project files. Raises BadInput naming the value that cannot be read."""
        out: dict[str, Any] = {"kind": self.kind}
        if self.id:
            out["id"] = self.id
        if self.cover.strip():
            out["cover"] = _count(self.cover)
        if self.about == "competency":
            return out | {"competency": self.competency, "min_level": _number(self.min_level, _("the minimum level"))}
        if self.about == "topic":
            return out | {"topic": self.topic}
        out |= {"fact": self.fact, "op": self.op, "value": self._value()}
        return out | ({"standing": self.standing} if self.standing else {})

    def _value(self) -> Any:
        """What is stored, as long as its text was not touched, so that editing one row changes no other."""
        if self.raw and self.value == self.was:
            return json.loads(self.raw)
        return read_value(self.fact, self.value.strip())


def rows_of(requirements: Iterable[Requirement]) -> list[FormRow]:
    """The rows that show these requirements."""
    return [_row(r) for r in requirements]


def read_form(form: Mapping[str, str]) -> list[FormRow]:
    """The rows of a submitted form, in order. Raises BadInput for too many or for a subject that is none."""
    numbers = sorted({int(m[1]) for name in form if (m := re.fullmatch(r"r(\d{1,3})-about", name))})
    if len(numbers) > MOST_ROWS:
        raise BadInput(_("A project can have at most {most} requirements.").format(most=MOST_ROWS))
    names = ("id", "kind", "competency", "min_level", "fact", "op", "value", "standing", "topic", "cover", "raw", "was")
    rows = []
    for n in numbers:
        blank = FormRow.blank(form[f"r{n}-about"])
        given = {name: form.get(f"r{n}-{name}", "") for name in names}
        rows.append(FormRow(about=blank.about, drop=f"r{n}-drop" in form, **given))
    return rows


def read_value(fact: str, text: str) -> Any:
    """A wanted value from its text. Raises BadInput that shows how to write it."""
    base = fact.partition(".")[0]
    parts = [p.strip() for p in re.split(r"[;,]", text) if p.strip()]
    if base == Fact.HOURS:
        return _number(text, _("the hours a week"))
    if base == Fact.RATE:
        return _rate(text)
    if base == Fact.LANGUAGES:
        return dict(_language(p) for p in parts)
    if base == Fact.LICENCES:
        return [_licence(p) for p in parts]
    if base in (Fact.DEGREES, Fact.COUNTRY):
        return parts
    if base == Fact.TIMEZONE and len(words := text.split()) == 2:
        return {"zone": words[0], "hours": _number(words[1].removesuffix("h"), _("the shared hours"))}
    return text


def _row(requirement: Requirement) -> FormRow:
    about = next(name for name in SUBJECTS if getattr(requirement, name) is not None)
    document = requirement.model_dump(mode="json", exclude_none=True)
    value = _text(document["value"]) if "value" in document else ""
    return FormRow(
        about=about,
        id=requirement.id,
        kind=requirement.kind.value,
        competency=requirement.competency or "",
        min_level=f"{requirement.min_level:g}" if requirement.min_level is not None else "",
        fact=requirement.fact or "",
        op=requirement.op or "",
        value=value,
        standing=requirement.standing or "",
        topic=requirement.topic or "",
        cover=str(requirement.cover or ""),
        raw=json.dumps(document["value"]) if "value" in document else "",
        was=value,
    )


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        if "amount" in value:
            per = value.get("per", "hour")
            return f"{value['amount']:g} {value['currency']}{'' if per == 'hour' else f'/{per}'}"
        if "zone" in value:
            return f"{value['zone']} {value['hours']:g}h" if "hours" in value else str(value["zone"])
        if "name" in value:
            return f"{value['name']} ({value['jurisdiction']})" if value.get("jurisdiction") else str(value["name"])
        return "; ".join(f"{code}:{level}" for code, level in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_text(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(text: str, what: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise BadInput(
            _("'{text}' is not a number; write {what} like 3.5.").format(text=text[:40], what=what)
        ) from None


def _count(text: str) -> int:
    if not re.fullmatch(r"\s*\d{1,5}\s*", text):
        words = _("'{text}' is not a number of experts; write how many must meet it, like 2.")
        raise BadInput(words.format(text=text[:40]))
    return int(text)


def _rate(text: str) -> dict[str, Any]:
    match = _RATE.fullmatch(text)
    if match is None:
        raise BadInput(_("'{text}' is not a rate; write it like 120 EUR.").format(text=text[:40]))
    per = "hour" if match["per"] in (None, "h") else match["per"]
    return {"amount": float(match["amount"].replace(",", ".")), "currency": match["currency"].upper(), "per": per}


def _language(text: str) -> tuple[str, str]:
    code, _sep, level = text.replace(" ", ":").partition(":")
    if not level.strip(":"):
        words = _("'{text}' is not a language with its level; write it like en:C1; de:B1.")
        raise BadInput(words.format(text=text[:40]))
    return code, level.strip(":")


def _licence(text: str) -> dict[str, str]:
    match = _LICENCE.fullmatch(text)
    if match is None:
        raise BadInput(_("'{text}' is not a licence; write it like medical (Germany).").format(text=text[:40]))
    return {k: v for k, v in match.groupdict().items() if v}
