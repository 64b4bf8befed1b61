"""The Graph API's side of Flows: created, uploaded, looked at, published, retired, and the numbers' public keys."""

import re
from collections.abc import Awaitable, Callable

from simulator import ids
from simulator.errors import Json, Refusal, missing, wrong_type
from simulator.flow import BY_DEFAULT, CATEGORIES, LIVE, Flow
from simulator.flow_components import PUBLISHED_FROM
from simulator.flow_rules import check
from simulator.flow_secret import NoKey, public_key
from simulator.nodes import Call, fields_of, page_of

LONGEST_NAME = 200
LARGEST_JSON = 10_000_000  # bytes
URL = re.compile(r"https?://[^\s/]+(/\S*)?")
REFERENCE = "https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes"


def answer(call: Call) -> Awaitable[Json] | None:
    """What Meta would answer, where the call is about a Flow or a key; else nothing."""
    handler = ROUTES.get((_kind(call), call.edge, call.method))
    return handler(call) if handler else None


def _kind(call: Call) -> str:
    world = call.network.world
    if call.node in world.flows:
        return "flow"
    return "number" if call.node in world.numbers else "account"


def _flow(call: Call) -> Flow:
    flow = call.network.world.flows[call.node]
    call.network.world.waba(flow.waba_id, call.token, call.method)
    return flow


def _invalid(title: str, said: str) -> Refusal:
    return Refusal(100, message="Invalid parameter", user=(title, said))


def _refused(code: int, title: str, said: str) -> Refusal:
    return Refusal(code, user=(title, said))


async def _create(call: Call) -> Json:
    waba_id = call.network.world.waba(call.node, call.token, call.method)[0].waba_id
    name = call.body.get("name")
    if not name:
        raise missing("name")
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        raise wrong_type("name", f"a string of {LONGEST_NAME} characters at most")
    _check_name(call, waba_id, name)
    now = call.network.clock.now()
    flow = Flow(ids.object_id(), waba_id, name, _categories(call.body.get("categories")), now, now)
    flow.endpoint_uri = _address(call.body.get("endpoint_uri"))
    _clone(call, flow)
    if isinstance(call.body.get("flow_json"), str):
        _take(flow, call.body["flow_json"])
    call.network.world.flows[flow.id] = flow
    call.network.changed = True
    if call.body.get("publish") is True and not flow.errors:
        await _publish_it(call, flow)
    return {"id": flow.id, "success": not flow.errors, "validation_errors": flow.errors}


def _check_name(call: Call, waba_id: str, name: str) -> None:
    for flow in call.network.world.flows.values():
        if (flow.waba_id, flow.name) == (waba_id, name) and flow.id != call.node:
            said = "Flow name should be unique within one WhatsApp Business Account. Use a different name."
            raise _invalid("Flow name is not unique", said)


def _categories(given: object) -> list[str]:
    if not isinstance(given, list) or not given:
        raise missing("categories")
    for each in given:
        if each not in CATEGORIES:
            names = ", ".join(CATEGORIES)
            raise Refusal(100, message=f'(#100) Param categories[0] must be one of {{{names}}} - got "{each}".')
    return [str(each) for each in given]


def _address(given: object) -> str:
    if given is None:
        return ""
    if not isinstance(given, str) or not URL.fullmatch(given):
        raise _invalid("Invalid Endpoint URI", "Provide a valid URL.")
    return given


def _clone(call: Call, flow: Flow) -> None:
    source_id = call.body.get("clone_flow_id")
    if source_id is None:
        return
    source = call.network.world.flows.get(str(source_id))
    if source is None or source.waba_id != flow.waba_id:
        raise _invalid("Flow with specified ID does not exist", "Confirm that the ID is correct and you have access.")
    flow.endpoint_uri = flow.endpoint_uri or source.endpoint_uri
    _take(flow, source.text)


def _take(flow: Flow, text: str) -> None:
    flow.text = text
    flow.document, flow.errors = check(text)


