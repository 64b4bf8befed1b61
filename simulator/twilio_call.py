"""One call of Twilio's REST interface: who calls, what was asked, and how answers are written."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response

from simulator.errors import Json
from simulator.network import Network
from simulator.twilio_account import Account
from simulator.twilio_errors import TwilioRefusal
from simulator.twilio_sending import Form
from simulator.twilio_webhooks import sid

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Call:
    """An authorised call."""

    network: Network
    account: Account
    request: Request

    @property
    def path(self) -> str:
        """The path, as refusals name it."""
        return self.request.url.path

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params.get(name, ""))


Handler = Callable[[Call], Awaitable[Response]]


def answer(body: Json, status: int = 200) -> Response:
    """JSON, with the headers of Twilio."""
    headers = {"content-type": f"{JSON}; charset=utf-8", "twilio-request-id": sid("RQ")}
    return Response(orjson.dumps(body), status, headers)


async def form_of(request: Request) -> Form:
    """A form's fields; anything else is refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise TwilioRefusal(20415, kind)
    try:
        return Form(parse_qs((await request.body()).decode(), keep_blank_values=True))
    except ValueError:
        raise TwilioRefusal(20001, "The form cannot be read") from None


async def body_of(request: Request) -> Json:
    """A JSON object; a form, under whatever name, is refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise TwilioRefusal(20415, kind)
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise TwilioRefusal(20001, "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise TwilioRefusal(20001, "The request body must be a JSON object")
    return body
