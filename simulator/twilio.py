"""Twilio's REST interface: messages with their files, and content templates with their approvals."""

import asyncio
import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from simulator import files, metrics, twilio_approval, twilio_messages, twilio_sending, twilio_types
from simulator.errors import Json
from simulator.graph import BrokenConnection, root_of
from simulator.network import Network
from simulator.rates import Bucket
from simulator.twilio_account import Account
from simulator.twilio_content import Content
from simulator.twilio_errors import TwilioRefusal
from simulator.twilio_sending import Form
from simulator.twilio_webhooks import VERSION, sid

ACCOUNTS = f"/{VERSION}/Accounts"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Call:
    """One authorised call: who calls, and what was asked."""

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
                return _json(refusal.body(), refusal.status)

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


def _json(body: Json, status: int = 200) -> Response:
    headers = {"content-type": f"{JSON}; charset=utf-8", "twilio-request-id": sid("RQ")}
    return Response(orjson.dumps(body), status, headers)


# messages


async def _send(call: Call) -> Response:
    """A send may be refused by a fault, be slow, or lose its answer."""
    network, form = call.network, await _form(call.request)
    if network.dice.faults.html_next:
        network.dice.before_send()
        metrics.SENDS.labels("502").inc()
        return Response("<html><h1>502 Bad Gateway</h1></html>", 502, media_type="text/html")
    doom = twilio_sending.at_once(network)
    message = twilio_sending.send(network, call.account, form)
    if doom:
        doom(message)
    metrics.SENDS.labels("ok").inc()
    body = twilio_messages.shown(network, call.account, message)
    if network.dice.faults.slow:
        await asyncio.sleep(network.dice.faults.slow)
    return BrokenConnection() if network.dice.drops() else _json(body, 201)


async def _form(request: Request) -> Form:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise TwilioRefusal(20415, kind)
    try:
        return Form(parse_qs((await request.body()).decode(), keep_blank_values=True))
    except ValueError:
        raise TwilioRefusal(20001, "The form cannot be read") from None


async def _list(call: Call) -> Response:
    return _json(twilio_messages.listed(call.network, call.account, call.path, dict(call.request.query_params)))


async def _message(call: Call) -> Response:
    message = twilio_messages.find(call.network, call.account, call.part("sid"), call.path)
    return _json(twilio_messages.shown(call.network, call.account, message))


async def _media_list(call: Call) -> Response:
    message = twilio_messages.find(call.network, call.account, call.part("sid"), call.path)
    return _json(twilio_messages.media_list(call.network, call.account, message, call.path))


async def _media(call: Call) -> Response:
    """What is known of a file; without ``.json``, the way to an address that is good for a few minutes."""
    message = twilio_messages.find(call.network, call.account, call.part("sid"), call.path)
    name = call.part("media")
    if name.endswith(".json"):
        node = twilio_messages.media(call.network, call.account, message, name.removesuffix(".json"), call.path)
        return _json(node)
    file = twilio_messages.media_file(call.network, message, name, call.path)
    query = files.address("", file, call.network.clock.now()).partition("?")[2]
    return RedirectResponse(f"{root_of(call.request)}/twilio/files?{query}", 307)


def _bytes(network: Network, request: Request) -> Response:
    """The bytes, to whoever has the address."""
    file = files.at_address(network.world, request.query_params)
    return Response(file.content, media_type=file.mime_type) if file else Response(status_code=403)


async def _account_node(call: Call) -> Response:
    uri = f"{ACCOUNTS}/{call.account.sid}"
    return _json(
        {
            "sid": call.account.sid,
            "friendly_name": call.account.sid,
            "status": "active",
            "type": "Trial" if call.account.verified is not None else "Full",
            "owner_account_sid": call.account.sid,
            "subresource_uris": {"messages": f"{uri}/Messages.json"},
            "uri": f"{uri}.json",
        }
    )


# content


async def _body(request: Request) -> Json:
    """A JSON object; a form under any name is refused."""
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