async def _upload(call: Call) -> Json:
    flow = _flow(call)
    for name, value in (("name", "flow.json"), ("asset_type", "FLOW_JSON")):
        if call.body.get(name) is None:
            raise missing(name)
        if call.body[name] != value:
            raise Refusal(100, message=f'(#100) Param {name} must be one of {{{value}}} - got "{call.body[name]}".')
    if call.upload is None:
        raise missing("file")
    if flow.status != "DRAFT":
        raise _refused(139001, "Flow can't be updated", "You attempted to update a Flow that has been published.")
    if len(call.upload[1]) > LARGEST_JSON:
        raise _invalid("File is too large", "The size of a Flow JSON is limited to 10 MB.")
    _take(flow, call.upload[1].decode("utf-8", "replace"))
    flow.updated = call.network.clock.now()
    call.network.changed = True
    return {"success": True, "validation_errors": flow.errors}


async def _edit(call: Call) -> Json:
    flow = _flow(call)
    name, categories = call.body.get("name"), call.body.get("categories")
    if flow.status != "DRAFT" and (name is not None or categories is not None):
        raise _refused(139001, "Flow can't be updated", "You attempted to update a Flow that has been published.")
    if name is not None:
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
            raise wrong_type("name", f"a string of {LONGEST_NAME} characters at most")
        _check_name(call, flow.waba_id, name)
    flow.name, flow.categories = name or flow.name, _categories(categories) if categories else flow.categories
    flow.endpoint_uri = _address(call.body.get("endpoint_uri")) or flow.endpoint_uri
    flow.updated = call.network.clock.now()
    call.network.changed = True
    return {"success": True}


async def _publish(call: Call) -> Json:
    await _publish_it(call, _flow(call))
    return {"success": True}


async def _publish_it(call: Call, flow: Flow) -> None:
    """Meta's checks, in its order, with its words."""
    if flow.status != "DRAFT":
        raise _failed("Publishing Flow in invalid state", "Only a draft can be published. Clone the Flow instead.")
    if flow.errors or not flow.document:
        raise _failed("Publishing Flow with validation errors", "Fix all errors in the Flow JSON before publishing.")
    if float(str(flow.document["version"])) < PUBLISHED_FROM:
        said = "The flow is using an unsupported version."
        raise _failed("Versions in Flow JSON file are not available for publishing", said)
    if flow.has_endpoint:
        await _check_endpoint(call, flow)
    flow.updated = call.network.clock.now()
    call.network.flows.set_status(flow, "PUBLISHED")


async def _check_endpoint(call: Call, flow: Flow) -> None:
    if not flow.endpoint_uri:
        said = "Set the endpoint_uri property for a Flow before publishing."
        raise _failed("Publishing without specifying endpoint_uri is forbidden", said)
    if not call.network.flows.key_holder(flow.waba_id):
        said = "You need to upload and sign a public key to a phone number before you can send or publish a flow."
        raise _failed("Missing Flows Signed Public Key", said)
    found = await call.network.flows.check(flow)
    if found.problem:
        said = f"Verify that the endpoint is available and implements the health check: {found.said or found.problem}."
        raise _failed("Endpoint Not Available", said)


def _failed(title: str, said: str) -> Refusal:
    return _refused(139002, title, said)


async def _deprecate(call: Call) -> Json:
    flow = _flow(call)
    if flow.status == "DEPRECATED":
        raise _refused(139003, "Flow is already deprecated", "You tried to deprecate a Flow that is deprecated.")
    if flow.status == "DRAFT":
        raise _refused(139003, "Can't deprecate unpublished flow", "Delete a draft instead.")
    call.network.flows.set_status(flow, "DEPRECATED")
    return {"success": True}


async def _delete(call: Call) -> Json:
    flow = _flow(call)
    if flow.status != "DRAFT":
        raise _refused(139004, "Can't delete published Flow", "After a Flow has been published, deprecate it instead.")
    del call.network.world.flows[flow.id]
    call.network.changed = True
    return {"success": True}


