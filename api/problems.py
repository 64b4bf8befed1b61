"""Refusals as RFC 9457 ``application/problem+json``: one handler speaks for the whole API."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

from clinic.errors import ClinicError

MEDIA_TYPE = "application/problem+json"
CHOICES = frozenset({"cloud", "twilio"})  # of shapes that one field chooses between
AGAIN = 5  # seconds after which a store may be back
LENGTHS = {
    "too_short": "Should have {min_length} characters or more",
    "too_long": "Should have {max_length} characters at most",
}
ADDRESSES: dict[int, str] = {
    404: "There is no such address: /docs lists all that there are.",
    405: "This address does not take this method. It takes: {allowed}.",
}


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    field: str = Field(examples=["body.start"])
    fault: str = Field(examples=["Input should be a valid datetime"])


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). `code` is for programs, `detail` says what to do."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["slot_taken"])
    detail: str = Field(examples=["Somebody else was faster."])
    errors: list[Fault] | None = Field(None, description="Of malformed input: each field and its fault.")
    current: dict[str, Any] | None = Field(None, description="Of a stale edit: the present state.")


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """``code`` is for programs, ``detail`` a sentence for people."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return JSONResponse(body | more, status_code=status, media_type=MEDIA_TYPE)


def refused(_: Request, error: ClinicError, **more: BaseModel) -> JSONResponse:
    """A refusal of the domain keeps its code, and what else it has ``told``; a fault of ours keeps its words to
    itself."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and error.status != HTTPStatus.SERVICE_UNAVAILABLE:
        structlog.get_logger().error("refused", code=error.code, exc_info=error)
        return problem(error.status, error.code, "Something went wrong on our side.")
    answer = problem(error.status, error.code, str(error), **jsonable_encoder(more or getattr(error, "told", {})))
    if seconds := getattr(error, "retry_after", 0):
        answer.headers["Retry-After"] = str(seconds)
    if error.status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


async def _refused(request: Request, error: ClinicError) -> JSONResponse:
    return refused(request, error)


async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
    """Names each field and its fault, never the value sent."""
    faults = [_fault(fault) for fault in error.errors()]
    return problem(422, "malformed", "The request does not have the shape this address expects.", errors=faults)


def _fault(fault: Mapping[str, Any]) -> dict[str, str]:
    """In words for whoever wrote the request, where the library's are for whoever wrote the shape."""
    kind, told = fault["type"], fault.get("ctx", {})
    if kind == "json_invalid":
        return {"field": "body", "fault": f"Not JSON, from character {fault['loc'][-1]} on: {told.get('error', '')}"}
    if kind in LENGTHS and told.get("field_type") == "Value":
        return {"field": _place(fault["loc"]), "fault": LENGTHS[kind].format(**told)}
    return {"field": _place(fault["loc"]), "fault": fault["msg"]}


def _place(parts: Sequence[str | int]) -> str:
    """The field's path; which of several shapes the body was taken for is no part of it."""
    return ".".join(str(part) for part in parts if part not in CHOICES)


async def http_refusal(request: Request, error: HTTPException) -> JSONResponse:
    """Unknown addresses, wrong methods, too large a body."""
    own = str(error.detail)
    said = ADDRESSES.get(error.status_code, own) if own == HTTPStatus(error.status_code).phrase else own
    allowed = ", ".join(sorted(_taken(request))) if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else ""
    answer = problem(error.status_code, HTTPStatus(error.status_code).name.lower(), said.replace("{allowed}", allowed))
    answer.headers.update({**(error.headers or {}), **({"Allow": allowed} if allowed else {})})
    return answer


def _taken(request: Request) -> set[str]:
    """The methods that some route takes at this address."""
    routes = getattr(request.app.state, "addresses", ())
    return {method for shape, methods in routes if shape.match(request.url.path) for method in methods}


async def away(_: Request, error: Exception) -> JSONResponse:
    """A store does not answer: whoever asks again with the same Idempotency-Key changes nothing twice."""
    structlog.get_logger().warning("store away", error=type(error).__name__)
    answer = problem(503, "store_away", "A store of ours does not answer just now: ask again in a few seconds.")
    answer.headers["Retry-After"] = str(AGAIN)
    return answer


async def database_error(request: Request, error: PyMongoError) -> JSONResponse:
    """Away, or a fault of ours."""
    gone = isinstance(error, ConnectionFailure | ExecutionTimeout) or error.has_error_label("RetryableWriteError")
    return await (away if gone else failed)(request, error)


async def failed(_: Request, error: Exception) -> JSONResponse:
    """Anything else: logged with its place, told without its words."""
    structlog.get_logger().error("request failed", exc_info=error)
    return problem(500, "failed", "Something went wrong on our side.")


HANDLERS: dict[type[Exception], Any] = {
    ClinicError: _refused,
    RequestValidationError: malformed,
    HTTPException: http_refusal,
    PyMongoError: database_error,
    RedisError: away,
    Exception: failed,
}


def speak_problems(app: FastAPI) -> None:
    """Let every refusal of ``app`` leave as a problem."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
