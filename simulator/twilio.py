"""Twilio's REST interface as routes: who may call, how often, and the files' addresses."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator import files, metrics, twilio_content_api, twilio_messages_api, twilio_senders
from simulator.network import Network
from simulator.rates import Bucket
from simulator.twilio_account import Account
from simulator.twilio_call import Call, Handler, answer
from simulator.twilio_errors import TwilioRefusal

PATHS = twilio_messages_api.PATHS | twilio_content_api.PATHS | twilio_senders.PATHS


def routes(network: Network) -> list[Route]:
    """All routes. They come before the Graph API's, whose pattern is wider."""
    buckets: dict[str, Bucket] = {}

    def handled(handlers: dict[str, Handler]) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            try:
                call = Call(network, _account(network, request), request)
                _check_pace(call, buckets)
                if request.method not in handlers:
                    raise TwilioRefusal(20004)
                return await handlers[request.method](call)
            except TwilioRefusal as refusal:
                _tell(network, request, refusal)
                return answer(refusal.body(), refusal.status)

        return respond

    every = ["GET", "POST", "PUT", "DELETE"]
    api = [Route(path, handled(handlers), methods=every) for path, handlers in PATHS.items()]

    async def content(request: Request) -> Response:
        return _bytes(network, request)

    return [*api, Route("/twilio/files", content, methods=["GET"])]


def _account(network: Network, request: Request) -> Account:
    """Basic authentication with the account's SID and token; a path may name no other account."""
    scheme, _, written = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, token = base64.b64decode(written, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise TwilioRefusal(20003) from None
    account = network.twilio.accounts.get(user)
    known = account is not None and hmac.compare_digest(account.token.encode(), token.encode())
    if scheme.lower() != "basic" or account is None or not known:
        raise TwilioRefusal(20003)
    if request.path_params.get("account", user) != user:
        raise TwilioRefusal(20404, request.url.path)
    return account


def _check_pace(call: Call, buckets: dict[str, Bucket]) -> None:
    per_second = call.network.dice.faults.throttle or call.account.calls_per_second
    now = call.network.clock.running()
    bucket = buckets.get(call.account.sid)
    if bucket is None or bucket.per_second != per_second:
        bucket = buckets[call.account.sid] = Bucket(max(per_second, 1), per_second, now)
    if not bucket.take(now):
        raise TwilioRefusal(20429)


def _tell(network: Network, request: Request, refusal: TwilioRefusal) -> None:
    if request.method == "POST":
        metrics.SENDS.labels(str(refusal.code)).inc()
        network.stream.tell("refused", {"code": refusal.code, "said": str(refusal), "number": "twilio"})


def _bytes(network: Network, request: Request) -> Response:
    """The bytes, to whoever has the address."""
    file = files.at_address(network.world, request.query_params)
    return Response(file.content, media_type=file.mime_type) if file else Response(status_code=403)