async def _get(call: Call) -> Json:
    flow = _flow(call)
    shown = {name: value for name, value in _shown(call, flow).items() if value is not None}
    return fields_of(shown, call) if call.query.get("fields") else {name: shown[name] for name in BY_DEFAULT}


def _shown(call: Call, flow: Flow) -> Json:
    return flow.shown(_health(call, flow), call.root)


def _health(call: Call, flow: Flow) -> Json:
    """Whether it can be sent, and what is missing."""
    errors = [] if flow.status in LIVE else [_health_error("status: The Flow is not published.")]
    if flow.errors or not flow.document:
        errors.append(_health_error("flow_json: Fix the validation errors before you can send or publish a flow."))
    if flow.has_endpoint and not flow.endpoint_uri:
        errors.append(
            _health_error("endpoint_uri: You need to set the endpoint URI before you can send or publish a flow.")
        )
    if flow.has_endpoint and not call.network.flows.key_holder(flow.waba_id):
        errors.append(_health_error("public_key: You need to upload and sign a public key to a phone number."))
    can = "BLOCKED" if errors or flow.status == "BLOCKED" else "LIMITED" if flow.status == "THROTTLED" else "AVAILABLE"
    node: Json = {"entity_type": "FLOW", "id": flow.id, "can_send_message": can}
    around = [{"entity_type": "WABA", "id": flow.waba_id, "can_send_message": "AVAILABLE"}]
    return {"can_send_message": can, "entities": [node | ({"errors": errors} if errors else {}), *around]}


def _health_error(said: str) -> Json:
    return {"error_code": 131000, "error_description": said, "possible_solution": REFERENCE}


async def _list(call: Call) -> Json:
    waba_id = call.network.world.waba(call.node, call.token, call.method)[0].waba_id
    wanted = call.query.get("fields")
    nodes = []
    for flow in call.network.world.flows.values():
        if flow.waba_id == waba_id:
            shown = {name: value for name, value in _shown(call, flow).items() if value is not None}
            nodes.append(fields_of(shown, call) if wanted else {name: shown[name] for name in BY_DEFAULT})
    return page_of(nodes, call)


async def _assets(call: Call) -> Json:
    flow = _flow(call)
    address = f"{call.root}/control/flows/{flow.id}/json"
    asset = {"name": "flow.json", "asset_type": "FLOW_JSON", "download_url": address}
    return page_of([asset] if flow.text else [], call)


async def _set_key(call: Call) -> Json:
    number = call.network.world.number(call.node, call.token, call.method)
    pem = call.body.get("business_public_key")
    if not isinstance(pem, str) or not pem:
        raise missing("business_public_key")
    try:
        public_key(pem)
    except NoKey as problem:
        raise _invalid(
            "Invalid public key", f"{problem} A 2048-bit RSA public key in PEM format is required."
        ) from None
    call.network.world.public_keys[number.id] = pem
    call.network.changed = True
    return {"success": True}


async def _get_key(call: Call) -> Json:
    number = call.network.world.number(call.node, call.token, call.method)
    pem = call.network.world.public_keys.get(number.id)
    status = {"business_public_key_signature_status": "VALID" if pem else "MISMATCH"}
    return {"data": [({"business_public_key": pem} if pem else {}) | status]}


ROUTES: dict[tuple[str, str, str], Callable[[Call], Awaitable[Json]]] = {
    ("account", "flows", "POST"): _create,
    ("account", "flows", "GET"): _list,
    ("flow", "", "GET"): _get,
    ("flow", "", "POST"): _edit,
    ("flow", "", "DELETE"): _delete,
    ("flow", "assets", "GET"): _assets,
    ("flow", "assets", "POST"): _upload,
    ("flow", "publish", "POST"): _publish,
    ("flow", "deprecate", "POST"): _deprecate,
    ("number", "whatsapp_business_encryption", "POST"): _set_key,
    ("number", "whatsapp_business_encryption", "GET"): _get_key,
}
