"""The API's description of itself: what every operation has in common is added here, once."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.idempotency import HEADER, LONGEST
from api.problems import MEDIA_TYPE, Problem
from api.routes import api_routes
from api.routing import DeskRoute

INTRODUCTION = """
Everything that the desk's staff do: the day and its queue, callbacks and conversations, patients, doctors and their
hours, messages and their templates.

- Sign in with `POST /api/v1/auth/login`, send `Authorization: Bearer <access_token>`, renew it with
  `POST /api/v1/auth/refresh`.
- A refusal is `application/problem+json` (RFC 9457): `code` for programs, `detail` a sentence that says what to do.
  What is another practice's, or at a clinic that is not yours, is answered like what does not exist: 404.
- Any POST may carry an `Idempotency-Key`: repeated within 24 hours it gets its first answer again.
- Items carry an `ETag`; send it back as `If-Match` with an edit, and a colleague's change is not overwritten (412).
- Lists answer `{"items": [...], "next": cursor}`; times are ISO 8601 with their offset.
- `GET /api/v1/events` streams what changes.
"""

REFUSALS = {
    400: "The request cannot be read.",
    401: "Not signed in, or not any more.",
    403: "Your roles do not include this.",
    404: "There is no such record here.",
    409: "Refused as things are; `code` says why.",
    413: "The body is too large.",
    422: "The request does not have the right shape.",
    429: "Too many requests: wait as `Retry-After` says.",
    503: "A store does not answer, or too much is asked at once: wait as `Retry-After` says.",
}
STALE = "It was changed meanwhile: `current` is its present state."
KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A fresh id of the request (a UUID): repeated with it, nothing happens twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
}


def describe(app: FastAPI) -> None:
    """Let ``app`` answer with the completed document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, description=INTRODUCTION, routes=app.routes
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas |= _schemas_of_problem()
    document["components"]["securitySchemes"] = {"staff": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    signed_in = {route.name for route in api_routes() if isinstance(route, DeskRoute)}
    for method, operation in _operations(document):
        _complete(method, operation, signed_in)
    return document


def _schemas_of_problem() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "Problem": schema}


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in document["paths"].values():
        yield from path.items()


def _complete(method: str, operation: dict[str, Any], signed_in: set[str]) -> None:
    parameters = operation.setdefault("parameters", [])
    told = dict(REFUSALS)
    if any(each["name"].lower() == "if-match" for each in parameters):
        told[412] = STALE
    if method == "post":
        parameters.append(KEY)
    if operation["operationId"] in signed_in:
        operation["security"] = [{"staff": []}]
    for status, sentence in told.items():
        operation["responses"][str(status)] = _refusal(sentence)


def _refusal(sentence: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": sentence, "content": {MEDIA_TYPE: {"schema": schema}}}
