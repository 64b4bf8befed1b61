"""Refusals as RFC 9457 ``application/problem+json``: one handler speaks for the whole API."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from clinic.errors import ClinicError

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """``code`` is for programs, ``detail`` a sentence for people."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return JSONResponse(body | more, status_code=status, media_type=MEDIA_TYPE)


async def refused(_: Request, error: ClinicError) -> JSONResponse:
    """A refusal of the domain keeps its code; a fault of ours keeps its words to itself."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        structlog.get_logger().error("refused", code=error.code, exc_info=error)
        return problem(error.status, error.code, "Something went wrong on our side.")
    return problem(error.status, error.code, str(error))


async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
    """Names each field and its fault, never the value sent."""
    faults = [{"field": ".".join(map(str, fault["loc"])), "fault": fault["msg"]} for fault in error.errors()]
    return problem(422, "malformed", "The request does not have the shape this address expects.", errors=faults)


async def http_refusal(_: Request, error: HTTPException) -> JSONResponse:
    """Unknown addresses, wrong methods, missing credentials."""
    answer = problem(error.status_code, HTTPStatus(error.status_code).name.lower(), str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def failed(_: Request, error: Exception) -> JSONResponse:
    """Anything else: logged with its place, told without its words."""
    structlog.get_logger().error("request failed", exc_info=error)
    return problem(500, "failed", "Something went wrong on our side.")


def speak_problems(app: FastAPI) -> None:
    """Let every refusal of ``app`` leave as a problem."""
    app.add_exception_handler(ClinicError, refused)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, malformed)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, http_refusal)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, failed)
