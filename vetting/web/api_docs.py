"""The API's description: OpenAPI as JSON, and the same as a page that needs no script and no style of its own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from vetting.errors import NotSignedIn
from vetting.web.deps import AppContext, signed_in
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Schema = Mapping[str, Any]
_DEEP = 4


@dataclass(frozen=True)
class FieldRow:
    """A field of what is sent or answered; `depth` is how far inside another it stands."""

    name: str
    type: str
    required: bool
    description: str
    depth: int


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    id: str
    verb: str
    path: str
    summary: str
    tag: str
    parameters: tuple[FieldRow, ...]
    sends: tuple[FieldRow, ...]
    answers: tuple[FieldRow, ...]
    status: str


@router.get("/api/openapi.json")
def openapi(request: Request) -> Response:
    """The OpenAPI document, for generators of clients."""
    return JSONResponse(request.app.openapi())


@router.get("/api/docs")
def docs(request: Request, ctx: AppContext) -> Response:
    """The same for people; open to all, with the menu for who is signed in."""
    with suppress(NotSignedIn):
        signed_in(request, ctx)
    document = request.app.openapi()
    return page(
        request,
        "api/docs.html",
        operations=read_operations(document),
        problems=document["paths"]["/api/v1/rubrics"]["get"]["responses"],
        base=request.app.state.ctx.settings.public_url.rstrip("/"),
    )


def read_operations(document: Schema) -> list[Operation]:
    """Every operation in the order of the document, schemas resolved into rows."""
    found = []
    for path, methods in document["paths"].items():
        for verb, operation in methods.items():
            status = next(s for s in operation["responses"] if s.startswith("2"))
            found.append(
                Operation(
                    id=operation["operationId"],
                    verb=verb.upper(),
                    path=path,
                    summary=operation.get("description", ""),
                    tag=(operation.get("tags") or ["API"])[0],
                    parameters=tuple(_parameter(p, document) for p in operation.get("parameters", ())),
                    sends=_rows(_content(operation.get("requestBody")), document),
                    answers=_rows(_content(operation["responses"][status]), document),
                    status=status,
                )
            )
    return found


def _content(part: Schema | None) -> Schema | None:
    schema: Schema | None = part["content"]["application/json"]["schema"] if part and "content" in part else None
    return schema


def _parameter(parameter: Schema, document: Schema) -> FieldRow:
    where = {"path": "in the path", "query": "query", "header": "header"}[parameter["in"]]
    words = f"{where}; {parameter['description']}" if parameter.get("description") else where
    return FieldRow(parameter["name"], _type(parameter["schema"], document), parameter.get("required", False), words, 0)


def _rows(schema: Schema | None, document: Schema, depth: int = 0) -> tuple[FieldRow, ...]:
    """The fields of an object with those inside them, as deep as a reader follows."""
    target = _resolved(schema, document) if schema else {}
    required = target.get("required", ())
    rows: list[FieldRow] = []
    for name, part in target.get("properties", {}).items():
        rows.append(FieldRow(name, _type(part, document), name in required, part.get("description", ""), depth))
        inner = _inner(part, document)
        if inner and depth + 1 < _DEEP:
            rows += _rows(inner, document, depth + 1)
    return tuple(rows)


def _inner(schema: Schema, document: Schema) -> Schema | None:
    """The object inside a field: itself, one of its alternatives, or what a list holds."""
    resolved = _resolved(schema, document)
    if resolved.get("properties"):
        return resolved
    for part in (*resolved.get("anyOf", ()), resolved.get("items")):
        if isinstance(part, Mapping) and (found := _inner(part, document)):
            return found
    return None


def _type(schema: Schema, document: Schema) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(part, document) for part in schema["anyOf"]))
    resolved = _resolved(schema, document)
    if "enum" in resolved:
        return " | ".join(map(str, resolved["enum"]))
    if "const" in resolved:
        return str(resolved["const"])
    if resolved.get("type") == "array" and isinstance(resolved.get("items"), Mapping):
        return f"list of {_type(resolved['items'], document)}"
    return str(resolved.get("format") or resolved.get("type") or "any")


def _resolved(schema: Schema, document: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return found
