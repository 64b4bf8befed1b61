"""The button of a template that opens a Flow."""

from typing import Any

from simulator.errors import Json

UNUSED = "unused"  # the token of a message that names none


def in_template(button: Json, part: Json | None) -> Json:
    """What a template's FLOW button opens, with the token and data that the message gives."""
    given: Any = (part or {}).get("parameters") or [{}]
    action = given[0].get("action") if isinstance(given[0], dict) else None
    action = action if isinstance(action, dict) else {}
    way = str(button.get("flow_action") or "navigate").lower()
    return {
        "id": str(button.get("flow_id") or ""),
        "name": str(button.get("flow_name") or ""),
        "token": str(action.get("flow_token") or UNUSED),
        "mode": "published",
        "action": way,
        "screen": str(button.get("navigate_screen") or "") if way == "navigate" else "",
        "data": action.get("flow_action_data") or {},
    }
