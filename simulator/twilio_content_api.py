"""Calls about content templates and their approval."""

from starlette.responses import Response

from simulator import twilio_approval, twilio_messages, twilio_types
from simulator.errors import Json
from simulator.graph import root_of
from simulator.twilio_call import Call, Handler, answer, body_of
from simulator.twilio_content import Content, check_placeholders
from simulator.twilio_errors import TwilioRefusal
from simulator.twilio_webhooks import sid


async def _create_content(call: Call) -> Response:
    body = await body_of(call.request)
    types = body.get("types")
    given = {name: part for name, part in types.items() if part is not None} if isinstance(types, dict) else {}
    if not given:
        raise TwilioRefusal(20001, "types is required: at least one content type")
    for name, part in given.items():
        twilio_types.check(name, part)
    check_placeholders(given)
    language, variables = body.get("language"), body.get("variables") or {}
    if not isinstance(language, str) or not language:
        raise TwilioRefusal(20001, "language is required")
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise TwilioRefusal(20001, "variables must be an object of texts")
    content = Content(sid("HX"), call.account.sid, language, given, body.get("friendly_name"), variables)
    content.created = call.network.clock.now()
    call.network.world.contents[content.sid] = content
    call.network.changed = True
    return answer(content.shown(root_of(call.request)), 201)


def _found(call: Call) -> Content:
    content = call.network.world.contents.get(call.part("sid"))
    if content is None or content.account_sid != call.account.sid:
        raise TwilioRefusal(20404, call.path)
    return content


async def _content(call: Call) -> Response:
    return answer(_found(call).shown(root_of(call.request)))


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
    page = twilio_messages.page_number(query)
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
    return answer({"meta": meta, "contents": rows[page * size : (page + 1) * size]})


async def _approval(call: Call) -> Response:
    content = _found(call)
    url = f"{root_of(call.request)}{call.path}"
    return answer({"sid": content.sid, "account_sid": content.account_sid, "url": url, "whatsapp": content.asked()})


async def _submit(call: Call) -> Response:
    content, body = _found(call), await body_of(call.request)
    return answer(twilio_approval.submit(call.network, content, body), 201)


PATHS: dict[str, dict[str, Handler]] = {
    "/v1/Content": {"GET": _contents, "POST": _create_content},
    "/v1/ContentAndApprovals": {"GET": _contents_and_approvals},
    "/v1/Content/{sid}": {"GET": _content, "DELETE": _delete_content},
    "/v1/Content/{sid}/ApprovalRequests": {"GET": _approval},
    "/v1/Content/{sid}/ApprovalRequests/whatsapp": {"POST": _submit},
}
