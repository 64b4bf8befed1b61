"""The Graph API's nodes and edges: what may be asked of a number, an account, a template and a file."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator import files, ids, outgoing, reviews
from simulator.config import Number
from simulator.errors import Json, Refusal, unknown_object
from simulator.judgement import owner_of
from simulator.limits import TEMPLATES_PER_ACCOUNT
from simulator.network import Network
from simulator.template import Template
from simulator.world import MediaFile


@dataclass(frozen=True)
class Call:
    """One authenticated request to the Graph API."""

    network: Network
    method: str
    node: str
    edge: str
    token: str
    base: str  # address of this API, for links
    root: str  # where this simulator is reached
    query: dict[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    upload: tuple[str, bytes] | None = None  # content type and content of a file


def answer(call: Call) -> Json:
    """What Meta would answer; a refusal, where it would refuse."""
    kind = _kind(call)
    handler = ROUTES.get((kind, call.edge, call.method))
    if handler is None:
        raise _no_such_edge(call) if call.method == "GET" else unknown_object(call.node, call.method)
    return handler(call)


def _kind(call: Call) -> str:
    world = call.network.world
    if call.node in world.numbers:
        return "number"
    if any(number.waba_id == call.node for number in world.numbers.values()):
        return "account"
    if call.node in world.templates:
        return "template"
    return "media" if files.find(world, call.node) else "unknown"


def _no_such_edge(call: Call) -> Refusal:
    if not call.edge or _kind(call) == "unknown":
        return unknown_object(call.node, "get")
    return Refusal(100, message=f"(#100) Tried accessing nonexisting field ({call.edge})")


def _number(call: Call) -> Number:
    return call.network.world.number(call.node, call.token, call.method)


def _account(call: Call) -> list[Number]:
    return call.network.world.waba(call.node, call.token, call.method)


FIELD = re.compile(r"[{.(]")  # what a field's name is followed by: other fields, a parameter


def fields_of(node: Json, call: Call) -> Json:
    """Only what was asked for, and the id."""
    wanted = [FIELD.split(name, maxsplit=1)[0] for name in call.query.get("fields", "").split(",") if name]
    return {name: node[name] for name in [*wanted, "id"] if name in node} if wanted else node


def _send(call: Call) -> Json:
    return outgoing.handle(call.network, _number(call), call.body)


def _shown_number(number: Number, call: Call) -> Json:
    judged = call.network.world.judgement(number.id)
    return {
        "verified_name": number.verified_name,
        "code_verification_status": "VERIFIED",
        "display_phone_number": number.display_phone_number,
        "quality_rating": judged.quality,
        "platform_type": "CLOUD_API",
        "throughput": {"level": "HIGH" if judged.high or number.per_second >= 1000 else "STANDARD"},
        "name_status": "APPROVED",
        "status": "CONNECTED",
        "account_mode": "LIVE",
        "is_official_business_account": False,
        "whatsapp_business_manager_messaging_limit": judged.limit,
        "id": number.id,
    }


def _get_number(call: Call) -> Json:
    return fields_of(_shown_number(_number(call), call), call)


def _update_number(call: Call) -> Json:
    _number(call)
    return {"success": True}


def _profile(call: Call) -> Json:
    number = _number(call)
    return {"data": [{"messaging_product": "whatsapp", "about": number.verified_name, "vertical": "HEALTH"}]}


def _get_account(call: Call) -> Json:
    first = _account(call)[0]
    node: Json = {"id": first.waba_id, "name": first.verified_name, "timezone_id": "1", "currency": "USD"}
    node["owner_business_info"] = owner_of(first.waba_id)
    return fields_of(node, call)


def _numbers(call: Call) -> Json:
    return page_of([fields_of(_shown_number(number, call), call) for number in _account(call)], call)


def _subscribe(call: Call) -> Json:
    _account(call)
    address = call.body.get("override_callback_uri")
    if address is not None:
        if not isinstance(address, str) or not 0 < len(address) <= 200:
            raise Refusal(100, message="(#100) Param override_callback_uri must be at most 200 characters long.")
        call.network.courier.address = address
    call.network.world.subscribed[call.node] = address or ""
    return {"success": True}


def _subscriptions(call: Call) -> Json:
    _account(call)
    address = call.network.world.subscribed.get(call.node)
    if address is None:
        return {"data": []}
    app: Json = {"whatsapp_business_api_data": {"id": "300000000000001", "name": "OPDesk", "link": ""}}
    return {"data": [app | ({"override_callback_uri": address} if address else {})]}


def _unsubscribe(call: Call) -> Json:
    _account(call)
    call.network.world.subscribed.pop(call.node, None)
    call.network.courier.address = call.network.config.webhook_url
    return {"success": True}


def _create_template(call: Call) -> Json:
    return reviews.create(call.network, _account(call)[0].waba_id, call.body)


FILTERS = ("name", "status", "language", "category")


def _templates(call: Call) -> Json:
    waba_id = _account(call)[0].waba_id
    found = [template.shown() for template in call.network.world.templates.values() if template.waba_id == waba_id]
    for name in FILTERS:
        wanted = call.query.get(name)
        if wanted:
            found = [node for node in found if wanted.lower() in str(node[name]).lower()]
    page = page_of([fields_of(node, call) for node in found], call)
    return page | ({"summary": _summary(len(found))} if "summary" in call.query else {})


def _summary(count: int) -> Json:
    return {
        "total_count": count,
        "message_template_count": count,
        "message_template_limit": TEMPLATES_PER_ACCOUNT,
        "are_translations_complete": True,
    }


def _delete_template(call: Call) -> Json:
    return reviews.delete(call.network, _account(call), call.query)


def page_of(nodes: list[Json], call: Call) -> Json:
    """One page of a list, as ``limit`` and ``after`` say."""
    size = _whole(call.query.get("limit"), 25)
    start = _whole(call.query.get("after"), 0)
    shown = nodes[start : start + size]
    paging: Json = {"cursors": {"before": str(start), "after": str(start + len(shown))}}
    if start + size < len(nodes):
        paging["next"] = f"{call.base}/{call.node}/{call.edge}?limit={size}&after={start + size}"
    return {"data": shown, "paging": paging} if shown else {"data": []}


def _whole(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdecimal():
        raise Refusal(100, message="(#100) Param must be a positive integer.")
    return int(text)


def _template(call: Call) -> Template:
    template = call.network.world.templates[call.node]
    call.network.world.waba(template.waba_id, call.token, call.method)
    return template


def _get_template(call: Call) -> Json:
    return fields_of(_template(call).shown(), call)


def _edit_template(call: Call) -> Json:
    return reviews.edit(call.network, _template(call), call.body)


def _unpause_template(call: Call) -> Json:
    return reviews.unpause(call.network, _template(call))


def _upload(call: Call) -> Json:
    number = _number(call)
    if call.upload is None:
        raise Refusal(100, message="(#100) The parameter file is required.")
    mime_type, content = call.upload
    now = call.network.clock.now()
    file = MediaFile(ids.object_id(), number.waba_id, number.id, mime_type, content, now, uploaded=True)
    call.network.world.keep_media(file)
    return {"id": file.id}


def _media(call: Call) -> MediaFile:
    file = call.network.world.media[call.node]
    call.network.world.waba(file.waba_id, call.token, call.method)
    if call.query.get("phone_number_id", file.number_id) != file.number_id:
        raise unknown_object(call.node, call.method)
    return file


def _get_media(call: Call) -> Json:
    file = _media(call)
    return {
        "messaging_product": "whatsapp",
        "url": files.address(call.root, file, call.network.clock.now()),
        "mime_type": file.mime_type,
        "sha256": hashlib.sha256(file.content).hexdigest(),
        "file_size": len(file.content),
        "id": file.id,
    }


def _delete_media(call: Call) -> Json:
    del call.network.world.media[_media(call).id]
    return {"success": True}


ROUTES: dict[tuple[str, str, str], Callable[[Call], Json]] = {
    ("number", "messages", "POST"): _send,
    ("number", "media", "POST"): _upload,
    ("number", "", "GET"): _get_number,
    ("number", "", "POST"): _update_number,
    ("number", "whatsapp_business_profile", "GET"): _profile,
    ("account", "", "GET"): _get_account,
    ("account", "phone_numbers", "GET"): _numbers,
    ("account", "subscribed_apps", "GET"): _subscriptions,
    ("account", "subscribed_apps", "POST"): _subscribe,
    ("account", "subscribed_apps", "DELETE"): _unsubscribe,
    ("account", "message_templates", "GET"): _templates,
    ("account", "message_templates", "POST"): _create_template,
    ("account", "message_templates", "DELETE"): _delete_template,
    ("template", "", "GET"): _get_template,
    ("template", "", "POST"): _edit_template,
    ("template", "unpause", "POST"): _unpause_template,
    ("media", "", "GET"): _get_media,
    ("media", "", "DELETE"): _delete_media,
}