async def _create_content(call: Call) -> Response:
    body = await _body(call.request)
    types = body.get("types")
    given = {name: part for name, part in types.items() if part is not None} if isinstance(types, dict) else {}
    if not given:
        raise TwilioRefusal(20001, "types is required: at least one content type")
    for name, part in given.items():
        twilio_types.check(name, part)
    language, variables = body.get("language"), body.get("variables") or {}
    if not isinstance(language, str) or not language:
        raise TwilioRefusal(20001, "language is required")
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise TwilioRefusal(20001, "variables must be an object of texts")
    content = Content(sid("HX"), call.account.sid, language, given, body.get("friendly_name"), variables)
    content.created = call.network.clock.now()
    call.network.world.contents[content.sid] = content
    call.network.changed = True
    return _json(content.shown(root_of(call.request)), 201)


def _found(call: Call) -> Content:
    content = call.network.world.contents.get(call.part("sid"))
    if content is None or content.account_sid != call.account.sid:
        raise TwilioRefusal(20404, call.path)
    return content


async def _content(call: Call) -> Response:
    return _json(_found(call).shown(root_of(call.request)))


async def _delete_content(call: Call) -> Response:
    del call.network.world.contents[_found(call).sid]
    call.network.changed = True
    return Response(status_code=204)


async def _contents(call: Call) -> Response:
    root = root_of(call.request)
    return _page(call, [content.shown(root) for content in _own(call)])


async def _contents_and_approvals(call: Call) -> Response:
    root = root_of(call.request)
    without = ("links", "url")
    rows = [content.shown(root) | {"approval_requests": content.asked()} for content in _own(call)]
    return _page(call, [{name: value for name, value in row.items() if name not in without} for row in rows])


def _own(call: Call) -> list[Content]:
    return [content for content in call.network.world.contents.values() if content.account_sid == call.account.sid]


def _page(call: Call, rows: list[Json]) -> Response:
    """A page, as the newer APIs cut them: the addresses are whole."""
    query = call.request.query_params
    size = twilio_messages.page_size(query)
    page = int(query["Page"]) if query.get("Page", "").isdecimal() else 0
    address = f"{root_of(call.request)}{call.path}?PageSize={size}&Page="
    more = len(rows) > (page + 1) * size
    meta: Json = {
        "page": page,
        "page_size": size,
        "key": "contents",
        "url": f"{address}{page}",
        "first_page_url": f"{address}0",
        "next_page_url": f"{address}{page + 1}" if more else None,
        "previous_page_url": f"{address}{page - 1}" if page else None,
    }
    return _json({"meta": meta, "contents": rows[page * size : (page + 1) * size]})


async def _approval(call: Call) -> Response:
    content = _found(call)
    url = f"{root_of(call.request)}{call.path}"
    return _json({"sid": content.sid, "account_sid": content.account_sid, "url": url, "whatsapp": content.asked()})


async def _submit(call: Call) -> Response:
    content, body = _found(call), await _body(call.request)
    return _json(twilio_approval.submit(call.network, content, body), 201)


PATHS: dict[str, dict[str, Handler]] = {
    ACCOUNTS + "/{account}.json": {"GET": _account_node},
    ACCOUNTS + "/{account}/Messages.json": {"GET": _list, "POST": _send},
    ACCOUNTS + "/{account}/Messages/{sid}.json": {"GET": _message},
    ACCOUNTS + "/{account}/Messages/{sid}/Media.json": {"GET": _media_list},
    ACCOUNTS + "/{account}/Messages/{sid}/Media/{media}": {"GET": _media},
    "/v1/Content": {"GET": _contents, "POST": _create_content},
    "/v1/ContentAndApprovals": {"GET": _contents_and_approvals},
    "/v1/Content/{sid}": {"GET": _content, "DELETE": _delete_content},
    "/v1/Content/{sid}/ApprovalRequests": {"GET": _approval},
    "/v1/Content/{sid}/ApprovalRequests/whatsapp": {"POST": _submit},
}
