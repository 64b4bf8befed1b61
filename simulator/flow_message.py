"""A message whose button opens a Flow: what it must say, and whether that Flow may be sent now."""

from typing import Any

from simulator import limits
from simulator.errors import Json, Refusal
from simulator.fields import maybe_text, object_of, required_object, required_text
from simulator.flow import LIVE, Flow
from simulator.flow_button import UNUSED
from simulator.template_buttons import EMOJI_OR_MARKUP
from simulator.world import World

VERSION = "3"
MODES, ACTIONS = ("published", "draft"), ("navigate", "data_exchange")


def read(action: Json) -> tuple[str, Json]:
    """The button's words and what it opens, of the ``action`` of an interactive message."""
    given = required_object(action, "parameters", "action.parameters")
    label = required_text(given, "flow_cta", "parameters.flow_cta")
    limits.FLOW_CTA.check(label.strip() and label)
    if EMOJI_OR_MARKUP.search(label):
        raise Refusal(131009, "flow_cta cannot contain emojis, formatting or new lines")
    if str(given.get("flow_message_version", "")) != VERSION:
        raise Refusal(131009, f"flow_message_version is invalid. The supported version is {VERSION}")
    if bool(given.get("flow_id")) == bool(given.get("flow_name")):
        raise Refusal(131009, "Exactly one of 'flow_id' and 'flow_name' is mandatory")
    token = maybe_text(given, "flow_token", "parameters.flow_token") or UNUSED
    if limits.units(token) > limits.FLOW_TOKEN:
        raise Refusal(131009, f"flow_token is too long. Max length: {limits.FLOW_TOKEN}")
    opens = {
        "id": str(given.get("flow_id") or ""),
        "name": str(given.get("flow_name") or ""),
        "token": token,
        "mode": _one_of(given, "mode", MODES),
        "action": _one_of(given, "flow_action", ACTIONS),
    }
    return label, opens | _first_screen(given, opens["action"])


def _one_of(given: Json, name: str, allowed: tuple[str, ...]) -> str:
    value = given.get(name) or allowed[0]
    if value not in allowed:
        raise Refusal(131009, f"{name} must be one of: {', '.join(allowed)}")
    return str(value)


def _first_screen(given: Json, action: str) -> Json:
    payload: Any = given.get("flow_action_payload")
    if action == "data_exchange":
        if payload is not None:
            raise Refusal(131009, "flow_action_payload should be omitted when flow_action is data_exchange")
        return {"screen": "", "data": {}}
    payload = required_object(given, "flow_action_payload", "parameters.flow_action_payload")
    screen = required_text(payload, "screen", "flow_action_payload.screen")
    data = object_of(payload, "data", "flow_action_payload.data") if payload.get("data") is not None else None
    if data == {}:
        raise Refusal(131009, "flow_action_payload.data must be a non-empty object")
    return {"screen": screen, "data": data or {}}


def aimed(world: World, waba_id: str, opens: Json, now: float) -> Json:
    """The same with the Flow's own id, after everything that would keep Meta from sending it; counts the message."""
    flow = _found(world, waba_id, opens)
    if flow is None:
        raise Refusal(131009, "Flow with specified ID or name does not exist or does not belong to your account")
    _check_state(flow, opens, now)
    if opens["action"] == "data_exchange" and not flow.has_endpoint:
        raise Refusal(131009, "flow_action data_exchange needs a Flow with an endpoint")
    if opens["action"] == "navigate" and flow.screen(opens["screen"]) is None:
        raise Refusal(131009, f"There is no screen {opens['screen']} in the Flow")
    flow.sent.append(now)
    return {**opens, "id": flow.id, "name": flow.name}


def _found(world: World, waba_id: str, opens: Json) -> Flow | None:
    mine = [flow for flow in world.flows.values() if flow.waba_id == waba_id]
    return next((flow for flow in mine if opens["id"] == flow.id or opens["name"] == flow.name), None)


def _check_state(flow: Flow, opens: Json, now: float) -> None:
    if flow.status == "BLOCKED":
        raise Refusal(132068, "Flow is in blocked state.")
    if not flow.may_be_sent(now):
        said = "Flow is in throttled state and 10 messages using this flow were already sent in the last hour."
        raise Refusal(132069, said)
    if flow.status == "DRAFT" and (opens["mode"] != "draft" or flow.errors or not flow.document):
        raise Refusal(131009, "Flow is in DRAFT state: publish it, or send it in draft mode once it is valid")
    if flow.status in LIVE and opens["mode"] == "draft":
        raise Refusal(131009, "A published Flow cannot be sent in draft mode")
    if flow.status == "DEPRECATED":
        raise Refusal(131009, "Flow is in DEPRECATED state")
